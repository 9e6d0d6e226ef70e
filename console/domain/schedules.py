"""Schedules of instances: when a person wants one stopped, as cron; and what Azure has, in words."""

from __future__ import annotations

import re

TIME = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
#: Ranges of the five fields of a cron expression: minute, hour, day of month, month, day of week.
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
PART = re.compile(r"^(\*|\d{1,2}(?:-\d{1,2})?)(?:/(\d{1,2}))?$")
FIELDS = ("minute", "hour", "day of month", "month", "day of week")


def cron_fault(text: str) -> str:
    """Why a text is no cron expression of five fields ("" when it is one)."""
    fields = text.split()
    if len(fields) != len(RANGES):
        return f"five fields, not {len(fields)}: minute hour day month weekday"
    for field, (least, most), name in zip(fields, RANGES, FIELDS, strict=True):
        for part in field.split(","):
            found = PART.match(part)
            numbers = [int(number) for number in re.findall(r"\d+", found[1])] if found else []
            if found is None or not all(least <= number <= most for number in numbers) or numbers != sorted(numbers) or found[2] == "0":
                return f"{name} is {least} to {most}, not {part[:12]}"
    return ""


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
