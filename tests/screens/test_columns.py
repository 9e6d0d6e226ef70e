"""Which columns fit a width, where they stand, and how rows are filtered and ordered by them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.widgets.columns import GAP, GUTTER, Column, place
from screens.widgets.order import ordered
from screens.widgets.row_index import RowIndex


def column(name: str, width: int, priority: int = 1, **rest: Any) -> Column[dict[str, Any]]:
    """A column that shows the field of its own name."""
    return Column(name, width, lambda row: row[name], priority=priority, **rest)


def names(placed: tuple[Any, ...]) -> list[str]:
    """The names of placed columns."""
    return [item.column.name for item in placed]


COLUMNS = [column("a", 10, 0), column("b", 10, 2), column("c", 10, 1), column("d", 10, 2), column("e", 10, 3)]


@pytest.mark.parametrize(
    ("width", "kept"),
    [(55, "abcde"), (54, "abcd"), (44, "abcd"), (43, "abc"), (33, "abc"), (32, "ac"), (22, "ac"), (21, "a"), (11, "a"), (5, "a")],
)
def test_the_highest_priority_number_drops_first_and_among_equals_the_rightmost(width: int, kept: str) -> None:
    assert names(place(COLUMNS, width)) == list(kept)


def test_columns_stand_side_by_side_after_the_gutter() -> None:
    assert [(item.x, item.width) for item in place(COLUMNS[:3], 80)] == [(1, 10), (12, 10), (23, 10)]


def test_a_stretch_column_takes_the_rest() -> None:
    placed = place([column("a", 10, 0), column("b", 5, stretch=True), column("c", 10)], 80)
    assert [(item.x, item.width) for item in placed] == [(1, 10), (12, 57), (70, 10)]


def test_what_never_drops_is_cut_at_the_edge() -> None:
    placed = place([column("a", 10, 0), column("b", 10, 0), column("c", 10, 0)], 16)
    assert [(item.x, item.width) for item in placed] == [(1, 10), (12, 4)]
    assert placed[1].cell({"b": "abcdef"}).text == "abc…"


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5), st.booleans()), max_size=12),
    st.integers(0, 200),
)
def test_no_column_overlaps_another_or_leaves_the_line(shape: list[tuple[int, int, bool]], width: int) -> None:
    columns = [column(str(n), own, priority, stretch=stretch) for n, (own, priority, stretch) in enumerate(shape)]
    placed = place(columns, width)
    end = GUTTER - GAP
    for item in placed:
        assert item.x == end + GAP
        assert item.width > 0
        end = item.x + item.width
    assert end <= max(width, GUTTER - GAP)
    dropped = {item.priority for item in columns} - {item.column.priority for item in placed}
    assert not dropped or width < GUTTER + sum(item.width + GAP for item in columns) - GAP


def test_a_cell_is_safe_cut_and_aligned() -> None:
    (placed,) = place([Column("a", 6, lambda row: row, style=lambda row: "bad", align="right")], 7)
    assert placed.cell("\x1b[1mx") == (" ␛[1mx", "bad")
    assert placed.cell(None).text == "      "
    assert placed.cell("abcdefgh").text == "abcde…"


@pytest.mark.parametrize(
    ("values", "up", "down"),
    [
        ([3, 1, 2], [1, 2, 3], [3, 2, 1]),
        ([3.5, True, 2], [True, 2, 3.5], [3.5, 2, True]),
        (["b", "A", "c"], ["A", "b", "c"], ["c", "b", "A"]),
        ([2, None, 1], [1, 2, None], [2, 1, None]),
        (["b", None, "A"], ["A", "b", None], ["b", "A", None]),
        ([2, "x", 1, None], [1, 2, "x", None], ["x", 2, 1, None]),
        ([None, None], [None, None], [None, None]),
        ([], [], []),
        ([(1, "b"), (1, "a")], [(1, "a"), (1, "b")], [(1, "b"), (1, "a")]),
    ],
)
def test_order(values: list[Any], up: list[Any], down: list[Any]) -> None:
    assert ordered(values, lambda value: value, reverse=False) == up
    assert ordered(values, lambda value: value, reverse=True) == down


def test_what_is_not_a_number_comes_last_in_either_direction() -> None:
    for reverse in (False, True):
        assert [math.isnan(value) for value in ordered([2.0, math.nan, 1.0], lambda value: value, reverse)] == [False, False, True]


@given(st.lists(st.tuples(st.integers(0, 3) | st.none(), st.integers())), st.booleans())
def test_equal_rows_keep_their_order(rows: list[tuple[int | None, int]], reverse: bool) -> None:
    tagged = [(value, place) for place, (value, _) in enumerate(rows)]
    result = ordered(tagged, lambda row: row[0], reverse)
    known = sorted((row for row in tagged if row[0] is not None), key=lambda row: row[0] or 0, reverse=reverse)
    assert result == known + [row for row in tagged if row[0] is None]


VALUE: Column[tuple[int, object]] = Column("v", 9, lambda row: row[1])


def index_of(*values: object) -> RowIndex[tuple[int, object]]:
    """An index of rows (number, value) with one column for each of the two."""
    index = RowIndex([Column("n", 3, lambda row: row[0]), VALUE], lambda row: str(row[0]))
    index.replace(list(enumerate(values)))
    return index


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("GPU", [0, 1]),
        ("straSSE", [2]),
        ("ß", [2]),
        ("3", [3]),
        ("none", []),
        ("break", [4]),
        ("line\nbreak", []),
        ("1\ngpu", []),
        ("\n", []),
    ],
)
def test_filter_finds_text_in_any_column_in_any_case(text: str, found: list[int]) -> None:
    index = index_of("gpu-a", "GPU-b", "Straße", None, "line\nbreak")
    index.filter(text, None)
    assert [row[0] for row in index.view] == found


def test_a_predicate_takes_the_place_of_the_text_and_can_read_it() -> None:
    index = index_of("gpu", "cpu", None)
    index.filter("!gpu", lambda row: "gpu" not in index.text_of(row))
    assert [row[0] for row in index.view] == [1, 2]
    assert index.text_of(index.rows[0]) == "0\ngpu"


def test_a_new_snapshot_is_filtered_by_what_it_says_now() -> None:
    index = index_of("running", "stopped")
    index.filter("run", None)
    assert index.view == [(0, "running")]
    index.replace([(0, "stopped"), (1, "running")])
    assert index.view == [(1, "running")]
    index.replace([])
    assert list(index.view) == []


def test_without_filter_and_order_the_view_is_the_snapshot_and_no_row_is_touched() -> None:
    asked: list[object] = []
    index: RowIndex[int] = RowIndex([Column("n", 3, asked.append)], lambda row: asked.append(row) or str(row))
    rows = range(1000)
    index.replace(rows)
    assert index.view is rows
    assert asked == []
    assert index.key_at(7) == "7"
    assert asked == [7]


def test_rows_are_found_by_key() -> None:
    index = index_of("a", "b", "c")
    index.sort(VALUE, reverse=True)
    assert [index.position_of(key) for key in ("0", "1", "2", "3")] == [2, 1, 0, None]
    assert index.position_of("1", near=1) == 1
    assert index.key_at(9) is None
    assert index.all_keys() == {"0", "1", "2"}
