"""Numbers that look like chance and follow from what they are about, whenever and in whatever order they are asked for."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

_WHOLE = float(1 << 64)


def chance(*parts: object) -> float:
    """A number from 0 up to 1 that follows from `parts`."""
    digest = blake2b(" ".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _WHOLE


def pattern(seed: int, of: str, day: date, weekend: float = 0.75, spread: float = 0.2) -> float:
    """How busy a day is, about 1: less on week-ends, and by `spread` more or less from day to day."""
    return (weekend if day.weekday() >= 5 else 1.0) * (1 + spread * (2 * chance(seed, of, day) - 1))
