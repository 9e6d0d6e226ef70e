"""Ranges: the times that costs are told over, which of their days the bill has whole, and the days that they are compared with."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from console.domain.billing.calibration import midnight
from console.domain.billing.windows import DAY, Window, month_before, month_to_date, week_over_week


class Range(StrEnum):
    """What is told: today so far, the last seven days that are billed whole, this month so far, the month before."""

    TODAY = "today"
    WEEK = "7 d"
    MONTH = "month"
    LAST_MONTH = "last month"

    @property
    def next(self) -> Range:
        """The one after it, and after the last the first."""
        order = list(Range)
        return order[(order.index(self) + 1) % len(order)]


class Days(msgspec.Struct, frozen=True):
    """The days (UTC) of a range. `billed` are those asked of the bill, `whole` those of them of which it certainly has all.

    `before` is what `whole` is compared with. From the day `since` to `until` an estimate takes the bill's place. None: no such days.
    """

    billed: Window | None = None
    whole: Window | None = None
    before: Window | None = None
    since: date | None = None
    until: date | None = None

    def estimated(self, now: datetime) -> tuple[datetime, datetime] | None:
        """From when to when (UTC) an estimate is needed; None: the bill has all days."""
        if self.since is None or self.until is None:
            return None
        end = min(midnight(self.until + DAY), now)
        return (midnight(self.since), end) if midnight(self.since) < end else None

    @property
    def words(self) -> str:
        """The days as a person reads them: `19 Oct to 25 Oct`."""
        shown = self.billed or (Window(self.since, self.until) if self.since is not None and self.until is not None else None)
        return shown.words if shown is not None else "?"


def days_of(over: Range, today: date, settled: date | None) -> Days:
    """The days of a range on the day `today` (UTC).

    `settled` is the last day of which the bill has all (`calibration.settled`; None: there is no bill). What is billed of this month is
    compared with the same days of the month before; with what last month is compared nobody has asked.
    """
    if over is Range.TODAY:
        return Days(since=today, until=today)
    if over is Range.WEEK:
        if settled is None:
            return Days(since=today - 6 * DAY, until=today)
        this, before = week_over_week(settled)
        return Days(this, this, before)
    window = Window(today.replace(day=1), today) if over is Range.MONTH else month_before(today)
    if settled is None or settled < window.first:
        return Days(window, None, None, window.first, window.last)
    whole = Window(window.first, min(settled, window.last))
    since = whole.last + DAY if whole.last < window.last else None
    compared = month_to_date(whole.last)[1] if over is Range.MONTH else None
    return Days(window, whole, compared, since, window.last if since is not None else None)
