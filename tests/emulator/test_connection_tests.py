"""Tests of connections: what is really judged, and what is said not to be known."""

from __future__ import annotations

import pytest

from console.emulator import connection_targets, storage_keys
from console.emulator.world import World
from tests.emulator.asking import ask, code_of
from tests.emulator.connection_asking import link, openai, secrets, vault_of, verdict, wanted
from tests.emulator.datastore_asking import TABLE, account, fresh, key_of, regenerate, space

FEED = "https://contosopartners.blob.storage.invalid/feed"
BLOB = "https://contosodata.blob.storage.invalid/chargebacks"
LAKE = "https://contosolake.dfs.storage.invalid/raw"


@pytest.fixture
def lived() -> World:
    return fresh()


def test_what_is_kept_is_tested_where_the_request_has_nothing_to_say(lived: World) -> None:
    assert verdict(lived, "chargebacks-blob") is None
    assert verdict(lived, "openai") is None
    assert verdict(lived, "openai-trial", of="sandbox") == "401"
    assert verdict(lived, "lake-curated", of="demand-prod") is None
    assert verdict(lived, "lake-raw", of="demand-prod") == "AuthorizationPermissionMismatch"
    assert verdict(lived, "competitor-prices", of="pricing-prod") is None
    assert verdict(lived, "images", of="pricing-prod") is None
    assert verdict(lived, "erp", of="pricing-prod") == "401"
    newer = {"username": "ML_PRICING", "password": vault_of(lived, "kv-pricing-prod").secrets["erp-password"].latest.value}
    assert verdict(lived, "erp", {"properties": {"authType": "UsernamePassword", "credentials": newer}}, of="pricing-prod") is None
    regenerate(lived, "key1")
    assert verdict(lived, "chargebacks-blob") == "AuthenticationFailed"


def test_what_is_asked_is_tested_without_being_stored(lived: World) -> None:
    assert verdict(lived, "not-yet", openai(lived)) is None
    assert verdict(lived, "not-yet", openai(lived, "canary-wrong")) == "401"
    assert code_of(link(lived, "/not-yet")) == (404, "UserError")
    before = secrets(lived, "openai")
    assert verdict(lived, "openai", openai(lived, "canary-wrong")) == "401"
    assert secrets(lived, "openai") == before
    assert verdict(lived, "openai", {"properties": {"authType": "ApiKey", "credentials": {}}}) is None
    assert code_of(link(lived, "/openai/testconnection", "POST", wanted("Git", "ApiKey", "x"))) == (400, "ValidationError")


def test_storage_is_asked_what_storage_knows(lived: World) -> None:
    key, container = {"key": key_of(lived)}, wanted("AzureBlob", "AccountKey", BLOB, {"key": key_of(lived, "key2")})
    assert verdict(lived, "new", container) is None
    assert verdict(lived, "new", wanted("AzureBlob", "AccountKey", f"{BLOB}-not", key)) == "ContainerNotFound"
    nowhere = BLOB.replace("contosodata", "contosonothing")
    assert verdict(lived, "new", wanted("AzureBlob", "AccountKey", nowhere, key)) == "AccountNotFound"
    elsewhere = {"AccountName": "contosodata", "ContainerName": "transactions"}
    assert verdict(lived, "new", wanted("AzureBlob", "AccountKey", nowhere, key, metadata=elsewhere)) is None
    access = {"accessKeyId": "contosodata", "secretAccessKey": key_of(lived)}
    assert verdict(lived, "new", wanted("AzureBlob", "AccessKey", BLOB, access)) is None


def test_a_signature_runs_out(lived: World) -> None:
    assert verdict(lived, "partner-feed") is None
    lived.clock.advance(3 * 86400)
    assert verdict(lived, "partner-feed") == "AuthenticationFailed"
    until = {"se": "2027-01-01T00:00:00Z", "sr": "c", "sp": "rl"}
    token = storage_keys.signed(lived.estate, account(lived, "contosopartners"), "key2", until, "blob", "feed")
    assert verdict(lived, "partner-feed", wanted("AzureBlob", "SAS", FEED, {"sas": f"?{token}"})) is None


def test_identities_need_a_role(lived: World) -> None:
    own = wanted("ADLSGen2", "AAD", LAKE)
    # Owners of a subscription read no data by that.
    assert verdict(lived, "new", own) == "AuthorizationPermissionMismatch"
    workspace = {**own["properties"], "useWorkspaceManagedIdentity": True}
    assert verdict(lived, "new", {"properties": workspace}) == "AuthorizationPermissionMismatch"
    principal = next(one.identity["principalId"] for one in lived.estate.workspaces.values() if one.name == "fraud-prod")
    definition = "/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    path = f"{account(lived, 'contosolake').id}/providers/Microsoft.Authorization/roleAssignments/5b7f5e0c-3b7b-4a57-9f5f-0f4c4f6f5c11"
    role = {"properties": {"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal"}}
    assert ask(lived, f"{path}?api-version=2022-04-01", method="PUT", table=TABLE, body=role).status == 201
    lived.clock.advance(3600)
    assert verdict(lived, "new", {"properties": workspace}) is None
    user_assigned = {"clientId": principal, "resourceId": f"{space(lived)}/identity"}
    assert verdict(lived, "new", wanted("ADLSGen2", "ManagedIdentity", LAKE, user_assigned)) == "IdentityNotFound"


def test_what_lies_outside_is_not_said_to_be_open(lived: World) -> None:
    for body in (
        wanted("Git", "PAT", "https://git.elsewhere.example/repo", {"pat": "canary"}),
        wanted("AzureOpenAI", "AAD", connection_targets.OPENAI),
        wanted("AzureOneLake", "AAD", "https://onelake.dfs.fabric.invalid/space"),
    ):
        assert verdict(lived, "new", body) == "TargetUnknown"
    assert verdict(lived, "new", wanted("PythonFeed", "None", connection_targets.FEED)) is None
    assert verdict(lived, "new", wanted("Git", "None", connection_targets.REPOSITORY)) == "401"


def test_the_stable_version_has_no_test(lived: World) -> None:
    reply = ask(lived, f"{space(lived)}/connections/openai/testconnection?api-version=2024-10-01", method="POST", table=TABLE)
    assert reply.status == 400
