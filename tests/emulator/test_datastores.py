"""Datastores: lists and their filters, writes and their checks against the emulated storage, secrets, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.emulator import arm, control, storage_keys
from console.emulator.access_story import BLOB_DATA_READER
from console.emulator.estate import RoleAssignment, StorageAccount
from console.emulator.replay import Recorder, replay
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.state import State
from console.emulator.storage_accounts import named
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, code_of

EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
TABLE = route_table()
VERSION = "api-version=2024-10-01-preview"


@pytest.fixture
def lived() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)


def space(world: World, name: str = "fraud-prod") -> str:
    return next(one.id for one in world.estate.workspaces.values() if one.name == name)


def send(world: World, what: str, method: str = "GET", body: Any = None, who: str = "admin", of: str = "fraud-prod") -> Reply:
    """A request below a workspace's datastores."""
    path, _, query = what.partition("?")
    return ask(world, f"{space(world, of)}/datastores{path}?{VERSION}{query and '&' + query}", who, method, TABLE, body)


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [one["name"] for one in reply.body["value"]]


def account(world: World, name: str = "contosodata") -> StorageAccount:
    found = named(world.estate, name)
    assert found is not None
    return found


def blob(credentials: dict[str, Any], container: str = "chargebacks", of: str = "contosodata", **more: Any) -> dict[str, Any]:
    return {"properties": {"datastoreType": "AzureBlob", "accountName": of, "containerName": container, "credentials": credentials, **more}}


