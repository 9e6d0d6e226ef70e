"""The rows of a table in the order that is shown: filtered, sorted, found by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import indexOf
from typing import Generic, TypeVar, cast

from screens.widgets.columns import Column
from screens.widgets.groups import Group, grouped
from screens.widgets.order import ordered
from screens.widgets.searched import SearchedTexts

T = TypeVar("T")


class RowIndex(Generic[T]):
    """A snapshot of rows and the view of it that a filter and an order leave.

    Work is lazy: the view is made when it is asked for, without filter and order it *is* the snapshot, and keys are asked for only
    when one is looked up.
    """

    def __init__(self, columns: Sequence[Column[T]], key: Callable[[T], str]) -> None:
        self._key = key
        self._rows: Sequence[T] = ()
        self._view: Sequence[T | Group[T]] | None = ()
        self._listed: Sequence[T] = ()
        self._positions: dict[str, int] | None = None
        self._looked_up = False
        self._texts: SearchedTexts[T] = SearchedTexts(tuple(columns))
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
            keys = map(self._key if self._group_by is None else self.key_of, cast(Sequence[T], self.view))
            if not self._looked_up:  # most often it is asked once, for the cursor, which is near the top
                self._looked_up = True
                try:
                    return indexOf(keys, key)
                except ValueError:
                    return None
            self._positions = dict(zip(keys, range(len(self.view)), strict=True))
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
        self._texts = SearchedTexts(tuple(columns))
        self.sort(None, self._reverse)

    def forget_texts(self) -> None:
        """Read the columns anew, but for those that are lasting: they show something else though the rows are the same objects."""
        self._texts.forget()
        self._unmake()

    def text_of(self, row: T) -> str:
        """What a filter searches of a row of this snapshot: each column of the table, drawn or not, as a casefolded line."""
        return self._texts.of(self._rows, row)

    def _unmake(self) -> None:
        self._view = self._positions = None
        self._looked_up = False

    def _made(self) -> Sequence[T]:
        """The rows that the filter leaves, in their order."""
        view: Sequence[T] = self._rows
        if self._matches is not None:
            view = list(filter(self._matches, view))
        elif self._needle:
            view = self._texts.holding(view, self._needle)
        if self._sorted_by is not None:
            view = ordered(view, self._sorted_by.sort or self._sorted_by.value, self._reverse)
        return view
