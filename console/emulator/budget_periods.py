"""Calendar periods of a budget: where the month, quarter or year of a day begins and ends, and how a day is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

#: Months of each time grain that scopes of Azure RBAC have.
GRAINS: Mapping[str, int] = {"Monthly": 1, "Quarterly": 3, "Annually": 12}


def period_start(grain: str, day: date) -> date:
    """The first day of the calendar month, quarter or year that `day` lies in."""
    months = GRAINS[grain]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period_end(grain: str, day: date) -> date:
    """The first day after the period that `day` lies in."""
    return months_later(period_start(grain, day), GRAINS[grain])


def months_later(day: date, months: int) -> date:
    """The first of the month so many months after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def wire_day(day: date) -> str:
    """A day as Cost Management writes it."""
    return f"{day:%Y-%m-%d}T00:00:00Z"


def read_day(told: str) -> date:
    """The day of what `wire_day` wrote."""
    return date.fromisoformat(told[:10])
