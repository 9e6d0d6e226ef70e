"""Who may do what: each identity sees what it may, refused keys say which permission is missing, and nothing leaves that may not."""

from __future__ import annotations

import pytest

from console.domain.trouble import Kind
from screens.actions import Action
from screens.dialogs.confirm import Confirm
from tests.nets import ACTING, COMPUTING, actions_of, asks
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_plans import agree, ended

IDENTITIES = ("admin", "operator", "data-scientist", "reader", "cost-analyst", "outsider")
#: Who may not list computes at all (their roles in the emulator's story).
BLIND = {"cost-analyst", "outsider"}
#: Who may not list role assignments: their roles grant nothing of Microsoft.Authorization.
BLIND_TO_ACCESS = BLIND | {"data-scientist"}
#: What the roles of the others grant (Azure's built-in roles).
GRANTED = {
    "admin": {"start", "stop", "restart", "scale", "idle-shutdown", "schedule", "resize", "delete", "remove"},
    "operator": {"start", "stop", "restart", "scale", "idle-shutdown", "schedule", "resize", "delete"},
    "data-scientist": {"start", "stop", "restart", "idle-shutdown", "resize"},
    "reader": set(),
}
#: Where one may do all or nothing. The data scientists' role takes in all that can be done with datastores and connections, what they keep
#: included; the policies of the vault let in nobody else of these.
ALL_OR_NOTHING = {
    "datastores": {"admin", "data-scientist"},
    "connections": {"admin", "data-scientist"},
    "secrets": {"admin"},
}


def granted(view: str, identity: str, name: str) -> bool:
    return identity in ALL_OR_NOTHING[view] if view in ALL_OR_NOTHING else name in GRANTED[identity]


def seeing(view: str) -> set[str]:
    """Who sees rows there."""
    if view == "secrets":
        return ALL_OR_NOTHING[view]
    return set(IDENTITIES) - (BLIND if view in (*COMPUTING, "datastores", "connections") else BLIND_TO_ACCESS)


def key_looks(console: Console) -> dict[str, str]:
    """The look of each action's key on the last line."""
    return {text: look for text, look in console.screen._hints()[0] if look in {"key", "muted"}}


async def press_on_a_row(console: Console, action: Action) -> bool:  # type: ignore[type-arg]
    """Press an action's key on a row that it applies to and that it asks about; False when there is none."""
    prices = console.session.money.price_lists()
    rows = [row for row in console.screen.table.visible_rows if not action.refusal(row)]
    row = next(row for row in rows if asks(action, row, prices))
    await console.at(console.screen.key_of(row))
    shown = action.key.replace("ctrl+", "^")
    greyed = bool(console.screen.refusal(action, row))
    if shown in key_looks(console):  # a narrow terminal has room for the first ones only
        assert (key_looks(console)[shown] == "muted") is greyed
        assert f"{shown} {action.label}" in console.hints
    await console.ask(action)
    assert isinstance(console.app.screen, Confirm)
    return greyed


@pytest.mark.parametrize(
    ("view", "identity"),
    [(view, each) for view in ACTING for each in sorted(seeing(view))],
)
async def test_keys_follow_permissions(view: str, identity: str, open_console: Open) -> None:
    async with open_console(view, identity=identity) as console:
        await console.loaded()
        assert console.session.context.who == identity
        assert {action.name for each in ACTING for action in actions_of(each)} >= GRANTED[identity]
        for action in actions_of(view, untouched=True):
            greyed = await press_on_a_row(console, action)
            dialog = console.dialog
            assert greyed is not granted(view, identity, action.name)
            assert bool(dialog.refusal) is greyed
            assert bool(dialog.query("#go")) is not greyed
            if greyed:
                assert action.needs in dialog.refusal
                assert "".join(action.needs.split("/")[-2:]) in "".join(console.text.replace("│", "").split()).replace("/", "")
                # What the console refuses, ARM refuses too.
                request = dialog.plan.steps[0].request
                assert console.emulator.request(request.method, request.url, identity=identity).status == 403
                console.emulator.control("DELETE", "calls")
                await console.press("right", "enter")
            else:
                await console.press("enter")  # the focus is on Cancel, or on what is asked for
                await console.press("escape" if console.app.screen is dialog else "ctrl+l")
            await console.leave()
        assert not console.changes()


@pytest.mark.parametrize("identity", sorted(BLIND))
@pytest.mark.parametrize("view", COMPUTING)
async def test_who_may_see_nothing_is_told_so(view: str, identity: str, open_console: Open) -> None:
    async with open_console(view, identity=identity) as console:
        await console.until(lambda: console.screen.feed.troubles, "the refusal")
        await console.idle()
        (trouble,) = console.screen.feed.troubles.values()
        assert trouble.kind is Kind.PERMISSION
        assert "workspaces/computes/read" in trouble.sentence
        assert "".join(trouble.sentence.split()) in "".join(console.text.split())
        assert "[?]" in console.title
        for action in actions_of(view):
            await console.press(action.key)
            assert console.app.screen is console.screen
        for key in ("enter", "d", "y"):
            await console.press(key)
            assert console.app.screen is console.screen
        assert not console.changes()
        await console.press("L")
        assert trouble.sentence in [fact.text for fact in console.reader.facts]


