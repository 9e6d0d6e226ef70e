"""Signing in on the screen: by device code at the start, again in the middle, as somebody else; and what it says when that fails."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from textual import events

from console.app import ConsoleApp
from console.azure.signin import SignIn, SignInConfig
from console.cloud import AZURE
from console.domain.trouble import Kind, Trouble
from console.operations import pace
from console.operations.operation import Progress
from console.session import Session
from console.settings import load
from screens.dialogs.confirm import Confirm
from screens.resource_screen import ResourceScreen
from screens.signin import SignInScreen
from screens.signin_pages import code_page, time_left
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_activity import held, pressed_on
from tests.screens.test_plans import agree

ADA, GRACE = "ada.lindqvist@contoso.com", "grace.okafor@contoso.com"
REFUSED = {"route": r"^\w+ /subscriptions", "kind": "401", "claims": True}


@pytest.fixture(autouse=True)
def quick(fresh_emulator: Emulator) -> None:
    """Devices may ask every second."""
    fresh_emulator.control("POST", "tokens", {"device_code_interval": 1})


def entrance(console: Console) -> SignInScreen:
    assert isinstance(console.app.screen, SignInScreen), f"on top is {console.app.screen}"
    return console.app.screen


async def code_of(console: Console) -> str:
    """The code that is shown."""
    await console.until(lambda: isinstance(console.app.screen, SignInScreen) and console.app.screen.code, "a code")
    await console.settled()
    code = entrance(console).code
    assert code is not None
    return code.code


async def approved(console: Console, who: str = ADA) -> None:
    """Somebody signs in with the code that is shown; comes back on the screen below."""
    console.emulator.control("POST", "approve", {"user_code": await code_of(console), "as": who})
    await console.until(lambda: isinstance(console.app.screen, ResourceScreen), "the screen below")
    await console.until(lambda: console.session.context.who == who, f"a session of {who}")


async def refused(console: Console) -> None:
    """The person's session is revoked, and ARM asks for proof."""
    console.emulator.control("POST", "tokens", {"revoke": True})
    console.emulator.control("POST", "faults", [REFUSED])
    await console.press("ctrl+r")
    await console.until(lambda: console.screen.feed.troubles, "trouble")
    await console.settled()


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x45"])
async def test_a_start_by_device_code_shows_the_code_then_the_rows(open_console: Open, size: tuple[int, int]) -> None:
    async with open_console(size=size, signin="device-code") as console:
        code = await code_of(console)
        assert console.lines[0].startswith(" sign in to the emulator")
        assert f"│    {' '.join(code)}    │" in console.text
        assert re.search(rf"to copy +{code}$", console.text, re.MULTILINE), "what is marked with the mouse has no spaces in it"
        assert f"{console.emulator.base_url}/devicelogin" in console.text
        assert "more than 10 minutes" in console.text
        assert " c copy the code " in console.lines[-1]
        await approved(console)
        await console.loaded()
        assert len(console.row_keys()) == 18
        assert console.session.context.who == ADA
        assert "signed in as ada" in console.hints


async def test_the_code_is_copied_and_never_logged(open_console: Open, caplog: pytest.LogCaptureFixture, monkeypatch: Any) -> None:
    caplog.set_level(logging.DEBUG)
    copied: list[str] = []

    def to_terminal(_app: ConsoleApp, sequence: str) -> None:
        copied.append(b64decode(re.findall("52;c;([^\x07]+)", sequence)[0]).decode())

    monkeypatch.setattr(ConsoleApp, "_to_terminal", to_terminal)
    async with open_console(signin="device-code") as console:
        code = await code_of(console)
        await console.press("c")
        assert "clipboard: the code" in console.lines[-1]
        await console.press("o")
        assert copied == [code, f"{console.emulator.base_url}/devicelogin?user_code={code}&as=ada@contoso.com"]
        await approved(console)
        await console.loaded()
    assert "the code" in caplog.text
    assert code not in caplog.text
    assert not re.search(r"eyJ[\w-]{8,}\.eyJ", caplog.text)


