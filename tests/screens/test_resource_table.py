"""The table keeps its cursor on the same resource, draws what its rows say, and repaints nothing else."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from screens.widgets.columns import STYLES, Column
from screens.widgets.resource_table import CURSOR, MARK, MARKED_CURSOR, ResourceTable
from screens.widgets.status_line import StatusLine

SMALL, WIDE = (80, 24), (160, 45)


@dataclass(frozen=True)
class Machine:
    """A row: what a compute looks like to a table."""

    key: str
    name: str
    state: str = "running"
    price: float | None = 1.0
    owner: str = "ada"


COLUMNS = (
    Column[Machine]("NAME", 20, lambda m: m.name, priority=0),
    Column[Machine]("STATE", 11, lambda m: m.state, style=lambda m: "ok" if m.state == "running" else "bad", priority=0),
    Column[Machine]("$/H", 8, lambda m: m.price, style=lambda m: "money", align="right", priority=1),
    Column[Machine]("OWNER", 30, lambda m: m.owner, priority=2),
    Column[Machine]("KEY", 30, lambda m: m.key, priority=3, stretch=True),
)


def machines(*names: str) -> list[Machine]:
    """Rows whose key says their name."""
    return [Machine(f"id-{name}", name) for name in names]


class TableApp(App[None]):
    """A table and a field to take the focus away, with every message that the table posted."""

    def __init__(self, rows: list[Machine] | None = None, **settings: Any) -> None:
        super().__init__()
        self.table = ResourceTable(COLUMNS, lambda m: m.key, **settings)
        self.posted: list[tuple[str, str | None]] = []
        if rows is not None:
            self.table.apply(rows)

    def compose(self) -> ComposeResult:
        yield self.table
        yield Input()

    @on(ResourceTable.Highlighted)
    @on(ResourceTable.CursorLost)
    def note(self, message: Message) -> None:
        assert isinstance(message, ResourceTable.Highlighted | ResourceTable.CursorLost)
        self.posted.append((type(message).__name__, message.key))

    def drawn(self) -> list[str]:
        """The table's lines as the compositor last took them: what was not repainted is still the old text."""
        region = self.table.region
        return [strip.text for strip in self.screen._compositor.render_strips()[region.y : region.bottom]]

    def drawn_names(self) -> list[str]:
        """The first word of every drawn line but the header, glyphs left out."""
        return [line[1:].split()[0] for line in self.drawn()[1:] if line[1:].strip()]

    def line_of_cursor(self) -> int:
        """Which drawn line has the cursor."""
        (line,) = (n for n, text in enumerate(self.drawn()) if text[0] in (CURSOR, MARKED_CURSOR))
        return line


async def test_rows_given_before_mounting_are_on_the_first_frame_with_the_cursor_on_the_first() -> None:
    app = TableApp(machines("a", "b", "c"))
    app.table.sort_by("NAME", reverse=True)
    assert app.table.cursor_key == "id-c"
    async with app.run_test(size=SMALL) as pilot:
        assert app.drawn_names() == ["c", "b", "a"]
        assert app.line_of_cursor() == 1
        assert app.focused is app.table
        await pilot.pause()
        assert app.posted == [("Highlighted", "id-c")]


async def test_keys_move_the_cursor_and_scroll() -> None:
    app = TableApp(machines(*(f"m{n:03}" for n in range(100))))
    async with app.run_test(size=SMALL) as pilot:
        page = app.table.size.height - 1
        for keys, position in (
            (["j", "down", "k"], 1),
            (["pagedown"], page),
            (["ctrl+f"], 2 * page - 1),
            (["ctrl+b", "pageup"], 1),
            (["up", "up", "up"], 0),
            (["G"], 99),
            (["j"], 99),
            (["g"], 0),
        ):
            await pilot.press(*keys)
            assert app.table.cursor_position == position, keys
            assert app.table.cursor_key == f"id-m{position:03}"
            assert app.drawn()[app.line_of_cursor()][1:5] == f"m{position:03}"
        assert app.drawn_names()[0] == "m000"


