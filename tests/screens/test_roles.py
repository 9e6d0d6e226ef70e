"""`:roles`: custom roles are begun from templates, edited as JSON with errors at their line, changed, deleted, and taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.domain.access.principals import PrincipalKind
from console.domain.access.roles import RoleInUse
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.dialogs.flaws import FlawsFound
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_compute_edit import Editor, editor  # noqa: F401

ML = "Microsoft.MachineLearningServices/workspaces"


def row(console: Console, name: str) -> RoleInUse:
    rows: list[Any] = console.screen.table.visible_rows  # type: ignore[assignment]
    return next(each for each in rows if each.role.name == name)


async def begun(console: Console, template: str, upon: type) -> None:
    """Begin a role from a template, and come back once a screen of a kind is on top of what the editor left."""
    await console.press("n")
    assert isinstance(console.app.screen, Choose)
    await console.type(template)
    await console.press("enter")
    await console.until(lambda: isinstance(console.app.screen, upon), f"a {upon.__name__}")
    await console.settled()


async def ended(console: Console) -> None:
    await console.until(lambda: console.session.operations and console.session.operations[-1].ended, "an end")
    assert [run.progress for run in console.session.operations[-1].runs] == ["done"], console.session.operations[-1].runs[0].note
    await console.press("ctrl+r")
    await console.idle()


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x45"])
async def test_every_role_with_who_has_it(open_console: Open, size: tuple[int, int]) -> None:
    async with open_console("roles", size) as console:
        await console.loaded()
        rows: Any = console.screen.table.visible_rows
        assert rows[0].assigned >= rows[-1].assigned and "built in" in console.text
        held = row(console, "AzureML Data Scientist")
        assert held.assigned == sum(each.role == held.role.guid for each in console.session.access.now.facts().assignments) > 0
        await console.at(held.role.id)
        await console.press("e")
        assert console.app.flashed is not None and "Azure's own" in console.app.flashed.text
        await console.press("ctrl+d")
        assert "Azure's own" in console.app.flashed.text
        await console.press("enter")
        assert "submit jobs" in " ".join(console.text.split())


async def test_a_role_is_begun_edited_and_deleted(open_console: Open, editor: Editor, brisk: None) -> None:  # noqa: F811
    folder = editor('s/"Name": .*/"Name": "Scientist\'s",/', 's/"Description": .*/"Description": "less",/')
    async with open_console("roles", WIDE) as console:
        await console.loaded()
        await begun(console, "without secrets", Confirm)
        told = json.loads((folder / "given.1").read_text("utf-8"))
        assert f"{ML}/datastores/listSecrets/action" in told["NotActions"]
        assert (folder / "path").read_text().strip().endswith(".json")
        assert console.dialog.plan.title == "Create the role Scientist's" and not console.dialog.notes
        await console.press("right", "enter")
        await ended(console)
        made = row(console, "Scientist's")
        assert made.role.custom and made.assigned == 0

        await console.at(made.role.id)
        await console.press("e")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await console.settled()
        assert "+Description: less" in console.text and "nobody holds it" in console.text
        await console.press("right", "enter")
        await ended(console)
        assert row(console, "Scientist's").role.description == "less"

        await console.at(made.role.id)
        await console.press("ctrl+d")
        await console.looked()
        await console.type("Scientist's")
        await console.press("enter")
        await ended(console)
        assert not [each for each in console.screen.table.visible_rows if each.role.name == "Scientist's"]


async def test_what_is_wrong_is_told_at_its_line_and_nothing_is_lost(open_console: Open, editor: Editor) -> None:  # noqa: F811
    bad = 's/"Name": .*/"Name": "Reader",/; s/"Actions": \\[/"Actions": ["Microsoft.X\\/*\\/y\\/*",/'
    folder = editor(bad, 's/"Name": .*/"Name": "Mine",/; s/Microsoft.X[^"]*/Microsoft.MachineLearningServices\\/workspaces\\/raed/')
    async with open_console("roles", SMALL) as console:
        await console.loaded()
        await begun(console, "experimenter", FlawsFound)
        text = " ".join(console.text.split())
        assert "line 2 Name: another role has this name" in text and "more than one wildcard" in text
        await console.press("e")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        assert (folder / "arguments.2").read_text().startswith("+2 ")
        assert any("raed: no built-in role names it" in note for note in console.dialog.notes)
        await console.press("escape", "n")
        await console.type("empty")
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, Choose), "whether to go on with what was typed")
        assert "was not sent" in console.text


async def test_a_scope_out_of_reach_is_refused_before_anything_is_sent(open_console: Open, editor: Editor) -> None:  # noqa: F811
    editor('s/"Name": .*/"Name": "Mine",/; s/"\\/subscriptions\\/.*"/"\\/subscriptions\\/00000000-0000-0000-0000-00000000beef"/')
    async with open_console("roles", WIDE) as console:
        await console.loaded()
        await begun(console, "experimenter", FlawsFound)
        assert "within your reach" in console.text


async def test_a_role_that_somebody_has_is_not_deleted(open_console: Open, editor: Editor, brisk: None) -> None:  # noqa: F811
    editor('s/"Name": .*/"Name": "Held",/')
    async with open_console("roles", WIDE) as console:
        await console.loaded()
        await begun(console, "experimenter", Confirm)
        await console.press("right", "enter")
        await ended(console)
        session, role = console.session, row(console, "Held").role
        await session.access.now.people.settle(session.access.now._named, list, list)
        who = next(each for each in session.access.now.directory.principals.values() if each.kind is PrincipalKind.GROUP)
        session.runner.run(await session.access.desk.assign([who], role, session.context.where[0].id))
        await ended(console)
        await console.until(lambda: row(console, "Held").assigned == 1, "that it is held")
        await console.at(role.id)
        await console.press("ctrl+d")
        assert console.app.flashed is not None and "RoleDefinitionHasAssignments" in console.app.flashed.text
