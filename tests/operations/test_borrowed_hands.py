"""Text from Azure that looks like the name of a secret: whoever wrote it there gets no secret by the hands of an administrator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.azure import connections
from console.azure.sources import StorageKey, VaultSecret
from console.operations import connection_changes as changes
from console.operations.operation import Progress
from tests.gateway import workspace
from tests.operations.test_connections import VAULT, Desk, desk

__all__ = ["desk"]
pytestmark = pytest.mark.asyncio(loop_scope="session")


def lures(desk: Desk) -> dict[str, str]:
    """What a data scientist would like to have, by the names that plans have for it."""
    found = json.loads(
        desk.emulator.request("GET", f"{workspace(desk.emulator).id}/datastores/transactions?api-version=2024-10-01").content
    )
    place, name = workspace(desk.emulator), found["properties"]["accountName"]
    group = f"/subscriptions/{place.subscription_id}/resourceGroups/{place.resource_group}"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/{name}"
    return {"note": str(StorageKey(account, "key1")), "link": str(VaultSecret(VAULT, "payments-gateway-key"))}


async def test_a_secret_that_is_named_in_metadata_is_not_read_into_it(desk: Desk) -> None:
    row = await desk.row("risk-warehouse")
    raw = json.loads(desk.emulator.request("GET", f"{row.id}?api-version={connections.API}").content)
    told: dict[str, Any] = {**raw["properties"], "metadata": lures(desk), "credentials": {"username": "u", "password": "p"}}
    answer = desk.emulator.request("PUT", f"{row.id}?api-version={connections.API}", {"properties": told})
    assert answer.status == 200, answer.content
    before = len(desk.emulator.calls())
    run = await desk.carry_out(changes.share(row, await desk.settings(row), to_all=row.scope == "private"))
    assert run.progress is Progress.FAILED and "only below `credentials`" in run.note, run.note
    asked = [call["path"].lower() for call in desk.emulator.calls()[before:]]
    assert not [path for path in asked if "listkeys" in path or "listsecrets" in path or path.startswith("//")]
    now = json.loads(desk.emulator.request("GET", f"{row.id}?api-version={connections.API}").content)["properties"]
    assert now["metadata"] == lures(desk)
