"""Durations, read and said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.durations import exactly, iso, parse, typed, words
from tests.properties import steady


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT30M", timedelta(minutes=30)),
        ("pt1h30m", timedelta(minutes=90)),
        ("P3D", timedelta(days=3)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("PT120S", timedelta(minutes=2)),
        ("PT0S", None),
        ("P", None),
        ("30", None),
        ("", None),
        ("PT9999999999M", None),
    ],
)
def test_azures_durations_are_read(text: str, length: timedelta | None) -> None:
    assert parse(text) == length


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=23, hours=23), "23 d"),
        (timedelta(days=1_200), "1,200 d"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(seconds=59), "less than a minute"),
    ],
)
def test_lengths_are_said_in_one_unit(length: timedelta, said: str) -> None:
    assert words(length) == said


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30", timedelta(minutes=30)),
        ("30m", timedelta(minutes=30)),
        (" 30 Min ", timedelta(minutes=30)),
        ("45 minutes", timedelta(minutes=45)),
        ("1 minute", timedelta(minutes=1)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("3 days", timedelta(days=3)),
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1 d 12 h", timedelta(hours=36)),
        ("PT45M", timedelta(minutes=45)),
        ("p1d", timedelta(days=1)),
        ("", None),
        ("  ", None),
        ("0", None),
        ("0m", None),
        ("PT0S", None),
        ("m", None),
        ("-5m", None),
        ("1.5h", None),
        ("30m1h", None),
        ("٣٠m", None),
        ("1w", None),
        ("soon", None),
        ("/subscriptions/x", None),
        ("9" * 7, None),
        pytest.param("9" * 5_000, None, id="long"),
        pytest.param("9" * 5_000 + "m", None, id="long minutes"),
        ("\x1b[31m30m", None),
    ],
)
def test_what_a_person_types_is_read(text: str, length: timedelta | None) -> None:
    assert typed(text) == length


@pytest.mark.parametrize(
    ("length", "said", "written"),
    [
        (timedelta(0), "0", "PT0S"),
        (timedelta(seconds=45), "45 s", "PT45S"),
        (timedelta(minutes=2), "2 min", "PT2M"),
        (timedelta(minutes=90), "1 h 30 min", "PT90M"),
        (timedelta(seconds=90), "1 min 30 s", "PT90S"),
        (timedelta(hours=36), "1 d 12 h", "PT2160M"),
        (timedelta(days=3), "3 d", "PT4320M"),
    ],
)
def test_lengths_are_said_whole_and_written_as_azure_ml_reads_them(length: timedelta, said: str, written: str) -> None:
    assert (exactly(length), iso(length)) == (said, written)


@steady
@given(st.integers(1, 4_000_000).map(lambda seconds: timedelta(seconds=seconds)))
def test_what_is_said_or_written_can_be_typed_and_read_again(length: timedelta) -> None:
    assert typed(exactly(length)) == length
    if length < timedelta(seconds=1_000_000):
        assert parse(iso(length)) == typed(iso(length)) == length
