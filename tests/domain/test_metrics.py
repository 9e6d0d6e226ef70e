"""How a series is told: its extremes, its mean, its line of blocks, and that a hole is no zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.metrics import BLOCKS, HOLE, Point, Range, Series
from tests.properties import steady

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def series(*values: float | None) -> Series:
    return Series(name="Active Nodes", points=tuple(Point(NOON + timedelta(minutes=at), value) for at, value in enumerate(values)))


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ((0, 4, 8), 3, "▁▅█"),
        ((0, 0, 0), 3, "▁▁▁"),
        ((0, None, 8), 3, f"▁{HOLE}█"),
        ((None, None), 2, HOLE * 2),
        ((0, 0, 8, 8), 2, "▁█"),
        ((0, 8), 10, "▁█"),
        ((0.01, 8), 2, "▂█"),
        ((), 5, ""),
        ((1, 2), 0, ""),
    ],
)
def test_the_line(values: tuple[float | None, ...], width: int, line: str) -> None:
    assert series(*values).sparkline(width) == line


def test_extremes_are_those_within_intervals() -> None:
    found = Series(name="n", points=(Point(NOON, 2, 0, 5), Point(NOON + timedelta(minutes=1), 4, 3, 4), Point(NOON + timedelta(minutes=2))))
    assert (found.least, found.mean, found.most) == (0, 3, 5)
    assert found.last is not None and found.last.average == 4


def test_nothing_known_is_nothing_told() -> None:
    found = series(None, None)
    assert (found.least, found.mean, found.most, found.last) == (None, None, None, None)


@steady
@given(st.lists(st.one_of(st.none(), st.floats(0, 1e9)), max_size=300), st.integers(1, 200))
def test_the_line_is_never_wider_and_has_only_blocks(values: list[float | None], width: int) -> None:
    line = series(*values).sparkline(width)
    assert len(line) == min(width, len(values)) and set(line) <= {*BLOCKS, HOLE}


def test_ranges_go_round() -> None:
    assert [Range.HOUR.next, Range.DAY.next, Range.WEEK.next] == [Range.DAY, Range.WEEK, Range.HOUR]
    assert [each.label for each in Range] == ["1 h", "24 h", "7 d"]
