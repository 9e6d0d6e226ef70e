"""Throttling by token buckets in real time: ARM's per subscription, principal and kind of operation, Graph's per application."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Bucket size and refill per second (Azure's published limits since 2024); the subscription's global bucket is fifteen times as large.
BUCKETS = {"reads": (250.0, 25.0), "writes": (200.0, 10.0), "deletes": (200.0, 10.0)}
GLOBAL_FACTOR = 15.0
SINGULAR = {"reads": "read", "writes": "write", "deletes": "delete"}


def kind_of(method: str) -> str:
    """Which of ARM's counters a method draws from."""
    if method in ("GET", "HEAD"):
        return "reads"
    return "deletes" if method == "DELETE" else "writes"


@dataclass(slots=True)
class Bucket:
    size: float
    refill: float
    tokens: float
    filled: float

    def take(self, now: float, units: float = 1) -> bool:
        self.tokens = min(self.size, self.tokens + (now - self.filled) * self.refill)
        self.filled = now
        if self.tokens < units:
            return False
        self.tokens -= units
        return True


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request was granted: `retry_after` is None when it may pass, else whole seconds to wait."""

    kind: str
    remaining: int
    global_remaining: int
    retry_after: int | None


@dataclass(slots=True)
class RateLimits:
    """All buckets. A subscription of "" stands for calls at tenant level."""

    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)

    def clear(self) -> None:
        self._buckets.clear()

    def take(self, subscription_id: str, principal_id: str, method: str) -> Allowance:
        kind = kind_of(method)
        size, refill = BUCKETS[kind]
        now = self.monotonic()
        own = self._bucket(subscription_id, principal_id, kind, size, refill, now)
        shared = self._bucket(subscription_id, "*", kind, size * GLOBAL_FACTOR, refill * GLOBAL_FACTOR, now)
        passed = own.take(now) and shared.take(now)
        wait = None
        if not passed:
            empty = own if own.tokens < 1 else shared
            wait = max(1, -int(-(1 - empty.tokens) // empty.refill))
        return Allowance(kind, int(own.tokens), int(shared.tokens), wait)

    def take_units(self, principal_id: str, units: int, quota: float, seconds: float) -> tuple[float | None, float]:
        """Draw resource units of Graph, of which a caller has `quota` in so many seconds: how long to wait (None: not at all), and the
        share of the quota that is used."""
        now = self.monotonic()
        bucket = self._bucket("graph", principal_id, "units", quota, quota / seconds, now)
        passed = bucket.take(now, units)
        return None if passed else (units - bucket.tokens) / bucket.refill, 1 - bucket.tokens / bucket.size

    def _bucket(self, subscription_id: str, principal_id: str, kind: str, size: float, refill: float, now: float) -> Bucket:
        key = (subscription_id.lower(), principal_id, kind)
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = Bucket(size, refill, size, now)
        return found
