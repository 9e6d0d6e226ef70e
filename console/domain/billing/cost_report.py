"""A report of costs: what a time cost, line by line, beside the time before; what moved, what is waste, and what budgets say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain.billing.bill import Bill
from console.domain.billing.breakdown import Breakdown, by
from console.domain.billing.movers import moves
from console.domain.billing.questions import Grouping
from console.domain.billing.showback import Share
from console.domain.billing.sums import NOTHING, summed
from console.domain.billing.windows import DAY, Window, month_before, month_to_date, week_over_week, within
from console.domain.figures import Figure

#: Movers that a report has.
MOST_MOVERS = 8
MONTH_DAYS = 30


class By(StrEnum):
    """What the lines of a report are."""

    TEAM = "team"
    USER = "user"
    WORKSPACE = "workspace"
    COMPUTE = "compute"
    METER = "meter"
    EXPERIMENT = "experiment"

    @property
    def estimated(self) -> bool:
        """Whether Azure bills nothing by it, so that run history has to tell whose it was."""
        return self in {By.USER, By.EXPERIMENT}


class Span(StrEnum):
    """The time that a report is about."""

    WEEK = "7d"
    DAYS_30 = "30d"
    MONTH = "month"
    LAST_MONTH = "last-month"

    def windows(self, settled: date, today: date) -> tuple[Window, Window]:
        """Its days, and those that they are compared with. `settled` is the last day of which the bill certainly has all."""
        if self is Span.WEEK:
            return week_over_week(settled)
        if self is Span.DAYS_30:
            now = Window(settled - (MONTH_DAYS - 1) * DAY, settled)
            return now, Window(now.first - MONTH_DAYS * DAY, now.first - DAY)
        if self is Span.MONTH:
            return month_to_date(max(settled, today.replace(day=1)))
        now = month_before(today)
        return now, month_before(now.first)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent under one name in one currency; `before` None: that time was not asked about. `share` is 0 to 1."""

    name: str
    currency: str
    cost: Decimal | None
    before: Decimal | None = None
    share: Decimal | None = None
    estimated: bool = False
    hours: Decimal | None = None

    @property
    def change(self) -> Decimal | None:
        return self.cost - self.before if self.cost is not None and self.before is not None else None


class SpikeLine(msgspec.Struct, frozen=True):
    """Days on which something cost far more than it usually does, in a sentence."""

    name: str
    told: str


class WasteLine(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that costs money: USD by the hour and by the month (None: not known)."""

    what: str
    name: str
    workspace: str
    owner: str
    hourly: Decimal | None
    monthly: Decimal | None
    remedy: str
    since: datetime | None = None


class BudgetLine(msgspec.Struct, frozen=True, kw_only=True):
    """A budget and where it stands: per cents of its amount as Azure worked them out (None: not yet). `grain` "": there is none."""

    name: str
    whose: str
    state: str
    amount: Decimal | None = None
    currency: str = ""
    grain: str = ""
    spent: Decimal | None = None
    forecast: Decimal | None = None
    passes: date | None = None


class ForecastLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the running month comes to, of one scope: by Azure, and by our own days; so far is as billed."""

    name: str
    currency: str
    so_far: Decimal
    azure: Decimal | None
    own: Decimal | None


class CostReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a report; `window` are the days of its totals and of lines that are billed.

    `told_window` are those of `lines`: estimates are of other days than the bill, which is late. `k` is bill ÷ estimate. `notes` tell
    what could not be read or is not whole, a sentence each.
    """

    title: str
    by: By
    window: Window
    before: Window | None
    told_window: Window
    totals: tuple[Line, ...]
    lines: tuple[Line, ...]
    untagged: Decimal | None
    movers: tuple[Line, ...]
    spikes: tuple[SpikeLine, ...]
    waste: tuple[WasteLine, ...]
    saving: Figure
    budgets: tuple[BudgetLine, ...]
    forecasts: tuple[ForecastLine, ...]
    k: Figure
    made: datetime
    asked: datetime | None
    notes: tuple[str, ...] = ()


def cut(bills: Iterable[Bill], window: Window) -> tuple[Bill, ...]:
    """Daily bills with no other days than a window's."""
    return tuple(msgspec.structs.replace(bill, charges=tuple(within((bill,), window))) for bill in bills)


def covered(bills: Sequence[Bill], window: Window) -> bool:
    """Whether some bills were asked about all days of a window, of each of their scopes."""
    for scope in {bill.question.scope for bill in bills}:
        asked = [bill.question for bill in bills if bill.question.scope == scope]
        if not all(any(each.first <= day <= each.last for each in asked) for day in window.days):
            return False
    return bool(bills)


def billed_lines(
    bills: Sequence[Bill], grouping: Grouping, now: Window, before: Window | None, label: Callable[[str], str] | None = None
) -> tuple[Line, ...]:
    """A line for each key and currency, the largest first; `before` None: nothing is compared. Raises ValueError (`by`)."""
    has = by(cut(bills, now), grouping, label)
    had = by(cut(bills, before), grouping, label) if before is not None else None
    keys = dict.fromkeys((*(row.key for row in has.rows), *(row.key for row in (had.rows if had is not None else ()))))
    found = []
    for key in keys:
        row, cost = has.of(key), has.of(key).cost
        earlier = had.of(key).cost if had is not None else NOTHING
        for currency in sorted({*cost.amounts, *earlier.amounts}):
            found.append(
                Line(
                    name=key,
                    currency=currency,
                    cost=cost.of(currency),
                    before=earlier.of(currency) if had is not None else None,
                    share=has.share(row) if cost.amounts else Decimal(0),
                )
            )
    return tuple(found)


def totals(bills: Sequence[Bill], now: Window, before: Window | None) -> tuple[Line, ...]:
    """What all came to, a line for each currency."""
    cost, earlier = summed(within(bills, now)), summed(within(bills, before)) if before is not None else None
    codes = sorted({*cost.amounts, *(earlier.amounts if earlier is not None else ())})
    return tuple(
        Line(name="total", currency=each, cost=cost.of(each), before=earlier.of(each) if earlier is not None else None) for each in codes
    )


def moved(before: Breakdown, now: Breakdown, label: Callable[[str], str]) -> tuple[Line, ...]:
    """What changed the most between two breakdowns."""
    found = moves(before, now)[:MOST_MOVERS]
    return tuple(Line(name=label(each.key), currency=each.currency, cost=each.now, before=each.before) for each in found)


def estimated_lines(shares: Iterable[Share]) -> tuple[Line, ...]:
    """What ran by user or experiment, as lines: estimates, by list prices."""
    every = tuple(shares)
    whole = sum((each.cost.value for each in every if each.cost.value is not None), Decimal(0))
    return tuple(
        Line(
            name=each.label,
            currency="USD",
            cost=each.cost.value,
            share=each.cost.value / whole if whole and each.cost.value is not None else None,
            estimated=True,
            hours=each.hours,
        )
        for each in every
    )
