"""The course of a budget: what of it is spent in its period, what that comes to, and the day on which it is passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from console.domain.billing.budget_rules import period_start
from console.domain.billing.budgets import Budget
from console.domain.billing.outlook import WEEK, Day, Outlook, Passing, passing
from console.domain.figures import Confidence, Figure, unknown

_DAY = timedelta(days=1)
#: Months of a period by its time grain (published swagger, `timeGrain`); a billing period is taken for a calendar one.
MONTHS = {"Monthly": 1, "BillingMonth": 1, "Quarterly": 3, "BillingQuarter": 3, "Annually": 12, "BillingAnnual": 12}


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A budget in the period (UTC days `first` to `last`) that it is in. `forecast` is ours, `azure` what Azure forecasts (None: nothing).

    `passing` is when it is passed; None where that is not known, and where it was before the month.
    """

    budget: Budget
    amount: Decimal
    first: date
    last: date
    spent: Figure
    forecast: Figure
    azure: Figure | None = None
    passing: Passing | None = None

    @property
    def monthly(self) -> bool:
        return (self.first.year, self.first.month) == (self.last.year, self.last.month)

    @property
    def words(self) -> str:
        """Its period: `Nov`, `Q4 2026`, `2026`."""
        if self.monthly:
            return f"{self.first:%b}"
        quarter = f"Q{(self.first.month + 2) // 3} " if (self.last - self.first).days < 100 else ""
        return f"{quarter}{self.first.year}"

    @property
    def used(self) -> Decimal | None:
        """Which part (1: all) of it is spent; None where that is not known, or nothing may be spent."""
        return self.spent.value / self.amount if self.spent.value is not None and self.amount else None

    @property
    def pace(self) -> Decimal:
        """What a day may cost on average so that it lasts for its period."""
        return self.amount / ((self.last - self.first).days + 1)


def course_of(budget: Budget, seen: Outlook, today: date) -> Course | None:
    """How a budget goes; None of one that is not in the outlook's currency, or whose amount or period is not known.

    A month's is told by the outlook of what the budget is about. Of a longer period there is no bill at hand: what is spent is what Azure
    worked out last, which lacks about a day, and the days from yesterday on go on as in the outlook.
    """
    months = MONTHS.get(budget.grain)
    if budget.amount is None or months is None or (budget.currency or seen.unit) != seen.unit:
        return None
    first = period_start(budget.grain, today)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last = date(year, month + 1, 1) - _DAY
    azure = _of_azure(budget, seen.unit)
    if months == 1:
        spent, forecast = seen.to_date, seen.forecast
        passes = seen.passes(budget.amount) if seen.days else None
    else:
        spent, forecast, passes = _longer(budget, budget.amount, seen, today, last)
    return Course(budget=budget, amount=budget.amount, first=first, last=last, spent=spent, forecast=forecast, azure=azure, passing=passes)


def _of_azure(budget: Budget, unit: str) -> Figure | None:
    return Figure(budget.forecast, unit, "forecast of the budget, by Azure", Confidence.ESTIMATED) if budget.forecast is not None else None


def _longer(budget: Budget, amount: Decimal, seen: Outlook, today: date, last: date) -> tuple[Figure, Figure, Passing | None]:
    if budget.spent is None:
        nothing = unknown(seen.unit, "Azure has not worked out yet what is spent")
        return nothing, nothing, None
    spent = Figure(budget.spent, seen.unit, "as Azure worked it out last, once a day", Confidence.BILLED)
    if not seen.days:
        return spent, unknown(seen.unit, seen.forecast.source), None
    left = list(_days_until(seen.days, today - _DAY, last))
    comes_to = sum((day.amount for day in left), budget.spent)
    forecast = Figure(comes_to, seen.unit, "what is spent, then the last seven days by weekday", Confidence.ESTIMATED)
    if budget.spent > amount:
        return spent, forecast, None
    return spent, forecast, passing(amount - budget.spent, left)


def _days_until(days: Sequence[Day], first: date, last: date) -> Iterator[Day]:
    """The days of a period that are left: those of the month as they are, later ones like the last one of their weekday in it."""
    like = {day.day.weekday(): day for day in days[-WEEK:]}
    known = {day.day: day for day in days}
    at = first
    while at <= last:
        yield known.get(at) or msgspec.structs.replace(like[at.weekday()], day=at)
        at += _DAY
