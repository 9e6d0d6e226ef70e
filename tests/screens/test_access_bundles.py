"""Kits, copies and offboarding by keys: what the forms say, what the plans do, who may not, and what stays on the checklist."""

from __future__ import annotations

from typing import Any

import pytest

from console.domain.access.kits import KITS, NO_SECRETS
from console.domain.access.offboarding import State, Topic
from console.domain.access.principals import PrincipalKind
from console.operations.operation import Progress
from console.operations.plan import Danger
from screens.compute import ComputeScreen
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.forms.copy_access import CopyForm
from screens.forms.kit import KitForm
from screens.offboard import OffboardScreen
from screens.principal import PrincipalScreen
from tests.nets import carried_out, rule
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_access import known, named
from tests.screens.test_forms import put, review
from tests.screens.test_hostile_text import assert_drawn_inert
from tests.screens.test_plans import agree

VIEW, GROUP = "access", "internal-audit"


async def kit_form(console: Console, key: str = "K") -> KitForm:
    await known(console)
    await console.press(key)
    form = console.app.screen
    assert isinstance(form, KitForm)
    return form


async def plan_of(console: Console) -> Confirm:
    await review(console)
    await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
    return console.dialog


async def agreed(console: Console) -> list[Any]:
    """Agree, and wait for the end; the steps."""
    before = len(console.session.operations)
    await agree(console)
    await console.until(lambda: len(console.session.operations) > before and console.session.operations[-1].ended, "the end of the plan")
    return console.session.operations[-1].runs


async def offboarding(console: Console, label: str) -> OffboardScreen:
    """The checklist of a principal of the list."""
    await known(console)
    await console.at(named(console, label).id)
    await console.press("X")
    screen = console.app.screen
    assert isinstance(screen, OffboardScreen)
    await console.until(lambda: not [line for line in screen.feed.items if line.what.endswith("are being read")], "the vaults")
    await console.idle()
    return screen


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_kit_is_chosen_told_given_and_taken_back(open_console: Open, size: tuple[int, int]) -> None:
    async with open_console(VIEW, size) as console:
        form = await kit_form(console)
        await put(console, "who", GROUP)
        await put(console, "kit", "")
        await console.press("ctrl+o")
        assert isinstance(console.app.screen, Choose)
        assert all(kit.name in console.text for kit in KITS)
        await console.press(*"no-secrets", "enter")
        assert form.values["kit"] == "data-scientist-no-secrets"
        assert "made first" in " ".join(console.text.split()) or size is SMALL
        dialog = await plan_of(console)
        assert [step.target_name for step in dialog.plan.steps] == [NO_SECRETS, *[GROUP] * 4]
        assert any("can then" in effect.sentence and "submit jobs" in effect.sentence for effect in dialog.plan.totals)
        assert not any("datastore secrets" in effect.sentence for effect in dialog.plan.totals)
        runs = await agreed(console)
        assert {run.progress for run in runs} == {Progress.DONE}
        await console.until(
            lambda: any(row.role_name == NO_SECRETS for row in console.session.access.now.grants.items), "the role by its name"
        )
        await console.press("U")
        assert {run.progress for run in await agreed(console)} == {Progress.DONE}
        methods = [call["method"] for call in carried_out(console.emulator.calls())]
        assert methods == ["PUT"] * 5 + ["DELETE"] * 5


