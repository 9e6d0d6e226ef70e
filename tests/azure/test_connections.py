"""Connections as Azure writes them and as the emulator serves them: no list reads a secret, no secret becomes a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme
from hypothesis import given

from console.azure import connections
from console.azure.sources import ConnectionSecret
from console.domain.connection_kinds import FITTING, Auth, misfit
from console.domain.connections import VAULT_SECRET, VAULT_VERSION, Connection, SecretLink, linked, name_fault, secret_named
from console.domain.scopes import WorkspaceRef
from tests.azure.scripted import Scripted, client_of, serving
from tests.azure.test_published import DATA, answers, needs_data, objects
from tests.properties import json_values, steady

PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
SECRET = "c2VjcmV0LWNhbmFyeQ"
MODEL: dict[str, Any] = {
    "id": f"{PLACE.id}/connections/models",
    "name": "models",
    "type": "Microsoft.MachineLearningServices/workspaces/connections",
    "properties": {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "credentials": None,
        "target": f"https://models.openai.azure.com?sig={SECRET}",
        "group": "AzureAI",
        "isSharedToAll": False,
        "sharedUserList": ["grace"],
        "expiryTime": "2026-12-24T00:00:00Z",
        "createdByWorkspaceArmId": PLACE.id.upper(),
        "metadata": {
            "ApiType": "Azure",
            "api_key": SECRET,
            VAULT_SECRET: "https://kv-team.vault.azure.net/secrets/openai-key",
            VAULT_VERSION: "0123456789abcdef",
        },
    },
    "systemData": {"createdAt": "2026-01-02T03:04:05.1234567+00:00", "createdBy": "Grace", "createdByType": "User"},
}


def decoded(**changed: Any) -> Connection:
    return connections.decode(json.dumps(MODEL | {"properties": MODEL["properties"] | changed}).encode(), PLACE)


def test_a_connection_is_a_row_without_any_secret() -> None:
    row = decoded()
    assert (row.name, row.label, row.auth, row.scope, row.made_in) == ("models", "Azure OpenAI", Auth.API_KEY, "private", "")
    assert row.behind == SecretLink("https://kv-team.vault.azure.net", "openai-key", "0123456789abcdef")
    assert row.hidden == ("api_key",) and row.metadata["ApiType"] == "Azure" and VAULT_SECRET not in row.metadata
    assert row.created_by == "Grace" and f"{row.expires:%Y-%m-%d}" == "2026-12-24"
    assert SECRET not in msgspec.json.encode(row).decode()


def test_other_words_of_azure_are_told_as_they_are() -> None:
    row = decoded(authType="Feather", category="AzureParrot", isSharedToAll=None, createdByWorkspaceArmId=f"{PLACE.id}-hub", metadata=None)
    assert (row.auth, row.auth_word, row.label, row.scope) == (Auth.UNKNOWN, "Feather", "AzureParrot", "?")
    assert row.made_in.endswith("ws-hub") and row.behind is None
    assert decoded(category="AzureOpenAi", authType="apikey").label == "Azure OpenAI"
    assert "isSharedToAll" in decoded(isSharedToAll="maybe").fault


@steady
@given(json_values)
def test_any_json_is_a_row(value: Any) -> None:
    for item in (
        value,
        MODEL | {"properties": value},
        {"id": "/x", "properties": {"metadata": value, "expiryTime": value, "target": value}},
    ):
        row = connections.decode(json.dumps(item).encode(), PLACE)
        assert isinstance(row.name, str) and isinstance(row.scope, str) and isinstance(row.aspect("settings"), str)


def test_what_a_put_takes_again() -> None:
    told = connections.settings(json.dumps(MODEL).encode())
    kept = {"authType", "category", "target", "isSharedToAll", "sharedUserList", "expiryTime", "metadata", "credentials"}
    assert set(told) == kept and told["credentials"] == str(ConnectionSecret(MODEL["id"]))
    bare = json.dumps(MODEL | {"properties": MODEL["properties"] | {"authType": "AAD"}}).encode()
    assert "credentials" not in connections.settings(bare)
    for bad in (b"{", b"[]", b'{"properties": {"category": "Git"}}'):
        with pytest.raises(ValueError):
            connections.settings(bad)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://KV-Team.vault.azure.net/secrets/a-b/", SecretLink("https://kv-team.vault.azure.net", "a-b")),
        ("https://kv.vault.azure.net/secrets/a/0abc", SecretLink("https://kv.vault.azure.net", "a", "0abc")),
        (" kv-team/a ", SecretLink("https://kv-team.vault.azure.net", "a")),
        ("http://kv-team.vault.azure.net/secrets/a", None),
        ("https://kv-team.vault.azure.net/keys/a", None),
        ("https://somebody@kv.vault.azure.net/secrets/a", None),
        ("kv-team/a_b", None),
        ("a", None),
        ("", None),
    ],
)
def test_a_secret_is_named_by_its_identifier_or_in_short(text: str, found: SecretLink | None) -> None:
    assert secret_named(text) == found


def test_the_link_is_kept_and_taken_away() -> None:
    named = linked({"team": "risk"}, SecretLink("https://kv.vault.azure.net", "a", "1"))
    assert named == {"team": "risk", VAULT_SECRET: "https://kv.vault.azure.net/secrets/a", VAULT_VERSION: "1"}
    assert linked(named, None) == {"team": "risk"}


def test_what_does_not_fit_is_refused_and_what_nobody_says_is_not() -> None:
    assert misfit("Git", Auth.API_KEY) == "git is not entered with API key, but with PAT or password or none"
    assert misfit("AzureOpenAi", Auth.AAD) == misfit("SapHana", Auth.PAT) == ""
    assert "3 to 33" in name_fault("a", (), PLACE) and "already" in name_fault("Models", (decoded(),), PLACE)
    assert name_fault("models", (decoded(),), WorkspaceRef("s", "rg", "other")) == ""
    assert all(each is not Auth.UNKNOWN for fitting in FITTING.values() for each in fitting)


@needs_data
def test_every_published_and_recorded_one_is_readable() -> None:
    found = []
    for path in sorted(Path(DATA or "").rglob("*.json")):
        content = path.read_bytes()
        if b"workspaces/connections" in content:
            found += [body for answer in answers(json.loads(content.decode("utf-8-sig"))) for body in objects(answer)]
    bodies = [
        body for body in found if str(body.get("type", "")).lower().endswith("workspaces/connections") and isinstance(body.get("id"), str)
    ]
    rows = [connections.decode(json.dumps(body).encode(), PLACE) for body in bodies]
    assert not [row.fault or row.auth_word for row in rows if row.fault or row.auth is Auth.UNKNOWN]
    assert len(rows) >= 10


async def test_a_thousand_connections_are_one_list_and_no_secret(tmp_path: Path) -> None:
    """Page by page, as Azure gives them; what is asked is counted at the other end of the wire."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(authority) as server:

        def page(path: str) -> Scripted:
            first = int(path.partition("skip=")[2] or 0)
            items = [MODEL | {"id": f"{PLACE.id}/connections/c{n}", "name": f"c{n}"} for n in range(first, min(first + 100, 1_000))]
            link = {"nextLink": f"{server.base_url}{PLACE.id}/connections?api-version=1&skip={first + 100}"} if first + 100 < 1_000 else {}
            return Scripted(200, json.dumps({"value": items, **link}).encode())

        server.answer = page
        arm = client_of(server, tmp_path / "ca.pem")
        try:
            read = await connections.read(arm, PLACE)
        finally:
            await arm.transport.close()
    assert len({item.id for item in read.items}) == 1_000 and not [item for item in read.items if item.fault]
    assert {(each.method, each.path.partition("?")[0]) for each in server.seen} == {("GET", f"{PLACE.id}/connections")}
    assert len(server.seen) == 10 and "includeAll=true" in server.seen[0].path
