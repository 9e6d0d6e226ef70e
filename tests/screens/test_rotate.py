"""Rotation on screen: the radius, which key each holds, the plan step by step; and no key anywhere."""

from __future__ import annotations

from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.forms.application_secret import ApplicationSecretForm
from screens.reader import Reader
from screens.rotate import RotateScreen
from tests.conftest import Emulator
from tests.gateway import sent
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_datastore_changes import carried
from tests.screens.test_plans import agree

CONNECTIONS = {"chargebacks-blob", "transactions-sample-blob"}


async def rotate(console: Console, kind: str, ending: str) -> RotateScreen:
    """Go to who uses an account, from a row of a screen."""
    await console.loaded()
    row = next(each for each in console.screen.table.rows if console.screen.key_of(each).endswith(ending))
    await console.at(console.screen.key_of(row))
    await console.press("R")
    await console.until(lambda: isinstance(console.app.screen, RotateScreen), "who uses the account")
    await console.loaded()
    assert isinstance(console.screen, RotateScreen)
    return console.screen


def cell(console: Console, name: str, column: str) -> str:
    row = next(each for each in console.screen.table.rows if each.name == name)
    return next(each for each in console.screen.table.columns if each.name == column).text(row)


async def choose(console: Console, text: str) -> None:
    await console.until(lambda: isinstance(console.app.screen, Choose), "a choice")
    await console.press(*text, "enter")


async def test_an_account_is_rotated_from_its_row(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("storage", WIDE) as console:
        screen = await rotate(console, "storage", "/contosodata")
        assert not sent(fresh_emulator, "POST", "istSecrets") and not sent(fresh_emulator, "POST", "/listKeys")
        assert {each.name for each in screen.table.rows if each.keyed} >= {"transactions", "scratch", *CONNECTIONS}
        assert (cell(console, "transactions", "HOLDS"), cell(console, "outside Azure ML", "MOVED BY")) == ("?", "look there")
        await console.press("R")
        await choose(console, "key1")
        await choose(console, "at once")
        await console.until(lambda: "Compare the keys first" in console.text, "why not")

        await console.press("s")
        assert "listkeys" in console.text.lower()
        await console.press("tab", "enter")
        await console.until(lambda: cell(console, "transactions", "HOLDS") == "key1", "what each holds")
        assert {cell(console, each, "HOLDS") for each in CONNECTIONS} == {"key1"}
        await console.press("R")
        await choose(console, "key1")
        await choose(console, "1 h")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await console.settled()
        assert console.dialog.plan.typed == "contosodata" and "canary" not in console.text
        await console.press("escape")
        assert not sent(fresh_emulator, "PUT")


async def test_from_a_datastore_to_the_account_under_it(open_console: Open) -> None:
    async with open_console("datastores", SMALL) as console:
        screen = await rotate(console, "datastores", "/labels")
        assert screen.name_shown == "contosodata" and "HOLDS" in console.text
        await console.press("escape")
        await console.at(next(console.screen.key_of(each) for each in console.screen.table.rows if each.name == "lake_curated"))
        await console.press("R")
        await choose(console, "who uses")
        await console.until(lambda: isinstance(console.app.screen, Reader) and "perhaps" in console.text, "who signs in as the application")
        told = " ".join(console.text.split())
        assert (
            "lake_curated in fraud-prod" in told and "lake_ledger in fraud-prod" in told and "perhaps lake-curated in demand-prod" in told
        )


async def test_all_who_sign_in_as_an_application_are_given_its_new_secret(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("datastores", SMALL) as console:
        await console.loaded()
        await console.at(next(console.screen.key_of(each) for each in console.screen.table.rows if each.name == "lake_curated"))
        await console.press("R")
        await choose(console, "whose")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan of the reading")
        await console.press("tab", "enter")
        await choose(console, "new secret")
        await console.until(lambda: isinstance(console.app.screen, ApplicationSecretForm), "the form")
        await console.fill()
        assert "a secret is needed" in console.text
        await console.fill(secret="canary-of-no-application", grace="at once")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        plan = console.dialog.plan
        assert [(step.target_name, step.verb) for step in plan.steps] == [
            (name, verb) for name in ("lake_curated", "lake-curated") for verb in ("move", "test")
        ]
        assert "canary" not in console.text
        assert any("az ad app credential delete --id" in each.sentence for each in plan.totals)
        await console.press("escape")
        assert not sent(fresh_emulator, "PUT")
        store = plan.steps[0].target_id
        held = fresh_emulator.request("POST", f"{store}/listSecrets?api-version=2024-10-01").json()["clientSecret"]
        await console.fill(secret=held, grace="at once")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await agree(console)
        await carried(console)
        flashed = console.app.flashed
        assert flashed is not None and "4 done" in flashed.text and "next: end the old secret by hand: az ad app" in flashed.text