async def test_a_sign_in_in_the_middle_comes_back_to_the_same_row_and_filter(open_console: Open, brisk: None) -> None:
    async with open_console(signin="device-code") as console:
        await approved(console)
        await console.loaded()
        await console.press("/", *"gpu", "enter", "j", "j")
        screen, rows, cursor = console.screen, console.row_keys(), console.screen.table.cursor_key
        assert len(rows) == 4 and rows.index(str(cursor)) == 2
        await refused(console)
        assert console.row_keys() == rows
        assert "has ended" in console.title and " from " in console.title
        await console.until(lambda: console.app.flashed is not None and ":login" in console.app.flashed.text, "the way back in")

        await console.command("login")
        assert "session was revoked" in console.text and "AADSTS50173" in console.text
        assert "▶ device code" in console.text, "the cursor is on the way that one came by"
        console.emulator.control("DELETE", "calls")
        await console.press("enter")
        await approved(console)
        await console.until(lambda: not console.screen.feed.troubles and " live " in console.title, "rows of now")
        assert console.screen is screen
        assert console.row_keys() == rows
        assert (console.screen.table.cursor_key, console.screen.table.filter_text) == (cursor, "gpu")
        lists = [call for call in console.emulator.calls() if call["path"].endswith("/computes")]
        assert lists[-1]["status"] == 200, "the new token answers the challenge, which is still in force"


async def test_leaving_the_screen_leaves_the_rows_with_their_age(open_console: Open, brisk: None) -> None:
    async with open_console(signin="device-code") as console:
        await approved(console)
        await console.loaded()
        rows = console.row_keys()
        await refused(console)
        await console.command("login")
        await console.press("enter")
        await code_of(console)
        await console.press("escape")
        assert entrance(console).code is None
        assert "▶ device code" in console.text
        await console.press("q")
        assert console.row_keys() == rows
        assert "from " in console.title
        await console.press("L")
        assert "AADSTS50173" in console.text


async def test_somebody_else_gets_rows_and_permissions_of_their_own(open_console: Open, brisk: None) -> None:
    async with open_console(signin="device-code") as console:
        await approved(console)
        await console.loaded()
        key = next(key for key in console.row_keys() if key.endswith("/nb-grace"))
        await console.at(key)
        place, delete = console.session.context.where[0], "Microsoft.MachineLearningServices/workspaces/computes/delete"
        assert not console.session.context.refusal(place, delete)
        before = console.session.context.object_id
        await console.press("S", "right", "enter")
        await console.until(lambda: console.session.in_flight == 1, "a change under way")

        await console.command("login device-code")
        await approved(console, GRACE)
        await console.until(lambda: console.app.flashed is not None and "under way" in console.app.flashed.text, "what becomes of it")
        assert console.app.flashed is not None
        assert "1 change" in console.app.flashed.text and ADA in console.app.flashed.text
        await console.until(lambda: console.session.context.allowances, "permissions")
        await console.until(lambda: " live " in console.title, "rows")
        assert console.screen.table.cursor_key == key
        assert console.session.context.object_id != before
        assert "delete" in console.session.context.refusal(place, delete)
        assert console.session._snapshots.owner.object_id == console.session.context.object_id