async def test_what_else_shows_the_row_under_the_cursor_comes_in_the_frame_of_the_moved_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(machines("a", "b", "c"))
    line = StatusLine()
    app.table.beside = lambda: line.show([(app.table.cursor_key or "", "")])
    frames: list[set[Widget]] = []
    refresh = Screen._compositor_refresh
    async with app.run_test(size=SMALL) as pilot:
        await app.mount(line)
        await pilot.pause()
        monkeypatch.setattr(Screen, "_compositor_refresh", lambda screen: (frames.append(set(screen._dirty_widgets)), refresh(screen))[1])
        await pilot.press("down")
        assert (line.plain, frames) == ("id-b", [{app.table, line}])
        await pilot.press("up", "up")
        assert line.plain == "id-a"
        assert set.union(*frames) == {app.table, line}


async def test_enter_selects_the_row_under_the_cursor() -> None:
    app = TableApp(machines("a", "b"))
    selected: list[ResourceTable.Selected] = []
    async with app.run_test(
        size=SMALL, message_hook=lambda m: selected.append(m) if isinstance(m, ResourceTable.Selected) else None
    ) as pilot:
        await pilot.press("j", "enter")
        await pilot.pause()
    assert {(message.key, message.row.name) for message in selected} == {("id-b", "b")}


async def test_a_refresh_keeps_the_cursor_on_its_resource_and_line() -> None:
    rows = machines(*(f"m{n:02}" for n in range(60)))
    app = TableApp(rows)
    async with app.run_test(size=SMALL) as pilot:
        app.table.move_to("id-m30")
        await pilot.pause()
        line = app.line_of_cursor()
        app.table.apply(machines("new1", "new2") + rows)
        await pilot.pause()
        assert (app.table.cursor_key, app.line_of_cursor()) == ("id-m30", line)
        app.table.apply(rows[10:])
        await pilot.pause()
        assert (app.table.cursor_key, app.line_of_cursor()) == ("id-m30", line)
        assert app.drawn()[line].startswith(f"{CURSOR}m30 ")


async def test_a_list_that_shows_its_top_goes_on_showing_it_while_the_cursor_has_room() -> None:
    rows = machines(*(f"m{n:02}" for n in range(60)))
    app = TableApp(rows)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        app.table.apply(machines("new1", "new2") + rows)
        await pilot.pause()
        assert app.drawn_names()[:3] == ["new1", "new2", "m00"] and app.table.cursor_key == "id-m00"
        app.table.apply(machines(*(f"top{n:02}" for n in range(40))) + rows)
        await pilot.pause()
        assert app.drawn_names()[app.line_of_cursor() - 1] == "m00" and app.drawn_names()[0] != "top00", "it has no room beside the top"


async def test_a_resize_keeps_the_cursor_on_its_resource_and_on_screen() -> None:
    app = TableApp(machines(*(f"m{n:02}" for n in range(60))))
    async with app.run_test(size=WIDE) as pilot:
        app.table.move_to("id-m40")
        await pilot.resize_terminal(80, 12)
        await pilot.pause()
        assert app.drawn()[app.line_of_cursor()].startswith(f"{CURSOR}m40 ")
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert app.drawn()[app.line_of_cursor()].startswith(f"{CURSOR}m40 ")


async def test_when_the_resource_is_gone_the_cursor_goes_to_its_nearest_neighbour_and_says_so() -> None:
    rows = machines("a", "b", "c", "d", "e")
    app = TableApp(rows)
    async with app.run_test(size=SMALL) as pilot:
        app.table.move_to("id-c")
        app.table.apply([rows[0], rows[1], rows[4]])
        await pilot.pause()
        assert app.table.cursor_key == "id-b"
        assert app.posted[-2:] == [("CursorLost", "id-c"), ("Highlighted", "id-b")]
        app.table.apply([])
        await pilot.pause()
        assert app.table.cursor_key is None and app.table.cursor_row is None
        assert app.posted[-2:] == [("CursorLost", "id-b"), ("Highlighted", None)]
        app.table.apply(rows)
        await pilot.pause()
        assert app.table.cursor_key == "id-a"


