"""Storage accounts, their keys, containers and shares, and data assets, as Azure Resource Manager has them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from console.emulator.routing import Reply
from console.emulator.storage_accounts import named
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, TABLE, ask, code_of

EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def lived() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)


def send(world: World, what: str = "", method: str = "GET", body: Any = None, who: str = "admin", of: str = "contosodata") -> Reply:
    found = named(world.estate, of)
    assert found is not None
    path, _, query = what.partition("?")
    return ask(world, f"{found.id}{path}?api-version=2025-08-01{query and '&' + query}", who, method, TABLE, body)


def data(world: World, what: str = "", version: str = "2024-10-01", who: str = "admin", of: str = "fraud-prod") -> Reply:
    home = next(one.id for one in world.estate.workspaces.values() if one.name == of)
    path, _, query = what.partition("?")
    return ask(world, f"{home}/data{path}?api-version={version}{query and '&' + query}", who, table=TABLE)


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [one["name"] for one in reply.body["value"]]


def test_a_key_is_made_anew_and_the_other_stays(lived: World) -> None:
    before = send(lived, "/listKeys", "POST").body["keys"]
    assert [one["keyName"] for one in before] == ["key1", "key2"]
    assert {(len(base64.b64decode(one["value"])), one["permissions"]) for one in before} == {(64, "FULL")}
    assert before == send(lived, "/listKeys", "POST").body["keys"]
    lived.clock.advance(3600)
    after = send(lived, "/regenerateKey", "POST", {"keyName": "key1"}).body["keys"]
    assert after[1] == before[1] and after[0]["value"] != before[0]["value"]
    assert after[0]["creationTime"] == "2026-11-02T09:00:00.0000000Z" > before[0]["creationTime"]
    times = send(lived).body["properties"]["keyCreationTime"]
    assert times == {one["keyName"]: one["creationTime"] for one in after}
    for wrong in ({"keyName": "key3"}, {}, None):
        assert send(lived, "/regenerateKey", "POST", wrong).status == 400


def test_keys_are_not_for_readers_and_no_other_answer_has_them(world: World) -> None:
    keys = [one["value"] for one in send(world, "/listKeys", "POST").body["keys"]]
    for who in ("reader", "data-scientist", "operator", "outsider"):
        assert code_of(send(world, "/listKeys", "POST", who=who)) == (403, "AuthorizationFailed")
        assert code_of(send(world, "/regenerateKey", "POST", {"keyName": "key1"}, who)) == (403, "AuthorizationFailed")
    told = str([send(world).body, send(world, "/blobServices/default/containers").body])
    assert not any(key in told for key in keys)


def test_containers_and_shares(world: World) -> None:
    assert names(send(world, "/blobServices/default/containers")) == ["chargebacks", "transactions", "transactions-sample"]
    assert names(send(world, "/fileServices/default/shares")) == ["labels", "scratch"]
    first = send(world, "/blobServices/default/containers?$maxpagesize=2").body
    assert len(first["value"]) == 2
    assert names(ask(world, first["nextLink"].removeprefix(BASE), table=TABLE)) == ["transactions-sample"]
    assert send(world, "/blobServices/default/containers/chargebacks").body["properties"]["publicAccess"] == "None"
    assert code_of(send(world, "/blobServices/default/containers/none")) == (404, "ContainerNotFound")
    assert code_of(send(world, "/fileServices/default/shares/none")) == (404, "ShareNotFound")
    assert send(world, of="contosolake").body["properties"]["isHnsEnabled"] is True


def test_data_assets_by_view_version_and_order(world: World) -> None:
    active = names(data(world))
    assert "telemetry-2019" not in active and len(active) == 6
    assert names(data(world, "?listViewType=ArchivedOnly")) == ["telemetry-2019"]
    assert len(names(data(world, "?listViewType=All"))) == 7
    assert names(data(world, "/transactions/versions")) == ["10", "9", "8"]
    assert names(data(world, "/transactions/versions?$orderBy=createdtime asc&$top=2")) == ["8", "9"]
    assert data(world, "/transactions").body["properties"]["nextVersion"] == "11"
    assert code_of(data(world, "/transactions/versions?$top=few")) == (400, "UserError")
    for missing in ("/nothing", "/nothing/versions", "/transactions/versions/77"):
        assert code_of(data(world, missing)) == (404, "UserError")
    assert code_of(data(world, who="outsider")) == (403, "AuthorizationFailed")


def test_some_addresses_carry_a_signature_that_every_reader_reads(world: World) -> None:
    uris = {}
    for of in ("fraud-prod", "fraud-dev"):
        for name in names(data(world, "?listViewType=All", of=of)):
            uris |= {
                f"{name}:{one['name']}": one["properties"]["dataUri"]
                for one in data(world, f"/{name}/versions?listViewType=All", who="reader", of=of).body["value"]
            }
    assert {name for name, uri in uris.items() if "sig=" in uri} == {"partner-feed:1", "disputes-2024:1"}
    assert {uri.partition("://")[0] for uri in uris.values()} == {"azureml", "abfss", "https", "wasbs"}
