"""Windows: the days that are looked at, and the days before that they are compared with, in UTC.

The last day that can be compared is `calibration.settled`: what came after it is not all on the bill yet.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from console.domain.billing.bill import Bill, Charge

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class Window(msgspec.Struct, frozen=True, order=True):
    """From the day `first` to the day `last`, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> Iterator[date]:
        for index in range(self.length):
            yield self.first + index * DAY

    @property
    def words(self) -> str:
        """Its days as a person reads them: `19 Oct to 1 Nov`, `1 Nov`."""
        return f"{self.first:%-d %b}" if self.first == self.last else f"{self.first:%-d %b} to {self.last:%-d %b}"

    def has(self, day: int) -> bool:
        """Whether a charge's day (yyyymmdd) is in it."""
        return number(self.first) <= day <= number(self.last)


def number(day: date) -> int:
    """A day as Cost Management writes it: yyyymmdd."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(written: int) -> date:
    """yyyymmdd as a day. Raises ValueError where it is none."""
    return date(written // 10_000, written // 100 % 100, written % 100)


def week_over_week(last: date) -> tuple[Window, Window]:
    """The seven days that end with `last`, and the seven before them."""
    this = Window(last - WEEK + DAY, last)
    return this, Window(this.first - WEEK, this.first - DAY)


def month_to_date(last: date) -> tuple[Window, Window]:
    """The month of `last` up to it, and the same days of the month before: all of it where that month is shorter."""
    before = month_before(last)
    return Window(last.replace(day=1), last), Window(before.first, min(before.first + (last.day - 1) * DAY, before.last))


def month_before(day: date) -> Window:
    """The whole month before the one of `day`."""
    last = day.replace(day=1) - DAY
    return Window(last.replace(day=1), last)


def month_of(day: date) -> Window:
    """The whole month of `day`."""
    return Window(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def within(bills: Iterable[Bill], window: Window) -> Iterator[Charge]:
    """The charges of some bills in a window's days; forecasts are none. Bills that overlap would count twice: give none such."""
    first, last = number(window.first), number(window.last)
    for bill in bills:
        for charge in bill.charges:
            if first <= charge.day <= last and not charge.forecast:
                yield charge
