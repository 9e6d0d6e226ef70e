"""Columns of a table: what they show of a row, and which of them fit a width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from console.text import cells, fit, safe
from screens.widgets.groups import Group

T = TypeVar("T")

GUTTER = 1
"""Cells left of the first column, for the cursor and the marks."""
GAP = 1
"""Cells between two columns."""

STYLES = ("ok", "warn", "bad", "busy", "muted", "money", "group")
"""What a cell's style may be called; the empty string is plain. A theme gives each a look; none may carry meaning by colour alone."""


class Column(msgspec.Struct, Generic[T], frozen=True):
    """One column over rows of type `T`.

    `value` gives what is shown (any object: made safe and cut here; `None` is empty), `style` one of `STYLES` or "", `sort` what the
    column sorts by where that is not the value. `width` is in cells. `priority` 0 never drops; on a narrow terminal the highest
    number drops first, among equals the rightmost. Cells that are left go to the columns that
    may grow (`most` above `width`), in their order, and what is left then to the `stretch` column. `total` gives what stands in this
    column on the heading of a group of rows. `lasting` promises that `value` follows from the row alone, so that a filter reads it once
    for as long as the row is the same object.
    """

    name: str
    width: int
    value: Callable[[T], object]
    style: Callable[[T], str] | None = None
    sort: Callable[[T], Any] | None = None
    priority: int = 1
    align: Literal["left", "right"] = "left"
    stretch: bool = False
    most: int = 0
    total: Callable[[Sequence[T]], object] | None = None
    lasting: bool = False

    def text(self, row: T) -> str:
        """The whole value as safe text, uncut to the column's width."""
        return safe(self.value(row))

    def sort_value(self, row: T) -> Any:
        """What this column orders `row` by; `None` sorts last in either direction."""
        return (self.sort or self.value)(row)


class Cell(NamedTuple):
    """What is drawn of one value: text of exactly the column's width, and the name of its style."""

    text: str
    style: str


class Placed(NamedTuple, Generic[T]):
    """A column with its place on the line: `x` and `width` in cells."""

    column: Column[T]
    x: int
    width: int

    def cell(self, row: T | Group[T]) -> Cell:
        """Draw the column's value of `row`; of a group its heading or its total."""
        column = self.column
        if isinstance(row, Group):
            return Cell(fit(safe(self._of_group(row)), self.width, column.align), "group")
        value = column.value(row)
        text = _drawn(value, self.width, column.align) if type(value) is str else fit(safe(value), self.width, column.align)
        return Cell(text, column.style(row) if column.style else "")

    def _of_group(self, group: Group[T]) -> object:
        if self.x != GUTTER:
            return self.column.total(group.rows) if self.column.total is not None else ""
        text = safe(group.label)
        if cells(text) <= self.width:
            return text
        # The count at its end says more than the last letters of a long value.
        count = f"… ({len(group.rows)})"
        return fit(text, max(1, self.width - cells(count) + 1)).rstrip("… ") + count


@lru_cache(maxsize=2_048)  # a few screenfuls: most rows look as they did a refresh ago, and states and sizes alike
def _drawn(text: str, width: int, align: Literal["left", "right"]) -> str:
    return fit(safe(text), width, align)


def place(columns: Sequence[Column[T]], width: int) -> tuple[Placed[T], ...]:
    """Return the columns that fit a line of `width` cells, in their order, each with its place.

    Columns of priority 0 are kept even when they do not fit; what then lies beyond the right edge is cut.
    """
    kept = list(columns)
    while kept and _needed(kept) > width:
        worst = max(column.priority for column in kept)
        if worst == 0:
            break
        last = max(index for index, column in enumerate(kept) if column.priority == worst)
        del kept[last]
    spare = max(0, width - _needed(kept))
    placed: list[Placed[T]] = []
    x = GUTTER
    grown: dict[int, int] = {}
    for index, column in enumerate(kept):
        grown[index] = min(spare, max(0, column.most - column.width))
        spare -= grown[index]
    for index, column in enumerate(kept):
        own = column.width + grown[index]
        if column.stretch:
            own, spare = own + spare, 0
        own = max(0, min(own, width - x))
        if own == 0:
            break
        placed.append(Placed(column, x, own))
        x += own + GAP
    return tuple(placed)


def _needed(columns: Sequence[Column[T]]) -> int:
    return GUTTER + sum(column.width for column in columns) + GAP * max(0, len(columns) - 1)