async def test_what_somebody_agreed_to_is_not_sent_as_somebody_else(
    open_console: Open, brisk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ADA's plan holds for ends while GRACE is signed in: it is ADA's to resume."""
    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.05)
    async with open_console(signin="device-code") as console:
        await approved(console)
        await console.loaded()
        operation = await held(console)
        await console.command("login device-code")
        await approved(console, GRACE)
        await console.until(lambda: console.app.flashed is not None and "signed in as" in console.app.flashed.text, "what becomes of it")
        assert console.app.flashed is not None and f"1 change of {ADA} not sent" in console.app.flashed.text
        console.emulator.control("POST", "clock", {"advance": 901})
        await console.press("ctrl+r")
        await console.until(lambda: " live " in console.title, "rows")
        await console.until(lambda: operation.ended, "the end of the hold")
        assert operation.runs[0].progress is Progress.STOPPED and ADA in operation.runs[0].note
        assert not console.changes() and not any(each.paused for each in console.session.operations)

        await console.command("login device-code")
        await approved(console)
        await console.until(lambda: any(each.paused for each in console.session.operations), "the plan that is kept")
        (offered,) = console.session.operations
        assert offered.id == operation.id and not console.changes()
        await console.press("9")
        await console.until(lambda: console.screen.kind == "activity" and offered.runs[0].id in console.row_keys(), "its row")
        await console.at(offered.runs[0].id)
        await console.press("X")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the dialog")
        await console.settled()
        assert not console.dialog.refusal


async def test_what_was_shown_to_somebody_is_not_run_for_somebody_else(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        await pressed_on(console, "nb-grace", "S")
        console.session.context.object_id = "somebody else"
        await agree(console)
        assert "shown to somebody else" in console.hints
        assert not console.session.operations and not console.changes()


async def test_what_came_to_be_forbidden_under_the_dialog_is_not_run(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        await pressed_on(console, "nb-grace", "S")
        console.app._set_mode(write=False)
        await agree(console)
        assert "not run" in console.hints and "read-only" in console.hints
        assert not console.session.operations and not console.changes()


async def test_what_somebody_may_is_not_taken_for_what_the_next_one_may(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        context = console.session.context
        asked = asyncio.create_task(console.session._read_allowance(context.where[0].id))
        await asyncio.sleep(0)
        context.allowances.clear()
        context.object_id = "somebody else"
        await asked
        assert not context.allowances


async def test_a_declined_code_is_told_and_the_next_one_works(open_console: Open) -> None:
    async with open_console(signin="device-code") as console:
        first = await code_of(console)
        console.emulator.control("POST", "approve", {"user_code": first, "decline": True})
        await console.until(lambda: not entrance(console).trying, "an end")
        await console.settled()
        assert "declined" in console.text and "AADSTS70018" in console.text and "Press r for a new code" in console.text
        await console.press("L")
        assert "AADSTS70018" in console.text and "correlation" in console.text.lower()
        await console.press("q", "r")
        assert await code_of(console) != first
        await approved(console)
        await console.loaded()


async def test_what_is_approved_under_the_help_waits_until_that_is_closed(open_console: Open) -> None:
    async with open_console(signin="device-code") as console:
        code = await code_of(console)
        screen = entrance(console)
        await console.press("?")
        assert "copy the address to open" in console.text
        console.emulator.control("POST", "approve", {"user_code": code, "as": ADA})
        await console.until(lambda: screen._won, "the sign-in")
        await console.settled()
        assert "copy the address to open" in console.text
        await console.press("q")
        await console.until(lambda: isinstance(console.app.screen, ResourceScreen), "the screen below")
        await console.loaded()


async def test_hostile_text_in_a_failure_is_only_text(open_console: Open) -> None:
    async with open_console(signin="device-code") as console:
        console.emulator.control("POST", "faults", [rule("hostile-text", "oauth2/v2.0/token")])
        console.emulator.control("POST", "approve", {"user_code": await code_of(console), "decline": True})
        await console.until(lambda: not entrance(console).trying, "an end")
        await console.settled()
        shown = "".join(console.lines)
        assert "failed" in shown
        assert shown.isprintable()
        screen = entrance(console)
        screen.trouble = Trouble(Kind.SIGN_IN, "no \x1b]52;c;aGk=\x07 [bold]\u202ereversed", "\x1b[31mCODE")
        screen._redraw()
        await console.settled()
        assert "[bold]" in console.text and "\x1b" not in console.text and "\u202e" not in console.text


async def test_the_first_start_that_fails_opens_it_over_the_rows_of_the_last_session(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with open_console(home=home, signin="device-code") as console:
        await approved(console)
        await console.loaded()
    async with open_console(home=home, signin="device-code") as console:
        await code_of(console)
        await console.press("escape")
        assert "esc back" in console.lines[0]
        await console.press("escape")
        assert len(console.row_keys()) == 18
        assert "from " in console.title
        await console.press("ctrl+r")
        await console.settled()
        assert isinstance(console.app.screen, ResourceScreen), "by itself it opens once"


async def test_where_nothing_was_leaving_ends_the_console(open_console: Open) -> None:
    async with open_console(signin="device-code") as console:
        await code_of(console)
        await console.press("escape")
        assert "esc quits" in console.lines[0]
        assert console.app._driver is not None
        console.app._driver.send_message(events.Key("escape", None))
        await console.until(lambda: console.app._exit, "the end")
        assert console.app.return_code in (None, 0)


async def test_an_unknown_way_is_named(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("login telepathy")
        assert "'telepathy'" in console.hints
        await console.command("login")
        assert "▶ service principal" in console.text and "admin" in console.text
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, ResourceScreen), "the screen below")
        await console.until(lambda: "signed in as admin" in console.hints, "the news")


# On Azure


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "160x45"])
async def test_the_ways_on_azure_are_told_without_a_secret(tmp_path: Path, monkeypatch: Any, size: tuple[int, int]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AZURE_TENANT_ID", "canary-tenant")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "canary-secret")
    for name in ("AZURE_CLIENT_ID", "AZURE_CONFIG_DIR", "IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    settings = load({"signin": "az"}, {}, tmp_path)
    session = Session(settings, AZURE, SignIn(SignInConfig.of(settings, AZURE)))
    app = ConsoleApp(session)
    async with app.run_test(size=size) as pilot:
        console = Console(app, pilot, None)  # type: ignore[arg-type]  # there is no emulator
        await console.until(lambda: isinstance(app.screen, SignInScreen) and app.screen.ways, "the ways")
        await console.settled()
        assert "sign in to Azure" in console.lines[0] and "esc quits" in console.lines[0]
        assert "The Azure CLI is not on PATH" in console.text, "why it came up"
        told = " ".join(console.text.split())
        assert "▶ Azure CLI not found: az is not on PATH" in told
        assert "environment AZURE_TENANT_ID, AZURE_CLIENT_SECRET set; AZURE_CLIENT_ID not set" in told
        assert "aml-console --demo" in told
        assert "canary" not in console.text
        await console.press(*"jjjj", "enter")
        assert "start `aml-console --demo`" in console.lines[-1]
        # az appears meanwhile, and its session with it: r looks again.
        profile = {"subscriptions": [{"id": "s", "isDefault": True, "user": {"name": "ada@contoso.com", "type": "user"}}]}
        (tmp_path / "az").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "az").chmod(0o755)
        (tmp_path / ".azure").mkdir()
        (tmp_path / ".azure" / "azureProfile.json").write_text(json.dumps(profile))
        await console.press("r")
        await console.until(lambda: "signed in as ada@contoso.com" in console.text, "another look")


# What is said


def test_the_time_left_is_told_in_steps() -> None:
    told = [time_left(seconds) for seconds in range(900, -2, -1)]
    assert list(dict.fromkeys(told)) == [
        "more than 10 minutes",
        "more than 5 minutes",
        "more than 2 minutes",
        "more than a minute",
        "less than a minute",
        "expired",
    ]


def test_an_expired_code_says_how_to_get_another() -> None:
    class Shown:
        address, code, expires_on, note = "https://microsoft.com/devicelogin", "ABC", 0, "kept nowhere"

    text = "\n".join(fact.text for fact in code_page(Shown(), -1, False))
    assert "expired" in text + time_left(-1) and "Press r for a new code" in text and "kept nowhere" in text


async def test_who_signs_out_leaves_nothing_and_somebody_else_can_come(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        before, view = console.session, console.screen
        child = before.signin.process_id
        await console.press("/", *"gpu", "enter", "w")
        await before.computes.keep()
        snapshots = before.settings.cache_dir / "snapshots"
        before._owner_file().write_text("whoever looked last")
        assert list(snapshots.glob("*.msgpack"))
        console.app.drafts["form"] = {"field": "typed by the one"}
        await console.command("logout")
        await console.until(lambda: isinstance(console.app.screen, SignInScreen), "the sign-in screen")
        await console.settled()
        assert "Signed out" in console.text and "service principal" in console.text
        await console.until(lambda: before.signin.process_id is None, "the end of the child")
        assert child is not None and not console.app.drafts
        assert not list(snapshots.glob("*.msgpack")) and not before._owner_file().exists()

        await console.press("escape")
        assert console.screen is not view and not console.screen.table.rows and "Signed out" in console.text
        assert "admin" not in console.text and "gpu" not in console.text and "nb-" not in console.text
        console.emulator.control("DELETE", "calls")
        await console.press("ctrl+r")
        await console.until(lambda: console.app.flashed and "Signed out" in console.app.flashed.text, "why there is nothing")
        assert not console.emulator.calls() and console.session.signin.process_id is None

        await console.command("login device-code")
        await approved(console, GRACE)
        await console.loaded()
        assert console.session.context.who == GRACE and len(console.row_keys()) == 18


async def test_who_signs_out_with_changes_under_way_is_told_first(open_console: Open, brisk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.app.FLASH_S", 60.0)  # the second time counts while the warning is seen
    async with open_console() as console:
        await console.loaded()
        await held(console)
        before = console.session
        await console.command("logout")
        assert ":logout again signs out" in console.hints and console.session is before
        await console.command("logout")
        await console.until(lambda: isinstance(console.app.screen, SignInScreen), "the sign-in screen")
        await console.press("enter")
        await console.until(lambda: console.session.operations, "the plan that waits")
        await console.loaded()
        assert [operation.paused for operation in console.session.operations] == [True] and not console.changes()


async def test_a_start_by_device_code_asks_for_no_code_after_a_sign_out(open_console: Open) -> None:
    async with open_console(signin="device-code") as console:
        await approved(console)
        await console.loaded()
        await console.command("logout")
        await console.until(lambda: isinstance(console.app.screen, SignInScreen), "the sign-in screen")
        await console.until(lambda: entrance(console).ways, "the ways")
        await console.settled()
        assert not entrance(console).trying and "▶ device code" in console.text
        await console.press("enter")
        await approved(console)
        await console.loaded()
