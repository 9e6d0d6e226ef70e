"""Storage accounts over the wire: what an absent field means, what does not fit, and that no key is asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from console.azure import storage_accounts
from console.azure.storage_accounts import decode
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, workspace

ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data"


def body(**properties: Any) -> bytes:
    return json.dumps({"id": ID, "name": "data", "location": "westeurope", "properties": properties}).encode()


def test_what_is_not_said_has_the_swaggers_meaning() -> None:
    row = decode(body())
    assert row.shared_key and not (row.closed or row.selected or row.hierarchical) and row.keys == {} and row.key_days is None
    shut = decode(body(allowSharedKeyAccess=False, publicNetworkAccess="Disabled", networkAcls={"defaultAction": "Deny"}))
    assert not shut.shared_key and shut.closed and not shut.selected
    rules = {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": [{"value": "1.2.3.4"}], "virtualNetworkRules": [{"id": "x"}]}
    some = decode(body(networkAcls=rules, keyPolicy={"keyExpirationPeriodInDays": 60}))
    assert some.selected and some.rules == 2 and some.key_days == 60
    aged = decode(body(keyCreationTime={"key1": "2026-01-02T03:04:05.0000000Z", "key2": None}))
    assert aged.keys == {"key1": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)} and aged.oldest_key == aged.keys["key1"]


def test_what_does_not_fit_becomes_a_row_that_says_so() -> None:
    for raw in (body(allowSharedKeyAccess="maybe"), body(keyCreationTime=[1]), b"[]", b"{"):
        row = decode(raw)
        assert row.fault and row.name and row.id


async def test_they_are_listed_once_a_subscription_and_no_key_is_asked_for(fresh_emulator: Emulator) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    try:
        place = workspace(fresh_emulator)
        first = await storage_accounts.read(arm, place.subscription_id)
        again = await storage_accounts.read(arm, place.subscription_id, first)
    finally:
        await arm.transport.close()
    named = {row.name: row for row in first.items}
    assert named["contosolake"].hierarchical and set(named["contosodata"].keys) == {"key1", "key2"}
    assert all(one is other for one, other in zip(first.items, again.items, strict=True))
    assert {
        (call["method"], call["path"].rpartition("/")[2]) for call in fresh_emulator.calls() if "Microsoft.Storage" in call["path"]
    } == {("GET", "storageAccounts")}
