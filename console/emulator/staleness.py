"""What reads saw before the last writes, for the fault that lets them go on seeing it."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime, timedelta

from console.emulator.estate import Estate
from console.emulator.routing import Reply

_CHANGING = (
    "workspaces",
    "computes",
    "runs",
    "role_assignments",
    "lapsing",
    "custom_roles",
    "activations",
    "workspace_limits",
    "vaults",
    "deleted_vaults",
    "storage_accounts",
    "datastores",
    "connections",
    "budgets",
    "cost_alerts",
)


def snapshot(estate: Estate) -> Estate:
    """The estate as it is now, apart from what no request changes."""
    return replace(estate, book=None, **{name: copy.deepcopy(getattr(estate, name)) for name in _CHANGING})


def changed_something(method: str, reply: Reply, before: Estate, after: Estate) -> bool:
    """Whether an answer is that of a write that was done or accepted; a POST that is answered 200 may have asked only."""
    if reply.status >= 300 or method == "GET":
        return False
    return method != "POST" or reply.status != 200 or any(getattr(before, name) != getattr(after, name) for name in _CHANGING)


class Staleness:
    """The estate as it was before each write of the last `longest` simulated time."""

    def __init__(self, longest: timedelta = timedelta(days=1)) -> None:
        self._longest = longest
        self._before: list[tuple[datetime, Estate]] = []

    def keep(self, moment: datetime, before: Estate) -> None:
        """Remember what was there before a write at `moment`."""
        self._before = [kept for kept in self._before if kept[0] > moment - self._longest]
        self._before.append((moment, before))

    def before(self, now: datetime, seconds: float) -> Estate | None:
        """What there was before the writes of the last so many simulated seconds; None if there was no write."""
        since = now - timedelta(seconds=seconds)
        return next((estate for moment, estate in self._before if moment > since), None)