@pytest.mark.parametrize("view", ACTING)
async def test_read_only_sends_nothing_until_write(view: str, open_console: Open, brisk: None) -> None:
    async with open_console(view, read_only=True) as console:
        await console.loaded()
        assert "read-only" in console.text
        for action in actions_of(view, untouched=True):
            assert await press_on_a_row(console, action), "greyed"
            assert ":write" in console.dialog.refusal and "--read-only" in console.dialog.refusal
            assert not console.dialog.query("#go")
            await console.press("right", "enter")
            assert not isinstance(console.app.screen, Confirm)
            await console.leave()
        assert not console.changes() and not console.session.operations
        await console.command("write")
        assert "WRITE" in console.text
        await console.until(lambda: console.app.flashed is None, "an end of the news")
        first = next(action for action in actions_of(view) if action.name in {"stop", "remove", "scope", "delete", "disable"})
        assert not await press_on_a_row(console, first), "not greyed"
        await agree(console)
        await ended(console, console.session.operations)
        await console.command("readonly")
        assert "WRITE" not in console.lines[0]
        await console.until(lambda: console.app.flashed is None and not console.session.in_flight, "an end of the news")
        step = console.session.operations[-1].runs[0].step
        await console.until(lambda: not step.settles.gone or step.target_id not in console.row_keys(), "the end of what was removed")
        assert await press_on_a_row(console, first), "greyed again"
        assert len(console.changes()) == 1


@pytest.mark.parametrize(("who", "told"), [("reader", "may read"), ("data-scientist", "WRITE"), ("admin", "WRITE")])
async def test_the_header_tells_whether_anything_may_be_changed(open_console: Open, who: str, told: str) -> None:
    async with open_console(identity=who) as console:
        await console.loaded()
        assert told in console.lines[0]
        await console.command("findings")
        assert told in console.lines[0]
        await console.command("readonly")
        assert "read-only" in console.lines[0] and told not in console.lines[0]


async def test_plan_agreed_to_before_read_only_is_not_sent(open_console: Open) -> None:
    """A dialog that was open when the console became read-only runs nothing."""
    async with open_console() as console:
        await console.loaded()
        await press_on_a_row(console, next(action for action in actions_of("compute") if action.name == "stop"))
        console.session.context.write = False
        await console.press("right", "enter")
        assert "is not run: the console is read-only" in console.hints
        assert not console.session.operations
        assert not console.changes()


async def test_protected_workspace_wants_its_name_and_a_reason(open_console: Open, brisk: None) -> None:
    async with open_console(config='protected = ["fraud-prod"]\n') as console:
        await console.loaded()
        assert "PROTECTED" in console.text
        stop = next(action for action in actions_of("compute") if action.name == "stop")
        await press_on_a_row(console, stop)
        assert console.dialog.typed == "fraud-prod"
        assert "required: fraud-prod is protected" in console.text
        await console.press("enter", "tab", "enter")
        assert not console.session.operations
        while isinstance(console.app.screen, Confirm):
            await console.press("escape")
        await press_on_a_row(console, stop)
        await console.press(*"CHG-42", "enter", *"fraud-pro", "enter")
        assert not console.session.operations
        go = console.dialog.query_one("#go")
        await console.press("d")
        assert not go.disabled, "name and reason are there"
        await console.press("shift+tab", *["backspace"] * 6)
        assert go.disabled, "no reason, no button"
        await console.press(*"CHG-42", "tab", "enter")
        await console.until(lambda: console.changes(), "a change")
        assert console.session.operations[-1].plan.reason == "CHG-42"


@pytest.mark.parametrize("protected", [("fraud-prod", "vision-prod"), ("fraud-prod", "fraud-dev", "vision-prod", "vision-dev", "sandbox")])
async def test_every_protected_workspace_of_a_plan_is_named(open_console: Open, protected: tuple[str, ...]) -> None:
    quoted = ", ".join(f'"{name}"' for name in protected)
    async with open_console(config=f"protected = [{quoted}]\n") as console:
        await console.loaded()
        await console.command("compute @all")
        await console.until(lambda: len(console.session.context.where) == 12 and console.screen.feed.loaded, "all")
        await console.idle()
        chosen = {row.workspace.name: console.screen.key_of(row) for row in console.screen.table.visible_rows}
        for name in protected:
            await console.at(chosen[name])
            await console.press("space")
        await console.press("ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan, once the jobs that it would end are read")
        await console.settled()
        told, few = " ".join(console.text.split()), len(protected) == 2
        named = told.partition("protected: ")[2]
        assert all(name in named for name in protected)
        if few:
            assert sorted(console.dialog.typed.split()) == sorted(["2", *protected])
            assert "are protected" in console.dialog.needs_reason and all(name in console.dialog.needs_reason for name in protected)
        else:
            assert console.dialog.typed == "5 5 protected" and console.dialog.needs_reason == "5 of its workspaces are protected"
        assert console.dialog.needs_reason in told


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_who_may_not_read_prices_is_told_why_money_is_unknown(open_console: Open, size: tuple[int, int]) -> None:
    async with open_console(size=size, identity="data-scientist") as console:
        await console.loaded()
        await console.until(lambda: console.session.prices.troubles, "no prices")
        await console.settled()
        assert "prices cannot be read (L)" in "\n".join(console.lines[:2])
        await console.press("L")
        assert "vmSizes/read" in " ".join(console.text.split())


async def test_the_header_tells_whom_nothing_is_open_to(open_console: Open) -> None:
    async with open_console(identity="outsider") as console:
        await console.until(lambda: console.session.context.allowances, "what one may do")
        await console.settled()
        assert "no access" in console.lines[0] and "WRITE" not in console.lines[0]
