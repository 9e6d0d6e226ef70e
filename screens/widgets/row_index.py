"""The rows of a table in the order that is shown: filtered, sorted, found by key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from screens.widgets.columns import Column

T = TypeVar("T")

_APART = "\n"
"""Between two columns in a row's searched text: no safe text holds it, so nothing matches across columns."""


class RowIndex(Generic[T]):
    """A snapshot of rows and the view of it that a filter and an order leave.

    Work is lazy: without filter and order the view *is* the snapshot, and keys are asked for only when one is looked up.
    """

    def __init__(self, columns: Sequence[Column[T]], key: Callable[[T], str]) -> None:
        self._columns = tuple(columns)
        self._key = key
        self._rows: Sequence[T] = ()
        self._view: Sequence[T] = ()
        self._positions: dict[str, int] | None = None
        self._texts: list[str] | None = None
        self._texts_of: Sequence[T] = ()
        self._needle = ""
        self._matches: Callable[[T], bool] | None = None
        self._sorted_by: Column[T] | None = None
        self._reverse = False

    @property
    def rows(self) -> Sequence[T]:
        """The whole snapshot, in the order it came."""
        return self._rows

    @property
    def view(self) -> Sequence[T]:
        """The rows shown, in the order shown."""
        return self._view

    @property
    def sorted_by(self) -> Column[T] | None:
        """The column that orders the view, if any."""
        return self._sorted_by

    @property
    def reverse(self) -> bool:
        """Whether the order is descending."""
        return self._reverse

    def key_at(self, position: int) -> str | None:
        """The key of the row at a position of the view; `None` beyond its ends."""
        return self._key(self._view[position]) if 0 <= position < len(self._view) else None

    def position_of(self, key: str, near: int = 0) -> int | None:
        """Where in the view the row with `key` is; `near` is where it was, looked at first."""
        if self.key_at(near) == key:
            return near
        if self._positions is None:
            self._positions = dict(zip(map(self._key, self._view), range(len(self._view)), strict=True))
        return self._positions.get(key)

    def all_keys(self) -> set[str]:
        """The keys of the whole snapshot."""
        return set(map(self._key, self._rows))

    def set_columns(self, columns: Sequence[Column[T]]) -> None:
        """Search and order by other columns."""
        self._columns = tuple(columns)
        self._texts, self._sorted_by = None, None
        self._rebuild()

    def replace(self, rows: Sequence[T]) -> None:
        """Take a new snapshot. The sequence is kept, not copied, and must not change afterwards."""
        self._rows = rows
        self._rebuild()

    def filter(self, text: str, matches: Callable[[T], bool] | None) -> None:
        """Show only rows that `matches` accepts, else those whose columns' text holds `text` in any case."""
        needle = text.casefold()
        if matches is None and self._matches is None and needle == self._needle:
            return
        self._needle, self._matches = needle, matches
        self._rebuild()

    def sort(self, column: Column[T] | None, reverse: bool) -> None:
        """Order by a column (`None`: as the snapshot came). Equal rows keep the snapshot's order; `None` values come last."""
        self._sorted_by, self._reverse = column, reverse
        self._rebuild()

    def text_of(self, row: T) -> str:
        """The text a filter searches: every column of the table, whether or not it fits the terminal, casefolded."""
        return _APART.join([column.text(row) for column in self._columns]).casefold()

    def _rebuild(self) -> None:
        view: Sequence[T] = self._rows
        if self._matches is not None:
            view = list(filter(self._matches, view))
        elif self._needle:
            needle = self._needle
            view = [row for row, text in zip(view, self._searched(), strict=True) if needle in text]
        if self._sorted_by is not None:
            view = ordered(view, self._sorted_by.sort_value, self._reverse)
        self._view = view
        self._positions = None

    def _searched(self) -> list[str]:
        """The searched text of every row; computed once for each row object."""
        if self._texts is None:
            self._texts = [self.text_of(row) for row in self._rows]
        elif self._texts_of is not self._rows:
            known = dict(zip(map(id, self._texts_of), self._texts, strict=True))
            self._texts = [known[id(row)] if id(row) in known else self.text_of(row) for row in self._rows]
        self._texts_of = self._rows
        return self._texts


def ordered(rows: Iterable[T], value: Callable[[T], Any], reverse: bool) -> list[T]:
    """Return `rows` sorted by `value`, stable in both directions, with `None` and NaN last; values of unlike types sort by type."""
    held: list[tuple[Any, T]] = []
    unknown: list[T] = []
    for row in rows:
        sorted_by = value(row)
        if sorted_by is None or sorted_by != sorted_by:
            unknown.append(row)
        else:
            held.append((sorted_by, row))
    held.sort(key=_comparison(held), reverse=reverse)
    return [row for _, row in held] + unknown


def _comparison(held: list[tuple[Any, T]]) -> Callable[[tuple[Any, T]], Any]:
    kinds = {type(value) for value, _ in held}
    if kinds == {str}:
        return lambda pair: pair[0].casefold()
    if len(kinds) <= 1 or kinds <= {int, float, bool}:
        return lambda pair: pair[0]
    return lambda pair: _by_kind(pair[0])


def _by_kind(value: Any) -> tuple[str, Any]:
    if isinstance(value, int | float):
        return "", value
    return type(value).__name__, value.casefold() if isinstance(value, str) else value
