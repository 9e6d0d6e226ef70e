"""What the state file keeps of the secrets of datastores: none, and yet all is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.emulator import storage_keys
from console.emulator.replay import Recorder, replay
from console.emulator.state import State
from console.emulator.world import World
from tests.emulator.datastore_asking import (
    TABLE,
    account,
    blob,
    by_key,
    by_sas,
    by_secret,
    closed,
    fresh,
    key_of,
    regenerate,
    send,
    why,
)


@pytest.fixture
def lived() -> World:
    return fresh()


@pytest.fixture
def kept(lived: World, tmp_path: Path) -> Iterator[State]:
    with closing(State(str(tmp_path / "state"))) as state:
        lived.recorder = Recorder(state, 0)
        yield state


def test_the_state_file_has_no_secret_and_leads_to_the_same_datastores(lived: World, kept: State, tmp_path: Path) -> None:
    until = {"se": "2027-01-01T00:00:00Z", "sr": "c", "sp": "rl"}
    token = storage_keys.signed(lived.estate, account(lived), "key2", until, "blob", "chargebacks")
    assert why(send(lived, "/by_key", "PUT", blob(by_key(key_of(lived))))) is None
    assert why(send(lived, "/by_sas", "PUT", blob(by_sas(token)))) is None
    assert why(send(lived, "/wrong", "PUT", blob(by_key("canary-typed-wrong")))) == "AuthenticationFailed"
    assert why(send(lived, "/skipped?skipValidation=true", "PUT", blob(by_key("canary-typed")))) is None
    lake = {"datastoreType": "AzureDataLakeGen2", "accountName": "contosolake", "filesystem": "raw"}
    refused = {"properties": {**lake, "credentials": by_secret(lived, "admin")}}
    assert why(send(lived, "/lake", "PUT", refused)) == "AuthorizationPermissionMismatch"
    assert why(send(lived, "/lake?skipValidation=true", "PUT", refused)) is None
    for odd in ("canary", None, ["canary"], {"secretsType": ["canary"]}, {"secretsType": None}, {"key": "half \ud800"}):
        body = {"properties": {**blob({})["properties"], "credentials": {"credentialsType": "AccountKey", "key": "canary", "secrets": odd}}}
        assert send(lived, "/odd?skipValidation=true", "PUT", body).status == 400
    lived.clock.advance(60)
    regenerate(lived, "key1")
    assert why(send(lived, "/by_key", "PUT", blob(by_key(key_of(lived))))) is None
    held = {name: send(lived, f"/{name}/listSecrets", "POST").body for name in ("by_key", "lake")}
    assert held["by_key"]["key"] == key_of(lived)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    secrets = (key_of(lived), key_of(lived, "key2"), token.partition("sig=")[2], lived.estate.identities["admin"].client_secret, "canary")
    assert [secret for secret in secrets if secret.encode() in written] == []

    again = fresh()
    replay(again, TABLE, kept)
    assert closed(again) == closed(lived)
    assert send(again, "?count=100").body == send(lived, "?count=100").body
    assert {name: send(again, f"/{name}/listSecrets", "POST").body for name in held} == held
    assert send(again, "/skipped/listSecrets", "POST").body["key"] == "canary-lost-key"
