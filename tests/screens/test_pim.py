"""PIM on screen: what one may activate, offered where a key is refused, activated with a justification, and told until when."""

from __future__ import annotations

from collections import Counter

from screens.dialogs.confirm import Confirm
from screens.forms.activate import ActivateForm
from screens.pim import PimScreen
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import SMALL, WIDE, Console, Open

OPERATOR = {"identity": "operator", "workspace": "fraud-dev"}


def asked(emulator: Emulator) -> Counter[str]:
    return Counter(word for call in emulator.calls() if (word := call["path"].rsplit("/", 1)[-1]).startswith("roleEligib"))


async def listed(console: Console) -> PimScreen:
    await console.command("pim")
    await console.until(lambda: isinstance(console.app.screen, PimScreen), "the list")
    await console.loaded()
    found = console.app.screen
    assert isinstance(found, PimScreen)
    return found


async def test_whoever_may_all_is_asked_nothing(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("a", "escape")
        assert not asked(fresh_emulator)
        screen = await listed(console)
        assert not screen.feed.items and "You are eligible for no role here" in console.text


async def test_a_refused_key_offers_the_activation(open_console: Open) -> None:
    async with open_console(size=WIDE, **OPERATOR) as console:
        await console.loaded()
        place = console.session.context.where[0]
        write = "Microsoft.MachineLearningServices/workspaces/write"
        console.session.context.refusal(place, write)
        await console.until(lambda: console.session.access.pim.roles.loaded, "what may be activated")
        refusal = console.session.context.refusal(place, write)
        assert refusal.endswith("you may activate Contributor (PIM): :pim")
        assert "activate" not in console.session.context.refusal(place, "Microsoft.Authorization/roleAssignments/write")


async def test_a_role_is_activated_and_in_effect(open_console: Open, brisk: None) -> None:
    async with open_console(size=SMALL, **OPERATOR) as console:
        await console.loaded()
        await listed(console)
        assert "Contributor" in console.text and "eligible" in console.text
        await console.press("s")
        form = console.app.screen
        assert isinstance(form, ActivateForm)
        await console.fill(why="", hours="2")
        assert isinstance(console.app.screen, ActivateForm)
        await console.fill(why="incident 4711", ticket="INC-7")
        assert isinstance(console.app.screen, Confirm) and not console.dialog.refusal
        assert "Nothing takes it back here" in " ".join(console.text.split())
        await console.press("right", "enter")
        await console.until(lambda: console.session.operations and console.session.operations[-1].runs[0].effective_at, "in effect")
        await console.until(lambda: any(each.active for each in console.session.access.pim.roles.items), "active")
        await console.settled()
        assert "active to" in console.text
        write = "Microsoft.MachineLearningServices/workspaces/write"
        await console.until(lambda: not console.session.context.refusal(console.session.context.where[0], write), "the new permissions")
        await console.press("s")
        assert console.app.flashed is not None and "it is active already" in console.app.flashed.text


async def test_what_azure_would_refuse_is_said_before_it_is_sent(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console(size=WIDE, **OPERATOR) as console:
        await console.loaded()
        await listed(console)
        await console.press("s")
        fresh_emulator.control("POST", "faults", [rule("503", "validate$")])
        await console.fill(why="x")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        assert any("dry run gave no answer" in note for note in console.dialog.notes)
        fresh_emulator.control("POST", "faults", {})


async def test_that_pim_is_not_to_be_had_is_said(open_console: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [rule("403", "roleEligibilityScheduleInstances")])
    async with open_console(size=WIDE) as console:
        await console.loaded()
        await console.command("pim")
        await console.until(lambda: bool(console.session.access.pim.eligible.troubles), "the refusal")
        await console.settled()
        assert "PIM is not to be had here" in console.text
        fresh_emulator.control("POST", "faults", {})


async def test_a_row_of_access_that_is_somebody_else_s_is_not_one_s_own(open_console: Open) -> None:
    async with open_console("access", WIDE) as console:
        await console.loaded()
        row = next(each for each in console.screen.table.visible_rows if each.pim == "eligible")
        await console.at(row.id)
        await console.press("s")
        await console.looked()
        assert console.app.flashed is not None and "is eligible, you are not" in console.app.flashed.text
