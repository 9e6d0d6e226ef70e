"""Changes of access on screen: the form finds people as they are typed, Azure is asked first, and what was done is told and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from console.domain.access.grants import GIVING
from console.operations.operation import Progress
from screens.dialogs.confirm import Confirm
from screens.forms.assign import AssignForm
from screens.forms.principal_picker import PrincipalPicker
from screens.forms.role_picker import RolePicker
from tests.nets import carried_out, rule
from tests.screens.conftest import SMALL, Console, Open
from tests.screens.test_forms import put, review
from tests.screens.test_plans import agree

VIEW = "access"
GROUP, ROLE = "internal-audit", "AzureML Data Scientist"


async def opened(console: Console, key: str = "n") -> AssignForm:
    """The form, once roles and names are there."""
    await console.loaded()
    await console.until(lambda: bool(console.session.access.now.directory.principals), "names")
    await console.press(key)
    form = console.app.screen
    assert isinstance(form, AssignForm)
    return form


async def filled(console: Console, **values: str) -> AssignForm:
    form = await opened(console)
    for name, value in {"who": GROUP, "role": ROLE, **values}.items():
        form.fill(name, value)
    await console.until(lambda: not form._faults(form.values, form.judge(form.values)), "a form without faults")
    return form


async def dialog(console: Console) -> Confirm:
    await review(console)
    await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
    found = console.app.screen
    assert isinstance(found, Confirm)
    return found


def last(console: Console) -> Any:
    return console.session.operations[-1].runs[0]


async def done(console: Console) -> None:
    await console.until(lambda: bool(console.session.operations) and console.session.operations[-1].ended, "the end of the plan")


async def test_a_role_is_assigned_to_a_group_and_taken_back(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        rows = len((await filled(console)).session.access.now.grants.items)
        plan = (await dialog(console)).plan
        assert plan.title == f"Assign {ROLE} to group {GROUP} on workspace fraud-prod"
        assert any("can then" in effect.sentence and "submit jobs" in effect.sentence for effect in plan.steps[0].effects)
        await agree(console)
        await done(console)
        assert last(console).progress is Progress.DONE
        await console.until(lambda: len(console.session.access.now.grants.items) == rows + 1, "the new row")
        assert "⟳ " in console.text
        await console.press("U")
        await agree(console)
        await done(console)
        await console.until(lambda: len(console.session.access.now.grants.items) == rows, "the row's end")
        assert [call["method"] for call in carried_out(console.emulator.calls())] == ["PUT", "DELETE"]


async def test_enter_completes_a_name_that_only_one_has(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        form = await opened(console)
        await put(console, "who", "internal-au")
        assert "internal-audit (group)" in console.text
        await console.press("enter")
        assert form.values["who"] == GROUP
        assert form._people(GROUP)[1] == ""
        assert form.focused is not None and form.focused.id == "who", "the next enter goes on"
        await console.press("enter")
        assert form.focused.id == "role"


async def test_the_directory_is_searched_while_somebody_types(open_console: Open) -> None:
    """Whom no assignment names is found all the same, after what is known already."""
    async with open_console(VIEW) as console:
        form = await opened(console)
        await put(console, "who", "a")
        await console.press("ctrl+o")
        picker = console.app.screen
        assert isinstance(picker, PrincipalPicker)
        known = len(picker.table.visible_rows)
        await console.press("n")
        await console.until(lambda: not picker._asking and not form.desk.to_search("an"), "the directory's answer")
        assert form.desk.search_trouble is None
        found = picker.table.visible_rows
        assert found and known
        kinds = [row.kind for row in found]
        assert kinds == sorted(kinds, key=lambda kind: {"Group": 0, "User": 1}.get(kind.value, 2)), "groups first"
        chosen = picker.table.cursor_row
        await console.press("enter")
        assert chosen is not None and form._people(form.values["who"])[0] == [chosen]


async def test_a_directory_that_is_shut_leaves_what_is_known(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        form = await opened(console)
        console.emulator.control("POST", "faults", [rule("403", "POST /v1.0/.*batch")])
        await put(console, "who", "zzz")
        await console.until(lambda: form.desk.search_trouble is not None, "the refusal")
        await console.settled()
        assert "it cannot be searched" in console.text
        await put(console, "who", GROUP)
        assert form._people(GROUP)[1] == ""


async def test_roles_are_chosen_with_what_they_let_one_do(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        form = await opened(console)
        form.query_one("#role").focus()
        await console.press("ctrl+o")
        assert isinstance(console.app.screen, RolePicker)
        assert console.app.screen.table.visible_rows[0].name == ROLE or console.app.screen.table.visible_rows[0].custom
        await console.press(*"blob data reader")
        assert "lets" in console.text
        await console.press("enter")
        assert form.values["role"] == "Storage Blob Data Reader"


async def test_what_azure_would_refuse_is_said_before_anything_is_sent(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        form = await filled(console, who="fraud-data-scientists")
        await review(console)
        await console.until(lambda: bool(form._refused), "the refusal")
        assert "RoleAssignmentExists" in form._refused
        assert "already exists" in console.text
        assert not carried_out(console.emulator.calls())


async def test_without_a_dry_run_the_plan_says_so(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await filled(console)
        console.emulator.control("POST", "faults", [rule("404", "POST .*/validate$")])
        notes = (await dialog(console)).notes
        assert any("dry run (a preview) gave no answer" in note for note in notes)


async def test_bad_input_is_said_in_its_place(open_console: Open) -> None:
    async with open_console(VIEW, size=SMALL) as console:
        form = await opened(console)
        for name, text, said in (
            ("role", "Emperor", "no such role"),
            ("condition", "(@Resource[x]", "is not closed"),
            ("condition", "hello", "names no attribute"),
            ("who", "nobody-of-that-name", "nobody is called"),
        ):
            await put(console, name, text)
            await console.until(lambda said=said, name=name: said in form._faults(form.values, form.judge(form.values)).get(name, ""), said)
        await review(console)
        assert console.app.screen is form


async def test_n_of_a_row_begins_with_what_it_has(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await console.loaded()
        await console.until(lambda: bool(console.session.access.now.directory.principals), "names")
        row = next(
            each for each in console.screen.table.visible_rows if each.role_name == "Reader" and "sub" in console.screen._scope(each)
        )
        await console.at(row.id)
        form = await opened(console, "N")
        assert (form.values["role"], form.values["scope"]) == ("Reader", "subscription")
        form.fill("who", "ml-oncall")
        confirm = await dialog(console)
        assert confirm.typed == console.session.context.subscription(console.session.context.where[0])


async def test_removing_marked_rows_is_one_plan_and_comes_back(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await console.loaded()
        await console.until(lambda: bool(console.session.access.now.directory.principals), "names")
        rows = [each for each in console.screen.table.visible_rows if each.label in {"reader", "cost-analyst"}]
        for row in rows:
            await console.at(row.id)
            await console.press("space")
        await console.press("ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        assert console.dialog.typed == str(len(rows))
        await agree(console)
        await done(console)
        ids = {row.id for row in rows}
        await console.until(lambda: not ids & {each.id for each in console.session.access.now.grants.items}, "rows that go")
        await console.press("U")
        await agree(console)
        await done(console)
        await console.until(lambda: ids <= {each.id for each in console.session.access.now.grants.items}, "rows that come back")


async def test_ones_own_last_path_is_not_taken_away(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await console.loaded()
        await console.until(lambda: not console.session.access.now.busy and bool(console.session.access.now.directory.members), "members")
        row = next(each for each in console.screen.table.visible_rows if each.label == "admin" and each.role_name == "Owner")
        await console.at(row.id)
        await console.press("ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        assert "You would lose your own last" in console.dialog.refusal
        assert not console.dialog.query("#go")


async def test_the_last_who_can_assign_roles_are_not_taken_away(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await console.loaded()
        await console.until(lambda: not console.session.access.now.busy and bool(console.session.access.now.directory.members), "members")
        rows = [each for each in console.screen.table.visible_rows if each.role in GIVING and not console.screen.actions[0].refusal(each)]
        for row in rows:
            await console.at(row.id)
            await console.press("space")
        await console.press("ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        dialog = console.dialog
        said = " ".join((dialog.refusal, *dialog.notes))
        assert "left who can assign roles" in said, "nobody is left, or whether somebody is cannot be told"
        assert dialog.refusal and not dialog.query("#go")


async def test_a_role_that_gives_access_is_warned_of(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        form = await filled(console, role="Owner")
        warned = [fact.text for fact in form.judge(form.values).facts if fact.label == "look out"]
        assert warned and warned[0] == "Owner can do everything there and assign any role to anybody."
        assert warned[0] in (await dialog(console)).notes


async def test_a_console_whose_child_cannot_start_still_lists(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await console.loaded()
        console.session.access.compiler._python = "/nonexistent/python"
        row = next(each for each in console.screen.table.visible_rows if each.label == "reader")
        await console.at(row.id)
        await console.press("ctrl+d")
        await console.until(lambda: "cannot start" in console.text, "why there is no plan")
        assert console.screen.feed.loaded


@pytest.mark.parametrize("view", ["access", "findings"])
async def test_what_is_found_of_a_grant_is_mended_by_taking_it_away(view: str, open_console: Open) -> None:
    async with open_console(view) as console:
        await console.until(lambda: any(row.orphan for row in console.session.access.now.grants.items), "the orphan")
        await console.settled()
        orphan = next(row for row in console.session.access.now.grants.items if row.orphan)
        await console.at(orphan.id if view == "access" else f"access-orphan@{orphan.id.lower()}")
        await console.press("w")
        assert "does not know this principal any more" in " ".join(console.text.split())
        await console.press("f")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        plan = console.app.screen.plan
        assert plan.verb == "remove orphans" and [step.target_id for step in plan.steps] == [orphan.id]
