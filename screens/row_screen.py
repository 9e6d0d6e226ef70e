"""A screen of rows: its frame, its feed, and what is told of them; the way rows are ordered and filtered comes with its subclasses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer

from console.clock import step
from console.domain.findable import Searched
from console.domain.scopes import WorkspaceRef, key
from console.feeds.feed import Feed, newest_trouble
from console.feeds.source import Source
from console.session import Session
from console.text import cells
from screens.actions import Action, Drill
from screens.host import Host
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.header import Header
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part, StatusLine

T = TypeVar("T")
#: The column that tells where a row belongs.
WORKSPACE = "WORKSPACE"
#: How often ages on screen are looked at again; what they say moves in steps, so most looks send nothing.
AGES_S = 5.0
#: Those of the rows only every so many looks: they ask every cell in view, and move in far longer steps.
ROWS_LOOKS = 3
#: Seconds that the first rows wait for what they are ordered by, at most.
LONGEST_WAIT_S = 1.0


class RowScreen(Screen[None], Generic[T]):
    """Subclasses name the `kind` and its `columns`, and give `feed` and `key_of`."""

    kind: ClassVar[str] = ""
    number: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    columns: Sequence[Column[T]] = ()
    actions: Sequence[Action[T]] = ()
    drills: Sequence[Drill[T]] = ()
    default_sort: ClassVar[tuple[str, bool]] = ("NAME", False)
    #: Cells of the column that tells where a row belongs, at least.
    workspace_width: ClassVar[int] = 14

    DEFAULT_CSS = """
    RowScreen #title { background: $boost; }
    RowScreen #hints { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", show=False, id="list.open"),
        Binding("d", "describe", "describe", id="list.describe"),
        Binding("y", "yaml", "YAML", id="list.yaml"),
        Binding("ctrl+r", "refresh", "refresh", show=False, id="list.refresh"),
        Binding("p", "pause", "pause", show=False, id="list.pause"),
        Binding("down", "move(1)", "move, while a filter is typed", show=False, id="list.down"),
        Binding("up", "move(-1)", "move, while a filter is typed", show=False, id="list.up"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._order_timer: Timer | None = None
        self._order_waited_for = False
        self.table: ResourceTable[T] = ResourceTable(self._all_columns(), self.key_of, placeholder="Loading…", id="table")
        self.heading, self.hints = StatusLine(id="title"), StatusLine(id="hints")
        self.table.beside = lambda: self.hints.show(*self._hints())
        self._leave_session: Callable[[], None] | None = None
        self._touched = False
        self._update_due = False
        self._news = -1
        self._where = session.context.where

    @property
    def host(self) -> Host:
        """The app, as far as a screen may know it."""
        return cast(Host, self.app)

    # For subclasses

    @property
    @abstractmethod
    def feed(self) -> Source[T]:
        """Where the rows come from."""
        raise NotImplementedError

    @property
    def polled(self) -> Sequence[Feed[Any]]:
        """What is polled as often as what is on screen."""
        return self.feed.feeds

    @abstractmethod
    def key_of(self, row: T) -> str:
        """What a row is held by: its ARM id."""
        raise NotImplementedError

    @property
    def what(self) -> str:
        """What the title says is listed."""
        return self.kind

    @property
    def rows(self) -> Sequence[T]:
        """What is listed, in the order that rows have which the table's own order leaves equal."""
        return self.feed.items

    @property
    def order_to_come(self) -> bool:
        """Whether what the rows are ordered by is still being read."""
        return False

    def workspace_of(self, row: T) -> WorkspaceRef | None:
        """Where a row belongs: a column tells it while several workspaces are open. None: rows of this kind belong to none."""
        return None

    def tags_of(self, row: T) -> Mapping[str, str]:
        """The tags that rows of this kind are grouped by."""
        return {}

    def rows_changed(self) -> None:
        """New rows are in the table: the place to want look-ups for those in view."""

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        """What `:find` can find of this kind; None where its rows are another kind's."""
        return None

    @classmethod
    def topics(cls) -> Sequence[str]:
        """What a list of this kind may be asked about after its command's name; none: it is about one thing only."""
        return ()

    def be_about(self, topic: str) -> None:
        """List what the topic asks about. Raises TroubleError where there is no such topic."""

    @abstractmethod
    def describe(self, row: T) -> list[Fact]:
        """The curated page of a row."""
        raise NotImplementedError

    def own_hints(self) -> list[Part]:
        """Keys of this screen beside its actions, for the last line."""
        return []

    @property
    def shows_a_part(self) -> bool:
        """Whether some of the rows are left out on purpose."""
        return False

    def told_of_rows(self) -> list[Part]:
        """What the title says beside how many there are: what is marked, what is filtered."""
        return []

    def told_of_order(self) -> str:
        """What the title says of order and groups."""
        return ""

    def restore_order(self) -> None:
        """Order the rows as they were ordered last."""

    def columns_changed(self) -> None:
        """The table has other columns: the place to order and group by them."""

    def nothing_shown(self) -> str:
        """Why no row is shown although there may be some ("" where nothing hides any)."""
        return ""

    @abstractmethod
    def refusal(self, action: Action[T], row: T) -> str:
        """Why an action on a row is not to be had now ("" when it is)."""
        raise NotImplementedError

    # Frame

    def compose(self) -> ComposeResult:
        self.restore_order()
        self.header = Header(self.session, self.host.tabs(self.kind), [action.needs for action in self.actions])
        self.table.apply(self._rows_to_show())
        yield self.header
        yield self.heading
        yield self.table
        yield self.hints

    def _all_columns(self) -> tuple[Column[T], ...]:
        """The kind's own, and where each row belongs while that is not the same for all."""
        own = tuple(self.columns)
        if not self._is_scoped or len(self.session.context.where) < 2:
            return own
        return (own[0], Column(WORKSPACE, self.workspace_width, self._workspace, priority=1, most=24), *own[1:])

    @property
    def _is_scoped(self) -> bool:
        """Whether rows of this kind belong to the workspaces that are open."""
        return type(self).workspace_of is not RowScreen.workspace_of

    def _workspace(self, row: T) -> str:
        place = self.workspace_of(row)
        return self.session.context.label(place) if place is not None else ""

    def on_mount(self) -> None:
        self._leave_session = self.session.listen(self._changed)
        looks = count(1)
        self.set_interval(AGES_S, lambda: self._redraw_frame() if next(looks) % ROWS_LOOKS else self._redraw())
        self.table.focus()
        self._update()

    def on_resize(self) -> None:
        """Another width has room for other keys on the last line."""
        self._redraw_frame()

    def on_unmount(self) -> None:
        if self._leave_session is not None:
            self._leave_session()

    def on_screen_resume(self) -> None:
        self.session.scheduler.focus(self.polled)
        self._update()

    def on_key(self) -> None:
        """Until the first key the cursor stays on the top row, whatever prices and states that still arrive make of the order."""
        self._touched = True

    def _changed(self) -> None:
        """Something was learnt. Rows of a screen that is not on top wait until it is: painting under another costs bytes for nothing."""
        if self.is_current and not self._update_due:
            self._update_due = self.call_later(self._update)

    def _update(self) -> None:
        self._update_due = False
        if self._where != self.session.context.where:
            self._where = self.session.context.where
            self._touched = self._touched and not self._is_scoped
            self.table.set_columns(self._all_columns())
            self.columns_changed()
        rows = self._rows_to_show()
        if rows is not self.table.rows or self._news != self.session.news:
            self._news = self.session.news
            self.table.apply(rows)
        if not self._touched:
            self.table.action_first()
        self.table.placeholder = self._placeholder()
        self.rows_changed()
        self._redraw_frame()

    def _rows_to_show(self) -> Sequence[T]:
        """The rows; the first ones wait a moment for their order: rows that change places are sent twice, and are hard to read."""
        rows = self.rows
        if not rows or self.table.rows or self._order_waited_for or not self.order_to_come:
            return rows
        if self._order_timer is None:
            self._order_timer = self.set_timer(LONGEST_WAIT_S, self._wait_no_longer)
        return ()

    def _wait_no_longer(self) -> None:
        self._order_waited_for = True
        self._update()

    def _redraw(self) -> None:
        if self.is_current:
            self.table.placeholder = self._placeholder()
            self.table.redraw()
            self._redraw_frame()

    def _redraw_frame(self) -> None:
        """All but the rows."""
        if not self.is_current or not self.heading.is_attached:
            return
        self.header.update_parts()
        self.heading.show(*self._title())
        self.hints.show(*self._hints())

    def _title(self) -> tuple[list[Part], list[Part]]:
        table = self.table
        shown, every = table.visible_count, table.total_count
        count = f"[{shown}/{every}]" if self.shows_a_part else f"[{every}]" if every or self.feed.loaded else "[?]"
        trouble = newest_trouble(self.feed.troubles)
        # The way here gives way to the reason where there is no room for both; the order is told by the table's own header.
        narrow = trouble is not None and self.size.width < ROOMY
        below = "" if narrow else "".join(f"{name} › " for name in self.host.below(self))
        left: list[Part] = [(f" {below}", "muted")] if below else []
        left.append((f"{self.what}{count}" if below else f" {self.what}{count}", "bold"))
        left += self.told_of_rows()
        if trouble is not None:
            left.append((f"  ! {self._failed_parts()}{trouble.sentence}", "bad"))
            return left, [(" (L) ", "key"), *self._liveness()]
        if self.feed.incomplete:
            left.append((f"  incomplete: {self.feed.incomplete}", "warn"))
        return left, [(self.told_of_order(), "muted"), *self._liveness()]

    def _failed_parts(self) -> str:
        """Which of several workspaces (or other scopes) the trouble is about."""
        troubles, every = self.feed.troubles, self.feed.parts
        if len(every) < 2:
            return ""
        places = {key(place.id): self.session.context.label(place) for place in self.session.context.where}
        names = [places.get(key(scope), "") for scope in troubles]
        return f"{len(troubles)} of {len(every)}{' (' + ', '.join(names) + ')' if all(names) else ''}: "

    def _liveness(self) -> list[Part]:
        if self.session.scheduler.paused:
            return [(" paused ", "warn")]
        age = self.feed.age
        if age is None:
            return []
        if not self.feed.troubles and not any(part.from_disk for part in self.feed.parts.values()):
            return [(" live ", "muted")]
        return [(f" from {step(age)} ago " if step(age) != "now" else " from just now ", "warn")]

    def _hints(self) -> tuple[list[Part], list[Part]]:
        if (said := self.host.flashed) is not None:
            return [(f" {said.text}", said.look)], []
        general = [*self.own_hints()]
        for name, default, label in _GENERAL:
            general += [(f"{self._hint_key(name, default)} ", "key"), (f"{label}  ", "muted")]
        row = self.table.cursor_row
        parts: list[Part] = [(" ", "")]
        more: list[Part] = [(self._hint_key("list.actions", "a"), "key"), (" more  ", "muted")]
        room = self.size.width - 1 - length(general) - (length(more) if self.actions else 0)
        hinted = [action for action in self.actions if action.hinted]
        number = 0
        for number, action in enumerate(hinted):
            greyed = row is None or bool(self.refusal(action, row))
            key = self._hint_key(f"{self.kind}.{action.name}", action.key)
            hint: list[Part] = [(key, "muted" if greyed else "key"), (f" {action.label}  ", "muted" if greyed else "")]
            last = number == len(self.actions) - 1
            if length(hint) > room + (length(more) if last else 0):
                break
            parts += hint
            room -= length(hint)
        else:
            number = len(hinted)
        if number < len(self.actions):
            parts += more
        return [*parts, *general], []

    def _hint_key(self, name: str, key: str) -> str:
        """The first key of a binding, as it is mapped."""
        return self.host.key(name, key).replace("ctrl+", "^")

    def _placeholder(self) -> str:
        if hidden := self.nothing_shown():
            return hidden
        trouble = self.session.trouble or newest_trouble(self.feed.troubles)
        if trouble is not None and not self.feed.loaded:
            return trouble.sentence
        if self._is_scoped and self.session.unplaced is not None and not self.session.context.where:
            return f"No workspace is chosen ({self.host.key('app.workspaces', 'W')} lists them)."
        return f"No {self.kind} here." if self.feed.loaded and not self.rows else "Loading…"

    # Rows

    def on_resource_table_highlighted(self, event: ResourceTable.Highlighted) -> None:
        self.hints.show(*self._hints())
        self.rows_changed()

    def on_resource_table_selected(self, event: ResourceTable.Selected) -> None:
        self.action_open()

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        # Without a list (another identity signed in) it is not known what became of a row.
        if not event.hidden and self.feed.loaded:
            self.host.flash(f"{event.key.rsplit('/', 1)[-1]} is gone; the cursor moved to its neighbour", "warn")

    def action_open(self) -> None:
        """Drill in, where there is something below the row; else describe it."""
        if self.table.cursor_group is not None:
            self.table.toggle_group()
            return
        row = self.table.cursor_row
        drill = next((drill for drill in self.drills if row is not None and drill.enters and drill.applies(row)), None)
        if row is not None and drill is not None:
            self.app.push_screen(drill.screen(self.session, row))
        else:
            self.action_describe()

    def action_drill(self, name: str) -> None:
        """Open the named drill-down of the row, whichever key it has."""
        row = self.table.cursor_row
        drill = next(drill for drill in self.drills if drill.name == name)
        if row is None:
            return
        if drill.applies(row):
            self.app.push_screen(drill.screen(self.session, row))
        else:
            self.host.flash(f"there are no {drill.name} of {self.key_of(row).rsplit('/', 1)[-1]}", "warn")

    def action_describe(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.read(f"describe {self.key_of(row).rsplit('/', 1)[-1]}", self.describe(row))

    def action_yaml(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.show_yaml(self.key_of(row), self.feed.raw(self.key_of(row).lower()))

    def action_refresh(self) -> None:
        self.host.retry()
        self.feed.refresh()
        self.host.flash("refreshing")

    def action_pause(self) -> None:
        paused = not self.session.scheduler.paused
        self.session.scheduler.pause(paused)
        self.host.flash("paused: nothing is asked until p" if paused else "live again")
        self._redraw()

    def action_move(self, by: int) -> None:
        self.table.action_move(by)


def length(parts: Sequence[Part]) -> int:
    """How many cells parts take."""
    return sum(cells(text) for text, _ in parts)


#: From this width on a title has room for the way to a view beside what is wrong with it.
ROOMY = 100
_GENERAL = (("app.command", ":", "cmd"), ("list.filter", "/", "filter"), ("app.help", "?", "help"))
