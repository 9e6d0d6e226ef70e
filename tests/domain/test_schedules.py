"""When an instance starts and stops by itself, as a person types it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.schedules import cron, cron_fault, stop_fault
from console.emulator.schedules import next_cron
from tests.properties import steady


@pytest.mark.parametrize(
    "text",
    [
        "0 19 * * *",
        "0 19 * * 1-5",
        "*/15 * * * *",
        "0,30 8-18/2 1,15 1-6 0",
        "59 23 31 12 6",
        "  0   19  *  * * ",
        "0 19 * * MON-FRI",
        "0 19 * * mon,wed,Fri",
        "0 19 1 JAN-MAR *",
    ],
)
def test_cron_expressions_that_azure_takes(text: str) -> None:
    assert cron_fault(text) == "" and stop_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("* * * *", "five fields, not 4"),
        ("0 0 19 * * *", "five fields, not 6"),
        ("60 19 * * *", "minute is 0 to 59, not 60"),
        ("0 24 * * *", "hour is 0 to 23, not 24"),
        ("0 19 0 * *", "day of month is 1 to 31, not 0"),
        ("0 19 * 13 *", "month is 1 to 12, not 13"),
        ("0 19 * * 7", "day of week is 0 to 6, not 7"),
        ("0 19 * * 5-1", "day of week is 0 to 6, not 5-1"),
        ("0 19 * * FRI-MON", "day of week is 0 to 6, not FRI-MON"),
        ("*/0 19 * * *", "minute is 0 to 59, not */0"),
        ("0 MON * * *", "hour is 0 to 23, not MON"),
        ("0 19 * * JAN", "day of week is 0 to 6, not JAN"),
        ("0 19 * * MON-", "day of week"),
        ("0 19 , * *", "day of month"),
        ("0 19 * * \x1b[31m", "day of week"),
        ("٠ 19 * * *", "minute is"),
        pytest.param("0 19 * * " + "9" * 5_000, "day of week is 0 to 6, not 999999999999", id="long"),
    ],
)
def test_what_is_no_cron_expression_says_which_field(text: str, told: str) -> None:
    assert told in cron_fault(text)
    assert len(cron_fault(text)) < 80


@pytest.mark.parametrize("text", ["", "  ", "19:00", "7:05", "00:00", "23:59"])
def test_times_of_day(text: str) -> None:
    assert stop_fault(text) == ""


@pytest.mark.parametrize("text", ["24:00", "19:60", "19", "19.00", "7 pm", "tonight", "19:00 20:00", "-1:00", "/subscriptions/x"])
def test_what_is_no_time_is_told(text: str) -> None:
    assert stop_fault(text)


@pytest.mark.parametrize(("text", "wanted"), [("19:00", "0 19 * * *"), (" 7:05 ", "5 7 * * *"), ("0  19 * *  1", "0 19 * * 1"), ("", "")])
def test_a_time_becomes_cron(text: str, wanted: str) -> None:
    assert cron(text) == wanted


FIELD = st.one_of(st.just("*"), st.sampled_from(["*/5", "1", "0", "3-4", "1,2", "61", "SUN", "5-2", "1/0"]))


@steady
@given(st.lists(FIELD, min_size=5, max_size=5).map(" ".join))
def test_what_passes_is_due_at_some_time(text: str) -> None:
    """Whoever carries schedules out understands each expression that is let through."""
    if not cron_fault(text):
        next_cron(text, datetime(2026, 11, 2, 8, tzinfo=UTC))
