"""The one table of the console: rows held by key, repainting only what changed. It knows nothing of Azure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from console.text import cells, fit, safe
from screens.widgets.columns import GAP, GUTTER, STYLES, Cell, Column, Placed, place
from screens.widgets.row_index import RowIndex

T = TypeVar("T")

CURSOR, MARK, MARKED_CURSOR = "▶", "✓", "◆"
ASCENDING, DESCENDING = "▲", "▼"
HEADER_LINES = 1


class Line(NamedTuple):
    """What one line of the terminal shows of a row: the glyph in the gutter, whether the cursor is on it, the cells."""

    glyph: str
    cursor: bool
    cells: tuple[Cell, ...]


class ResourceTable(Widget, Generic[T], can_focus=True):
    """Rows of type `T`, each with a unique key, under a header line.

    `apply` takes a whole new snapshot (before or after mounting) and repaints the cells that look different. The cursor and its line on
    screen are held by key through refresh, filter, order and resize. There are no scrollbars: a screen shows `visible_count` in a title.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--header", "table--cursor", "table--mark", *(f"table--{name}" for name in STYLES)}
    DEFAULT_CSS = """
    ResourceTable {
        width: 1fr;
        height: 1fr;
        & > .table--header { text-style: bold; color: $text-accent; }
        & > .table--cursor { text-style: reverse; }
        & > .table--mark { text-style: bold; color: $text-primary; }
        & > .table--ok { color: $text-success; }
        & > .table--warn { color: $text-warning; }
        & > .table--bad { color: $text-error; text-style: bold; }
        & > .table--busy { color: $text-primary; }
        & > .table--muted { color: $text-muted; }
        & > .table--money { text-style: bold; }
        &:ansi > .table--muted { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("g,home", "first", "First", show=False),
        Binding("G,end", "last", "Last", show=False),
        Binding("enter", "select", "Open", show=False),
    ]

    class Highlighted(Message):
        """The cursor came to another resource; `key` and `row` are `None` when no row is left."""

        def __init__(self, table: ResourceTable[Any], key: str | None, row: Any) -> None:
            super().__init__()
            self.table, self.key, self.row = table, key, row

        @property
        def control(self) -> ResourceTable[Any]:
            """The table, for `@on(..., selector)`."""
            return self.table

    class Selected(Highlighted):
        """Enter was pressed on a row."""

    class CursorLost(Message):
        """The resource `key` under the cursor went: out of the snapshot, or (`hidden`) out of the filter. `now` is where the cursor is."""

        def __init__(self, table: ResourceTable[Any], key: str, hidden: bool, now: str | None) -> None:
            super().__init__()
            self.table, self.key, self.hidden, self.now = table, key, hidden, now

        @property
        def control(self) -> ResourceTable[Any]:
            """The table, for `@on(..., selector)`."""
            return self.table

    def __init__(self, columns: Sequence[Column[T]], key: Callable[[T], str], *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._key = key
        self._columns = tuple(columns)
        self._index: RowIndex[T] = RowIndex(self._columns, key)
        self._placed: tuple[Placed[T], ...] = ()
        self._placeholder = placeholder
        self._filter_text = ""
        self._cursor = 0
        self._cursor_key: str | None = None
        self._hidden_key: str | None = None  # where the cursor was before a filter hid it; it returns there when the filter lets it
        self._awaited_key: str | None = None  # asked for by move_to before its row arrived
        self._top = 0
        self._marks: set[str] = set()
        self._mark_anchor: str | None = None
        self._drawn_size = Size(0, 0)
        self._lines: list[Line] = []
        self._note = ""
        self._looks: dict[str, Style] = {}

    # What is in it

    @property
    def columns(self) -> tuple[Column[T], ...]:
        """All columns, dropped ones too."""
        return self._columns

    @property
    def visible_columns(self) -> tuple[Column[T], ...]:
        """The columns that fit the present width."""
        return tuple(placed.column for placed in self._placed)

    @property
    def rows(self) -> Sequence[T]:
        """The snapshot as it was applied."""
        return self._index.rows

    @property
    def visible_rows(self) -> Sequence[T]:
        """The rows the filter leaves, in the order shown (on screen or scrolled out)."""
        return self._index.view

    @property
    def total_count(self) -> int:
        """How many rows the snapshot has."""
        return len(self._index.rows)

    @property
    def visible_count(self) -> int:
        """How many rows the filter leaves."""
        return len(self._index.view)

    def apply(self, rows: Sequence[T]) -> None:
        """Show a new snapshot. The sequence is kept, so it must not change afterwards; cells that look the same are not sent again."""
        before = self._seen
        self._index.replace(rows)
        if self._marks:
            self._marks &= self._index.all_keys()
        self._settle(before)

    def redraw(self) -> None:
        """Ask every visible cell for its value again (ages move without a new snapshot) and repaint those that look different."""
        self._paint()

    def reread(self) -> None:
        """Filter, order and draw anew: what the columns read beside the rows has changed (prices came), the rows have not."""
        before = self._seen
        self._index.forget_texts()
        self._settle(before)

    def set_columns(self, columns: Sequence[Column[T]]) -> None:
        """Show other columns of the same rows; an order by a column that went is dropped."""
        before, sorted_by = self._seen, self.sort_column
        self._columns = tuple(columns)
        self._index.set_columns(self._columns)
        kept = next((column for column in self._columns if column.name == sorted_by), None)
        self._index.sort(kept, self._index.reverse)
        if self._drawn_size:
            self._placed = place(self._columns, self._drawn_size.width)
            self._settle(before)
            self.refresh()

    @property
    def placeholder(self) -> str:
        """What the first line says while there is no row to show."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        self._placeholder = text
        self._paint()

    # Filter and order

    @property
    def filter_text(self) -> str:
        """What every row shown must hold in one of its columns, in any case; columns that do not fit the terminal count too."""
        return self._filter_text

    @filter_text.setter
    def filter_text(self, text: str) -> None:
        self.filter(text)

    def filter(self, text: str, matches: Callable[[T], bool] | None = None) -> None:
        """Show the rows that `matches` accepts, else those whose text holds `text`; the empty text shows all."""
        before = self._seen
        self._filter_text = text
        self._index.filter(text, matches)
        self._settle(before, refiltered=True)

    def text_of(self, row: T) -> str:
        """What a filter searches of a row: the text of all its columns, casefolded, a line each."""
        return self._index.text_of(row)

    @property
    def sort_column(self) -> str | None:
        """The name of the column that orders the rows; `None` when they stand as they came."""
        return self._index.sorted_by.name if self._index.sorted_by else None

    @property
    def sort_reverse(self) -> bool:
        """Whether the order is descending."""
        return self._index.reverse

    def sort_by(self, column_name: str | None, reverse: bool = False) -> None:
        """Order the rows by a column (`None`: as they came), unknown values last. Raises `ValueError` on a column the table lacks."""
        column = None
        if column_name is not None:
            column = next((column for column in self._columns if column.name == column_name), None)
            if column is None:
                names = ", ".join(column.name for column in self._columns)
                raise ValueError(f"No column {column_name!r} in this table; it has {names}.")
        before = self._seen
        self._index.sort(column, reverse)
        self._settle(before)
        if self._drawn_size:
            self.refresh(Region(0, 0, self._drawn_size.width, HEADER_LINES))

    # Cursor

    @property
    def cursor_row(self) -> T | None:
        """The row under the cursor, as the last snapshot has it."""
        return self._index.view[self._cursor] if self.cursor_key is not None else None

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        if not self._drawn_size:
            self._place_first()
        return self._cursor_key

    @property
    def cursor_position(self) -> int:
        """Where the cursor is among the visible rows, from 0."""
        return self._cursor

    def move_to(self, key: str) -> bool:
        """Put the cursor on a resource. If it is not shown yet, the cursor goes there once it is, unless it is moved before."""
        position = self._index.position_of(key)
        if position is None:
            self._awaited_key = key
            return False
        self._move(position)
        return True

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._move(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by screenfuls."""
        self._move(self._cursor + by * max(1, self._page - 1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self._move(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self._move(self.visible_count - 1)

    def action_select(self) -> None:
        """Open the row under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Selected(self, self._cursor_key, self.cursor_row))

    # Marks

    @property
    def marks(self) -> frozenset[str]:
        """The keys of the marked rows, hidden ones too; a row that leaves the snapshot loses its mark."""
        return frozenset(self._marks)

    @property
    def marked_rows(self) -> list[T]:
        """The marked rows in the snapshot's order, hidden ones too."""
        return [row for row in self._index.rows if self._key(row) in self._marks] if self._marks else []

    @property
    def hidden_marks(self) -> int:
        """How many marked rows the filter hides."""
        return sum(1 for key in self._marks if self._index.position_of(key) is None)

    def toggle_mark(self, key: str | None = None) -> None:
        """Mark a row or unmark it; without a key the row under the cursor."""
        key = self._cursor_key if key is None else key
        if key is None:
            return
        self._marks ^= {key}
        self._mark_anchor = key if key in self._marks else None
        self._paint()

    def mark_range(self) -> None:
        """Mark every visible row from the last marked one to the cursor."""
        start = self._index.position_of(self._mark_anchor) if self._mark_anchor is not None else None
        if self._cursor_key is None:
            return
        first, last = sorted((self._cursor if start is None else start, self._cursor))
        self._marks |= {self._key(row) for row in self._index.view[first : last + 1]}
        self._mark_anchor = self._cursor_key
        self._paint()

    def clear_marks(self) -> None:
        """Unmark all rows."""
        self._marks.clear()
        self._mark_anchor = None
        self._paint()

    # Keeping the cursor on its resource

    @property
    def _seen(self) -> Sequence[T]:
        """The rows that stood in the table before a change; none before the first frame, where nobody has seen any."""
        return self._index.view if self._drawn_size else ()

    def _place_first(self) -> None:
        """Put the cursor on the row that was asked for, else on the first, as long as nothing was drawn yet."""
        wanted = self._index.position_of(self._awaited_key) if self._awaited_key is not None else None
        self._cursor = wanted or 0
        self._cursor_key = self._index.key_at(self._cursor)

    def _settle(self, before: Sequence[T], refiltered: bool = False) -> None:
        """After the view changed from `before`: put the cursor back on its resource and, where possible, on its line of the screen."""
        if not self._drawn_size:
            return
        line = self._cursor - self._top
        held = self._cursor_key
        self._cursor, lost = self._resettled(before, refiltered)
        self._cursor_key = self._index.key_at(self._cursor)
        self._top = self._clamped_top(self._cursor - line)
        self._paint()
        if lost and held is not None:
            hidden = refiltered or held in self._index.all_keys()
            self._post(self.CursorLost(self, held, hidden, self._cursor_key))
        if self._cursor_key != held:
            self._post(self.Highlighted(self, self._cursor_key, self.cursor_row))

    def _resettled(self, before: Sequence[T], refiltered: bool) -> tuple[int, bool]:
        """Return where the cursor goes, and whether it lost its resource."""
        find = self._index.position_of
        if self._awaited_key is not None and (position := find(self._awaited_key)) is not None:
            self._awaited_key = None
            return position, False
        if refiltered and self._hidden_key is not None and (position := find(self._hidden_key)) is not None:
            self._hidden_key = None
            return position, False
        if self._cursor_key is None:
            return 0, False
        position = find(self._cursor_key, near=self._cursor)
        if position is not None:
            return position, False
        if refiltered and self._hidden_key is None:
            self._hidden_key = self._cursor_key
        return self._nearest_survivor(before), True

    def _nearest_survivor(self, before: Sequence[T]) -> int:
        """Return the position of the row that stood nearest to the cursor in `before` and is still shown, the following one first."""
        for distance in range(1, max(self._cursor, len(before) - self._cursor) + 1):
            for position in (self._cursor + distance, self._cursor - distance):
                if 0 <= position < len(before) and (found := self._index.position_of(self._key(before[position]))) is not None:
                    return found
        return 0

    def _move(self, position: int) -> None:
        if not self.visible_count:
            return
        position = max(0, min(position, self.visible_count - 1))
        self._hidden_key = self._awaited_key = None
        left = self._cursor
        if position == left:
            return
        self._cursor, self._cursor_key = position, self._index.key_at(position)
        top = self._clamped_top(self._top)
        if top == self._top:
            self._repaint_cursor(left)
        else:
            self._top = top
            self._paint()
        self._post(self.Highlighted(self, self._cursor_key, self.cursor_row))

    @property
    def _page(self) -> int:
        return max(1, self._drawn_size.height - HEADER_LINES)

    def _clamped_top(self, top: int) -> int:
        """Return the first position to show, nearest to `top`, so that the cursor is on screen and the last line is not past the end."""
        if not self._drawn_size:
            return 0
        top = min(top, self.visible_count - self._page)
        return max(0, min(max(top, self._cursor - self._page + 1), self._cursor))

    def _post(self, message: Message) -> None:
        if self.is_running:
            self.post_message(message)

    def on_mount(self) -> None:
        """Tell where the cursor is, once there is someone to hear."""
        if self.cursor_key is not None:
            self._post(self.Highlighted(self, self._cursor_key, self.cursor_row))

    def _on_focus(self, event: events.Focus) -> None:
        # The table looks the same with and without focus: Textual's own handler would send all of it again.
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))

    # Painting

    def _paint(self) -> None:
        """Work out what every line should show, and repaint where that differs from what it shows."""
        if not self._drawn_size:
            return
        before, self._lines = self._lines, self._wanted_lines()
        note_before, self._note = self._note, "" if self._lines else safe(self._placeholder)
        regions = [region for y in range(max(len(before), len(self._lines))) for region in self._changes(y, before)]
        if self._note != note_before:
            regions.append(Region(0, HEADER_LINES, self._drawn_size.width, 1))
        if regions:
            self.refresh(*regions)

    def _wanted_lines(self) -> list[Line]:
        shown = range(self._top, min(self._top + self._page, len(self._index.view)))
        return [
            self._wanted_line(position, tuple([placed.cell(self._index.view[position]) for placed in self._placed])) for position in shown
        ]

    def _wanted_line(self, position: int, drawn: tuple[Cell, ...]) -> Line:
        cursor = position == self._cursor
        marked = bool(self._marks) and self._key(self._index.view[position]) in self._marks
        glyph = (MARKED_CURSOR if marked else CURSOR) if cursor else MARK if marked else " "
        return Line(glyph, cursor, drawn)

    def _repaint_cursor(self, left: int) -> None:
        """Repaint the two lines that the cursor left and came to; no cell is asked for its value."""
        for position in (left, self._cursor):
            y = position - self._top
            if 0 <= y < len(self._lines):
                self._lines[y] = self._wanted_line(position, self._lines[y].cells)
                self.refresh(Region(0, y + HEADER_LINES, self._drawn_size.width, 1))

    def _changes(self, y: int, before: list[Line]) -> Iterator[Region]:
        """Yield the regions of one line that differ from `before`, neighbours merged."""
        old = before[y] if y < len(before) else None
        new = self._lines[y] if y < len(self._lines) else None
        line = y + HEADER_LINES
        if old == new:
            return
        if old is None or new is None or old.cursor != new.cursor or len(old.cells) != len(new.cells):
            yield Region(0, line, self._drawn_size.width, 1)
            return
        start = end = 0
        if old.glyph != new.glyph:
            end = GUTTER
        for placed, was, now in zip(self._placed, old.cells, new.cells, strict=True):
            if was == now:
                continue
            if end and placed.x - end <= GAP:
                end = placed.x + placed.width
                continue
            if end:
                yield Region(start, line, end - start, 1)
            start, end = placed.x, placed.x + placed.width
        if end:
            yield Region(start, line, end - start, 1)

    def _fit_to(self, size: Size) -> None:
        """Lay the columns and lines out for a new size, before anything is drawn at that size."""
        if size == self._drawn_size:
            return
        if not self._drawn_size:
            self._place_first()
        line = self._cursor - self._top
        self._drawn_size = size
        self._placed = place(self._columns, size.width)
        self._top = self._clamped_top(self._cursor - line)
        self._lines = self._wanted_lines()
        self._note = "" if self._lines else safe(self._placeholder)

    def notify_style_update(self) -> None:
        """Forget the looks when the theme or the style sheet changes."""
        super().notify_style_update()
        self._looks.clear()

    def _look(self, name: str) -> Style:
        style = self._looks.get(name)
        if style is None:
            known = f"table--{name}" in self.COMPONENT_CLASSES
            style = self._looks[name] = self.get_component_rich_style(f"table--{name}") if known else self.rich_style
        return style

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        self._fit_to(self.size)
        width = self.size.width
        if y < HEADER_LINES:
            return self._strip(self._header(), width, "header")
        row = y - HEADER_LINES
        if row < len(self._lines):
            line = self._lines[row]
            return self._strip(self._pieces(line), width, "cursor" if line.cursor else "")
        if row == 0 and self._note:
            return self._strip([(fit(" " + self._note, width), "muted")], width, "")
        return Strip.blank(width, self._look(""))

    def _header(self) -> Iterator[tuple[str, str]]:
        yield " " * GUTTER, "header"
        for placed in self._placed:
            name, arrow = safe(placed.column.name), ""
            if placed.column is self._index.sorted_by:
                arrow = DESCENDING if self._index.reverse else ASCENDING
            if cells(name) + len(arrow) > placed.width:
                name = fit(name, max(0, placed.width - len(arrow)))
            yield fit(name + arrow, placed.width, placed.column.align) + " " * GAP, "header"

    def _pieces(self, line: Line) -> Iterator[tuple[str, str]]:
        yield line.glyph, "" if line.glyph == " " else "mark"
        for cell in line.cells:
            yield cell.text, cell.style
            yield " " * GAP, ""

    def _strip(self, pieces: Sequence[tuple[str, str]] | Iterator[tuple[str, str]], width: int, whole: str) -> Strip:
        """Join pieces of (text, style name) into a line; `whole` names the style of a line that has only one."""
        rest = self._look(whole)
        segments = [Segment(text, rest if whole or not name else self._look(name)) for text, name in pieces]
        return Strip(segments).adjust_cell_length(width, rest).simplify()