async def test_a_filter_that_hides_the_cursor_gives_it_back_when_cleared() -> None:
    app = TableApp(machines("alpha", "beta", "gamma", "delta"))
    lost: list[ResourceTable.CursorLost] = []
    async with app.run_test(
        size=SMALL, message_hook=lambda m: lost.append(m) if isinstance(m, ResourceTable.CursorLost) else None
    ) as pilot:
        app.table.move_to("id-gamma")
        for text in ("e", "el", "elx", "el", ""):
            app.table.filter_text = text
        await pilot.pause()
        assert app.table.cursor_key == "id-gamma"
        assert all(message.hidden for message in lost) and lost
        app.table.filter_text = "eta"
        await pilot.press("j")
        app.table.filter_text = ""
        assert app.table.cursor_key == "id-beta"  # whoever presses a motion key means the row it stands on
        app.table.filter_text = "l"
        await pilot.press("G", "g")
        app.table.filter_text = ""
        assert app.table.cursor_key == "id-alpha"


async def test_a_row_that_leaves_the_filter_by_itself_does_not_pull_the_cursor_back_later() -> None:
    rows = machines("a", "b", "c")
    app = TableApp(rows)
    async with app.run_test(size=SMALL) as pilot:
        app.table.filter_text = "running"
        app.table.move_to("id-b")
        app.table.apply([rows[0], replace(rows[1], state="stopped"), rows[2]])
        assert app.table.cursor_key == "id-c"
        app.table.apply(rows)
        await pilot.pause()
        assert app.table.cursor_key == "id-c"


async def test_a_row_asked_for_before_it_came_gets_the_cursor_when_it_comes() -> None:
    app = TableApp(machines("a", "b"))
    async with app.run_test(size=SMALL) as pilot:
        assert not app.table.move_to("id-c")
        app.table.apply(machines("a", "b", "c"))
        assert app.table.cursor_key == "id-c"
        app.table.move_to("id-d")
        await pilot.press("g")
        app.table.apply(machines("a", "b", "c", "d"))
        assert app.table.cursor_key == "id-a"


class Model:
    """What the table should hold, worked out the slow and simple way."""

    def __init__(self, rows: list[Machine]) -> None:
        self.rows, self.text, self.order, self.reverse = rows, "", None, False
        self.cursor: str | None = rows[0].key if rows else None
        self.hidden: str | None = None

    def view(self) -> list[Machine]:
        shown = [
            row
            for row in self.rows
            if any(self.text in str(value).lower() for value in (row.name, row.state, row.price, row.owner, row.key))
        ]
        if self.order:
            known = [row for row in shown if getattr(row, self.order) is not None]
            known.sort(key=lambda row: getattr(row, self.order or ""), reverse=self.reverse)
            shown = known + [row for row in shown if getattr(row, self.order) is None]
        return shown

    def change(self, refiltered: bool = False, **state: Any) -> None:
        """Change the state, and move the cursor only as far as it must."""
        before = [row.key for row in self.view()]
        vars(self).update(state)
        after = [row.key for row in self.view()]
        if refiltered and self.hidden in after:
            self.cursor, self.hidden = self.hidden, None
        elif self.cursor is None:
            self.cursor = after[0] if after else None
        elif self.cursor not in after:
            if refiltered:
                self.hidden = self.hidden or self.cursor
            at = before.index(self.cursor)
            survivors = [place for place, key in enumerate(before) if key in after]
            nearest = min(survivors, key=lambda place: (abs(place - at), place < at), default=None)
            self.cursor = before[nearest] if nearest is not None else after[0] if after else None


