"""What the state file keeps of the secrets of connections: none, and yet all is as it was."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.emulator import arm, connection_targets, kept_connections, storage_keys
from console.emulator.replay import Recorder, replay
from console.emulator.state import State
from console.emulator.world import World
from tests.emulator.asking import BASE
from tests.emulator.connection_asking import lever, link, openai, secrets, vault_of, verdict, wanted
from tests.emulator.datastore_asking import TABLE, VERSION, account, fresh, key_of, regenerate, space

BLOB = "https://contosodata.blob.storage.invalid/chargebacks"


@pytest.fixture
def lived() -> World:
    return fresh()


@pytest.fixture
def kept(lived: World, tmp_path: Path) -> Iterator[State]:
    with closing(State(str(tmp_path / "state"))) as state:
        lived.recorder = Recorder(state, 0)
        yield state


def _garbled(world: World, text: bytes) -> int:
    """The status of a PUT whose body is no JSON."""
    known = world.estate.identities["admin"]
    token, _ = world.tokens.issue(known.object_id, known.client_id, BASE)
    query = dict([VERSION.split("=", 1)])
    path = f"{space(world)}/connections/garbled"
    request = arm.Request("PUT", path, query, {"authorization": f"Bearer {token}"}, text, "application/json")
    return arm.answer(world, TABLE, request).status


def test_the_state_file_has_no_secret_and_leads_to_the_same_connections(lived: World, kept: State, tmp_path: Path) -> None:
    estate = lived.estate
    until = {"se": "2027-01-01T00:00:00Z", "sr": "c", "sp": "rl"}
    token = storage_keys.signed(estate, account(lived), "key2", until, "blob", "chargebacks")
    admin = estate.identities["admin"]
    application = {"tenantId": estate.tenant_id, "clientId": admin.client_id, "clientSecret": admin.client_secret}
    prices = connection_targets.credentials(estate, connection_targets.PRICES, "CustomKeys")
    bodies = {
        "by-key": wanted("AzureBlob", "AccountKey", BLOB, {"key": key_of(lived)}),
        "by-sas": wanted("AzureBlob", "SAS", BLOB, {"sas": token}),
        "by-app": wanted("ADLSGen2", "ServicePrincipal", "https://contosolake.dfs.storage.invalid/raw", application),
        "by-service": openai(lived),
        "by-many": wanted("CustomKeys", "CustomKeys", connection_targets.PRICES, prices),
        "typed": wanted("ApiKey", "ApiKey", "https://x", {"key": "canary-typed"}),
        "typed-login": wanted("Snowflake", "UsernamePassword", "snow", {"username": "me", "password": "canary-typed-too"}),
    }
    for name, body in bodies.items():
        assert link(lived, f"/{name}", "PUT", body).status == 200
    old = {"category": "Git", "authType": "None", "target": "x", "value": "canary-of-old"}
    assert link(lived, "/of-old", "PUT", {"properties": old}).status == 200
    for wrong in (
        {"key": "canary " + "x" * 26_000},
        {"pin": "canary"},
        {"key": "canary \ud800"},
        ["canary"],
        "canary",
        {"key": {"deep": ["canary"]}},
    ):
        assert link(lived, "/wrong", "PUT", wanted("ApiKey", "ApiKey", "https://x", wrong)).status == 400
    nested = {"username": "me", "password": {"username": "canary"}}
    assert link(lived, "/wrong", "PUT", wanted("Snowflake", "UsernamePassword", "x", nested)).status == 400
    assert link(lived, "/wrong", "PUT", {"properties": {"credentials": {"key": "canary"}}}).status == 400
    assert _garbled(lived, b'{"properties": {"credentials": {"key": "canary-garbled"') == 400
    assert verdict(lived, "typed", openai(lived, "canary-tested")) == "401"
    lived.clock.advance(60)
    regenerate(lived, "key1")
    changed = {"properties": {"authType": "AccountKey", "credentials": {"key": key_of(lived)}}}
    assert link(lived, "/chargebacks-blob", "PATCH", changed).status == 200
    held = {name: secrets(lived, name) for name in ("by-key", "by-sas", "by-app", "by-service", "by-many", "chargebacks-blob")}
    held["from-vault"] = {"key": vault_of(lived).secrets["payments-gateway-key"].latest.value}
    assert link(lived, "/from-vault", "PUT", wanted("ApiKey", "ApiKey", "https://pay", held["from-vault"])).status == 200
    assert held["chargebacks-blob"] == {"key": key_of(lived)}
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    hidden = (key_of(lived), key_of(lived, "key2"), token.partition("sig=")[2], admin.client_secret, "canary")
    assert [secret for secret in hidden if secret.encode() in written] == []
    assert base64.b64encode(b"canary")[:6] not in written

    again = fresh()
    replay(again, TABLE, kept)
    assert link(again, "?includeAll=true").body == link(lived, "?includeAll=true").body
    assert {name: secrets(again, name) for name in held} == held
    assert secrets(again, "typed") == {"key": "canary-lost-key"}
    assert secrets(again, "typed-login") == {"username": "me", "password": "canary-lost-password"}
    changed_only = {name for name, one in lever(again).items() if one != lever(lived)[name]}
    assert changed_only == {"fraud-prod/typed", "fraud-prod/typed-login"}
    assert json.dumps(lever(again)).count("canary") == 0


def test_only_bodies_of_connections_are_taken_for_such() -> None:
    workspace = "/subscriptions/1/resourceGroups/connections/providers/Microsoft.MachineLearningServices/workspaces/connections"
    assert [
        name
        for name in ("", "/datastores/a", "/computes/connections", "/connections/a", "/Connections/a/testConnection")
        if kept_connections.concerns(f"{workspace}{name}")
    ] == ["/connections/a", "/Connections/a/testConnection"]
