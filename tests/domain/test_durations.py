"""Durations, read and said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.domain.durations import parse, words


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