def by_key(key: str | None) -> dict[str, Any]:
    return {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": key}}


def by_sas(token: str) -> dict[str, Any]:
    return {"credentialsType": "Sas", "secrets": {"secretsType": "Sas", "sasToken": token}}


def by_secret(world: World, name: str, secret: str | None = None, **changed: str) -> dict[str, Any]:
    known = world.estate.identities[name]
    whose = {"tenantId": world.estate.tenant_id, "clientId": known.client_id, **changed}
    secrets = {"secretsType": "ServicePrincipal", "clientSecret": secret or known.client_secret}
    return {"credentialsType": "ServicePrincipal", **whose, "secrets": secrets}


def key_of(world: World, name: str = "key1", of: str = "contosodata") -> str:
    return storage_keys.value(world.estate, account(world, of), name)


def why(reply: Reply) -> str | None:
    """The storage's code behind a refusal; None for what was stored."""
    if reply.status in (200, 201):
        return None
    assert code_of(reply) == (400, "UserError"), reply.body
    return str(reply.body["error"]["details"][0]["code"])


def closed(world: World) -> dict[str, str]:
    """The datastores whose storage does not open now, with the code of why."""
    reply = control.answer(
        world, arm.Request("GET", "/emulator/datastores", {}, {"authorization": f"Bearer {world.control_token}"}, b"", "")
    )
    return {"/".join(one["id"].split("/")[-3::2]): one["code"] for one in reply.body["value"] if not one["opens"]}


def regenerate(world: World, name: str, of: str = "contosodata") -> None:
    url = f"{account(world, of).id}/regenerateKey?api-version=2025-08-01"
    assert ask(world, url, method="POST", body={"keyName": name}, table=TABLE).status == 200


# Reading.


def test_lists_are_ordered_filtered_and_paged(world: World) -> None:
    assert names(send(world, ""))[0] == "lake_raw"
    assert names(send(world, "?orderBy=name&orderByAsc=true"))[:2] == ["chargebacks", "labels"]
    assert names(send(world, "?isDefault=true")) == ["workspaceblobstore"]
    assert len(names(send(world, "?isDefault=false"))) == 13
    assert names(send(world, "?names=labels,Lake_Raw,nothing&orderBy=name&orderByAsc=true")) == ["labels", "lake_raw"]
    assert set(names(send(world, "?searchText=lake"))) == {"lake_raw", "lake_curated", "lake_ledger", "legacy_lake", "sales_lakehouse"}
    first = send(world, "?count=9&orderBy=name")
    assert "$skip=9" in first.body["nextLink"] and "count=9" in first.body["nextLink"]
    rest = ask(world, first.body["nextLink"].removeprefix(BASE), table=TABLE)
    assert "nextLink" not in rest.body
    assert names(first) + names(rest) == sorted(names(send(world, "")), reverse=True)
    for wrong in ("?count=0", "?count=few", "?orderBy=mood"):
        assert code_of(send(world, wrong)) == (400, "UserError")


def test_four_came_with_every_workspace_opened_as_its_settings_say(world: World) -> None:
    for workspace in world.estate.workspaces.values():
        found = {one["name"]: one["properties"] for one in send(world, "?searchText=workspace", of=workspace.name).body["value"]}
        assert set(found) == {"workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"}
        kind = "None" if workspace.body["systemDatastoresAuthMode"] == "identity" else "AccountKey"
        assert {one["credentials"]["credentialsType"] for one in found.values()} == {kind}
        assert [name for name, one in found.items() if one["isDefault"]] == ["workspaceblobstore"]
        assert str(workspace.body["storageAccount"]).endswith("/" + found["workspacefilestore"]["accountName"])
    assert closed(world) == {
        "fraud-prod/partner_archive": "AuthenticationFailed",
        "fraud-prod/lake_raw": "AuthorizationPermissionMismatch",
        "fraud-prod/legacy_lake": "ServiceRetired",
    }


def test_what_is_not_there_is_said(world: World) -> None:
    missing = send(world, "/nowhere")
    assert code_of(missing) == (404, "UserError")
    assert missing.body["error"]["message"] == "Could not find datastore: nowhere."
    assert code_of(send(world, "/nowhere/listSecrets", "POST")) == (404, "UserError")
    assert send(world, "/nowhere", "DELETE").status == 204


def test_more_of_them_at_a_larger_scale_and_the_same_each_time(world: World) -> None:
    larger, again = (build_world(Options(seed=7, scale=3, speed=0, epoch=EPOCH), BASE) for _ in range(2))
    assert len(names(send(larger, "?count=200"))) == 3 * 10 + 4
    assert send(larger, "?count=200").body == send(again, "?count=200").body
    assert set(names(send(world, ""))) <= set(names(send(larger, "?count=200")))


# Secrets.


def test_secrets_are_told_by_one_call_alone_and_not_to_readers(world: World) -> None:
    for name, kind, secret in (
        ("transactions", "AccountKey", key_of(world)),
        ("lake_curated", "ServicePrincipal", None),
        ("lake_ledger", "Certificate", None),
        ("partner_feed", "Sas", None),
    ):
        told = send(world, f"/{name}/listSecrets", "POST", {"expirableSecret": True, "expireAfterHours": 1}).body
        value = next(text for field, text in told.items() if field != "secretsType")
        assert told["secretsType"] == kind and (secret is None or value == secret)
        everything = json.dumps([send(world, "").body, send(world, f"/{name}").body])
        assert value not in everything and "canary" not in everything
        assert set(send(world, f"/{name}").body["properties"]["credentials"]) & {"secrets", "key", "sasToken", "clientSecret"} == set()
    assert code_of(send(world, "/lake_raw/listSecrets", "POST")) == (400, "UserError")
    # A data scientist's role has every action of a workspace but a few; this is none of the few.
    assert send(world, "/transactions/listSecrets", "POST", who="data-scientist").status == 200
    for who in ("reader", "operator", "outsider"):
        assert code_of(send(world, "/transactions/listSecrets", "POST", who=who)) == (403, "AuthorizationFailed")
        assert code_of(send(world, "/transactions", "DELETE", who=who)) == (403, "AuthorizationFailed")
        assert code_of(send(world, "/new", "PUT", blob(by_key("x")), who=who)) == (403, "AuthorizationFailed")
    assert send(world, "/transactions", who="reader").status == 200
    assert code_of(send(world, "", who="outsider")) == (403, "AuthorizationFailed")


# Writing.


def test_made_replaced_and_forgotten(lived: World) -> None:
    made = send(lived, "/new?skipValidation=true", "PUT", blob(by_key("anything"), tags={"team": "risk"}, isDefault=True))
    assert made.status == 201 and made.headers["Location"].startswith(f"{BASE}{space(lived)}/datastores/new?")
    properties = made.body["properties"]
    assert (properties["isDefault"], properties["tags"], properties["credentials"]) == (
        False,
        {"team": "risk"},
        {"credentialsType": "AccountKey"},
    )
    assert send(lived, "/new/listSecrets", "POST").body["key"] == "anything"
    lived.clock.advance(60)
    # Whoever leaves the secret out takes it away.
    replaced = send(lived, "/NEW?skipValidation=true", "PUT", blob(by_key(None), description="again"))
    assert (replaced.status, replaced.body["name"], replaced.body["properties"]["description"]) == (200, "new", "again")
    assert replaced.body["systemData"]["createdAt"] < replaced.body["systemData"]["lastModifiedAt"]
    assert send(lived, "/new/listSecrets", "POST").body == {"secretsType": "AccountKey", "key": None}
    other = {"properties": {"datastoreType": "AzureFile", "accountName": "a", "fileShareName": "b", "credentials": by_key("x")}}
    assert code_of(send(lived, "/new?skipValidation=true", "PUT", other)) == (400, "UserError")
    assert (send(lived, "/new", "DELETE").status, send(lived, "/new", "DELETE").status) == (200, 204)
    for name in ("workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"):
        refused = send(lived, f"/{name}", "DELETE")
        assert code_of(refused) == (400, "UserError") and name in refused.body["error"]["message"]
        assert send(lived, f"/{name}").status == 200


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("-bad", blob(by_key("x")), "'-bad'"),
        ("bad.name", blob(by_key("x")), "'bad.name'"),
        ("new", None, "The request body"),
        ("new", {"properties": {"datastoreType": "Hdfs", "credentials": by_key("x")}}, "'Hdfs'"),
        ("new", {"properties": {"datastoreType": ["AzureBlob"], "credentials": by_key("x")}}, "AzureBlob"),
        ("new", blob({"credentialsType": "Password"}), "'Password'"),
        ("new", blob({"credentialsType": "AccountKey"}), "secrets"),
        ("new", blob({**by_key("x"), "secrets": {"secretsType": "Sas"}}), "'Sas'"),
        ("new", blob({"credentialsType": "ServicePrincipal", "secrets": {}}), "tenantId"),
        ("new", blob(by_key("x"), container="--"), "containerName"),
        ("new", blob(by_key("x"), serviceDataAccessAuthIdentity="Mine"), "'Mine'"),
        ("new", blob(by_key("x"), tags=["a"]), "properties.tags"),
    ],
)
def test_what_is_no_datastore_is_refused(world: World, name: str, body: Any, told: str) -> None:
    reply = send(world, f"/{name}?skipValidation=true", "PUT", body)
    assert code_of(reply) == (400, "UserError") and told in reply.body["error"]["message"]


