"""Outlook: what a month will have cost at its end, by our own figures, and the day on which that passes a budget.

What is past is billed where the bill has all of a day, else estimated. Every day that is left is taken like the last one of its weekday,
within the last seven full days: a week has its rhythm, and a month is too short for more.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain.figures import Confidence, Figure

WEEK = 7
SATURDAY = 5
_DAY = timedelta(days=1)
_NOTHING = Decimal(0)


class Basis(StrEnum):
    """What a day's amount rests on."""

    BILLED = "billed"
    ESTIMATED = "estimated"
    FORECAST = "forecast"


class Day(msgspec.Struct, frozen=True):
    """A day of the month and what it costs, with the bounds that a forecast has. Today is forecast: so far, and what is left of it."""

    day: date
    amount: Decimal
    low: Decimal
    high: Decimal
    basis: Basis


class Passing(msgspec.Struct, frozen=True):
    """The day on which a month's cost passes an amount: by the forecast, by its upper bound (earliest) and its lower (latest).

    None: not within the month.
    """

    day: date | None
    earliest: date | None
    latest: date | None


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """A month in `unit`: `to_date` is what is spent so far, `forecast` what it comes to, `azure` what Azure forecasts (None: not known).

    `low` and `high` take each day that is left like the cheapest and the dearest of the last seven of its kind (working day or weekend).
    All are unknown (None), and `days` is empty, where nothing of the last seven days is known.
    """

    unit: str
    to_date: Figure
    forecast: Figure
    low: Decimal | None
    high: Decimal | None
    days: tuple[Day, ...]
    azure: Figure | None = None

    def passes(self, budget: Decimal) -> Passing:
        """When the cost is above `budget` (of the same unit) for the first time."""
        found: list[date | None] = []
        for amounts in ([day.amount for day in self.days], [day.high for day in self.days], [day.low for day in self.days]):
            found.append(_first_above(budget, amounts, self.days))
        return Passing(*found)


def outlook(
    billed: Mapping[date, Figure],
    estimated: Mapping[date, Figure],
    settled: date,
    now: datetime,
    unit: str = "USD",
    azure: Figure | None = None,
) -> Outlook:
    """The outlook of the month of `now` (UTC), by what is billed and estimated (calibrated, where k is known) by day.

    `billed` holds the month and the seven days before today; it counts up to the day `settled`, after which it is but a part. A day up to
    then that has no figure cost nothing, if there is any bill at all. Figures of other units do not count; a day that has none is taken
    like those that are left, and `missing` counts such days.
    """
    today = now.astimezone(UTC).date()
    first, last = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    bill = {day: figure.value for day, figure in billed.items() if figure.value is not None and figure.unit == unit and day <= settled}
    guess = {day: figure.value for day, figure in estimated.items() if figure.value is not None and figure.unit == unit}
    past = _past(bill, guess, settled)
    week = {day: past[day][0] for day in (today - _DAY * back for back in range(1, WEEK + 1)) if day in past}
    source = "billed days, estimated days since, then the last seven days by weekday"
    if not week:
        nothing = Figure(None, unit, "nothing is known of the last seven days", Confidence.UNKNOWN)
        return Outlook(unit=unit, to_date=nothing, forecast=nothing, low=None, high=None, days=(), azure=azure)
    days, missing = [], 0
    for day in (first + _DAY * index for index in range(last.day)):
        if day < today and day in past:
            amount, basis = past[day]
            days.append(Day(day, amount, amount, amount, basis))
            continue
        missing += day < today
        so_far, share = (guess.get(day, _NOTHING), _left_of(now)) if day == today else (_NOTHING, Decimal(1))
        amount, low, high = (so_far + share * each for each in _like(day, week))
        days.append(Day(day, amount, low, high, Basis.FORECAST))
    weakest = Confidence.BILLED if all(day.basis is Basis.BILLED for day in days if day.day < today) else Confidence.ESTIMATED
    spent = [day.amount for day in days if day.day < today and day.basis is not Basis.FORECAST]
    so_far_today = guess.get(today)
    missing += so_far_today is None
    to_date = sum(spent, so_far_today or _NOTHING)
    gone = bool(spent) or so_far_today is not None
    return Outlook(
        unit=unit,
        to_date=Figure(
            to_date, unit, "billed days, estimated since", weakest if so_far_today is None else Confidence.ESTIMATED, now, missing
        )
        if gone
        else Figure(None, unit, "no day of the month is known", Confidence.UNKNOWN, None, missing),
        forecast=Figure(sum((day.amount for day in days), _NOTHING), unit, source, Confidence.ESTIMATED, now, missing),
        low=sum((day.low for day in days), _NOTHING),
        high=sum((day.high for day in days), _NOTHING),
        days=tuple(days),
        azure=azure,
    )


def _past(bill: Mapping[date, Decimal], guess: Mapping[date, Decimal], settled: date) -> dict[date, tuple[Decimal, Basis]]:
    """What is known of every day: the bill up to the day on which it is settled, the estimate after it, or where there is no bill."""
    found = {day: (amount, Basis.ESTIMATED) for day, amount in guess.items()}
    if bill:
        day = min(bill)
        while day <= settled:
            found[day] = bill.get(day, _NOTHING), Basis.BILLED
            day += _DAY
    return found


def _like(day: date, week: Mapping[date, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """A day like the last one of its weekday, with the least and the most of its kind; of those that are known, at least all."""
    kind = [amount for each, amount in week.items() if (each.weekday() >= SATURDAY) == (day.weekday() >= SATURDAY)] or list(week.values())
    same = next((amount for each, amount in week.items() if each.weekday() == day.weekday()), None)
    amount = same if same is not None else sum(kind, _NOTHING) / len(kind)
    return amount, min(kind), max(kind)


def _left_of(now: datetime) -> Decimal:
    """Which share of the day (UTC) is left."""
    gone = now.astimezone(UTC) - now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return 1 - Decimal(int(gone.total_seconds())) / Decimal(86_400)


def _first_above(budget: Decimal, amounts: Sequence[Decimal], days: Sequence[Day]) -> date | None:
    spent = _NOTHING
    for day, amount in zip(days, amounts, strict=True):
        spent += amount
        if spent > budget:
            return day.day
    return None
