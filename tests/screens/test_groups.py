"""Groups: rows under headings with subtotals; the cursor, marks and filter go on as without them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.trouble import TroubleError
from screens import grouping
from screens.widgets.columns import Column
from screens.widgets.groups import Group, grouped
from tests.screens.conftest import WIDE, Open


class Thing(NamedTuple):
    name: str
    kind: str
    tags: Mapping[str, str]


COLUMNS = (
    Column[Thing]("NAME", 8, lambda row: row.name),
    Column[Thing]("KIND", 8, lambda row: row.kind),
    Column[Thing]("$/H", 5, lambda row: 1, align="right"),
)
ROWS = [
    Thing("a", "vm", {"team": "risk", "env": "prod"}),
    Thing("b", "", {"Team": "risk"}),
    Thing("c", "vm", {"env": "dev"}),
    Thing("d", "k8s", {}),
]


def tags(row: Thing) -> Mapping[str, str]:
    return row.tags


def test_names_mean_tags_before_columns_in_any_case() -> None:
    assert grouping.named(["TEAM", "kind"], ROWS, COLUMNS, tags) == ("team", "KIND")
    assert grouping.named([], ROWS, COLUMNS, tags) == ()
    assert [choice.name for choice in grouping.choices(ROWS, COLUMNS, tags, ("team",))] == ["team", "env", "KIND"]
    for words, told in ((["nope"], "nope is no tag"), (["name"], "name is no tag"), (["team", "env", "kind"], "at most 2")):
        with pytest.raises(TroubleError, match=told):
            grouping.named(words, ROWS, COLUMNS, tags)


def test_what_a_row_lacks_is_said() -> None:
    values = grouping.values(("team", "KIND"), COLUMNS, tags)
    assert [values(row) for row in ROWS] == [("risk", "vm"), ("risk", "–"), ("untagged", "vm"), ("untagged", "k8s")]


def test_two_levels_one_of_them_closed() -> None:
    values = grouping.values(("team", "KIND"), COLUMNS, tags)
    lines = grouped(ROWS, values, {"group:/risk/vm"})
    told = [line.label if isinstance(line, Group) else line.name for line in lines]
    assert told == ["▾ risk (2)", " ▸ vm (1)", " ▾ – (1)", "b", "▾ untagged (2)", " ▾ vm (1)", "c", " ▾ k8s (1)", "d"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=30))
def test_nothing_is_lost_and_groups_stand_in_the_order_of_their_first_rows(rows: list[tuple[str, str]]) -> None:
    numbered = list(enumerate(rows))
    lines = grouped(numbered, lambda row: row[1], ())
    assert sorted(line for line in lines if not isinstance(line, Group)) == numbered
    heads = [line for line in lines if isinstance(line, Group) and line.depth == 0]
    assert [head.value for head in heads] == list(dict.fromkeys(first for first, _ in rows))
    assert sum(len(head.rows) for head in heads) == len(rows)
    assert len({line.key for line in lines if isinstance(line, Group)}) == sum(isinstance(line, Group) for line in lines)


async def test_computes_by_kind_with_subtotals_closed_marked_and_remembered(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with open_console(home=home, size=WIDE) as console:
        await console.loaded()
        table = console.screen.table
        every = len(table.rows)
        await console.command("by kind")
        assert "by: KIND" in console.title
        clusters = [row for row in table.rows if row.kind.label == "cluster"]
        heading = next(line for line in console.lines if "▾ cluster" in line)
        assert f"({len(clusters)})" in heading and "≈" in heading
        await console.press("g")
        assert table.cursor_row is None and table.cursor_group is not None
        value = table.cursor_group.value
        for key in ("S", "d", "y", "c", "o"):  # there is no row to act upon
            await console.press(key)
        assert not console.changes() and len(console.app.screen_stack) == 1
        await console.press("enter")
        assert f"▸ {value}" in console.text and table.visible_count == every
        await console.press("space")
        assert (
            len(table.marks) == len([row for row in table.rows if row.kind.label == value])
            and f"{len(table.marks)} hidden" in console.title
        )
        await console.press("ctrl+backslash", "/", *"nb-", "enter")
        assert all(row.name.startswith("nb-") for row in table.visible_rows)
    async with open_console(home=home, size=WIDE) as console:
        await console.loaded()
        assert "by: KIND" in console.title
        await console.press("b")
        assert "by: KIND" not in console.title and "▾" not in console.text


async def test_computes_by_their_workspaces_tags(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        await console.command("compute @fraud-prod,vision-dev")
        await console.until(lambda: len(console.session.context.where) == 2 and console.screen.feed.loaded, "both")
        await console.press("b")
        await console.until(lambda: "team" in console.text, "tags to choose from")
        await console.type("team")
        await console.press("enter")
        assert "▾ risk" in console.text and "▾ quality" in console.text
        await console.command("by nonsense")
        assert "nonsense is no tag" in console.hints and "by: team" in console.title
        await console.command("by")
        assert "▾" not in console.text
