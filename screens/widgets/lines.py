"""The lines of a table: what they show, and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from console.text import cells, fit, safe
from screens.widgets.columns import GAP, GUTTER, Cell, Placed

CURSOR, MARK, MARKED_CURSOR = "▶", "✓", "◆"
ASCENDING, DESCENDING = "▲", "▼"


class Line(NamedTuple):
    """What one line shows of a row: the glyph in the gutter, whether the cursor is on it, the cells."""

    glyph: str
    cursor: bool
    cells: tuple[Cell, ...]


def line(drawn: tuple[Cell, ...], cursor: bool, marked: bool) -> Line:
    """Return the line of a row whose cells are drawn already."""
    glyph = (MARKED_CURSOR if marked else CURSOR) if cursor else MARK if marked else " "
    return Line(glyph, cursor, drawn)


def pieces(shown: Line) -> Iterator[tuple[str, str]]:
    """Yield a line's text from left to right, each piece with the name of its style."""
    yield shown.glyph, "" if shown.glyph == " " else "mark"
    for cell in shown.cells:
        yield cell.text, cell.style
        yield " " * GAP, ""


def heading(placed: Sequence[Placed[Any]], sorted_by: object, reverse: bool) -> str:
    """Return the header line: each column's name, an arrow on the one that orders the rows."""
    names = []
    for item in placed:
        name, arrow = safe(item.column.name), ""
        if item.column is sorted_by:
            arrow = DESCENDING if reverse else ASCENDING
        if cells(name) + len(arrow) > item.width:
            name = fit(name, max(0, item.width - len(arrow)))
        names.append(fit(name + arrow, item.width, item.column.align))
    return " " * GUTTER + (" " * GAP).join(names)


def differences(old: Line | None, new: Line | None, placed: Sequence[Placed[Any]], width: int) -> Iterator[tuple[int, int]]:
    """Yield the spans (column, cells) of a line of `width` cells where `new` looks different from `old`, neighbours merged."""
    if old == new:
        return
    if old is None or new is None or old.cursor != new.cursor or len(old.cells) != len(new.cells):
        yield 0, width
        return
    start, end = 0, GUTTER if old.glyph != new.glyph else 0
    for item, was, now in zip(placed, old.cells, new.cells, strict=True):
        if was == now:
            continue
        if end and item.x - end <= GAP:
            end = item.x + item.width
            continue
        if end:
            yield start, end - start
        start, end = item.x, item.x + item.width
    if end:
        yield start, end - start