async def test_a_kit_that_is_there_is_said_and_makes_no_plan(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        for turn in range(2):
            form = await kit_form(console)
            form.fill("who", GROUP)
            form.fill("kit", "compute-operator")
            if turn == 0:
                await plan_of(console)
                await agreed(console)
                await console.until(
                    lambda: sum(row.label == GROUP and row.role_name == "Reader" for row in console.session.access.now.grants.items) > 1,
                    "rows",
                )
        await console.settled()
        assert "already there" in console.text
        await review(console)
        assert isinstance(console.app.screen, KitForm) and "Nothing is left to give" in " ".join(console.text.split())


async def test_a_kit_of_the_config_file_is_offered_and_a_role_that_is_not_there_is_told_with_its_line(open_console: Open) -> None:
    config = '[kits.visitor]\nsays = "looks"\nworkspace = ["Reader"]\n[kits.odd]\nworkspace = ["No Such Role"]\n'
    async with open_console(VIEW, WIDE, config=config) as console:
        await known(console)
        await console.command("kit odd")
        form = console.app.screen
        assert isinstance(form, KitForm) and form.values["kit"] == "odd"
        assert "there is no role No Such Role here" in console.text
        assert form.judge(form.values).faults["kit"].endswith("config.toml:4)")
        form.fill("who", GROUP)
        form.fill("kit", "visitor")
        dialog = await plan_of(console)
        assert dialog.plan.steps[0].effects[0].sentence.startswith(f"group {GROUP} gets Reader on workspace")


async def test_a_kit_that_there_is_not_is_told(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await known(console)
        await console.command("kit nothing")
        assert "there is no kit 'nothing'" in console.hints


@pytest.mark.parametrize(
    ("flags", "said"), [({"identity": "reader"}, "you lack Microsoft.Authorization"), ({"read_only": True}, "read-only")]
)
async def test_who_may_not_is_refused_everything_with_the_reason(open_console: Open, flags: dict[str, Any], said: str) -> None:
    async with open_console(VIEW, WIDE, **flags) as console:
        form = await kit_form(console)
        form.fill("who", GROUP)
        form.fill("kit", "auditor")
        dialog = await plan_of(console)
        assert said in dialog.refusal
        await console.leave()
        screen = await offboarding(console, "helen")
        await console.press("ctrl+d")
        await console.looked()
        assert said in console.dialog.refusal
        await console.leave()
        assert console.app.screen is screen
        await console.press("escape")
        await console.at(named(console, "helen").id)
        await console.press("P", "C")
        copy = console.app.screen
        assert isinstance(copy, CopyForm)
        copy.fill("who", GROUP)
        assert said in (await plan_of(console)).refusal
        assert not carried_out(console.emulator.calls())


async def test_who_may_not_read_access_is_told_and_refused(open_console: Open) -> None:
    async with open_console("compute", WIDE, identity="data-scientist") as console:
        await console.loaded()
        await console.command("kit auditor")
        form = console.app.screen
        assert isinstance(form, KitForm) and "you lack Microsoft.Authorization/roleAssignments/write" in form.refusal
        await console.until(lambda: "cannot be read" in form.judge(form.values).faults.get("kit", ""), "the refusal of the roles")
        form.fill("who", "reader")
        await review(console)
        assert console.app.screen is form, "no plan is made of what could not be read"


async def test_what_somebody_holds_is_copied_to_another(open_console: Open) -> None:
    async with open_console(VIEW, WIDE) as console:
        await known(console)
        await console.at(named(console, "ivan").id)
        await console.press("P")
        assert isinstance(console.app.screen, PrincipalScreen)
        await console.press("C")
        form = console.app.screen
        assert isinstance(form, CopyForm)
        form.fill("who", "ines.moreau@contoso.com")
        await console.settled()
        assert "AcrPush on container registry" in console.text
        told = " ".join(console.text.replace("│", " ").split())
        assert "az ad group member add" in told, "what comes through groups is told with the way to it"
        await plan_of(console)
        runs = await agreed(console)
        assert [run.progress for run in runs] == [Progress.DONE]
        await console.until(
            lambda: any(row.label.startswith("ines") and row.role_name == "AcrPush" for row in console.session.access.now.grants.items),
            "the copy",
        )


async def test_nobody_is_given_their_own_access(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        await known(console)
        await console.at(named(console, "ivan").id)
        await console.press("P", "C")
        form = console.app.screen
        assert isinstance(form, CopyForm)
        form.fill("who", "ivan.petrov@contoso.com")
        await console.settled()
        assert "has it already" in console.text


async def test_a_checklist_names_all_and_removes_the_roles_at_once(open_console: Open) -> None:
    async with open_console(VIEW, WIDE) as console:
        screen = await offboarding(console, "helen")
        lines = screen.feed.items
        assert {line.topic for line in lines} == set(Topic)
        keys = {line.what for line in lines if line.topic is Topic.KEY and line.state is State.ELSEWHERE}
        assert any("storage account" in key for key in keys), "a Contributor could list the account's keys"
        await console.press("ctrl+d")
        await console.looked()
        dialog = console.dialog
        assert dialog.plan.danger is Danger.TYPED and dialog.typed == "helen.murphy@contoso.com"
        assert any("not revoked: keys of the storage account" in effect.sentence for effect in dialog.plan.totals)
        runs = await agreed(console)
        assert {run.progress for run in runs} == {Progress.DONE}

        def done() -> bool:
            return [line.state for line in screen.feed.items if line.topic is Topic.ROLE] == [State.DONE]

        await console.until(done, "no role left")
        assert {line.what for line in screen.feed.items if line.topic is Topic.KEY} >= keys, "no key is revoked by that"
        await console.press("ctrl+d")
        assert "holds no role directly" in console.hints


async def test_an_access_policy_goes_and_the_checklist_says_so(open_console: Open) -> None:
    """A group of a policy vault; the same line is there for a person who is named in one."""
    async with open_console(VIEW, WIDE) as console:
        screen = await offboarding(console, "ml-platform-admins")
        assert [line.state for line in screen.feed.items if line.topic is Topic.POLICY] == [State.PLAN]
        await console.press("x")
        await console.looked()
        assert "Key Vault" in console.dialog.where
        runs = await agreed(console)
        assert [run.progress for run in runs] == [Progress.DONE]
        await console.until(
            lambda: [line.state for line in screen.feed.items if line.topic is Topic.POLICY] == [State.DONE], "no policy left"
        )


async def test_the_last_administrator_is_not_offboarded(open_console: Open) -> None:
    async with open_console(VIEW, WIDE) as console:
        await offboarding(console, "admin")
        await console.press("ctrl+d")
        await console.looked()
        assert console.dialog.refusal, "one's own last path"
        await console.leave()
        assert not carried_out(console.emulator.calls())


async def test_from_the_checklist_to_an_instance(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        owned = {each.owner_id.lower(): each for each in console.session.computes.items if each.owner_id}
        await console.command("access")
        await known(console)
        access = console.session.access.now
        group, who = next(
            (row, each)
            for row in access.grants.items
            for each in sorted(access.directory.members.get(row.principal_id, ()))
            if row.kind is PrincipalKind.GROUP and each in owned
        )
        await console.at(group.id)
        await console.press("enter")
        await console.at(who)
        await console.press("enter", "X")
        screen = console.app.screen
        assert isinstance(screen, OffboardScreen) and screen.principal_id == who
        await console.loaded()
        line = next(line for line in screen.feed.items if line.topic is Topic.COMPUTE)
        groups = [each for each in screen.feed.items if each.topic is Topic.GROUP]
        assert any(f"--member-id {who}" in each.command for each in groups)
        await console.at(line.key)
        await console.press("enter")
        assert isinstance(console.app.screen, ComputeScreen) and console.app.screen.table.cursor_key == line.ref


async def test_a_line_is_told_whole_and_its_command_copied(open_console: Open) -> None:
    async with open_console(VIEW) as console:
        screen = await offboarding(console, "ines")
        line = next(line for line in screen.feed.items if line.topic is Topic.SCHEDULE)
        await console.at(line.key)
        await console.press("d")
        assert line.what in " ".join(console.text.split())
        await console.press("escape", "c")
        assert line.command[:20] in console.hints


async def test_hostile_names_are_drawn_as_they_are_in_every_form(open_console: Open) -> None:
    async with open_console(VIEW, WIDE) as console:
        console.emulator.control("POST", "faults", [rule("hostile-text")])
        await console.press("ctrl+r")
        form = await kit_form(console)
        who = next(each for each in console.session.access.now.directory.principals.values() if form.desk.called(each.id))
        form.fill("who", who.id)
        form.fill("kit", "auditor")
        await console.settled()
        assert_drawn_inert(console)
        await console.press("escape")
        row = next(each for each in console.screen.table.visible_rows if each.principal_id and not each.fault)
        await console.at(row.id)
        await console.press("P", "C")
        await console.settled()
        assert_drawn_inert(console)
        await console.leave()
        await console.press("X", "ctrl+d")
        await console.looked()
        assert_drawn_inert(console)
