"""Ranges: which days are told, which of them the bill has whole, and with which days they are compared."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from console.domain.billing.ranges import Days, Range, days_of
from console.domain.billing.windows import Window

TODAY = date(2026, 11, 20)
SETTLED = date(2026, 11, 18)


def day(number: int, month: int = 11) -> date:
    return date(2026, month, number)


def test_a_week_ends_with_the_last_whole_day_and_is_compared_with_the_one_before() -> None:
    days = days_of(Range.WEEK, TODAY, SETTLED)
    assert days == Days(Window(day(12), day(18)), Window(day(12), day(18)), Window(day(5), day(11)))
    assert days.estimated(datetime(2026, 11, 20, 8, tzinfo=UTC)) is None
    assert days.words == "12 Nov to 18 Nov"


def test_of_a_month_the_days_that_are_not_whole_are_estimated() -> None:
    days = days_of(Range.MONTH, TODAY, SETTLED)
    assert (days.whole, days.before) == (Window(day(1), day(18)), Window(day(1, 10), day(18, 10)))
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert days.estimated(now) == (datetime(2026, 11, 19, tzinfo=UTC), now)


def test_in_the_first_days_of_a_month_nothing_of_it_is_whole() -> None:
    days = days_of(Range.MONTH, day(2), day(31, 10))
    assert (days.billed, days.whole, days.before) == (Window(day(1), day(2)), None, None)
    assert days.since == day(1)
    last = days_of(Range.LAST_MONTH, day(1), day(30, 10))
    assert (last.whole, last.since, last.until) == (Window(day(1, 10), day(30, 10)), day(31, 10), day(31, 10))
    assert last.estimated(datetime(2026, 11, 1, 8, tzinfo=UTC)) == (datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize("over", Range)
def test_without_a_bill_all_is_estimated(over: Range) -> None:
    days = days_of(over, TODAY, None)
    assert days.whole is None and days.before is None and days.since is not None


def test_ranges_go_round() -> None:
    assert [each.next for each in Range] == [*list(Range)[1:], Range.TODAY]
