"""Throttling of Cost Management: query units of the tenant, requests to a scope and to the tenant, in sliding windows of real time.

Units: 12 in 10 s, 60 in a minute, 600 in an hour, one for about a month of data (Cost Management's documentation). Requests: 30 to a scope
and 200 in all, in a minute, as recordings of 2020 count them down. Who sends the header ClientType has windows of its own.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import ceil

DEFAULT_CLIENT = "DefaultQuota"
PREFIX = "x-ms-ratelimit-microsoft.costmanagement"
REMAINING = "x-ms-ratelimit-remaining-microsoft.costmanagement"
UNITS = (("QueriesPerHour", 600, 3600.0), ("QueriesPerMin", 60, 60.0), ("QueriesPer10Sec", 12, 10.0))
REQUESTS = {"entity": 30, "tenant": 200}
_MINUTE = 60.0


def units_of(first: date, last: date) -> int:
    """What a question about these days costs: a unit for each month of data, begun ones included."""
    return max(1, ceil(((last - first).days + 1) / 31))


@dataclass(slots=True)
class _Window:
    """What was drawn lately: when, and how much."""

    drawn: deque[tuple[float, int]] = field(default_factory=deque)

    def used(self, now: float, seconds: float) -> int:
        return sum(units for moment, units in self.drawn if moment > now - seconds)

    def wait(self, now: float, seconds: float, limit: int, units: int) -> float:
        """How long until `units` may be drawn; 0 if they may now."""
        over = self.used(now, seconds) + min(units, limit) - limit
        if over <= 0:
            return 0.0
        for moment, gone in self.drawn:
            if moment > now - seconds:
                over -= gone
                if over <= 0:
                    return moment + seconds - now
        return seconds

    def draw(self, now: float, units: int) -> None:
        self.drawn.append((now, units))
        while self.drawn and self.drawn[0][0] <= now - UNITS[0][2]:
            self.drawn.popleft()


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a request may pass, and the headers that tell what is left, or how long to wait."""

    passed: bool
    headers: Mapping[str, str]


@dataclass(slots=True)
class CostLimits:
    """All windows of the tenant, by client type; those of a scope by scope too."""

    monotonic: Callable[[], float] = time.monotonic
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def clear(self) -> None:
        self._windows.clear()

    def take(self, client: str, scope: str, units: int) -> Grant:
        """Draw units for a question at a scope by a client type ("": none was named)."""
        now, key = self.monotonic(), client.lower()
        spent, tenant, entity = (self._windows.setdefault((key, one), _Window()) for one in ("units", "requests", f"at {scope.lower()}"))
        waits = {
            "qpu": max(spent.wait(now, seconds, limit, units) for _, limit, seconds in UNITS),
            "entity": entity.wait(now, _MINUTE, REQUESTS["entity"], 1),
            "tenant": tenant.wait(now, _MINUTE, REQUESTS["tenant"], 1),
        }
        label = client or DEFAULT_CLIENT
        refused = {f"{PREFIX}-{kind}-retry-after": str(max(1, ceil(wait))) for kind, wait in waits.items() if wait > 0}
        if refused:
            return Grant(False, {**refused, **self._left(label, now, spent, entity, tenant)})
        spent.draw(now, units)
        entity.draw(now, 1)
        tenant.draw(now, 1)
        return Grant(True, {f"{PREFIX}-qpu-consumed": str(units), **self._left(label, now, spent, entity, tenant)})

    def _left(self, label: str, now: float, spent: _Window, entity: _Window, tenant: _Window) -> dict[str, str]:
        units = ",".join(f"{name}:{max(0, limit - spent.used(now, seconds))}" for name, limit, seconds in UNITS)
        requests = {
            f"{REMAINING}-{kind}-requests": f"{label}:{max(0, REQUESTS[kind] - window.used(now, _MINUTE))}"
            for kind, window in (("entity", entity), ("tenant", tenant))
        }
        return {f"{PREFIX}-qpu-remaining": units, **requests}
