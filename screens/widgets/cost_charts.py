"""What the charts of Cost show: the month by day, the month as it adds up, and the burn of the last hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from console.costs.sums import Burnt
from console.domain.billing.amounts import Form, money
from console.domain.billing.month import Month
from console.domain.billing.outlook import Basis, Day
from console.domain.billing.windows import Window
from screens.widgets.plot import AZURE, BILLED, ESTIMATED, FORECAST, LINE, UNKNOWN, Bar, Bars
from screens.widgets.status_line import Part

#: So many days back are always shown: what rose lately is what is asked about.
BEHIND = 14
#: Days that are named below a month's bars, beside its last.
NAMED = (1, 5, 10, 15, 20, 25)
GLYPH = {Basis.BILLED: BILLED, Basis.ESTIMATED: ESTIMATED, Basis.FORECAST: FORECAST}
BURN_UNIT = "USD/h"


def days_shown(month: Month) -> tuple[date, date]:
    """The first and the last day of the chart by day: the month, but in its first half a month's length that has the last two weeks."""
    days = month.outlook.days
    if month.today.day > BEHIND or month.bill.covers is None:
        return days[0].day, days[-1].day
    first = max(month.bill.covers[0], month.today - timedelta(days=BEHIND))
    return first, first + timedelta(days=len(days) - 1)


def by_day(month: Month) -> Bars:
    """A bar a day: billed, estimated, forecast; today what is gone of it and what is left. The line is what a day may cost on average."""
    first, last = days_shown(month)
    known = {day.day: day for day in month.outlook.days}
    shown = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    bars = [_of_day(month, known[day]) if day in known else _before(month, day) for day in shown]
    marks = {(day - first).days: amount for day, amount in month.azure_days.items() if first <= day <= last}
    crosses = first.month != last.month
    labels = {index: _label(day, crosses) for index, day in enumerate(shown) if day.day in NAMED or (day == last and not crosses)}
    pace = month.course.pace if month.course is not None else None
    return Bars(tuple(bars), month.outlook.unit, labels, marks, pace)


def adding_up(month: Month) -> Bars:
    """A bar a day of what the month has come to at its end; the line is the budget, the mark what Azure forecasts for the last day."""
    bars = tuple(Bar(((GLYPH[day.basis], day.amount),)) for day in month.running)
    azure = month.outlook.azure
    marks = {len(bars) - 1: azure.value} if azure is not None and azure.value is not None and bars else {}
    return Bars(bars, month.outlook.unit, _days(month), marks, month.budget)


def last_hour(history: Sequence[Burnt]) -> Bars:
    """A bar a minute of what machines burnt: estimated where some are not in it."""
    bars = tuple(
        Bar((), known=False) if each.rate is None else Bar(((ESTIMATED if each.missing else BILLED, each.rate),)) for each in history
    )
    middle = len(bars) // 2
    labels = {0: f"-{len(bars) - 1} m", middle: f"-{len(bars) - 1 - middle} m", len(bars) - 2: "now"} if len(bars) > 2 else {}
    return Bars(bars, BURN_UNIT, labels, gaps=False)


def title_by_day(month: Month) -> list[Part]:
    first, last = days_shown(month)
    days = f" {Window(first, last).words} " if first.month != last.month else f" {month.today:%b} by day "
    parts: list[Part] = [(days, "bold"), *_legend()]
    if month.azure_days:
        parts += [(f" {AZURE}", "warn"), (" Azure's", "muted")]
    if month.course is not None:
        pace = money(month.course.pace, month.outlook.unit, Form.WHOLE)
        parts += [(f" {LINE}", "warn"), (f" budget {pace}/day", "muted")]
    return parts


def title_adding_up(month: Month) -> list[Part]:
    parts: list[Part] = [(f" {month.today:%b} adding up ", "bold")]
    if month.budget is not None:
        parts += [(LINE, "warn"), (f" budget {money(month.budget, month.outlook.unit, Form.WHOLE)}", "muted")]
    if month.outlook.azure is not None:
        parts += [(f" {AZURE}", "warn"), (" Azure's forecast", "muted")]
    return parts


def title_last_hour(history: Sequence[Burnt]) -> list[Part]:
    parts: list[Part] = [(" last hour ", "bold"), (BILLED, "busy"), (" $/h", "muted")]
    if any(each.missing for each in history):
        parts += [(f" {ESTIMATED}", "key"), (" in part", "muted")]
    if any(each.rate is None for each in history):
        parts += [(f" {UNKNOWN}", "bad"), (" not known", "muted")]
    return parts


def _legend() -> list[Part]:
    return [
        (BILLED, "busy"),
        (" billed ", "muted"),
        (ESTIMATED, "key"),
        (" estimated ", "muted"),
        (FORECAST, "muted"),
        (" forecast", "muted"),
    ]


def _of_day(month: Month, day: Day) -> Bar:
    """A day of the month; one that is over and neither billed nor estimated is not known."""
    if day.day == month.today and month.so_far is not None:
        return Bar(((ESTIMATED, month.so_far), (FORECAST, max(Decimal(0), day.amount - month.so_far))))
    if day.basis is Basis.FORECAST and day.day < month.today:
        return Bar((), known=False)
    return Bar(((GLYPH[day.basis], day.amount),))


def _before(month: Month, day: date) -> Bar:
    """A day before the month: what was billed, which is nothing where the bill has all of it and no charge."""
    billed, covers = month.bill.days.get(day), month.bill.covers
    if covers is None or day > covers[1]:
        return Bar((), known=False)
    return Bar(((BILLED, billed.value if billed is not None and billed.value is not None else Decimal(0)),))


def _label(day: date, crosses: bool) -> str:
    return f"1 {day:%b}" if crosses and day.day == 1 else str(day.day)


def _days(month: Month) -> dict[int, str]:
    last = len(month.outlook.days)
    return {day - 1: str(day) for day in (*NAMED, last) if day <= last}
