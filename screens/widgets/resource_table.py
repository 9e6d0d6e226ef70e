"""The one table of the console: rows held by key, repainting only what changed. It knows nothing of Azure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from console.text import fit, safe
from screens.widgets.columns import GUTTER, STYLES, Column, Placed, place
from screens.widgets.groups import KEY, Group
from screens.widgets.lines import ASCENDING, CURSOR, DESCENDING, MARK, MARKED_CURSOR, Line, differences, heading, line, pieces
from screens.widgets.row_cursor import RowCursor
from screens.widgets.row_index import RowIndex

__all__ = ["ASCENDING", "CURSOR", "DESCENDING", "MARK", "MARKED_CURSOR", "ResourceTable"]

T = TypeVar("T")

HEADER_LINES = 1


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
        & > .table--group { text-style: bold; color: $text-primary; }
        &:ansi > .table--muted { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page-up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page-down"),
        Binding("g,home", "first", "First", show=False, id="table.first"),
        Binding("G,end", "last", "Last", show=False, id="table.last"),
        Binding("enter", "select", "Open", show=False, id="table.open"),
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
        self._columns = tuple(columns)
        self._index: RowIndex[T] = RowIndex(self._columns, key)
        self._cursor: RowCursor[T] = RowCursor(self._index)
        self._placed: tuple[Placed[T], ...] = ()
        self._placeholder = placeholder
        self._filter_text = ""
        self._marks: set[str] = set()
        self._mark_anchor: str | None = None
        self._drawn_size = Size(0, 0)
        self._lines: list[Line] = []
        self._notes: list[str] = []
        self._looks: dict[str, Style] = {}
        #: Draws what else shows the row under the cursor. It is called where the cursor moves, before any message of that comes to anyone,
        #: so that all is sent in one frame: a second one would keep that of the next key waiting.
        self.beside: Callable[[], None] | None = None

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
        """The rows the filter leaves, in the order shown (on screen, scrolled out or in a closed group)."""
        return self._index.listed

    @property
    def total_count(self) -> int:
        """How many rows the snapshot has."""
        return len(self._index.rows)

    @property
    def visible_count(self) -> int:
        """How many rows the filter leaves."""
        return len(self._index.listed)

    def apply(self, rows: Sequence[T]) -> None:
        """Show a new snapshot. The sequence is kept, so it must not change afterwards; cells that look the same are not sent again."""
        before = self._cursor.seen
        self._index.replace(rows)
        if self._marks:
            self._marks &= self._index.all_keys()
        self._settle(before)

    def redraw(self) -> None:
        """Ask every visible cell for its value again (ages move without a new snapshot) and repaint those that look different."""
        self._paint()

    def reread(self) -> None:
        """Filter, order and draw anew: what the columns read beside the rows has changed (prices came), the rows have not."""
        before = self._cursor.seen
        self._index.forget_texts()
        self._settle(before)

    def set_columns(self, columns: Sequence[Column[T]]) -> None:
        """Show other columns of the same rows; an order by a column that went is dropped."""
        before, sorted_by = self._cursor.seen, self.sort_column
        self._columns = tuple(columns)
        self._index.set_columns(self._columns)
        kept = next((column for column in self._columns if column.name == sorted_by), None)
        self._index.sort(kept, self._index.reverse)
        self._placed = place(self._columns, self._drawn_size.width)
        self._settle(before)
        if self.is_mounted:
            self.refresh()

    @property
    def placeholder(self) -> str:
        """What stands where the rows would while there is none to show; as many lines as it takes."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, text: str) -> None:
        if text != self._placeholder:
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
        before = self._cursor.seen
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
        before = self._cursor.seen
        self._index.sort(column, reverse)
        self._settle(before)
        if self.is_mounted:
            self.refresh(Region(0, 0, self._drawn_size.width, HEADER_LINES))

    # Groups

    def group_by(self, values: Callable[[T], tuple[str, ...]] | None) -> None:
        """Put rows under headings by what `values` gives of each, a text a level; `None`: no groups. Equal values, one group."""
        before = self._cursor.seen
        self._index.group(values)
        self._settle(before, refiltered=True)
        if self._cursor.page:
            self._cursor.uncover()  # the heading above the cursor too
            self._paint()

    def toggle_group(self) -> None:
        """Show or hide the rows of the group under the cursor."""
        group = self.cursor_group
        if group is not None:
            before = self._cursor.seen
            self._index.close(group.key, not group.closed)
            self._settle(before)

    # Cursor

    @property
    def cursor_row(self) -> T | None:
        """The row under the cursor, as the last snapshot has it; `None` on the heading of a group."""
        under = self._index.view[self._cursor.position] if self._cursor.key is not None else None
        return None if isinstance(under, Group) else under

    @property
    def cursor_group(self) -> Group[T] | None:
        """The group whose heading is under the cursor."""
        under = self._index.view[self._cursor.position] if self._cursor.key is not None else None
        return under if isinstance(under, Group) else None

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        return self._cursor.key

    @property
    def cursor_position(self) -> int:
        """Where the cursor is among the lines shown, headings of groups included, from 0."""
        return self._cursor.position

    def move_to(self, key: str) -> bool:
        """Put the cursor on a resource and say whether it is there. If not, it goes there once the row is shown, unless moved before."""
        left, top = self._cursor.position, self._cursor.top
        moved = self._cursor.go_to(key)
        if moved:
            self._moved(left, top)
        return moved is not None

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._move(self._cursor.position + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by screenfuls."""
        self._move(self._cursor.position + by * max(1, self._cursor.page - 1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self._move(0)

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self._move(len(self._index.view) - 1)

    def action_select(self) -> None:
        """Open the row under the cursor."""
        if self._cursor.key is not None:
            self.post_message(self.Selected(self, self._cursor.key, self.cursor_row))

    def _move(self, position: int) -> None:
        left, top = self._cursor.position, self._cursor.top
        if self._cursor.move(position):
            self._moved(left, top)

    def _moved(self, left: int, top: int) -> None:
        """Show that the cursor came from position `left`, when `top` was the first on screen."""
        if self.beside is not None:
            self.beside()
        if top == self._cursor.top:
            self._repaint_cursor(left)
        else:
            self._paint()
        self._tell(self.Highlighted(self, self._cursor.key, self.cursor_row))

    # Marks

    @property
    def marks(self) -> frozenset[str]:
        """The keys of the marked rows, hidden ones too; a row that leaves the snapshot loses its mark."""
        return frozenset(self._marks)

    @property
    def marked_rows(self) -> list[T]:
        """The marked rows in the snapshot's order, hidden ones too."""
        return [row for row in self._index.rows if self._index.key_of(row) in self._marks] if self._marks else []

    @property
    def hidden_marks(self) -> int:
        """How many marked rows the filter hides."""
        return sum(1 for key in self._marks if self._index.position_of(key) is None)

    def shows(self, key: str) -> bool:
        """Whether a row is shown: not filtered out, and not in a closed group."""
        return self._index.position_of(key) is not None

    def toggle_mark(self, key: str | None = None) -> None:
        """Mark a row or unmark it; without a key the row under the cursor, of a group all rows unless all are marked."""
        group = self.cursor_group if key is None else None
        if group is not None:
            members = {self._index.key_of(row) for row in group.rows}
            self._marks = self._marks - members if members <= self._marks else self._marks | members
            self._paint()
            return
        key = self._cursor.key if key is None else key
        if key is None:
            return
        self._marks ^= {key}
        self._mark_anchor = key if key in self._marks else None
        self._paint()

    def mark_range(self) -> None:
        """Mark every visible row from the last marked one to the cursor."""
        start = self._index.position_of(self._mark_anchor) if self._mark_anchor is not None else None
        if self._cursor.key is None:
            return
        first, last = sorted((self._cursor.position if start is None else start, self._cursor.position))
        self._marks |= {self._index.key_of(row) for row in self._index.view[first : last + 1] if not isinstance(row, Group)}
        self._mark_anchor = self._cursor.key
        self._paint()

    def clear_marks(self) -> None:
        """Unmark all rows."""
        self._marks.clear()
        self._mark_anchor = None
        self._paint()

    # Following changes

    def _settle(self, before: Sequence[T | Group[T]], refiltered: bool = False) -> None:
        """After the view changed from `before`: keep the cursor on its resource, repaint what looks different, tell what became of it."""
        if not self._cursor.page:
            return
        held = self._cursor.key
        lost = self._cursor.follow(before, refiltered)
        self._paint()
        if lost and held is not None:
            hidden = refiltered or held.startswith(KEY) or held in self._index.all_keys()
            self._tell(self.CursorLost(self, held, hidden, self._cursor.key))
        if self._cursor.key != held:
            self._tell(self.Highlighted(self, self._cursor.key, self.cursor_row))

    def _tell(self, message: Message) -> None:
        if self.is_running:
            self.post_message(message)

    def on_mount(self) -> None:
        """Tell where the cursor is, once there is someone to hear."""
        if self._cursor.key is not None:
            self._tell(self.Highlighted(self, self._cursor.key, self.cursor_row))

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
        if not self._cursor.page:
            return
        width, before, notes = self._drawn_size.width, self._lines, self._notes
        self._work_out()
        for y in range(max(len(before), len(self._lines))):
            old = before[y] if y < len(before) else None
            new = self._lines[y] if y < len(self._lines) else None
            for x, length in differences(old, new, self._placed, width):
                self.refresh(Region(x, y + HEADER_LINES, length, 1))
        if self._notes != notes:
            self.refresh(Region(0, HEADER_LINES, width, max(len(self._notes), len(notes))))

    def _work_out(self) -> None:
        view = self._index.view
        self._lines = [
            line(tuple([placed.cell(view[position]) for placed in self._placed]), *self._state(position))
            for position in self._cursor.on_screen
        ]
        room = max(1, self._drawn_size.width - 2 * GUTTER)
        self._notes = [] if self._lines else [piece.plain.rstrip() for piece in Content(safe(self._placeholder)).wrap(room)]

    def _state(self, position: int) -> tuple[bool, bool]:
        """Whether the cursor is on a position, and whether its row is marked."""
        return position == self._cursor.position, bool(self._marks) and self._index.key_at(position) in self._marks

    def _repaint_cursor(self, left: int) -> None:
        """Repaint the two lines that the cursor left and came to; no cell is asked for its value."""
        for position in (left, self._cursor.position):
            y = position - self._cursor.top
            if 0 <= y < len(self._lines):
                self._lines[y] = line(self._lines[y].cells, *self._state(position))
                self.refresh(Region(0, y + HEADER_LINES, self._drawn_size.width, 1))

    def _fit_to(self, size: Size) -> None:
        """Lay columns and lines out for a new size, before anything is drawn at that size."""
        if size != self._drawn_size:
            self._drawn_size = size
            self._placed = place(self._columns, size.width)
            self._cursor.fit(max(1, size.height - HEADER_LINES))
            self._work_out()

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
        row = y - HEADER_LINES
        if row < 0:
            return self._strip([(heading(self._placed, self._index.sorted_by, self._index.reverse), "")], "header")
        if row < len(self._lines):
            return self._strip(pieces(self._lines[row]), "cursor" if self._lines[row].cursor else "")
        if row < len(self._notes):
            return self._strip([(fit(" " * GUTTER + self._notes[row], self.size.width), "muted")], "")
        return Strip.blank(self.size.width, self._look(""))

    def _strip(self, parts: Iterable[tuple[str, str]], whole: str) -> Strip:
        """Join parts of (text, style name) to a line; `whole` names the style of a line that has only one."""
        rest = self._look(whole)
        segments = [Segment(text, rest if whole or not name else self._look(name)) for text, name in parts]
        return Strip(segments).adjust_cell_length(self.size.width, rest).simplify()