def test_keys_are_checked_unless_that_is_skipped(lived: World) -> None:
    right, wrong = key_of(lived), key_of(lived, of="contosolake")
    assert why(send(lived, "/new", "PUT", blob(by_key(wrong)))) == "AuthenticationFailed"
    assert why(send(lived, "/new?skipValidation=false", "PUT", blob(by_key(None)))) == "AuthenticationFailed"
    assert code_of(send(lived, "/new")) == (404, "UserError")
    assert why(send(lived, "/new", "PUT", blob(by_key(right), of="nobodyhasit"))) == "AccountNotFound"
    assert why(send(lived, "/new", "PUT", blob(by_key(right), "nothing"))) == "ContainerNotFound"
    own = str(lived.estate.workspaces[space(lived).lower()].body["storageAccount"]).rpartition("/")[2]
    assert why(send(lived, "/new", "PUT", blob(by_key(key_of(lived, of=own)), "azureml", own))) == "KeyBasedAuthenticationNotPermitted"
    # The account of a workspace whose network is its own is out of reach for others.
    assert why(send(lived, "/new", "PUT", blob(by_key("x"), "azureml", own), of="fraud-dev")) == "AuthorizationFailure"
    for key in (right, key_of(lived, "key2")):
        assert why(send(lived, "/new", "PUT", blob(by_key(key)))) is None
    share = {
        "properties": {"datastoreType": "AzureFile", "accountName": "contosodata", "fileShareName": "no", "credentials": by_key(right)}
    }
    assert why(send(lived, "/share", "PUT", share)) == "ShareNotFound"
    share["properties"]["fileShareName"] = "labels"
    assert why(send(lived, "/share", "PUT", share)) is None


