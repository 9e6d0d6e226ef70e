"""From when to when a period reaches."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.domain.billing.periods import Period


@pytest.mark.parametrize(
    ("period", "start"),
    [
        (Period.TODAY, datetime(2026, 11, 2, tzinfo=UTC)),
        (Period.WEEK, datetime(2026, 10, 27, tzinfo=UTC)),
        (Period.MONTH, datetime(2026, 11, 1, tzinfo=UTC)),
        (Period.LAST_MONTH, datetime(2026, 10, 1, tzinfo=UTC)),
    ],
)
def test_a_period_begins_at_a_midnight(period: Period, start: datetime) -> None:
    assert period.start(datetime(2026, 11, 2, 8, 30, 5, 7, tzinfo=UTC)) == start


def test_all_end_now_but_the_month_before() -> None:
    now = datetime(2026, 3, 31, 8, tzinfo=UTC)
    assert [period.end(now) for period in Period] == [now, now, now, datetime(2026, 3, 1, tzinfo=UTC)]
    assert Period.LAST_MONTH.start(now) == datetime(2026, 2, 1, tzinfo=UTC)
