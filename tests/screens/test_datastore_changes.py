"""Datastores made, moved to identity, edited and deleted on screen: Azure tries the storage each time, and nobody sees a secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from console.azure.compiler import Compiler
from screens.dialogs.confirm import Confirm
from screens.forms.assign import AssignForm
from screens.forms.new_datastore import NewDatastoreForm
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_compute_edit import Editor, editor  # noqa: F401
from tests.screens.test_plans import agree

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("brisk")]
LAKE = {"name": "lake_new", "type": "gen2", "account": "contosolake", "container": "raw"}


@asynccontextmanager
async def datastores(open_console: Open, compiler: Compiler, size: tuple[int, int] = WIDE) -> AsyncIterator[Console]:
    """A console at the datastores, whose compiler is that of the run."""
    async with open_console("datastores", size) as console:
        console.session._compiler = compiler
        try:
            await console.loaded()
            yield console
        finally:
            console.session._compiler = None


async def at(console: Console, name: str) -> None:
    await console.at(f"{workspace(console.emulator).id}/datastores/{name}")


def opens(emulator: Emulator, name: str) -> tuple[bool, str | None]:
    """Whether what a datastore of fraud-prod keeps opens its storage now, and why not."""
    told = emulator.control("GET", "datastores")["value"]
    found = next(each for each in told if each["id"].endswith(f"/fraud-prod/datastores/{name}"))
    return found["opens"], found["code"]


def properties(emulator: Emulator, name: str) -> dict[str, Any]:
    path = f"{workspace(emulator).id}/datastores/{name}?api-version=2024-10-01-preview"
    answer = emulator.request("GET", path)
    return dict(answer.json()["properties"]) if answer.status == 200 else {}


async def proposed(console: Console) -> Confirm:
    await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
    await console.settled()
    return console.dialog


async def carried(console: Console) -> None:
    """Let the emulator's time go on until the last plan has ended, holds included."""
    operation = console.session.operations[-1]
    for _ in range(200):
        if operation.ended:
            break
        console.emulator.control("POST", "clock", {"advance": 90})
        console.session.data.now.datastores.refresh()  # its answer tells the time, which a hold goes by
        await asyncio.sleep(0.05)
    await console.until(lambda: operation.ended, "an end of the plan")
    await console.settled()


def told(console: Console) -> str:
    """All that is on the terminal, in one line, without frames."""
    return " ".join(console.text.replace("│", " ").split())


async def test_a_lake_is_registered_once_the_role_that_lacks_is_assigned(open_console: Open, compiler: Compiler) -> None:
    async with datastores(open_console, compiler) as console:
        await console.press("n")
        form = console.app.screen
        assert isinstance(form, NewDatastoreForm)
        for name, value in LAKE.items():
            form.fill(name, value)
        lacking = "Storage Blob Data Reader on contosolake is lacking"
        await console.until(lambda: lacking in told(console), "what would break")
        await console.fill(**LAKE)
        await proposed(console)
        await agree(console)
        await carried(console)
        assert not properties(console.emulator, "lake_new"), "Azure tried it, and took it not"
        trouble = console.session.operations[-1].runs[0].trouble
        assert trouble is not None and "not authorized" in trouble.sentence
        await console.leave()
        await console.press("n")
        form = console.app.screen
        assert isinstance(form, NewDatastoreForm)
        for name, value in LAKE.items():
            form.fill(name, value)
        await console.until(lambda: form._to_be().container == "raw" and form._chain().lacking is not None, "the chain")
        form._control("reads_as").focus()
        await console.press("ctrl+o")
        assign = console.app.screen
        assert isinstance(assign, AssignForm)
        await console.until(lambda: not assign._faults(assign.values, assign.judge(assign.values)), "the identity")
        await console.fill()
        await proposed(console)
        await agree(console)
        await carried(console)
        await console.until(lambda: console.app.screen is form, "the form below")
        await console.until(lambda: form._chain().lacking is None, "the role, read again")
        console.emulator.control("POST", "clock", {"advance": 900})
        await console.fill()
        await proposed(console)
        await agree(console)
        await carried(console)
        assert opens(console.emulator, "lake_new") == (True, None)
        assert properties(console.emulator, "lake_new")["serviceDataAccessAuthIdentity"] == "WorkspaceSystemAssignedIdentity"


