"""History: the last samples of a figure, and their sparkline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from console.feeds.history import BLOCKS, History, Sample
from tests.properties import steady

START = datetime(2026, 11, 2, tzinfo=UTC)


def history(values: list[int], length: int = 240) -> History:
    made = History(length)
    for number, value in enumerate(values):
        made.add(START + timedelta(seconds=number), Decimal(value))
    return made


def test_unknown_values_and_those_from_before_are_no_samples() -> None:
    made = history([1])
    made.add(START + timedelta(seconds=5), None)
    made.add(START, Decimal(7))
    made.add(START - timedelta(days=1), Decimal(7))
    assert made.samples == (Sample(START, Decimal(1)),)


def test_a_value_that_repeats_is_one_sample() -> None:
    assert [int(sample.value) for sample in history([1, 1, 2, 2, 1]).samples] == [1, 2, 1]


def test_only_the_last_are_kept() -> None:
    assert [int(sample.value) for sample in history([1, 2, 3, 4], length=3).samples] == [2, 3, 4]


def test_a_sparkline_goes_from_the_lowest_to_the_highest() -> None:
    assert history([0, 7, 3]).sparkline(10) == "▁█▄"
    assert history([5, 6, 5]).sparkline(2) == "█▁"
    assert history([5]).sparkline(10) == ""
    assert history([]).sparkline(10) == ""
    assert history([0, 9, 1, 2]).sparkline(2) == "▁█"


@steady
@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(1, 30))
def test_a_sparkline_fits_and_keeps_the_order(values: list[int], width: int) -> None:
    line = history(values).sparkline(width)
    shown = [value for value, before in zip(values, [None, *values], strict=False) if value != before][-width:]
    assert len(line) == (len(shown) if len(shown) > 1 else 0)
    heights = [BLOCKS.index(block) for block in line]
    for (one, low), (two, high) in zip(
        list(zip(shown, heights, strict=False)), list(zip(shown[1:], heights[1:], strict=False)), strict=False
    ):
        assert (one <= two) <= (low <= high)
