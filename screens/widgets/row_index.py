"""The rows of a table in the order that is shown: filtered, sorted, found by key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import compress, repeat
from operator import contains
from typing import Any, Generic, TypeVar, cast

from screens.widgets.columns import Column
from screens.widgets.groups import Group, grouped

T = TypeVar("T")


class RowIndex(Generic[T]):
    """A snapshot of rows and the view of it that a filter and an order leave.

    Work is lazy: the view is made when it is asked for, without filter and order it *is* the snapshot, and keys are asked for only
    when one is looked up.
    """

    def __init__(self, columns: Sequence[Column[T]], key: Callable[[T], str]) -> None:
        self._columns = tuple(columns)
        self._key = key
        self._rows: Sequence[T] = ()
        self._view: Sequence[T | Group[T]] | None = ()
        self._listed: Sequence[T] = ()
        self._positions: dict[str, int] | None = None
        self._texts_of: Sequence[T] | None = None  # the snapshot that the two below were made of
        self._searched: list[Searched] = []
        self._text_by_row: dict[int, str] | None = None
        self._needle = ""
        self._matches: Callable[[T], bool] | None = None
        self._sorted_by: Column[T] | None = None
        self._reverse = False
        self._group_by: Callable[[T], tuple[str, ...]] | None = None
        self._closed: set[str] = set()

    @property
    def rows(self) -> Sequence[T]:
        """The whole snapshot, in the order it came."""
        return self._rows

    @property
    def view(self) -> Sequence[T | Group[T]]:
        """What is shown, in the order shown: rows, and between them the headings of their groups."""
        if self._view is None:
            self._listed = self._made()
            self._view = grouped(self._listed, self._group_by, self._closed) if self._group_by is not None else self._listed
        return self._view

    @property
    def listed(self) -> Sequence[T]:
        """The rows that the filter leaves, in their order, those in closed groups included."""
        return self._listed if self.view is not None else ()

    @property
    def sorted_by(self) -> Column[T] | None:
        """The column that orders the view, if any."""
        return self._sorted_by

    @property
    def reverse(self) -> bool:
        """Whether the order is descending."""
        return self._reverse

    def key_of(self, row: T | Group[T]) -> str:
        """The key of a row or of a group."""
        return row.key if isinstance(row, Group) else self._key(row)

    def key_at(self, position: int) -> str | None:
        """The key of the row at a position of the view; `None` beyond its ends."""
        return self.key_of(self.view[position]) if 0 <= position < len(self.view) else None

    def position_of(self, key: str, near: int = 0) -> int | None:
        """Where in the view the row with `key` is; `near` is where it was, looked at first."""
        if self.key_at(near) == key:
            return near
        if self._positions is None:
            key_of = self._key if self._group_by is None else self.key_of
            self._positions = dict(zip(map(key_of, cast(Sequence[T], self.view)), range(len(self.view)), strict=True))
        return self._positions.get(key)

    def all_keys(self) -> set[str]:
        """The keys of the whole snapshot."""
        return set(map(self._key, self._rows))

    def replace(self, rows: Sequence[T]) -> None:
        """Take a new snapshot. The sequence is kept, not copied, and must not change afterwards."""
        self._rows = rows
        self.forget_texts()

    def filter(self, text: str, matches: Callable[[T], bool] | None) -> None:
        """Show only rows that `matches` accepts, else those whose columns' text holds `text` in any case."""
        self._needle, self._matches = text.casefold(), matches
        self._unmake()

    def sort(self, column: Column[T] | None, reverse: bool) -> None:
        """Order by a column (`None`: as the snapshot came). Equal rows keep the snapshot's order; unknown values come last."""
        self._sorted_by, self._reverse = column, reverse
        self._unmake()

    def group(self, by: Callable[[T], tuple[str, ...]] | None) -> None:
        """Put rows under headings by what `by` gives of each, all groups open; `None`: no groups."""
        self._group_by, self._closed = by, set()
        self._unmake()

    def close(self, key: str, closed: bool) -> None:
        """Show or hide the rows of a group."""
        self._closed = self._closed | {key} if closed else self._closed - {key}
        self._unmake()

    def set_columns(self, columns: Sequence[Column[T]]) -> None:
        """Search and order by other columns."""
        self._columns = tuple(columns)
        self._sorted_by = None
        self.forget_texts()

    def forget_texts(self) -> None:
        """Read the columns anew: they show something else though the rows are the same objects."""
        self._texts_of = None
        self._unmake()

    def text_of(self, row: T) -> str:
        """What a filter searches of a row of this snapshot: each column of the table, drawn or not, as a casefolded line."""
        self._read_texts()
        if self._text_by_row is None:
            self._text_by_row = dict(
                zip(map(id, self._rows), map("\n".join, zip(*[searched.by_row for searched in self._searched], strict=True)), strict=True)
            )
        return self._text_by_row[id(row)]

    def _unmake(self) -> None:
        self._view = self._positions = None

    def _made(self) -> Sequence[T]:
        """The rows that the filter leaves, in their order."""
        view: Sequence[T] = self._rows
        if self._matches is not None:
            view = list(filter(self._matches, view))
        elif self._needle:
            view = list(compress(view, self._holding(self._needle)))
        if self._sorted_by is not None:
            view = ordered(view, self._sorted_by.sort or self._sorted_by.value, self._reverse)
        return view

    def _holding(self, needle: str) -> Iterable[bool]:
        """Whether each row of the snapshot has `needle` in a column."""
        self._read_texts()
        by_column = [map(contains, searched.by_row, repeat(needle)) for searched in self._searched if needle in searched.whole]
        if len(by_column) <= 1:
            return by_column[0] if by_column else ()
        return map(any, zip(*by_column, strict=True))

    def _read_texts(self) -> None:
        """Read every column of the snapshot, once."""
        if self._texts_of is not self._rows:
            self._searched = [Searched(map(column.value, self._rows)) for column in self._columns]
            self._text_by_row = None
            self._texts_of = self._rows