async def test_a_key_is_taken_from_azure_and_a_typed_one_is_kept_nowhere(open_console: Open, compiler: Compiler, tmp_path: Path) -> None:
    values = {"name": "more_transactions", "account": "contosodata", "container": "transactions"}
    async with datastores(open_console, compiler, SMALL) as console:
        await console.press("n")
        await console.until(lambda: console.session.data.storage.accounts.loaded, "the accounts")
        await console.fill(**values, auth="typed key", secret="canary-of-no-account")
        await proposed(console)
        assert "canary-of-no-account" not in console.text
        await agree(console)
        await carried(console)
        assert not properties(console.emulator, "more_transactions")
        await console.leave()
        await console.press("n")
        await console.fill(**values, auth="SAS")
        assert isinstance(console.app.screen, NewDatastoreForm) and "secret" in console.text, "a secret is needed"
        await console.fill(**values, auth="key")
        dialog = await proposed(console)
        assert "from:storage-key" in json.dumps(dialog.plan.steps[0].request.body), "nobody has seen it"
        await agree(console)
        await carried(console)
        assert opens(console.emulator, "more_transactions") == (True, None)
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or b"canary" not in path.read_bytes(), path


async def test_secrets_are_taken_away_after_the_role_is_given(
    open_console: Open, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.operations.pace.HOLD_LOOK_S", 0.1)
    async with datastores(open_console, compiler) as console:
        await at(console, "transactions")
        await console.press("I")
        dialog = await proposed(console)
        assert [dialog.plan.verb_of(step) for step in dialog.plan.steps] == ["assign", "move to identity"]
        move = dialog.plan.steps[1]
        assert move.follows == (dialog.plan.steps[0].target_id,) and move.hold is not None and move.undo is not None
        await agree(console)
        await carried(console)
        assert properties(console.emulator, "transactions")["credentials"]["credentialsType"] == "None"
        assert opens(console.emulator, "transactions") == (True, None)


async def test_an_edit_keeps_the_secret_and_deletion_names_what_is_on_it(
    open_console: Open,
    compiler: Compiler,
    editor: Editor,  # noqa: F811
) -> None:
    editor("s/^description:.*/description: cards of all shops/;$a description: cards of all shops")
    async with datastores(open_console, compiler) as console:
        await at(console, "transactions")
        await console.press("e")
        await proposed(console)
        await agree(console)
        await carried(console)
        assert properties(console.emulator, "transactions")["description"] == "cards of all shops"
        assert opens(console.emulator, "transactions") == (True, None), "its key went along"
        row = console.session.data.now.datastores
        await console.until(lambda: any(each.description == "cards of all shops" for each in row.items), "the row, read again")
        await at(console, "workspaceblobstore")
        await console.press("ctrl+d")
        assert "it came with its workspace" in console.text
        await at(console, "transactions")
        await console.press("ctrl+d")
        dialog = await proposed(console)
        assert dialog.plan.typed == "transactions" and "fraud-features" in told(console)
        await agree(console)
        await carried(console)
        assert not properties(console.emulator, "transactions")


async def test_a_form_changes_what_is_said_of_one_and_gives_it_a_sas(open_console: Open, compiler: Compiler) -> None:
    async with datastores(open_console, compiler, SMALL) as console:
        await at(console, "partner_archive")
        await console.press("C")
        await console.until(lambda: console.session.data.storage.accounts.loaded, "the accounts")
        await console.fill()
        assert "Nothing is changed" in told(console)
        await console.fill(opening="SAS", secret="canary-of-no-account")
        assert "no SAS" in told(console) and "canary" not in told(console)
        await console.fill(opening="new SAS", until="+30d", description="closed books", key_name="key2")
        dialog = await proposed(console)
        assert "from:storage-sas" in json.dumps(dialog.plan.steps[0].request.body)
        await agree(console)
        await carried(console)
        now = properties(console.emulator, "partner_archive")
        assert (now["description"], now["credentials"]["credentialsType"]) == ("closed books", "Sas")
        assert opens(console.emulator, "partner_archive") == (True, None)
