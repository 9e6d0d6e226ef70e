"""Until when something is good: what people write, and what of it is no moment to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain import until

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("+90d", NOW + timedelta(days=90)),
        ("+90", NOW + timedelta(days=90)),
        ("+12h", NOW + timedelta(hours=12)),
        (" 2027-01-31 ", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31 18:05", datetime(2027, 1, 31, 18, 5, tzinfo=UTC)),
    ],
)
def test_until_when_is_said_by_date_or_by_a_length(text: str, moment: datetime | None) -> None:
    assert until.parse(text, NOW) == until.meant(text, NOW) == moment and until.fault(text, NOW) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("soon", "or +90d"),
        ("90d", "or +90d"),
        ("+", "or +90d"),
        ("+0", "that is past"),
        ("2027-02-30", "no such date"),
        ("2026-11-01", "that is past"),
        ("+999999d999999d", "or +90d"),
        ("+P999999W", "beyond the year 9999"),
    ],
)
def test_what_is_no_moment_to_come_is_refused(text: str, why: str) -> None:
    assert why in until.fault(text, NOW) and until.meant(text, NOW) is None
    with pytest.raises(ValueError, match=r"\w"):
        until.parse(text, NOW)


def test_an_end_that_is_needed_is_asked_for() -> None:
    assert until.fault(" ", NOW) == "" and until.fault(" ", NOW, needed=True)
