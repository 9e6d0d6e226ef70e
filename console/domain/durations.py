"""Durations: how Azure writes them (ISO 8601), and how a sentence says them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache

ISO = re.compile(r"^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d{1,9})?S)?)?$", re.IGNORECASE)

MOST_DIGITS = 6
TYPED = re.compile(
    r"(?:(\d{1,6})d(?:ays?)?)?(?:(\d{1,6})h(?:ours?)?)?(?:(\d{1,6})m(?:in(?:ute)?s?)?)?(?:(\d{1,6})s(?:ec(?:ond)?s?)?)?", re.ASCII
)


@lru_cache(maxsize=256)  # a few settings come with every row of every refresh
def parse(text: str) -> timedelta | None:
    """`PT30M` → 30 minutes. None where it is no duration, or one of no length (`PT0S`: Azure's way to write "not set")."""
    found = ISO.match(text.strip())
    if found is None:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds) or None


def exactly(length: timedelta) -> str:
    """A length whole, in the units it has: `1 d 12 h`, `90 min` as `1 h 30 min`, `45 s`; `0` for none."""
    seconds = int(length.total_seconds())
    parts = []
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts) or "0"


def iso(length: timedelta) -> str:
    """As Azure ML's own clients write it: whole minutes as `PT90M` (azure-ai-ml 1.35.2 reads no other spelling), else seconds."""
    seconds = int(length.total_seconds())
    return f"PT{seconds // 60}M" if seconds and seconds % 60 == 0 else f"PT{seconds}S"


def typed(text: str) -> timedelta | None:
    """What a person typed: `30` and `30m` are minutes, `2h`, `1d`, `90s`, `1h30m`, or ISO 8601. None where it is none, or of no length."""
    written = text.strip().lower().replace(" ", "")
    if written.startswith("p"):
        return parse(written.upper())
    if written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS:
        return timedelta(minutes=int(written)) or None
    found = TYPED.fullmatch(written)
    if found is None or not written:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) or None


def words(length: timedelta) -> str:
    """A length in its largest unit, rounded down: `23 d`, `7 h`, `35 min`; below a minute `less than a minute`."""
    seconds = length.total_seconds()
    if seconds >= 86_400:
        return f"{seconds // 86_400:,.0f} d"
    if seconds >= 3_600:
        return f"{seconds // 3_600:.0f} h"
    return f"{seconds // 60:.0f} min" if seconds >= 60 else "less than a minute"
