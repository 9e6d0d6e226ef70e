"""Workspaces: chosen by list, by name and by context; every list over one or many; what fails of some is told of these alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from console.cli import _context_opener, _parser
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import TroubleError
from console.domain.workspaces import Workspace
from console.favourites import Favourites
from console.operations.journal import held as is_held
from console.places import chosen
from screens.fuzzy import score
from screens.widgets.resource_table import ResourceTable
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_activity import held as holding

ONE, TWO = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
NAMES = {ONE: "prod", TWO: "dev"}


def workspace(subscription: str, group: str, name: str) -> Workspace:
    ref = WorkspaceRef(subscription, group, name)
    return Workspace(id=ref.id, ref=ref, name=name)


KNOWN = [
    workspace(ONE, "rg", "fraud"),
    workspace(TWO, "rg", "fraud"),
    workspace(ONE, "rg", "vision"),
    workspace(TWO, "a", "twin"),
    workspace(TWO, "b", "twin"),
]


@pytest.mark.parametrize(
    ("word", "places"),
    [
        ("vision", ["prod/rg/vision"]),
        ("VISION", ["prod/rg/vision"]),
        ("dev/fraud", ["dev/rg/fraud"]),
        (f"{ONE}/fraud", ["prod/rg/fraud"]),
        ("vision,dev/fraud", ["prod/rg/vision", "dev/rg/fraud"]),
        ("vision,vision", ["prod/rg/vision"]),
        ("*aud", ["prod/rg/fraud", "dev/rg/fraud"]),
        ("prod/*", ["prod/rg/fraud", "prod/rg/vision"]),
        ("all", ["prod/rg/fraud", "dev/rg/fraud", "prod/rg/vision", "dev/a/twin", "dev/b/twin"]),
    ],
)
def test_a_word_means_workspaces(word: str, places: list[str]) -> None:
    assert [f"{NAMES[ref.subscription_id]}/{ref.resource_group}/{ref.name}" for ref in chosen(word, KNOWN, NAMES)] == places


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("fraud", "@fraud may be @prod/fraud, @dev/fraud"),
        ("twin", "twin in a, twin in b; choose with W"),
        ("nowhere", "no workspace @nowhere; there are fraud, twin, vision"),
        ("vision,nowhere", "no workspace @nowhere"),
        ("test/fraud", "no workspace @test/fraud"),
        ("x*", "no workspace @x"),
        ("", "no workspace is named"),
        (",", "no workspace is named"),
    ],
)
def test_a_word_that_means_none_or_several_of_one_name_says_so(word: str, told: str) -> None:
    with pytest.raises(TroubleError) as raised:
        chosen(word, KNOWN, NAMES)
    assert told in raised.value.trouble.sentence


def test_letters_find_names_before_tags_before_scattered_ones() -> None:
    fields = [("fraud-prod", "team=risk"), ("vision-prod", "team=fraud"), ("forum-audit", "team=web"), ("sandbox", "")]
    found = {name: score("fraud", (name, tags)) for name, tags in fields}
    assert found["sandbox"] is None
    assert (found["fraud-prod"] or 0) > (found["vision-prod"] or 0) > (found["forum-audit"] or 0) > 0
    assert score("prod fraud", fields[0]) and score("prod risk", fields[0]) and score("prod web", fields[0]) is None
    assert score("", ("anything",)) == 0


def test_favourites_are_shared_by_consoles_and_kept_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "favourites.json"
    one, other = Favourites(path), Favourites(path)
    assert one.toggle("/A") and other.toggle("/b")
    assert "/a" in other and "/B" in other
    assert not one.toggle("/a") and "/b" in one
    assert os.stat(path).st_mode & 0o777 == 0o600
    path.write_bytes(b"\xff not json")
    assert "/b" not in Favourites(path)


# On screen


async def all_read(console: Console) -> None:
    await console.until(lambda: console.screen.kind == "workspaces" and console.screen.feed.loaded, "every subscription read")
    await console.settled()


def names(console: Console) -> list[str]:
    return [row.name for row in console.screen.table.visible_rows]


async def test_several_are_typed_marked_and_opened_and_every_row_tells_where_it_is(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        assert "WORKSPACE" not in console.text
        burn = console.session.money.burn().now.value
        await console.press("W")
        await all_read(console)
        await console.type("fraud")
        assert sorted(names(console)) == ["fraud-dev", "fraud-prod"]
        await console.press("tab", "tab", "enter")
        await console.until(lambda: console.screen.kind == "compute" and console.screen.feed.loaded, "computes of both")
        await console.idle()
        assert {row.workspace.name for row in console.screen.table.rows} == {"fraud-dev", "fraud-prod"}
        assert "WORKSPACE" in console.text and "2 workspaces·2 subscriptions" in console.text
        assert not console.screen.table.filter_text
        both = console.session.money.burn().now.value
        assert burn is not None and both is not None and both > burn
        # Back again to the one, by history.
        await console.press("-")
        await console.press("[", "[")
        await console.until(lambda: len(console.session.context.where) == 1, "the first workspace again")
        await console.idle()
        assert "WORKSPACE" not in console.text and {row.workspace.name for row in console.screen.table.rows} == {"fraud-prod"}


async def test_a_command_goes_to_workspaces_by_name_and_pattern(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("compute @*-prod,sandbox /kind:instance")
        await console.until(lambda: len(console.session.context.where) == 5, "five workspaces")
        await console.until(lambda: console.screen.feed.loaded, "their computes")
        await console.idle()
        assert {row.kind.label for row in console.screen.table.visible_rows} == {"instance"}
        assert len({row.workspace.name for row in console.screen.table.visible_rows}) > 1
        await console.command("compute @nowhere")
        await console.until(lambda: "no workspace @nowhere" in console.hints, "the refusal")
        assert len(console.session.context.where) == 5
        await console.command("compute @all")
        await console.until(lambda: len(console.session.context.where) == 12, "all")


async def test_what_fails_of_one_workspace_is_told_of_that_one_and_the_others_stay_live(open_console: Open, brisk: None) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        await console.command("compute @fraud-*")
        await console.until(lambda: len(console.session.context.where) == 2 and console.screen.feed.loaded, "both")
        rows = len(console.screen.table.rows)
        console.emulator.control("POST", "faults", [rule("503", r"GET .*/fraud-dev/computes$", retry_after=0)])
        await console.press("ctrl+r")
        await console.until(lambda: console.screen.feed.troubles, "trouble")
        await console.until(lambda: "1 of 2 (fraud-dev):" in console.title, "who is in trouble")
        assert len(console.screen.table.rows) == rows
        console.emulator.control("POST", "faults", {})
        await console.until(lambda: not console.screen.feed.troubles, "recovery")


async def test_an_outsider_is_told_that_there_is_nothing(open_console: Open) -> None:
    async with open_console("workspaces", identity="outsider") as console:
        await console.until(lambda: console.screen.feed.loaded, "an answer")
        await console.settled()
        assert "No workspaces here" in console.text or "You need" in console.text


async def test_a_misspelt_workspace_is_told_and_the_right_one_chosen(open_console: Open) -> None:
    async with open_console(workspace="fraud-prd") as console:
        await console.until(lambda: console.session.unplaced, "an answer")
        await all_read(console)
        assert "no workspace that you may see matches -w fraud-prd" in console.hints and len(names(console)) == 12
        await console.press("2")
        assert "No workspace is chosen (W lists them)" in console.text
        await console.press("W")
        await all_read(console)
        await console.type("fraudprod")
        await console.press("enter")
        await console.until(lambda: console.screen.kind == "compute" and console.screen.feed.loaded, "its computes")
        await console.idle()
        assert [place.name for place in console.session.context.where] == ["fraud-prod"]
        await console.until(lambda: console.session.context.allowances, "what one may do there")


async def test_a_favourite_comes_first_here_and_in_the_next_session(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with open_console("workspaces", home=home) as console:
        await console.loaded()
        await console.at(next(key for key in console.row_keys() if key.endswith("/vision-dev")))
        await console.press("*")
        assert names(console)[0] == "vision-dev" and "★" in console.text
    async with open_console("workspaces", home=home) as console:
        await console.loaded()
        assert names(console)[0] == "vision-dev"


CONTEXTS = """
[contexts.prod]
cloud_file = "{ready}"
workspace = "fraud-prod"
mode = "read-only"
colour = "darkred"

