"""A screen of one kind of resource: frame, table, filter and actions, all derived from what the kind declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from console.clock import step
from console.domain.findable import Searched
from console.domain.scopes import WorkspaceRef, key
from console.feeds.feed import newest_trouble
from console.feeds.source import Source
from console.session import Session
from console.view_memory import Order
from screens import grouping
from screens.actions import Action, Drill
from screens.filters import Filter, Narrowing, narrowed, parse
from screens.host import Host
from screens.link_page import LinkPage
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.header import Header
from screens.widgets.resource_table import DESCENDING, ResourceTable
from screens.widgets.status_line import Part, StatusLine

T = TypeVar("T")
#: The column that tells where a row belongs.
WORKSPACE = "WORKSPACE"
#: How often ages on screen are looked at again; what they say moves in steps, so most looks send nothing.
AGES_S = 5.0
#: Those of the rows only every so many looks: they ask every cell in view, and move in far longer steps.
ROWS_LOOKS = 3


class ResourceScreen(Screen[None], Generic[T]):
    """Subclasses name the `kind`, its `columns` and `actions`, and give `feed` and `key_of`; everything else is here."""

    kind: ClassVar[str] = ""
    number: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    columns: Sequence[Column[T]] = ()
    actions: Sequence[Action[T]] = ()
    drills: Sequence[Drill[T]] = ()
    default_sort: ClassVar[tuple[str, bool]] = ("NAME", False)

    DEFAULT_CSS = """
    ResourceScreen #title { background: $boost; }
    ResourceScreen #hints { background: $panel; }
    ResourceScreen #filter { border: none; height: 1; padding: 0; background: $boost; }
    ResourceScreen.-filtering #hints { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", id="list.filter"),
        Binding("enter", "open", "open", show=False, id="list.open"),
        Binding("d", "describe", "describe", id="list.describe"),
        Binding("y", "yaml", "YAML", id="list.yaml"),
        Binding("ctrl+r", "refresh", "refresh", show=False, id="list.refresh"),
        Binding("p", "pause", "pause", show=False, id="list.pause"),
        Binding("c", "copy_name", "copy the name", show=False, id="list.copy-name"),
        Binding("Y", "copy_id", "copy the ARM id", show=False, id="list.copy-id"),
        Binding("o", "links", "links to studio and portal", show=False, id="list.links"),
        Binding("ctrl+s", "export", "export the rows shown (CSV, JSON)", show=False, id="list.export"),
        Binding("space", "mark", "mark", show=False, id="list.mark"),
        Binding("v", "mark_range", "mark from the last mark to here", show=False, id="list.mark-range"),
        Binding("ctrl+backslash", "clear_marks", "clear the marks", show=False, key_display="ctrl+\\", id="list.clear-marks"),
        Binding("shift+left", "sort(-1)", "order by the column to the left", show=False, id="list.sort-left"),
        Binding("shift+right", "sort(1)", "order by the column to the right", show=False, id="list.sort-right"),
        Binding("O", "reverse", "turn the order round", show=False, key_display="shift+o", id="list.reverse"),
        Binding("b", "group", "group by tags or columns, or not", show=False, id="list.group"),
        Binding("down", "move(1)", "move, while a filter is typed", show=False, id="list.down"),
        Binding("up", "move(-1)", "move, while a filter is typed", show=False, id="list.up"),
        Binding("escape,q", "leave", "back", show=False, id="list.leave"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.table: ResourceTable[T] = ResourceTable(self._all_columns(), self.key_of, placeholder="Loading…", id="table")
        self.heading, self.hints = StatusLine(id="title"), StatusLine(id="hints")
        self._leave_session: Callable[[], None] | None = None
        self._touched = False
        self._update_due = False
        self._news = -1
        self._field: Input | None = None
        self._filter_error = ""
        self.narrowing: Narrowing[T] | None = None
        self._by: tuple[str, ...] = ()
        self._where = session.context.where
        self._sort(*self.default_sort)

    @property
    def host(self) -> Host:
        """The app, as far as a screen may know it."""
        return cast(Host, self.app)

    # For subclasses

    @property
    def feed(self) -> Source[T]:
        """Where the rows come from."""
        raise NotImplementedError

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

    def workspace_of(self, row: T) -> WorkspaceRef | None:
        """Where a row belongs: a column tells it while several workspaces are open. None: rows of this kind belong to none."""
        return None

    def tags_of(self, row: T) -> Mapping[str, str]:
        """The tags that rows of this kind are grouped by."""
        return {}

    def parse_filter(self, text: str) -> Filter[T]:
        """What the text of the filter's line means."""
        return parse(text, self.table.columns, self.table.text_of)

    def filter_accepted(self) -> None:
        """Enter was pressed in the filter's line."""
        self._close_filter()

    def rows_changed(self) -> None:
        """New rows are in the table: the place to want look-ups for those in view."""

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        """What `:find` can find of this kind; None where its rows are another kind's."""
        return None

    def describe(self, row: T) -> list[Fact]:
        """The curated page of a row."""
        raise NotImplementedError

    def own_hints(self) -> list[Part]:
        """Keys of this screen beside its actions, for the last line."""
        return []

    # Frame

    def compose(self) -> ComposeResult:
        order = self.host.order(self.kind)
        if order is not None:
            self._sort(order.column, order.reverse)
            self._group(order.by)
        self.header = Header(self.session, self.host.tabs(self.kind))
        self.table.apply(self.rows)
        yield self.header
        yield self.heading
        yield self.table
        yield self.hints

    def start_with(self, filter: str, at: str) -> None:
        """Show the list as it was left: filtered, the cursor on a resource."""
        if filter != self.table.filter_text:
            self.set_filter(filter)
        if at:
            self._touched = True
            self.table.move_to(at)

    def _all_columns(self) -> tuple[Column[T], ...]:
        """The kind's own, and where each row belongs while that is not the same for all."""
        own = tuple(self.columns)
        if type(self).workspace_of is ResourceScreen.workspace_of or len(self.session.context.where) < 2:
            return own
        return (own[0], Column(WORKSPACE, 14, self._workspace, priority=1, most=24), *own[1:])

    def _workspace(self, row: T) -> str:
        place = self.workspace_of(row)
        return self.session.context.label(place) if place is not None else ""

    def _sort(self, column: str, reverse: bool) -> None:
        if column and any(each.name == column for each in self.table.columns):
            self.table.sort_by(column, reverse)

    def on_mount(self) -> None:
        self._leave_session = self.session.listen(self._changed)
        looks = count(1)
        self.set_interval(AGES_S, lambda: self._redraw_frame() if next(looks) % ROWS_LOOKS else self._redraw())
        self.table.focus()
        self._update()

    def on_unmount(self) -> None:
        if self._leave_session is not None:
            self._leave_session()

    def on_screen_resume(self) -> None:
        self.session.scheduler.focus(self.feed.feeds)
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
            self.table.set_columns(self._all_columns())
            self._group(self._by)
        rows = self.rows
        if rows is not self.table.rows or self._news != self.session.news:
            self._news = self.session.news
            self.table.apply(rows)
        if not self._touched:
            self.table.action_first()
        self.table.placeholder = self._placeholder()
        self.rows_changed()
        self._redraw_frame()

    def _redraw(self) -> None:
        if self.is_current:
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
        count = f"[{shown}/{every}]" if table.filter_text or self.narrowing else f"[{every}]" if every or self.feed.loaded else "[?]"
        below = "".join(f"{name} › " for name in self.host.below(self))
        left: list[Part] = [(f" {below}", "muted")] if below else []
        left.append((f"{self.what}{count}" if below else f" {self.what}{count}", "bold"))
        if self.narrowing is not None:
            left.append((f" {self.narrowing.label}", "warn"))
        if table.marks:
            hidden = f", {table.hidden_marks} hidden" if table.hidden_marks else ""
            left.append((f" {len(table.marks)} marked{hidden}", "busy"))
        if table.filter_text:
            # Behind the marks: of a long filter the end may be cut, of what a key would act on nothing.
            left.append((f" /{table.filter_text}", "key"))
        if self._filter_error:
            left.append((f"  {self._filter_error}", "bad"))
        trouble = newest_trouble(self.feed.troubles)
        if trouble is not None:
            # The order is told by the table's own header; here the room goes to the reason.
            left.append((f"  ! {self._failed_parts()}{trouble.sentence}", "bad"))
            return left, [(" (L) ", "key"), *self._liveness()]
        if self.feed.incomplete:
            left.append((f"  incomplete: {self.feed.incomplete}", "warn"))
        arrow = DESCENDING if table.sort_reverse else "▲"
        by = f"by: {', '.join(self._by)}  " if self._by else ""
        return left, [(by + (f"sort: {table.sort_column} {arrow} " if table.sort_column else ""), "muted"), *self._liveness()]

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
        parts: list[Part] = [(" ", "")]
        row = self.table.cursor_row
        for action in self.actions:
            greyed = row is None or bool(self.refusal(action, row))
            parts += [
                (self._hint_key(f"{self.kind}.{action.name}", action.key), "muted" if greyed else "key"),
                (f" {action.label}  ", "muted" if greyed else ""),
            ]
        parts += self.own_hints()
        for name, default, label in _GENERAL:
            parts += [(f"{self._hint_key(name, default)} ", "key"), (f"{label}  ", "muted")]
        return parts, []

    def _hint_key(self, name: str, key: str) -> str:
        """The first key of a binding, as it is mapped."""
        return self.host.key(name, key).replace("ctrl+", "^")

    def _placeholder(self) -> str:
        if self.table.filter_text:
            return f"No {self.kind} matches /{self.table.filter_text} (esc clears the filter)"
        if self.narrowing is not None and self.table.total_count:
            return self.narrowing.nothing
        trouble = self.session.trouble or newest_trouble(self.feed.troubles)
        if trouble is not None and not self.feed.loaded:
            return trouble.sentence
        return f"There is no {self.kind} here." if self.feed.loaded else "Loading…"

    # Filter

    def action_filter(self) -> None:
        field = self._filter_line()
        field.value = self.table.filter_text
        self.add_class("-filtering")
        field.display = True
        field.focus()

    def _filter_line(self) -> Input:
        """The line to type a filter in, made when it is first wanted: its style sheet is a quarter of all that a first frame reads."""
        if self._field is None:
            self._field = Input(placeholder="filter", id="filter", compact=True)
            self._field.cursor_blink = False
            self.mount(self._field)
        return self._field

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter" and self.has_class("-filtering"):
            self.set_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self.filter_accepted()

    def _close_filter(self) -> None:
        self.remove_class("-filtering")
        self._filter_line().display = False
        self.table.focus()

    def set_filter(self, text: str) -> None:
        """Show the rows that a filter's text means; a malformed one shows all and says why."""
        found = self.parse_filter(text)
        self._filter_error = found.error
        self.table.filter(found.text, narrowed(found, self.narrowing, self.table.text_of))
        if self.is_mounted:
            self._update()

    def narrow(self, narrowing: Narrowing[T] | None) -> None:
        """Show a part of the rows alone (None: all of them); the filter goes on."""
        self.narrowing = narrowing
        self.set_filter(self.table.filter_text)

    def show_row(self, key: str) -> str:
        """Put the cursor on a row, out of a filter that hides it; says what was cleared ("" if nothing was)."""
        self._touched = True
        cleared = ""
        if (self.table.filter_text or self.narrowing) and key not in {self.key_of(row) for row in self.table.visible_rows}:
            words = [self.narrowing.label if self.narrowing else "", f"/{self.table.filter_text}" if self.table.filter_text else ""]
            cleared = " ".join(word for word in words if word)
            self.narrowing = None
            self._clear_filter()
        if not self.table.move_to(key) and self._by and key in {self.key_of(row) for row in self.table.visible_rows}:
            self._group(self._by)  # it is in a closed group: this opens all
            self.table.move_to(key)
        return cleared

    def _clear_filter(self) -> None:
        self.set_filter("")

    def action_leave(self) -> None:
        """esc: out of the filter's line, then out of the filter, then back."""
        if self.has_class("-filtering"):
            self._close_filter()
            self._clear_filter()
        elif self.table.filter_text:
            self._clear_filter()
        elif self.narrowing is not None:
            self.narrow(None)
        else:
            self.host.back()
            return
        self._update()

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
        drill = next((drill for drill in self.drills if row is not None and drill.applies(row)), None)
        if row is not None and drill is not None:
            self.app.push_screen(drill.screen(self.session, row))
        else:
            self.action_describe()

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

    # Out of the console

    def links(self, row: T) -> list[Fact]:
        """Addresses of pages that show a row."""
        return []

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.key_of(self.table.cursor_row).rsplit("/", 1)[-1])

    def action_copy_id(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.key_of(self.table.cursor_row))

    def action_links(self) -> None:
        row = self.table.cursor_row
        if row is not None and (facts := self.links(row)):
            self.app.push_screen(LinkPage(f"links of {self.key_of(row).rsplit('/', 1)[-1]}", facts))

    def action_export(self) -> None:
        """The rows that the filter leaves, in their order, with every column, also those that the terminal has no room for."""
        columns = self.table.columns
        rows = [[column.text(row) for column in columns] for row in self.table.visible_rows]
        self.host.export(self.kind, [column.name for column in columns], rows)

    # Order and marks

    def action_sort(self, by: int) -> None:
        """Order by the next visible column; remembered for this screen."""
        names = [column.name for column in self.table.visible_columns]
        at = names.index(self.table.sort_column) if self.table.sort_column in names else -1
        self._order_by(names[(at + by) % len(names)], self.table.sort_reverse)

    def action_reverse(self) -> None:
        if self.table.sort_column is not None:
            self._order_by(self.table.sort_column, not self.table.sort_reverse)

    def _order_by(self, column: str, reverse: bool) -> None:
        self.table.sort_by(column, reverse)
        self._keep_order()
        self._redraw()

    def _keep_order(self) -> None:
        self.host.keep_order(self.kind, Order(self.table.sort_column or "", self.table.sort_reverse, self._by))

    def action_move(self, by: int) -> None:
        self.table.action_move(by)

    # Groups

    def action_group(self) -> None:
        """Out of groups; without any, ask by what."""
        if self._by:
            self.group_by(())
            return
        self.session.visible.enumerate()  # their tags

        def chosen(name: str | None) -> None:
            if name:
                self.group_by((name,))

        offered = grouping.choices(self.feed.items, self.table.columns, self.tags_of, self._by)
        self.host.choose(f"group {self.kind} by", offered, chosen)

    def group_by(self, words: Sequence[str]) -> None:
        """Group by tags or columns, two at most; none: not at all. Remembered. Raises TroubleError on a name that means neither."""
        self._group(grouping.named(words, self.feed.items, self.table.columns, self.tags_of))
        self._keep_order()
        self._redraw()

    def _group(self, by: Sequence[str]) -> None:
        self._by = tuple(by)
        if not {column.name for column in self.table.columns}.issuperset(by):
            self.session.visible.enumerate()  # the tags of workspaces
        self.table.group_by(grouping.values(self._by, self.table.columns, self.tags_of) if by else None)

    def action_mark(self) -> None:
        self.table.toggle_mark()
        self.table.action_move(1)
        self._redraw()

    def action_mark_range(self) -> None:
        self.table.mark_range()
        self._redraw()

    def action_clear_marks(self) -> None:
        self.table.clear_marks()
        self._redraw()

    # Actions

    def refusal(self, action: Action[T], row: T) -> str:
        """Why an action on a row is not to be had now ("" when it is)."""
        raise NotImplementedError

    def action_act(self, name: str) -> None:
        """Plan the named action for the marked rows, else for the row under the cursor; a refused one says why."""
        action = next(action for action in self.actions if action.name == name)
        chosen = self.table.marked_rows or [row for row in (self.table.cursor_row,) if row is not None]
        fitting = [row for row in chosen if not action.refusal(row)]
        if not fitting:
            if chosen:
                why = action.refusal(chosen[0]) if len(chosen) == 1 else f"it applies to none of the {len(chosen)} marked"
                self.host.flash(f"{action.label}: {why}", "warn")
            return
        refusal = next((refusal for row in fitting if (refusal := self.refusal(action, row))), "")
        plan = action.plan(fitting, self.session.money.price_lists())
        self.host.propose(plan, refusal, notes=self._notes(action, chosen, fitting), agreed=self.table.clear_marks)

    def _notes(self, action: Action[T], chosen: Sequence[T], fitting: Sequence[T]) -> list[str]:
        """What the dialog must say of marks: those that the filter hides, and those that the action does not apply to."""
        notes = []
        if self.table.marks and self.table.hidden_marks:
            by = "the filter or in a closed group" if self._by else "the filter"
            notes.append(f"{self.table.hidden_marks} of the marked are hidden by {by}")
        left = [row for row in chosen if row not in fitting]
        if left:
            notes.append(f"{len(left)} of the {len(chosen)} marked are left out: {action.refusal(left[0])}{' …' if len(left) > 1 else ''}")
        return notes


_GENERAL = (("app.command", ":", "cmd"), ("list.filter", "/", "filter"), ("app.help", "?", "help"))