def test_signatures_are_checked(lived: World) -> None:
    estate, here = lived.estate, account(lived)

    def token(key: str = "key1", container: str = "chargebacks", hours: float = 1, service: str = "blob", **fields: str) -> str:
        until = f"{EPOCH + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
        return storage_keys.signed(estate, here, key, {"se": until, "sr": "c", "sp": "rl", **fields}, service, container)

    whole = {"ss": "bf", "srt": "sco"}
    for given, code in (
        (token(), None),
        ("?" + token("key2"), None),
        (token(**whole), None),
        (token(hours=-1), "AuthenticationFailed"),
        (token(st="2026-11-02T09:30:00Z"), "AuthenticationFailed"),
        (token(container="transactions"), "AuthenticationFailed"),
        (token().replace("sp=rl", "sp=rwl"), "AuthenticationFailed"),
        (token(sp="w"), "AuthorizationPermissionMismatch"),
        (token(ss="q", srt="sco"), "AuthorizationServiceMismatch"),
        (token(ss="b", srt="s"), "AuthorizationResourceTypeMismatch"),
        ("no signature", "AuthenticationFailed"),
    ):
        assert why(send(lived, "/new", "PUT", blob(by_sas(given)))) == code, given
    share = {"datastoreType": "AzureFile", "accountName": "contosodata", "fileShareName": "labels"}
    for given, code in ((token(container="labels", service="file", sr="s"), None), (token(container="labels"), "AuthenticationFailed")):
        assert why(send(lived, "/share", "PUT", {"properties": {**share, "credentials": by_sas(given)}})) == code


def test_signatures_are_those_that_azure_s_own_libraries_make(lived: World) -> None:
    from azure.storage.blob import generate_account_sas, generate_container_sas
    from azure.storage.fileshare import generate_share_sas

    key, until = key_of(lived), EPOCH + timedelta(days=1)
    tokens = (
        generate_container_sas("contosodata", "chargebacks", account_key=key, permission="rl", expiry=until),
        generate_account_sas("contosodata", key, resource_types="sco", permission="rl", expiry=until, services="b"),
    )
    for token in tokens:
        assert why(send(lived, "/new", "PUT", blob(by_sas(token)))) is None
    share = {"datastoreType": "AzureFile", "accountName": "contosodata", "fileShareName": "labels"}
    token = generate_share_sas("contosodata", "labels", account_key=key, permission="rl", expiry=until)
    assert why(send(lived, "/share", "PUT", {"properties": {**share, "credentials": by_sas(token)}})) is None
    regenerate(lived, "key1")
    assert why(send(lived, "/new", "PUT", blob(by_sas(tokens[0])))) == "AuthenticationFailed"


def test_applications_sign_in_and_need_a_role(lived: World) -> None:
    lake = {"datastoreType": "AzureDataLakeGen2", "accountName": "contosolake", "filesystem": "raw"}

    def put(credentials: dict[str, Any]) -> str | None:
        return why(send(lived, "/new", "PUT", {"properties": {**lake, "credentials": credentials}}))

    assert put(by_secret(lived, "outsider", "wrong")) == "invalid_client"
    assert put(by_secret(lived, "outsider", clientId=lived.estate.tenant_id)) == "unauthorized_client"
    assert put(by_secret(lived, "outsider", tenantId=lived.estate.identities["admin"].client_id)) == "invalid_request"
    # An Owner controls the account, but reads nothing in it.
    assert put(by_secret(lived, "admin")) == "AuthorizationPermissionMismatch"
    grant(lived, lived.estate.identities["outsider"].object_id, f"{account(lived, 'contosolake').id}/blobServices/default/containers/raw")
    assert put(by_secret(lived, "outsider")) is None
    lake["filesystem"] = "curated"
    assert put(by_secret(lived, "outsider")) == "AuthorizationPermissionMismatch"
    whose = {"tenantId": lived.estate.tenant_id, "clientId": lived.estate.identities["outsider"].client_id, "thumbprint": "AB"}
    certified = {"credentialsType": "Certificate", **whose, "secrets": {"secretsType": "Certificate", "certificate": "-----BEGIN"}}
    assert put(certified) == "invalid_client"