@pytest.mark.parametrize(("seed", "size"), [(1, SMALL), (2, WIDE), (3, SMALL), (4, (60, 8))])
async def test_identity_through_random_refreshes_filters_orders_moves_and_resizes(seed: int, size: tuple[int, int]) -> None:
    chance = random.Random(seed)

    def machine(number: int) -> Machine:
        price = chance.choice([None, *range(9)])
        return Machine(
            f"id-{number}", f"m{number}", chance.choice(["running", "stopped", "failed"]), price, chance.choice(["ada", "grace"])
        )

    rows = [machine(number) for number in range(50)]
    app, model, fresh = TableApp(rows), Model(rows), 50
    async with app.run_test(size=size) as pilot:
        for _ in range(50):
            table = app.table
            what = chance.choice(("refresh", "refresh", "filter", "sort", "move", "resize", "mark"))
            if what == "refresh":
                kept = [
                    replace(row, state=machine(0).state) if chance.random() < 0.3 else row for row in model.rows if chance.random() < 0.9
                ]
                added = [machine(number) for number in range(fresh, fresh + chance.randrange(8))]
                fresh += len(added)
                rows = added + kept if chance.random() < 0.5 else kept + added
                model.change(rows=rows)
                table.apply(rows)
            elif what == "filter":
                text = chance.choice(("", "", "run", "m1", "ada", "id-2", "nothing like it"))
                model.change(refiltered=True, text=text)
                table.filter_text = text
            elif what == "sort":
                name, field = chance.choice((("NAME", "name"), ("$/H", "price"), ("STATE", "state"), (None, None)))
                reverse = chance.random() < 0.5
                model.change(order=field, reverse=reverse)
                table.sort_by(name, reverse)
            elif what == "move":
                view = model.view()
                if view:
                    to = chance.choice(view)
                    model.cursor, model.hidden = to.key, None
                    assert table.move_to(to.key)
            elif what == "mark":
                table.toggle_mark()
            else:
                await pilot.resize_terminal(chance.choice((60, 80, 160)), chance.choice((8, 24, 45)))
            await pilot.pause()
            view = model.view()
            assert [row.key for row in table.visible_rows] == [row.key for row in view]
            assert table.cursor_key == model.cursor, what
            assert (table.visible_count, table.total_count) == (len(view), len(model.rows))
            if view:
                top = table.cursor_position - (app.line_of_cursor() - 1)
                page = table.size.height - 1
                assert app.drawn_names() == [row.name for row in view[top : top + page]]
                assert top + page <= max(page, len(view))
                for text, row in zip(app.drawn()[1:], view[top : top + page], strict=False):
                    marked, cursor = row.key in table.marks, row.key == model.cursor
                    assert text[0] == {(0, 0): " ", (0, 1): CURSOR, (1, 0): MARK, (1, 1): MARKED_CURSOR}[marked, cursor]
                    assert row.state in text
            else:
                assert app.drawn_names() == []


async def test_marks_survive_filters_and_go_with_their_resource() -> None:
    rows = machines("a", "b", "c", "d")
    app = TableApp(rows)
    async with app.run_test(size=SMALL) as pilot:
        app.table.toggle_mark()
        app.table.move_to("id-c")
        app.table.toggle_mark()
        app.table.filter_text = "id-a"
        assert app.table.marks == {"id-a", "id-c"}
        assert app.table.hidden_marks == 1
        app.table.filter_text = ""
        await pilot.pause()
        assert [line[0] for line in app.drawn()[1:5]] == [MARKED_CURSOR if n == 2 else MARK if n == 0 else " " for n in range(4)]
        app.table.move_to("id-d")
        app.table.mark_range()
        assert [row.name for row in app.table.marked_rows] == ["a", "c", "d"]
        app.table.apply(rows[1:])
        assert app.table.marks == {"id-c", "id-d"}
        app.table.toggle_mark("id-c")
        assert app.table.marks == {"id-d"}
        app.table.clear_marks()
        assert app.table.marks == frozenset()


async def test_columns_drop_by_priority_and_the_header_shows_the_order() -> None:
    app = TableApp(machines("a"))
    async with app.run_test(size=SMALL) as pilot:
        assert [column.name for column in app.table.visible_columns] == ["NAME", "STATE", "$/H", "OWNER"]
        app.table.sort_by("$/H", reverse=True)
        await pilot.pause()
        assert app.drawn()[0].split() == ["NAME", "STATE", "$/H▼", "OWNER"]
        app.table.sort_by("NAME")
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert app.drawn()[0].split() == ["NAME▲", "STATE", "$/H", "OWNER", "KEY"]
        await pilot.resize_terminal(34, 10)
        await pilot.pause()
        assert app.drawn()[0].split() == ["NAME▲", "STATE"]
        assert app.drawn_names() == ["a"]
        with pytest.raises(ValueError, match=r"NOPE.*NAME, STATE"):
            app.table.sort_by("NOPE")


