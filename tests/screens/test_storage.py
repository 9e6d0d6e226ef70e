"""Storage accounts on screen: who is on one over all workspaces, how old its keys are, and that no key is read for it."""

from __future__ import annotations

import re

from screens.datastores import DatastoresScreen
from screens.storage import StorageScreen
from screens.storage_users import StorageUsersScreen
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import WIDE, Console, Open


def cell(console: Console, name: str, column: str) -> str:
    row = next(each for each in console.screen.table.rows if each.name == name)
    return next(each for each in console.screen.table.columns if each.name == column).text(row)


async def at(console: Console, name: str) -> None:
    await console.at(next(key for key in console.row_keys() if key.endswith(f"/{name}") or key == name))


async def test_who_is_on_an_account_and_how_old_its_keys_are(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("datastores", WIDE) as console:
        await console.loaded()
        await console.command("storage")
        assert isinstance(console.screen, StorageScreen)
        await console.loaded()
        # Three datastores of the workspace that is open, two of one that is not.
        assert (cell(console, "contosodata", "ON IT"), cell(console, "contosodata", "BY KEY")) == ("5 in 2", "5")
        assert cell(console, "contosodata", "KEYS") == "611d"
        own = next(row for row in console.screen.table.rows if any(place.name == "fraud-prod" for place in row.own_of))
        assert cell(console, own.name, "KEYS") == "off"
        await at(console, "contosodata")
        await console.press("d")
        told = " ".join(console.text.split())
        assert "key2 made" in told and "fraud-dev: scratch, file scratch, by key" in told and "none: Azure reminds nobody" in told
        await console.press("escape", "w")
        assert "the CIS benchmark for Azure wants 90 days" in " ".join(console.text.split())
        await console.press("escape", "enter")
        assert isinstance(console.screen, StorageUsersScreen)
        assert {row.name for row in console.screen.table.visible_rows} == {
            "transactions", "chargebacks", "labels", "transactions_sample", "scratch"
        }  # fmt: skip
        await console.at(next(key for key in console.row_keys() if key.endswith("/fraud-prod/datastores/labels")))
        await console.press("enter")
        assert isinstance(console.screen, DatastoresScreen)
        assert str(console.screen.table.cursor_key).endswith("/datastores/labels")
        await console.command("find contosodata")
        assert "contosodata" in console.text
    asked = [call for call in fresh_emulator.calls() if re.search("listkeys|listsecrets", call["path"], re.IGNORECASE)]
    assert not asked, "no secret is read for it"


async def test_an_account_that_is_not_seen_is_told_as_such(open_console: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [rule("403", "/Microsoft.Storage/storageAccounts$")])
    async with open_console("storage", WIDE) as console:
        await console.until(lambda: console.session.data.storage.accounts.troubles, "a refusal")
        assert console.screen.feed.troubles
        await console.until(lambda: console.session.data.now.datastores.loaded, "the datastores")
        await console.settled()
        assert cell(console, "contosodata", "KEYS") == cell(console, "contosodata", "NETWORK") == "?"