def grant(world: World, principal: str, scope: str) -> None:
    made = RoleAssignment("0f0f0f0f-0000-4000-8000-00000000000b", scope, BLOB_DATA_READER, principal, "ServicePrincipal", EPOCH, principal)
    world.estate.role_assignments[made.id.lower()] = made


def test_an_identity_needs_a_role_on_the_data(lived: World) -> None:
    workspace = lived.estate.workspaces[space(lived).lower()]
    raw = {
        "datastoreType": "AzureDataLakeGen2",
        "accountName": "contosolake",
        "filesystem": "raw",
        "credentials": {"credentialsType": "None"},
    }

    def put(**more: str) -> str | None:
        return why(send(lived, "/new", "PUT", {"properties": {**raw, **more}}))

    # Where the service is to use no identity there is nobody to ask about.
    assert (put(), put(filesystem="nothing")) == (None, "FilesystemNotFound")
    assert put(serviceDataAccessAuthIdentity="WorkspaceUserAssignedIdentity") == "IdentityNotFound"
    assert put(serviceDataAccessAuthIdentity="WorkspaceSystemAssignedIdentity") == "AuthorizationPermissionMismatch"
    grant(lived, workspace.identity["principalId"], account(lived, "contosolake").id)
    assert put(serviceDataAccessAuthIdentity="WorkspaceSystemAssignedIdentity") is None
    assert "fraud-prod/lake_raw" not in closed(lived)


# Keys that are made anew.


def test_one_key_feeds_five_datastores_of_two_workspaces(lived: World) -> None:
    before, key = closed(lived), key_of(lived)
    regenerate(lived, "key2")
    assert closed(lived) == before
    regenerate(lived, "key1")
    five = {"fraud-prod/transactions", "fraud-prod/chargebacks", "fraud-prod/labels", "fraud-dev/transactions_sample", "fraud-dev/scratch"}
    assert set(closed(lived)) - set(before) == five
    assert send(lived, "/transactions/listSecrets", "POST").body["key"] == key != key_of(lived)
    told = send(lived, "/transactions").body["properties"]
    again = {"properties": {**told, "credentials": by_key(key_of(lived, "key2"))}}
    assert why(send(lived, "/transactions", "PUT", again)) is None
    assert set(closed(lived)) - set(before) == five - {"fraud-prod/transactions"}


def test_a_workspace_s_own_take_the_new_key_when_they_are_resynchronised(lived: World) -> None:
    own = str(lived.estate.workspaces[space(lived, "fraud-dev").lower()].body["storageAccount"]).rpartition("/")[2]
    before = closed(lived)
    regenerate(lived, "key1", own)
    stale = set(closed(lived)) - set(before)
    assert stale == {f"fraud-dev/workspace{name}" for name in ("blobstore", "artifactstore", "filestore", "workingdirectory")}
    url = f"{space(lived, 'fraud-dev')}/resyncKeys?{VERSION}"
    assert code_of(ask(lived, url, "reader", "POST", TABLE)) == (403, "AuthorizationFailed")
    started = ask(lived, url, method="POST", table=TABLE)
    assert started.status == 202
    assert set(closed(lived)) - set(before) == stale
    lived.clock.advance(120)
    assert ask(lived, started.headers["Azure-AsyncOperation"].removeprefix(BASE), table=TABLE).body["status"] == "Succeeded"
    assert ask(lived, started.headers["Location"].removeprefix(BASE), table=TABLE).status == 204
    assert closed(lived) == before


# What is kept.


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
    lived.clock.advance(60)
    regenerate(lived, "key1")
    assert why(send(lived, "/by_key", "PUT", blob(by_key(key_of(lived))))) is None
    held = {name: send(lived, f"/{name}/listSecrets", "POST").body for name in ("by_key", "lake")}
    assert held["by_key"]["key"] == key_of(lived)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    secrets = (key_of(lived), key_of(lived, "key2"), token.partition("sig=")[2], lived.estate.identities["admin"].client_secret, "canary")
    assert [secret for secret in secrets if secret.encode() in written] == []

    again = build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)
    replay(again, TABLE, kept)
    assert closed(again) == closed(lived)
    assert send(again, "?count=100").body == send(lived, "?count=100").body
    assert {name: send(again, f"/{name}/listSecrets", "POST").body for name in held} == held
    assert send(again, "/skipped/listSecrets", "POST").body["key"] == "canary-lost-key"
