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
    ],
)
def test_a_period_begins_at_a_midnight(period: Period, start: datetime) -> None:
    assert period.start(datetime(2026, 11, 2, 8, 30, 5, 7, tzinfo=UTC)) == start