[contexts.reader]
cloud_file = "{ready}"
workspace = "vision-dev"
identity = "reader"

[contexts.gaudy]
cloud_file = "{ready}"
colour = "no colour"

[contexts.lost]
cloud_file = "{ready}.gone"
"""


async def test_another_context_is_another_session_in_the_same_view(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "home"
    config = CONTEXTS.format(ready=home / "ready.json")
    async with open_console(home=home, config=config) as console:
        await console.loaded()
        first = console.session
        await console.command("ctx prod")
        await console.until(lambda: console.session is not first and console.session.context.allowances, "the other session")
        await console.loaded()
        assert not console.session.context.write and "prod" in console.lines[0]
        await console.press(":", *"ctx", "enter")
        await console.until(lambda: type(console.app.screen).__name__ == "Choose", "the contexts")
        table = console.app.screen.query_one(ResourceTable)
        assert [choice.name for choice in table.rows] == ["prod", "reader", "gaudy", "lost"]
        await console.type("read")
        await console.press("enter")
        await console.until(lambda: console.session.context.name == "reader" and console.session.context.allowances, "the reader's")
        await console.loaded()
        assert {row.workspace.name for row in console.screen.table.rows} == {"vision-dev"} and "reader" in console.lines[0]
        for name, told in (("nope", "there is no context nope"), ("gaudy", "is no colour"), ("lost", "cannot read the cloud file")):
            await console.command(f"ctx {name}")
            await console.until(lambda told=told: told in console.app.flashed.text if console.app.flashed else False, told)
            assert console.session.context.name == "reader"


async def test_who_said_read_only_stays_so_in_another_context_until_write_is_said(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "home"
    config = CONTEXTS.format(ready=home / "ready.json")

    async def goes_to(console: Console, name: str) -> None:
        await console.command(f"ctx {name}")
        await console.until(lambda: console.session.context.name == name and console.session.context.allowances, name)
        await console.loaded()

    async with open_console(home=home, config=config) as console:
        await console.loaded()
        await goes_to(console, "reader")
        assert console.session.context.write, "its own mode, as nobody said otherwise"
        await console.command("readonly")
        await goes_to(console, "prod")
        await goes_to(console, "reader")
        assert not console.session.context.write
        assert "read-only (:readonly)" in console.session.context.refusal(console.session.context.where[0], "x")
        await console.command("write")
        await goes_to(console, "prod")
        assert not console.session.context.write, "a context that opens read-only does"
        await goes_to(console, "reader")
        assert console.session.context.write


async def test_what_was_asked_for_before_a_context_came_does_not_come_about_in_it(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "home"
    config = CONTEXTS.format(ready=home / "ready.json")
    async with open_console(home=home, config=config) as console:
        await console.loaded()
        first = console.session
        console.emulator.control("POST", "faults", [rule("latency", r"GET /subscriptions(\?|$)", seconds=30)])
        await console.command("compute @all")
        await console.until(lambda: any(worker.group == "look" for worker in console.app.workers), "a look")
        await console.command("ctx prod")
        await console.until(lambda: console.session is not first, "the other session")
        console.emulator.control("POST", "faults", {})
        await console.until(lambda: not any(worker.group == "look" for worker in console.app.workers), "the end of the look")
        # As if the answer came at the last moment.
        first.workspaces.parts.clear()
        first.workspaces.publish()
        await console.loaded()
        assert console.screen.session is console.session


async def test_a_plan_that_holds_is_let_go_before_all_else_of_its_context(
    open_console: Open, brisk: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.app.FLASH_S", 60.0)  # the second time counts while the warning is seen
    home = tmp_path / "home"
    config = CONTEXTS.format(ready=home / "ready.json")
    async with open_console(home=home, config=config) as console:
        await console.loaded()
        first, operation = console.session, await holding(console)
        path = first.settings.state_dir / "plans" / f"{operation.id}.jsonl"
        assert is_held(path)
        still_held, end_polls = [], first.scheduler.close

        async def watched() -> None:
            still_held.append(is_held(path))
            await end_polls()

        monkeypatch.setattr(first.scheduler, "close", watched)
        await console.command("ctx prod")
        await console.command("ctx prod")
        await console.until(lambda: still_held, "the end of the first session")
        assert still_held == [False]
        await console.until(lambda: [each.paused for each in console.session.operations] == [True], "the offer in the new context")
        console.emulator.control("POST", "clock", {"advance": 901})
        await console.loaded()
        assert console.session is not first and not console.changes()


async def test_who_waits_for_workspaces_is_told_that_nothing_is_asked(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("p")
        await console.command("compute @all")
        await console.until(lambda: "paused: nothing is asked until p" in console.hints, "why")
        await console.until(lambda: not any(worker.group == "look" for worker in console.app.workers), "the end of the look")
        await console.press("p")
        await console.command("compute @all")
        await console.until(lambda: len(console.session.context.where) == 12, "all")


async def test_all_is_said_to_be_a_part_where_a_subscription_cannot_be_read(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        ref = console.session.context.where[0]
        route = rf"GET /subscriptions/(?!{ref.subscription_id})[^/]+/providers/Microsoft.MachineLearningServices/workspaces(\?|$)"
        console.emulator.control("POST", "faults", [rule("403", route)])
        await console.command("compute @all")
        await console.until(lambda: len(console.session.context.where) > 1, "those that can be read")
        assert len(console.session.context.where) < 12
        assert "could not be read" in console.hints


@pytest.mark.parametrize("flags", [["--read-only"], ["--write"], []])
async def test_a_console_that_was_told_to_change_nothing_changes_nothing_in_another_context(
    fresh_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str]
) -> None:
    """And one that was told that it may, may not for that in a context that says otherwise."""
    ready = tmp_path / "ready.json"
    ready.touch(mode=0o600)
    ready.write_text(json.dumps(fresh_emulator.ready), "utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "config.toml"
    mode = "write" if "--read-only" in flags else "read-only"
    path.write_text(f'[contexts.other]\ncloud_file = "{ready}"\nmode = "{mode}"\n', "utf-8")
    session = _context_opener(_parser().parse_args(["--config", str(path), *flags]))("other")
    try:
        assert not session.context.write
    finally:
        await session.close()


async def test_without_contexts_it_says_how_to_make_one(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("ctx")
        assert "[contexts.prod]" in console.hints
