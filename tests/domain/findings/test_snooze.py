"""Until when a finding is accepted: what may be typed, and what is wrong with the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.findings.snooze import DEFAULT, LONGEST, Snooze, parse_until
from tests.domain.test_compute import NOON
from tests.properties import steady


@pytest.mark.parametrize(
    ("text", "until"),
    [
        (DEFAULT, NOON + timedelta(days=7)),
        ("12h", NOON + timedelta(hours=12)),
        (" 2 W ", NOON + timedelta(weeks=2)),
        ("2026-12-24", datetime(2026, 12, 24, tzinfo=UTC)),
        ("2026-11-03", datetime(2026, 11, 3, tzinfo=UTC)),
    ],
)
def test_spans_and_days_are_read(text: str, until: datetime) -> None:
    assert parse_until(text, NOON) == until


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("soon", "'soon' is no time"),
        ("", "nothing is no time"),
        ("7", "'7' is no time"),
        ("-7d", "'-7d' is no time"),
        ("0d", "0d is no time at all"),
        ("2026-11-02", "has begun already"),
        ("2025-12-24", "has begun already"),
        ("2026-13-01", "is no time"),
        ("999999w", "more than five years"),
        ("2099-01-01", "more than five years"),
    ],
)
def test_what_is_no_time_says_why(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_until(text, NOON)


@steady
@given(st.text(max_size=30))
def test_anything_typed_is_a_time_to_come_or_a_sentence(text: str) -> None:
    try:
        until = parse_until(text, NOON)
    except ValueError as error:
        assert len(str(error)) > 20
    else:
        assert NOON < until <= NOON + LONGEST


def test_it_wakes_up_at_its_date() -> None:
    snooze = Snooze(finding="r@/x", who="ada", reason="TICKET-1", since=NOON, until=NOON + timedelta(days=7))
    assert snooze.holds(NOON + timedelta(days=6, hours=23))
    assert not snooze.holds(NOON + timedelta(days=7))
