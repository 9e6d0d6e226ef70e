"""What cannot be done with a secret, and is not: refused with the reason, and where a secret cannot be had nothing is sent at all."""

from __future__ import annotations

from typing import Any

import pytest

from console.azure import datastores, slots
from console.azure.sources import DatastoreSecret, StorageKey
from console.domain.connections import SecretLink
from console.operations import connection_changes as changes
from console.operations.datastores import make
from console.operations.operation import Progress, StepRun
from tests.gateway import trouble_of
from tests.operations.test_connections import VAULT, Desk, desk
from tests.operations.test_datastore_plans import BLOB, Stores, stores

__all__ = ["desk", "stores"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def registered(stores: Stores, credentials: dict[str, str], **more: Any) -> StepRun:
    """What became of a blob datastore that is opened so; it is not there afterwards."""
    run = await stores.carry_out(await make(stores.compiler, stores.place, "westeurope", [{**BLOB, "credentials": credentials, **more}]))
    assert run.progress is Progress.FAILED, run.note
    assert await trouble_of(stores.row(stores.id(BLOB["name"])))
    assert "canary" not in stores.records() and "sig=" not in stores.records()
    return run


def told(run: StepRun) -> str:
    return f"{run.note} {run.trouble.sentence if run.trouble is not None else ''}"


async def test_a_signature_that_has_run_out_opens_nothing(stores: Stores) -> None:
    url = f"{stores.id('partner_archive')}/listSecrets?api-version={datastores.API}"
    sas = stores.emulator.request("POST", url).json()["sasToken"]
    run = await registered(stores, {"sas_token": sas}, account_name="contosopartners", container_name="archive")
    assert "cannot be reached with these credentials" in told(run)


@pytest.mark.parametrize("more", [{"account_name": "nobodyhasit"}, {"container_name": "no-such-container"}])
async def test_a_place_that_is_not_there_is_refused_by_azure(stores: Stores, more: dict[str, str]) -> None:
    key = str(StorageKey(stores.account_id("contosodata"), "key1"))
    assert "cannot be reached" in told(await registered(stores, {"account_key": key}, **more))


async def test_a_secret_that_was_forgotten_is_not_sent(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a restart: it lived in the console that it was typed into."""
    plan = await make(stores.compiler, stores.place, "westeurope", [{**BLOB, "credentials": {"account_key": "canary-typed"}}])
    monkeypatch.setattr(slots, "_held", {})
    run = await stores.carry_out(plan)
    assert run.progress is Progress.FAILED and "no longer known" in told(run) and "Plan it again" in told(run)
    assert not stores.written()


@pytest.mark.parametrize("kind", ["403", "404", "500", "html", "malformed", "truncated", "reset-after"])
async def test_a_key_that_cannot_be_read_leaves_the_request_unsent(stores: Stores, kind: str) -> None:
    """The right to it may be gone between the plan and the sending."""
    key = str(StorageKey(stores.account_id("contosodata"), "key1"))
    stores.emulator.control("POST", "faults", [{"route": "POST .*/listKeys", "kind": kind}])
    run = await registered(stores, {"account_key": key})
    assert not stores.written() and len(told(run)) > 20 and "no answer came" not in told(run)


async def test_what_a_datastore_keeps_and_nobody_may_list_leaves_its_edit_unsent(stores: Stores) -> None:
    stores.emulator.control("POST", "faults", [{"route": "POST .*/listSecrets", "kind": "403"}])
    run = await registered(stores, {"account_key": str(DatastoreSecret(stores.id("transactions")))})
    assert not stores.written() and "listsecrets" in told(run).lower(), told(run)


@pytest.mark.parametrize(
    ("vault", "name", "why"),
    [
        (VAULT, "openai-key", "disabled"),
        (VAULT, "chargeback-sftp-password", ""),
        (VAULT, "nobody-set-it", ""),
        ("https://kv-vision-research.vault.azure.net", "anything", ""),
        ("https://kv-nobody-has-it.vault.azure.net", "anything", "kv-nobody-has-it"),
        ("https://evil.example", "anything", ""),
    ],
)
async def test_a_vault_secret_that_cannot_be_had_leaves_the_connection_as_it_is(desk: Desk, vault: str, name: str, why: str) -> None:
    row = await desk.row("risk-warehouse")
    before = desk.held(row)
    link = SecretLink(vault, name)
    plan = changes.give_secret(row, await desk.settings(row), {"password": changes.vault_source(link)}, link)
    run = await desk.carry_out(plan)
    assert run.progress is Progress.FAILED and why in told(run) and len(told(run)) > 30, told(run)
    assert desk.held(row) == before and not [call for call in desk.changes() if call[0] == "PUT"]
