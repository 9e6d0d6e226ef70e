"""Durations: how Azure writes them (ISO 8601), and how a sentence says them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

ISO = re.compile(r"^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d{1,9})?S)?)?$", re.IGNORECASE)


@lru_cache(maxsize=256)  # a few settings come with every row of every refresh
def parse(text: str) -> timedelta | None:
    """`PT30M` → 30 minutes. None where it is no duration, or one of no length (`PT0S`: Azure's way to write "not set")."""
    found = ISO.match(text.strip())
    if found is None:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds) or None


def words(length: timedelta) -> str:
    """A length in its largest unit, rounded down: `23 d`, `7 h`, `35 min`; below a minute `less than a minute`."""
    seconds = length.total_seconds()
    if seconds >= 86_400:
        return f"{seconds // 86_400:,.0f} d"
    if seconds >= 3_600:
        return f"{seconds // 3_600:.0f} h"
    return f"{seconds // 60:.0f} min" if seconds >= 60 else "less than a minute"
