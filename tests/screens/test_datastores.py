"""Datastores and data assets on screen: who is on which, every spelling of an address, and no secret anywhere."""

from __future__ import annotations

from pathlib import Path

from screens.data_assets import DataAssetsScreen
from screens.datastores import DatastoresScreen
from screens.dialogs.choose import Choose
from screens.find import FoundScreen
from screens.forms.assign import AssignForm
from screens.reader import Reader
from screens.used_by import UsedByScreen
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.nets import rule
from tests.screens.conftest import WIDE, Console, Open


def data_calls(emulator: Emulator) -> list[str]:
    """What was asked of datastores and data assets: the lists by their names, versions as such."""
    asked = [f"{call['method']} {call['path'].partition('/workspaces/')[2].partition('/')[2]}" for call in emulator.calls()]
    return [each for each in asked if each.startswith(("GET datastores", "GET data", "POST datastores"))]


async def at(console: Console, kind: str, name: str) -> None:
    place = workspace(console.emulator)
    await console.at(f"{place.id}/{kind}/{name}")


def cell(console: Console, name: str, column: str) -> str:
    row = next(each for each in console.screen.table.rows if console.screen.key_of(each).endswith(f"/{name}"))
    return next(each for each in console.screen.table.columns if each.name == column).text(row)


async def test_nothing_is_asked_before_somebody_looks_and_then_no_secret(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        assert data_calls(fresh_emulator) == []
        await console.press("3")
        assert isinstance(console.screen, DatastoresScreen)
        await console.loaded()
        asked = data_calls(fresh_emulator)
        assert [each for each in asked if "/versions/" not in each] == ["GET datastores", "GET data"]
        assert len([each for each in asked if "/versions/" in each]) == len(console.session.data.now.assets.items)
        await console.press("y")
        assert "credentialsType:" in console.text and "isDefault:" in console.text
        assert data_calls(fresh_emulator) == asked, "the list has it"


async def test_who_is_on_a_datastore_and_the_way_there(open_console: Open) -> None:
    async with open_console("datastores") as console:
        await console.loaded()
        # One data asset by its address, one as a part of a table.
        assert (cell(console, "transactions", "USED BY"), cell(console, "chargebacks", "USED BY")) == ("2", "0")
        assert (cell(console, "transactions", "TARGET"), cell(console, "transactions", "AUTH")) == ("contosodata/transactions", "key")
        await at(console, "datastores", "transactions")
        await console.press("d")
        told = " ".join(console.text.split())
        assert "azureml://datastores/transactions/paths/" in told and "abfss://transactions@contosodata.dfs." in told
        await console.press("escape", "u")
        assert isinstance(console.screen, UsedByScreen)
        assert {row.asset.name for row in console.screen.table.visible_rows} == {"transactions", "fraud-features"}
        await console.press("enter")
        assert isinstance(console.screen, DataAssetsScreen)
        await console.command("datastores")
        await at(console, "datastores", "lake_raw")
        await console.press("enter")
        assert [(row.asset.name, row.via) for row in console.screen.table.visible_rows] == [("raw-events", "address")]


async def test_what_is_not_read_is_no_nought(open_console: Open, fresh_emulator: Emulator) -> None:
    kinds = {"ledger": "403", "transactions": "500", "raw-events": "wrong-types"}
    fresh_emulator.control("POST", "faults", [rule(kind, f"/data/{name}/versions/") for name, kind in kinds.items()])
    async with open_console("datastores", WIDE) as console:
        await console.loaded()
        assert (cell(console, "transactions", "USED BY"), cell(console, "chargebacks", "USED BY")) == ("1+?", "?")
        await at(console, "datastores", "chargebacks")
        await console.press("d", "G")
        told = " ".join(console.text.split())
        assert "? data assets" in told and "where 3 more data assets are" in told
        fresh_emulator.control("POST", "faults", [rule("wrong-types", "/data$")])
        await console.press("escape", "ctrl+r")
        await console.until(lambda: all(each.fault for each in console.session.data.now.assets.items), "a list that cannot be read")
        await at(console, "datastores", "transactions")
        await console.press("u")
        assert isinstance(console.screen, UsedByScreen)
        assert not console.row_keys() and "incomplete: where" in console.title


async def test_an_address_is_copied_in_the_spelling_that_is_asked_for(open_console: Open) -> None:
    async with open_console("datastores") as console:
        await console.loaded()
        await at(console, "datastores", "transactions")
        await console.press("i")
        assert isinstance(console.app.screen, Choose)
        await console.type("https")
        await console.press("enter")
        await console.until(lambda: console.app.flashed is not None and "https://contosodata.blob." in console.app.flashed.text, "a copy")
        await at(console, "datastores", "workspaceblobstore")
        await console.press("d")
        assert "cannot be deleted: it came with its workspace" in " ".join(console.text.split())


async def test_a_signature_is_found_and_never_shown_or_kept(open_console: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with open_console("data", WIDE) as console:
        await console.loaded()
        name = f"{workspace(fresh_emulator).id}/data/partner-feed/versions/1?api-version=2023-04-01-preview"
        uri = fresh_emulator.request("GET", name).json()["properties"]["dataUri"]
        signature = uri.rpartition("sig=")[2]
        assert len(signature) > 10
        await at(console, "data", "partner-feed")
        shown = console.text
        for key in ("w", "d", "y"):
            await console.press(key)
            await console.looked()
            await console.until(lambda: isinstance(console.app.screen, Reader), "the page")
            shown += console.text
            await console.press("escape")
        assert "carries a shared access signature" in " ".join(shown.split())
        assert shown.count("sig=•••") >= 3 and signature not in shown
        await console.command(f"find {uri}")
        # The datastore of the same container has no path: the asset alone is meant.
        assert console.screen.kind == "data" and str(console.screen.table.cursor_key).endswith("/data/partner-feed")
        assert signature not in console.text
    kept = {path.name: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert b"contosopartners" in kept["command-history"]
    assert [name for name in kept if name.startswith("data assets")], "for a warm start"
    assert not [name for name, content in kept.items() if signature.encode() in content]


async def test_whatever_is_pasted_leads_to_the_datastore(open_console: Open) -> None:
    async with open_console("datastores") as console:
        await console.loaded()
        for text, names in {
            "abfss://transactions@contosodata.dfs.storage.invalid/2026-10/x.parquet": ["transactions"],
            "wasbs://chargebacks@contosodata.blob.storage.invalid": ["chargebacks"],
            "https://contosodata.file.storage.invalid/labels/x": ["labels"],
            "azureml://datastores/lake_raw/paths/events/1": ["lake_raw"],
            "contosolake": ["lake_curated", "lake_ledger", "lake_raw"],
            "fraud-features": ["fraud-features"],
        }.items():
            await console.command(f"find {text}")
            several = isinstance(console.app.screen, FoundScreen)
            found = sorted(console.row_keys()) if several else [str(console.screen.table.cursor_key)]
            assert [each.rsplit("/", 1)[-1] for each in found] == names, text
            if several:
                await console.press("escape")


async def test_why_a_datastore_cannot_be_read_and_the_form_that_mends_it(open_console: Open) -> None:
    async with open_console("datastores", WIDE) as console:
        await console.loaded()
        await at(console, "datastores", "lake_raw")
        await console.press("w")
        await console.until(lambda: "Storage Blob Data Reader on contosolake is lacking" in " ".join(console.text.split()), "the link")
        told = " ".join(console.text.split())
        assert "▲ role The identity of fraud-prod has no role that reads raw" in told and "● network" in told
        await console.press("f")
        form = console.app.screen
        assert isinstance(form, AssignForm)
        assert form.values["role"] == "Storage Blob Data Reader" and form.scope(form.values["scope"]).endswith("/contosolake")
        await console.until(lambda: not form._faults(form.values, form.judge(form.values)), "the identity by its id")
        await console.press("escape")
        await at(console, "datastores", "workspaceblobstore")
        await console.press("w")
        await console.until(lambda: "Every link that can be looked at from here holds" in console.text, "nothing broken")
        await console.press("escape")
        await console.command("data")
        await at(console, "data", "transactions")
        await console.press("w")
        await console.until(lambda: "is on the datastore transactions" in console.text and "● secret" in console.text, "the asset's chain")
