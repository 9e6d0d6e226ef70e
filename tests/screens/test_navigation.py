"""Navigation: the views that were visited, and the ways back to them as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.domain.scopes import WorkspaceRef
from screens.trail import LONGEST, Trail, Visit
from tests.screens.conftest import Open

HERE = (WorkspaceRef("s", "g", "w"),)


def test_back_forward_and_last() -> None:
    trail = Trail(Visit("a"))
    assert trail.back() is None and trail.forward() is None and trail.last() is None
    trail.leave("x", "/id")
    trail.settle(HERE)
    trail.go(Visit("b", HERE))
    trail.go(Visit("c", HERE))
    assert trail.last() == Visit("b", HERE) and trail.last() == Visit("c", HERE)
    assert trail.back() == Visit("b", HERE) and trail.back() == Visit("a", HERE, "x", "/id") and trail.back() is None
    assert trail.forward() == Visit("b", HERE)
    trail.go(Visit("d", HERE))
    assert trail.forward() is None and trail.back() == Visit("b", HERE)


@given(st.lists(st.sampled_from(["go", "back", "forward", "last"]), max_size=120))
def test_every_way_leads_to_a_visit_that_was_made(ways: list[str]) -> None:
    trail = Trail(Visit("0"))
    made = {"0"}
    for number, way in enumerate(ways, 1):
        before = trail.current
        if way == "go":
            made.add(str(number))
            trail.go(Visit(str(number)))
            assert trail.current.view == str(number) and trail.forward() is None
        else:
            visit = getattr(trail, way)()
            assert trail.current == (visit or before)
        assert trail.current.view in made
    assert len(trail._visits) <= LONGEST


async def test_a_view_is_come_back_to_as_it_was_left(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("/", *"nb-", "enter")
        here = next(key for key in console.row_keys() if key.endswith("/nb-noah"))
        await console.at(here)
        await console.command("workspaces")
        assert console.screen.kind == "workspaces"
        await console.press("-")
        await console.until(lambda: console.screen.kind == "compute", "the computes again")
        await console.settled()
        assert console.screen.table.filter_text == "nb-" and console.screen.table.cursor_key == here
        await console.press("]")
        assert "nothing after this" not in console.hints and console.screen.kind == "workspaces"
        await console.press("escape")
        await console.until(lambda: console.screen.kind == "compute", "the view before, by esc")
        await console.press("[")
        assert "nothing before this" in console.hints


async def test_a_drill_down_tells_the_way_to_it(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(next(key for key in console.row_keys() if key.endswith("/gpu-idle")))
        await console.press("enter")
        await console.until(lambda: console.screen.kind == "nodes" and console.screen.feed.loaded, "nodes")
        await console.settled()
        assert console.title.strip().startswith("compute › nodes of gpu-idle[2]")
        await console.press("[")
        assert console.screen.kind == "nodes", "there is no view before, so nothing is left"


async def test_a_filter_that_names_no_column_says_so_where_a_malformed_one_does(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("/", *"foo:bar")
        assert "no column foo: searched as text" in console.title
        assert "Nothing matches /foo:bar" in console.text
        await console.press("ctrl+u", *"/[/")
        assert "no regular expression" in console.title and "no column" not in console.title
        await console.press("ctrl+u", *"name:nb")
        assert "no column" not in console.title and console.screen.table.visible_count
        await console.press("escape")