class Searched:
    """One column's texts of all rows, casefolded: as one text, as a keystroke on many rows waits for this, and split where it must be."""

    def __init__(self, values: Iterable[object]) -> None:
        texts = list(values)
        try:
            whole = "\n".join(cast(list[str], texts)).casefold()
        except TypeError:  # not all are texts
            texts = ["" if value is None else str(value) for value in texts]
            whole = "\n".join(cast(list[str], texts)).casefold()
        if whole.count("\n") != max(0, len(texts) - 1):
            whole = "\n".join([str(text).replace("\n", " ") for text in texts]).casefold()
        self.whole = whole

    @cached_property
    def by_row(self) -> list[str]:
        """The text of each row."""
        return self.whole.split("\n")


def ordered(rows: Iterable[T], value: Callable[[T], Any], reverse: bool) -> list[T]:
    """Return `rows` sorted by `value`, stable in both directions, with `None` and NaN last; values of unlike types sort by type."""
    held = list(rows)
    values = list(map(value, held))
    kinds = set(map(type, values))
    places: Iterable[int] = range(len(held))
    unknown: list[int] = []
    if not kinds <= {str, int, bool}:
        unknown = [place for place in places if values[place] is None or values[place] != values[place]]
        if unknown:
            missing = set(unknown)
            places = [place for place in places if place not in missing]
            kinds.discard(type(None))
    if kinds == {str}:
        comparable: list[Any] = [value and value.casefold() for value in values]
    elif len(kinds) <= 1 or kinds <= {int, float, bool}:
        comparable = values
    else:
        comparable = [_by_kind(value) for value in values]
    return [held[place] for place in sorted(places, key=comparable.__getitem__, reverse=reverse)] + [held[place] for place in unknown]


def _by_kind(value: Any) -> tuple[str, Any]:
    if isinstance(value, int | float):
        return "", value
    return type(value).__name__, value.casefold() if isinstance(value, str) else value
