"""Connections: lists and their filters, secrets, and what is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.emulator import connection_secrets, vault_secrets
from console.emulator.connection_categories import GROUPS
from console.emulator.staleness import snapshot
from console.emulator.world import World
from tests.emulator.asking import ask, code_of
from tests.emulator.connection_asking import lever, link, openai, secrets, vault_of, verdict, wanted
from tests.emulator.datastore_asking import TABLE, fresh, key_of, names, regenerate, space


@pytest.fixture
def lived() -> World:
    return fresh()


# Reading.


def test_a_list_leaves_out_what_leads_to_data_unless_all_is_asked_for(world: World) -> None:
    assert names(link(world, "")) == ["openai", "feature-repo", "risk-warehouse"]
    assert names(link(world, "?includeAll=true")) == ["chargebacks-blob", "partner-feed", "openai", "feature-repo", "risk-warehouse"]
    assert names(link(world, "?category=git")) == ["feature-repo"]
    assert names(link(world, "?category=AzureBlob")) == []
    assert names(link(world, "?category=AzureBlob&includeAll=true")) == ["chargebacks-blob", "partner-feed"]
    assert names(link(world, "?target=https://contoso-openai.openai.azure.com/")) == ["openai"]
    assert names(link(world, "?category=Nothing")) == []


def test_no_list_and_no_get_has_a_secret(world: World) -> None:
    for workspace in world.estate.workspaces.values():
        found = link(world, "?includeAll=true", of=workspace.name).body["value"]
        for one in found:
            assert ask(world, f"{one['id']}?api-version=2024-10-01-preview", table=TABLE).body == one
            assert one["properties"].get("credentials") is None
            assert ("credentials" in one["properties"]) == (one["properties"]["authType"] not in ("None", "AAD"))
            # The one that somebody wrote where everybody reads it is in the metadata.
            told = {**one, "properties": {**one["properties"], "metadata": None}}
            assert "canary" not in json.dumps(told) and "sig=" not in json.dumps(told)
    loose = link(world, "/images", of="vision-research").body["properties"]["metadata"]["note"]
    assert "canary" in loose


def test_what_the_server_adds_is_as_each_version_has_it(world: World) -> None:
    def told(version: str) -> dict[str, Any]:
        url = f"{space(world)}/connections/feature-repo?api-version={version}"
        found: dict[str, Any] = ask(world, url, table=TABLE).body
        return found

    newest = told("2024-10-01-preview")
    assert (newest["tags"], newest["location"], newest["systemData"]["createdBy"]) == (None, None, "Grace Okafor")
    properties = newest["properties"]
    assert (properties["group"], properties["isSharedToAll"], len(properties["sharedUserList"])) == ("ServicesAndApps", False, 2)
    assert properties["expiryTime"] == "2026-10-24T08:00:00.0000000Z"
    assert properties["createdByWorkspaceArmId"] == space(world)
    assert (properties["peStatus"], properties["useWorkspaceManagedIdentity"]) == ("NotApplicable", False)
    assert "peStatus" not in told("2024-10-01")["properties"]
    assert told("2024-04-01-preview")["properties"]["autoPrivateLinkCreate"] is True
    assert "group" not in told("2023-08-01-preview")["properties"]
    assert told("2024-10-01-Preview") == newest


def test_the_story_has_what_is_to_be_found(world: World) -> None:
    found = lever(world)
    by_key = [name for name, one in found.items() if one["key"] == "key1" and one["category"] == "AzureBlob"]
    assert by_key == ["fraud-prod/chargebacks-blob", "fraud-dev/transactions-sample-blob", "fraud-prod/partner-feed"]
    assert found["fraud-prod/chargebacks-blob"]["fingerprints"] == found["fraud-dev/transactions-sample-blob"]["fingerprints"]
    assert "canary" not in json.dumps(found)
    closed = {name: one["code"] for name, one in found.items() if one["opens"] is False}
    assert closed == {
        "demand-prod/lake-raw": "AuthorizationPermissionMismatch",
        "sandbox/openai-trial": "401",
        "pricing-prod/erp": "401",
    }
    assert {name.partition("/")[0] for name in found} == {one.name for one in world.estate.workspaces.values()}
    metadata = link(world, "/openai").body["properties"]["metadata"]
    assert metadata["aml-console.vault-secret"] == "https://kv-fraud-prod.vault.azure.net/secrets/openai-key"
    held = vault_of(world).secrets["openai-key"].latest
    assert metadata["aml-console.vault-secret-version"] == held.version and not held.enabled
    assert secrets(world, "openai") == {"key": held.value}
    assert link(world, "/partner-feed").body["properties"]["expiryTime"] == "2026-11-05T08:00:00.0000000Z"


def test_what_is_not_there_is_said(world: World) -> None:
    for what, method in (("/nowhere", "GET"), ("/nowhere/listsecrets", "POST"), ("/nowhere/testconnection", "POST")):
        missing = link(world, what, method)
        assert code_of(missing) == (404, "UserError")
        assert missing.body["error"]["message"] == "Connection nowhere can't be found in this workspace"
        assert missing.body["error"]["innerError"]["code"] == "NotFoundError"
    assert link(world, "/nowhere", "DELETE").status == 204
    assert code_of(link(world, "/nowhere", "PATCH", {"properties": {"authType": "PAT"}})) == (404, "UserError")


def test_more_of_them_at_a_larger_scale_and_the_same_each_time(world: World) -> None:
    larger, again = (fresh(3) for _ in range(2))
    assert len(names(link(larger, "?includeAll=true"))) == 3 * 5
    assert link(larger, "?includeAll=true").body == link(again, "?includeAll=true").body
    assert secrets(larger, "chargebacks-blob-003") == secrets(larger, "chargebacks-blob") != {}


# Secrets.


def test_listsecrets_tells_what_each_type_has(world: World) -> None:
    assert secrets(world, "chargebacks-blob") == {"key": key_of(world)}
    assert "sig=" in secrets(world, "partner-feed")["sas"]
    assert set(secrets(world, "feature-repo")) == {"pat"}
    assert secrets(world, "risk-warehouse")["username"] == "SVC_RISK_ML"
    assert set(secrets(world, "competitor-prices", "pricing-prod")["keys"]) == {"x-api-key", "x-api-secret"}
    assert set(secrets(world, "labels", "vision-prod")) == {"accessKeyId", "secretAccessKey"}
    assert set(secrets(world, "images", "vision-prod")) == {"clientId", "resourceId"}
    by_identity = link(world, "/openai/listsecrets", "POST", of="nlp-research").body["properties"]
    assert by_identity["authType"] == "AAD" and "credentials" not in by_identity


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("admin", True), ("data-scientist", True), ("reader", False), ("operator", False), ("cost-analyst", False)],
)
def test_who_may(lived: World, who: str, allowed: bool) -> None:
    lived.estate.locks.clear()
    seen = link(lived, "", who=who).status
    assert seen == (403 if who == "cost-analyst" else 200)
    for what, method, body, status in (
        ("/openai/listsecrets", "POST", None, 200),
        ("/openai/testconnection", "POST", None, 202),
        ("/new", "PUT", openai(lived), 200),
        ("/new", "PATCH", {"properties": {"authType": "ApiKey"}}, 200),
        ("/new", "DELETE", None, 200),
    ):
        reply = link(lived, what, method, body, who)
        assert reply.status == (status if allowed else 403), reply.body
        if not allowed:
            action = {"PUT": "write", "PATCH": "write", "DELETE": "delete"}.get(method, f"{what.rpartition('/')[2]}/action")
            assert f"Microsoft.MachineLearningServices/workspaces/connections/{action}" in reply.body["error"]["message"]


# The Key Vault behind.


def test_secrets_are_in_the_vault_of_the_workspace(lived: World) -> None:
    vault = vault_of(lived)

    def made() -> list[str]:
        return [one.name for one in vault.secrets.values() if one.name.startswith(connection_secrets.PREFIX) and one.deleted is None]

    assert len(made()) == 5
    assert link(lived, "/new", "PUT", openai(lived, "canary-first")).status == 200
    (name,) = [one for one in made() if vault.secrets[one].latest.value == "canary-first"]
    assert link(lived, "/new", "PUT", openai(lived, "canary-second")).status == 200
    assert [one.value for one in vault.secrets[name].versions] == ["canary-first", "canary-second"]
    vault.secrets[name].latest.enabled = False
    # What the vault does not give out opens nothing.
    assert secrets(lived, "new") == {}
    assert verdict(lived, "new") == "401"
    vault.secrets[name].latest.enabled = True
    assert link(lived, "/new", "DELETE").status == 200
    assert len(made()) == 5 and vault.secrets[name].deleted == lived.clock.now()
    # The name of what was deleted stays taken: the next has another.
    assert link(lived, "/new", "PUT", openai(lived, "canary-third")).status == 200
    assert secrets(lived, "new") == {"key": "canary-third"}
    assert link(lived, "/new", "PUT", wanted("AzureOpenAI", "AAD", "https://elsewhere")).status == 200
    assert len(made()) == 5


def test_what_somebody_did_to_it_in_the_vault_is_survived(lived: World) -> None:
    vault, one = vault_of(lived), lived.estate.connections[f"{space(lived)}/connections/risk-warehouse".lower()]
    two = {"username": "me", "password": "canary", "securityToken": "canary-too"}
    assert link(lived, "/risk-warehouse", "PUT", wanted("Salesforce", "UsernamePassword", "x", two)).status == 200
    assert secrets(lived, "risk-warehouse") == two
    for other in ("not what it was", "5", "[]", '{"password": 5}', '{"pin": "canary"}'):
        vault_secrets.put(lived.estate, vault, lived.clock.now(), one.vault_secret, other)
        assert secrets(lived, "risk-warehouse") == {"username": "me"}
    vault_secrets.delete(vault.secrets[one.vault_secret], lived.clock.now())
    assert link(lived, "/risk-warehouse", "PUT", wanted("Snowflake", "UsernamePassword", "x", {"password": "canary-new"})).status == 200
    assert secrets(lived, "risk-warehouse") == {"password": "canary-new"}


def test_a_patch_that_names_no_credentials_leaves_the_vault_alone(lived: World) -> None:
    vault, one = vault_of(lived), lived.estate.connections[f"{space(lived)}/connections/risk-warehouse".lower()]
    held = vault.secrets[one.vault_secret]
    held.latest.enabled = False
    reply = link(lived, "/risk-warehouse", "PATCH", {"properties": {"authType": "UsernamePassword", "metadata": {"owner": "risk"}}})
    assert reply.body["properties"]["metadata"] == {"owner": "risk"}
    assert (len(held.versions), held.deleted) == (1, None)
    held.latest.enabled = True
    assert secrets(lived, "risk-warehouse")["password"].startswith("canary")


def test_without_a_vault_nothing_is_kept(lived: World) -> None:
    del lived.estate.vaults[vault_of(lived).id.lower()]
    reply = link(lived, "/new", "PUT", openai(lived))
    assert code_of(reply) == (400, "ValidationError") and "Key Vault" in reply.body["error"]["message"]
    assert code_of(link(lived, "/new")) == (404, "UserError")
    assert secrets(lived, "risk-warehouse") == {"username": "SVC_RISK_ML"}
    assert link(lived, "/risk-warehouse", "DELETE").status == 200


# Writing.


def test_a_put_makes_and_replaces_and_answers_without_the_secret(lived: World) -> None:
    made = link(lived, "/new", "PUT", openai(lived, "canary-typed"))
    assert made.status == 200 and made.body["properties"]["credentials"] is None
    assert made.body == link(lived, "/new").body
    assert made.body["properties"]["metadata"] == {"DeploymentApiVersion": "2023-10-01-preview"}
    assert secrets(lived, "new") == {"key": "canary-typed"}
    lived.clock.advance(60)
    # What azure-ai-ml sends back after a get: the secret is gone, silently.
    emptied = link(lived, "/new", "PUT", wanted("AzureOpenAi", "ApiKey", "https://elsewhere", {}, metadata={"a": "b"}, isSharedToAll=False))
    assert emptied.body["properties"]["category"] == "AzureOpenAI"
    assert emptied.body["properties"]["isSharedToAll"] is False
    assert emptied.body["systemData"]["lastModifiedAt"] > emptied.body["systemData"]["createdAt"]
    assert secrets(lived, "new") == {}
    assert link(lived, "/new", "DELETE").status == 200
    assert link(lived, "/new", "DELETE").status == 204


def test_a_patch_leaves_what_it_does_not_name(lived: World) -> None:
    before = secrets(lived, "feature-repo")
    patched = link(lived, "/feature-repo", "PATCH", {"properties": {"authType": "PAT", "expiryTime": "2027-01-31T00:00:00Z"}})
    assert patched.body["properties"]["expiryTime"] == "2027-01-31T00:00:00.0000000Z"
    assert patched.body["properties"]["isSharedToAll"] is False
    assert secrets(lived, "feature-repo") == before
    link(lived, "/feature-repo", "PATCH", {"properties": {"authType": "PAT", "credentials": {"pat": "canary-new"}}})
    assert secrets(lived, "feature-repo") == {"pat": "canary-new"}
    assert link(lived, "/feature-repo", "PATCH", {"properties": {"authType": "None"}}).status == 200
    assert "credentials" not in link(lived, "/feature-repo/listsecrets", "POST").body["properties"]
    assert code_of(link(lived, "/openai", "PATCH", {"properties": {"metadata": {}}})) == (400, "ValidationError")


AI = "https://contoso-ai.cognitiveservices.azure.com/"


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("ab", wanted("Git", "PAT", "https://x", {"pat": "x"}), "Connection name 'ab' is invalid"),
        ("new", wanted("Postgres", "PAT", "https://x"), "Connection category 'Postgres' is not one of"),
        ("new", wanted("Git", "Password", "https://x"), "Connection authType 'Password' is not one of"),
        ("new", wanted("Git", "ApiKey", "https://x", {"key": "x"}), "category Git cannot have the authType ApiKey; it is one of PAT,"),
        ("new", wanted("Git", "PAT", None, {"pat": "x"}), "Connections of category Git need a target."),
        ("new", wanted("Git", "PAT", "https://x", {"key": "x"}), "Credentials of authType PAT have no key."),
        ("new", wanted("Git", "PAT", "https://x", {"pat": 7}), "properties.credentials.pat must be text."),
        ("new", wanted("Git", "PAT", "https://x", {"pat": "é" * 12801}), "is longer than the 25600 bytes"),
        ("new", wanted("Git", "PAT", "https://x", {"pat": "half \ud800"}), "properties.credentials.pat must be text."),
        ("new", wanted("CustomKeys", "CustomKeys", "x", {"keys": "x"}), "properties.credentials.keys must be an object."),
        ("new", wanted("Git", "None", "https://x", metadata={"a": 1}), "properties.metadata must have texts only."),
        ("new", wanted("Git", "None", "https://x", isSharedToAll="yes"), "properties.isSharedToAll must be true or false."),
        ("new", wanted("Git", "None", "https://x", peStatus="Off"), "properties.peStatus 'Off' is not one of"),
        ("new", wanted("Git", "None", "https://x", sharedUserList="me"), "properties.sharedUserList must be a list"),
        ("new", wanted("AiServices", "ApiKey", AI, {"key": "x"}, metadata={"ResourceId": "0000"}), "without an associated resourceId"),
        ("new", {"properties": None}, "properties must be an object."),
        ("new", [], "The request body must be an object."),
    ],
)
def test_what_is_no_connection_is_refused_with_the_reason(world: World, name: str, body: Any, reason: str) -> None:
    before = len(world.estate.connections)
    reply = link(world, f"/{name}", "PUT", body)
    assert code_of(reply) == (400, "ValidationError")
    assert reason in reply.body["error"]["message"]
    assert reply.body["componentName"] == "account-rp"
    assert len(world.estate.connections) == before


def test_a_secret_may_be_anything_that_fits(lived: World) -> None:
    odd = "canary line\nline é 漢 " + "x" * 24_900
    assert link(lived, "/odd", "PUT", wanted("ApiKey", "ApiKey", "https://x", {"key": odd})).status == 200
    assert secrets(lived, "odd") == {"key": odd}


def test_an_expiry_that_is_no_moment_is_forgotten_as_recorded(lived: World) -> None:
    body = wanted("S3", "AccessKey", "dummy", {"accessKeyId": "a", "secretAccessKey": "b"}, expiryTime="01/05/2025 00:00:00")
    assert link(lived, "/new", "PUT", body).body["properties"]["expiryTime"] is None


def test_a_key_that_was_made_anew_opens_no_connection(lived: World) -> None:
    regenerate(lived, "key1")
    found = lever(lived)
    assert (found["fraud-prod/chargebacks-blob"]["opens"], found["fraud-prod/chargebacks-blob"]["key"]) == (False, None)
    assert found["fraud-dev/transactions-sample-blob"]["code"] == "AuthenticationFailed"
    body = {"properties": {"authType": "AccountKey", "credentials": {"key": key_of(lived, "key2")}}}
    assert link(lived, "/chargebacks-blob", "PATCH", body).status == 200
    assert lever(lived)["fraud-prod/chargebacks-blob"]["key"] == "key2"


def test_reads_that_lag_behind_see_the_connections_of_before(lived: World) -> None:
    right, before = secrets(lived, "openai"), snapshot(lived.estate)
    link(lived, "/new", "PUT", openai(lived))
    link(lived, "/openai", "PATCH", {"properties": {"authType": "ApiKey", "credentials": {"key": "canary"}}})
    assert f"{space(lived)}/connections/new".lower() not in before.connections
    assert connection_secrets.kept(before, before.connections[f"{space(lived)}/connections/openai".lower()]) == right


def test_every_category_has_one_group() -> None:
    assert len(GROUPS) == 105
