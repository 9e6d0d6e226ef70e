"""An index that has followed any number of snapshots shows what one would that was given the last alone, and reads no more than it must."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.widgets import searched
from screens.widgets.columns import Column
from screens.widgets.row_index import RowIndex
from tests.properties import steady


@dataclass(frozen=True, eq=False)
class Row:
    """A row that is told from others by its identity alone."""

    key: str
    name: object
    rank: float | str | None


@dataclass
class World:
    """What rows are read with: prices that change beside them, and what was read of a lasting column."""

    prices: dict[str, float] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def columns(self) -> tuple[Column[Row], ...]:
        return (
            Column("NAME", 8, self._name, lasting=True),
            Column("$/H", 8, lambda row: self.prices.get(row.key), priority=1),
            Column("RANK", 8, lambda row: row.rank, lasting=True),
        )

    def _name(self, row: Row) -> object:
        self.read.append(row.key)
        return row.name


names = st.sampled_from(["gpu-a", "GPU-b", "Straße", "● run", "● stop", None, "two\nlines", 1, True])
ranks = st.sampled_from([0.0, 1.0, 2.5, None, float("nan"), "x"])
snapshots = st.one_of(
    st.tuples(st.just("arrive"), st.integers(0, 9), st.lists(st.tuples(names, ranks), max_size=9)),
    st.tuples(st.just("go"), st.integers(0, 9), st.integers(1, 4)),
    st.tuples(st.just("change"), st.integers(0, 9), st.tuples(names, ranks)),
    st.tuples(st.just("turn"), st.just(0), st.just(0)),
)
steps = st.one_of(
    snapshots,
    st.tuples(st.just("price"), st.integers(0, 9), st.sampled_from([1.0, 2.0, 12.5])),
    st.tuples(st.just("filter"), st.sampled_from(["", "g", "gpu", "run", "ss", "1", "o", "\n", "lines", "zz"]), st.booleans()),
    st.tuples(st.just("sort"), st.sampled_from([None, 0, 1, 2]), st.booleans()),
)


def told(rows: Sequence[Row], world: World, needle: str, sort: int | None, reverse: bool) -> list[str]:
    """The keys that a filter and an order leave, worked out without any memory."""
    index = RowIndex(world.columns(), lambda row: row.key)
    kept = [row for row in rows if not needle or any(needle in line(column.value(row)) for column in world.columns())]
    index.replace(kept)
    index.sort(world.columns()[sort] if sort is not None else None, reverse)
    return [index.key_of(row) for row in index.view]


def line(value: object) -> str:
    return "" if value is None else str(value).replace("\n", " ").casefold()


@steady
@given(st.lists(steps, max_size=25))
def test_what_it_has_followed_changes_nothing_of_what_it_shows(taken: list[tuple[str, Any, Any]]) -> None:
    world, rows, number = World(), [], 0
    index = RowIndex(world.columns(), lambda row: row.key)
    needle, sort, reverse = "", None, False
    with mock.patch.object(searched, "BLOCK_ROWS", 3), mock.patch.object(searched, "FEW", 2):
        for what, first, second in taken:
            place = first % (len(rows) + 1) if isinstance(first, int) else 0
            match what:
                case "arrive":
                    made = [Row(f"k{number + n}", *one) for n, one in enumerate(second)]
                    number += len(made)
                    rows = [*rows[:place], *made, *rows[place:]]
                case "go":
                    rows = [*rows[:place], *rows[place + second :]]
                case "change" if rows:
                    place %= len(rows)
                    rows = [*rows[:place], Row(rows[place].key, *second), *rows[place + 1 :]]
                case "turn":
                    rows = rows[::-1]
                case "price" if rows:
                    world.prices[rows[place % len(rows)].key] = second
                    index.forget_texts()
                case "filter":
                    needle = first
                    words = needle.casefold()
                    index.filter(needle, (lambda row, words=words: words in index.text_of(row)) if second and "\n" not in needle else None)
                case "sort":
                    sort, reverse = first, second
                    index.sort(world.columns()[sort] if sort is not None else None, reverse)
            if what in ("arrive", "go", "change", "turn"):
                index.replace(rows)
            assert [index.key_of(row) for row in index.view] == told(rows, world, needle.casefold(), sort, reverse)
            assert [index.position_of(index.key_of(row)) for row in index.view] == list(range(len(index.view)))


def filtered(count: int) -> tuple[RowIndex[Row], World, list[Row]]:
    """An index of `count` rows, filtered, and looked at."""
    world, rows = World(), [Row(f"k{n}", f"name {n}", n) for n in range(count)]
    index = RowIndex(world.columns(), lambda row: row.key)
    index.replace(rows)
    index.filter("name", None)
    assert len(index.view) == count
    world.read.clear()
    return index, world, rows


def test_of_rows_that_arrive_only_those_are_read_whose_block_is_not_full() -> None:
    index, world, rows = filtered(2 * searched.BLOCK_ROWS + 1)
    index.replace([*rows, Row("new", "name new", 0)])
    assert index.view[-1].key == "new"  # type: ignore[union-attr]
    assert world.read == [rows[-1].key, "new"]
    world.read.clear()
    index.replace([Row("top", "name top", 0), *index.rows])
    assert index.view[0].key == "top"  # type: ignore[union-attr]
    assert world.read == ["top"]


@pytest.mark.parametrize("reread", [True, False])
def test_a_column_that_is_not_lasting_is_read_anew(reread: bool) -> None:
    index, world, rows = filtered(3)
    index.filter("12.5", None)
    assert list(index.view) == []
    world.prices["k1"] = 12.5
    index.forget_texts() if reread else index.replace(list(rows))
    assert list(index.view) == [rows[1]]
    assert world.read == []


def test_another_needle_reads_nothing_again() -> None:
    index, world, _ = filtered(searched.BLOCK_ROWS + 1)
    for needle in ("name 1", "name", "zz", ""):
        index.filter(needle, None)
        assert index.view is not None
    assert world.read == []
