"""Outlook: what a month will have cost at its end, by our own figures, and the day on which that passes a budget.

What is past is billed where the bill has all of a day, else estimated. Every day that is left is taken like the last one of its weekday,
within the last seven full days: a week has its rhythm, and a month is too short for more.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

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


#: What a day costs as it is expected, at most and at least.
_COSTS: tuple[Callable[[Day], Decimal], ...] = (attrgetter("amount"), attrgetter("high"), attrgetter("low"))


class Passing(msgspec.Struct, frozen=True):
    """The day on which cost passes an amount: by the forecast, by its upper bound (earliest) and its lower (latest).

    None: on none of the days that are looked at.
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
        return passing(budget, self.days)


def passing(room: Decimal, days: Sequence[Day]) -> Passing:
    """When days, in order, come to more than `room`."""
    return Passing(*(_first_above(room, [(day.day, cost(day)) for day in days]) for cost in _COSTS))


def outlook(
    billed: Mapping[date, Figure],
    estimated: Mapping[date, Figure],
    covers: tuple[date, date] | None,
    now: datetime,
    unit: str = "USD",
    azure: Figure | None = None,
) -> Outlook:
    """The outlook of the month of `now` (UTC), by what is billed and estimated (calibrated, where k is known) by day.

    `covers` is the first and the last day of which the bill has all (`calibration.settled`; None: there is no bill): a day between that
    has no figure cost nothing, and what is billed after it does not count. Figures of other units do not count either. A day that is
    neither billed nor estimated is taken like those that are left; `missing` counts such days.
    """
    today = now.astimezone(UTC).date()
    first, last = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    guess = _of_unit(estimated, unit)
    past = _past(_of_unit(billed, unit), guess, covers)
    week = {day: past[day][0] for day in (today - _DAY * back for back in range(1, WEEK + 1)) if day in past}
    if not week:
        nothing = Figure(None, unit, "nothing is known of the last seven days", Confidence.UNKNOWN)
        return Outlook(unit=unit, to_date=nothing, forecast=nothing, low=None, high=None, days=(), azure=azure)
    days = []
    for day in (first + _DAY * index for index in range(last.day)):
        if day < today and day in past:
            amount, basis = past[day]
            days.append(Day(day, amount, amount, amount, basis))
            continue
        so_far, share = (guess[day], _left_of(now)) if day == today and day in guess else (_NOTHING, Decimal(1))
        amount, low, high = (so_far + share * each for each in _like(day, week))
        days.append(Day(day, amount, low, high, Basis.FORECAST))
    to_date = _to_date([day for day in days if day.day < today], guess.get(today), unit, now)
    source = "billed days, estimated days since, then the last seven days by weekday"
    return Outlook(
        unit=unit,
        to_date=to_date,
        forecast=Figure(sum((day.amount for day in days), _NOTHING), unit, source, Confidence.ESTIMATED, now, to_date.missing),
        low=sum((day.low for day in days), _NOTHING),
        high=sum((day.high for day in days), _NOTHING),
        days=tuple(days),
        azure=azure,
    )


def _to_date(gone: Sequence[Day], today: Decimal | None, unit: str, now: datetime) -> Figure:
    """What is known to be spent in the month: its days before today, and today so far (None: not known)."""
    known = [day for day in gone if day.basis is not Basis.FORECAST]
    missing = len(gone) - len(known) + (today is None)
    source = "billed days, estimated since"
    if not known and today is None:
        return Figure(None, unit, source, Confidence.UNKNOWN, None, missing)
    amount = sum((day.amount for day in known), today or _NOTHING)
    return Figure(amount, unit, source, Confidence.ESTIMATED, now, missing)


def _of_unit(figures: Mapping[date, Figure], unit: str) -> dict[date, Decimal]:
    return {day: figure.value for day, figure in figures.items() if figure.value is not None and figure.unit == unit}


def _past(
    bill: Mapping[date, Decimal], guess: Mapping[date, Decimal], covers: tuple[date, date] | None
) -> dict[date, tuple[Decimal, Basis]]:
    """What is known of every day: the bill as far as it covers days, else the estimate."""
    found = {day: (amount, Basis.ESTIMATED) for day, amount in guess.items()}
    if covers is not None:
        day = covers[0]
        while day <= covers[1]:
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


def _first_above(room: Decimal, days: Sequence[tuple[date, Decimal]]) -> date | None:
    spent = _NOTHING
    for day, amount in days:
        spent += amount
        if spent > room:
            return day
    return None