async def test_the_placeholder_shows_only_while_there_is_no_row() -> None:
    app = TableApp([], placeholder="Loading…")
    async with app.run_test(size=SMALL) as pilot:
        assert app.drawn()[1].strip() == "Loading…"
        app.table.placeholder = "No computes\x1b[2J here"
        await pilot.pause()
        assert app.drawn()[1].strip() == "No computes␛[2J here"
        app.table.apply(machines("a"))
        await pilot.pause()
        assert app.drawn_names() == ["a"]
        app.table.filter_text = "zzz"
        await pilot.pause()
        assert app.drawn()[1].strip() == "No computes␛[2J here"


async def test_other_columns_of_the_same_rows() -> None:
    app = TableApp(machines("a", "b"))
    async with app.run_test(size=SMALL) as pilot:
        app.table.sort_by("STATE")
        app.table.move_to("id-b")
        app.table.set_columns([Column("ONLY", 10, lambda m: f"<{m.name}>")])
        await pilot.pause()
        assert app.drawn()[0].split() == ["ONLY"]
        assert app.drawn_names() == ["<a>", "<b>"]
        assert (app.table.cursor_key, app.table.sort_column) == ("id-b", None)


async def test_values_that_change_beside_the_rows_are_drawn_on_redraw_and_ordered_on_reread() -> None:
    prices = {"a": 1, "b": 2}
    table = ResourceTable([Column[str]("NAME", 5, lambda r: r), Column[str]("$", 5, lambda r: prices[r])], lambda r: r)
    table.apply(["a", "b"])
    table.sort_by("$")
    app = TableApp()
    app.table = table  # type: ignore[assignment]
    async with app.run_test(size=SMALL) as pilot:
        prices.update(a=7)
        table.redraw()
        await pilot.pause()
        assert [line.split() for line in app.drawn()[1:3]] == [[f"{CURSOR}a", "7"], ["b", "2"]]
        table.reread()
        await pilot.pause()
        assert [line.split() for line in app.drawn()[1:3]] == [["b", "2"], [f"{CURSOR}a", "7"]]


HOSTILE = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31m",
    "\x9b31m",
    "\u202egpj.exe",
    "zero\u200bwidth",
    "\udc80",
    "e" + "\u0301" * 400,
    "👩‍👩‍👧‍👦🇩🇪❤️",
    "日本語の名前がとても長い場合はどうなりますか",
    "x" * 10_000,
    "[/nope][b",
    "line\r\nbreak\ttab",
    "",
)


@pytest.mark.parametrize("size", [SMALL, WIDE, (20, 6)])
async def test_hostile_text_reaches_the_terminal_as_plain_cells(size: tuple[int, int]) -> None:
    rows = [Machine(f"{n}{text}", text, text, None, text) for n, text in enumerate(HOSTILE)]
    app = TableApp(rows, placeholder=HOSTILE[0])
    async with app.run_test(size=size) as pilot:
        await pilot.press("j")
        for y in range(app.table.size.height):
            strip = app.table.render_line(y)
            assert strip.cell_length == size[0]
            assert all(not segment.control for segment in strip)
            assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in strip.text)
            strip.text.encode()


async def test_every_style_has_a_look_in_every_kind_of_theme() -> None:
    app = TableApp(machines("a"))
    async with app.run_test(size=SMALL) as pilot:
        for theme in ("textual-dark", "textual-light", "ansi-dark"):
            app.theme = theme
            await pilot.pause()
            plain = app.table._look("")
            looks = {name: app.table._look(name) for name in STYLES}
            assert all(look != plain for look in looks.values()), theme
            assert app.table._look("cursor").reverse
            state = next(segment for segment in app.table.render_line(1) if "a" in segment.text)
            assert state.style is not None and state.style.reverse


async def test_a_style_that_has_no_look_is_plain() -> None:
    app = TableApp()
    async with app.run_test(size=SMALL):
        assert app.table._look("no such style") == app.table._look("")


async def test_a_row_asked_for_before_the_first_frame_has_the_cursor_on_it() -> None:
    app = TableApp(machines(*(f"m{n:02}" for n in range(60))))
    app.table.move_to("id-m40")
    assert app.table.cursor_key == "id-m40"
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert app.drawn()[app.line_of_cursor()].startswith(f"{CURSOR}m40 ")
        assert app.posted == [("Highlighted", "id-m40")]
