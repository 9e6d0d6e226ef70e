"""Whether a datastore opens its storage: keys, signatures, applications and identities, and keys that are made anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.emulator import storage_keys
from console.emulator.access_story import BLOB_DATA_READER
from console.emulator.estate import RoleAssignment
from console.emulator.world import World
from tests.emulator.asking import BASE, ask, code_of
from tests.emulator.datastore_asking import (
    EPOCH,
    TABLE,
    VERSION,
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
    space,
    why,
)


@pytest.fixture
def lived() -> World:
    return fresh()


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
