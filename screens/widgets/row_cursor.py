"""Where a table's cursor is: on a resource, not on a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from screens.widgets.groups import Group
from screens.widgets.row_index import RowIndex

T = TypeVar("T")


class RowCursor(Generic[T]):
    """A cursor over the view of an index, with the first position on screen (`top`), both held by key through every change of the view.

    Until the screen's height is known nobody has seen a cursor: it then sits on the row that was asked for, else on the first.
    """

    def __init__(self, index: RowIndex[T]) -> None:
        self._index = index
        self.position = 0
        self.top = 0
        self._key: str | None = None
        self._page = 0
        self._hidden: str | None = None  # where it was before a filter hid that; it returns there when the filter lets it
        self._awaited: str | None = None  # asked for before it was there

    @property
    def key(self) -> str | None:
        """The key of the row it is on; `None` when no row is shown."""
        if not self._page:
            self._sit()
        return self._key

    @property
    def page(self) -> int:
        """How many rows the screen shows; 0 while that is not known."""
        return self._page

    @property
    def seen(self) -> Sequence[T | Group[T]]:
        """What to give to `follow` as the view before a change."""
        return self._index.view if self._page else ()

    @property
    def on_screen(self) -> range:
        """The positions on screen."""
        return range(self.top, min(self.top + self._page, len(self._index.view)))

    def fit(self, page: int) -> None:
        """Take the number of rows that the screen shows, and stay on the same line of it where possible."""
        if not self._page:
            self._sit()
        line = self.position - self.top
        self._page = page
        self._scroll(self.position - line)

    def uncover(self) -> None:
        """Show as much as there is room for above where it is."""
        self._scroll(0)

    def move(self, position: int) -> bool:
        """Go to a position of the view, or to its nearest end; say whether that is another one."""
        self._hidden = self._awaited = None
        position = max(0, min(position, len(self._index.view) - 1))
        if position == self.position or not self._index.view:
            return False
        self.position, self._key = position, self._index.key_at(position)
        self._scroll(self.top)
        return True

    def go_to(self, key: str) -> bool | None:
        """Go to a resource and say whether that is another one; `None` when it is not shown: then go there once it is."""
        if not self._page or (position := self._index.position_of(key)) is None:
            self._awaited = key
            return None
        return self.move(position)

    def follow(self, before: Sequence[T | Group[T]], refiltered: bool = False) -> bool:
        """After the view changed from `before`, go back to the resource and to its line of the screen; say whether the resource is lost.

        A screen that began with the first row still does, where the cursor has room on it: what comes to the top is there to be seen.
        """
        if not self._page:
            return False
        line = self.position - self.top
        self.position, lost = self._followed(before, refiltered)
        self._key = self._index.key_at(self.position)
        self._scroll(self.position - line if self.top else 0)
        return lost

    def _followed(self, before: Sequence[T | Group[T]], refiltered: bool) -> tuple[int, bool]:
        find = self._index.position_of
        if self._awaited is not None and (position := find(self._awaited)) is not None:
            self._awaited = None
            return position, False
        if refiltered and self._hidden is not None and (position := find(self._hidden)) is not None:
            self._hidden = None
            return position, False
        if self._key is None:
            return 0, False
        held = find(self._key, near=self.position)
        if held is not None:
            return held, False
        if refiltered and self._hidden is None:
            self._hidden = self._key
        return self._nearest_survivor(before), True

    def _nearest_survivor(self, before: Sequence[T | Group[T]]) -> int:
        """Where the row is now that stood nearest in `before` and is still shown, the following one first."""
        for distance in range(1, max(self.position, len(before) - self.position) + 1):
            for place in (self.position + distance, self.position - distance):
                if 0 <= place < len(before) and (found := self._index.position_of(self._index.key_of(before[place]))) is not None:
                    return found
        return 0

    def _sit(self) -> None:
        asked = self._index.position_of(self._awaited) if self._awaited is not None else None
        self.position = asked or 0
        self._key = self._index.key_at(self.position)

    def _scroll(self, top: int) -> None:
        """Show from the position nearest to `top` that keeps the cursor on screen and shows no line past the last row."""
        top = min(top, len(self._index.view) - self._page)
        self.top = max(0, min(max(top, self.position - self._page + 1), self.position))
