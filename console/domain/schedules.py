"""Schedules of instances: when a person wants one stopped, as cron; and what Azure has, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

TIME = re.compile(r"^([01]?[0-9]|2[0-3]):([0-5][0-9])\Z")
#: Ranges of the five fields of a cron expression: minute, hour, day of month, month, day of week. The published swagger names NCronTab.
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
PART = re.compile(r"(?:\*|([0-9]{1,2}|[A-Za-z]{3})(?:-([0-9]{1,2}|[A-Za-z]{3}))?)(?:/([0-9]{1,2}))?")
FIELDS = ("minute", "hour", "day of month", "month", "day of week")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
#: English names that stand for numbers, by field.
NAMES = {
    "month": {name: number for number, name in enumerate(MONTHS, 1)},
    "day of week": {name: number for number, name in enumerate(DAYS)},
}


def cron_fault(text: str) -> str:
    """Why a text is no cron expression of five fields ("" when it is one)."""
    fields = text.split()
    if len(fields) != len(RANGES):
        return f"five fields, not {len(fields)}: minute hour day month weekday"
    for field, (least, most), name in zip(fields, RANGES, FIELDS, strict=True):
        for part in field.split(","):
            if not _holds(part, least, most, NAMES.get(name, {})):
                return f"{name} is {least} to {most}, not {part[:12]}"
    return ""


def _holds(part: str, least: int, most: int, names: Mapping[str, int]) -> bool:
    """Whether a part of a field is `*`, a number or name, or a range of them, each with a step or without."""
    found = PART.fullmatch(part)
    if found is None:
        return False
    first, last, step = found.groups()
    numbers = [names.get(word.upper(), int(word) if word.isdigit() else -1) for word in (first, last) if word is not None]
    return all(least <= number <= most for number in numbers) and numbers == sorted(numbers) and int(step or 1) > 0


def stop_fault(text: str) -> str:
    """Why a text says no time to stop at ("" when it does, or is empty)."""
    written = text.strip()
    if not written or TIME.match(written):
        return ""
    return "a time like 19:00, or cron: 0 19 * * 1-5" if ":" in written or " " not in written else cron_fault(written)


def cron(text: str) -> str:
    """`19:00` or a cron expression as a cron expression; "" for nothing."""
    written = text.strip()
    found = TIME.match(written)
    return f"{int(found[2])} {int(found[1])} * * *" if found else " ".join(written.split())
