"""Key Vaults, storage accounts and container registries as Azure Resource Manager has them."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from console.emulator.replay import Recorder, replay
from console.emulator.state import State
from console.emulator.vault_policies import InvalidPolicyError, changed, read_policies
from console.emulator.world import World
from tests.conftest import Answer, Emulator
from tests.emulator.asking import TABLE, ask, code_of
from tests.emulator.swagger import Swagger
from tests.emulator.test_computes import versioned
from tests.emulator.test_device_code import signed_in
from tests.emulator.vault_asking import fresh

DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
VERSION = "2023-07-01"
SOMEBODY = "11111111-2222-4333-8444-555555555555"


def space(world: World, name: str) -> Any:
    return next(one for one in world.estate.workspaces.values() if one.name == name)


def vault_of(emulator: Emulator, name: str = "fraud-prod") -> str:
    known = next(one for one in emulator.ready["workspaces"] if one["name"] == name)
    group = f"/subscriptions/{known['subscription_id']}/resourceGroups/{known['resource_group']}"
    return f"{group}/providers/Microsoft.KeyVault/vaults/kv-{name}"


def send(emulator: Emulator, method: str, path: str, properties: Any = None, identity: str = "admin") -> Answer:
    body = None if properties is None else {"properties": properties}
    return emulator.request(method, versioned(path, VERSION), body, identity=identity)


def policy(emulator: Emulator, *secrets: str, who: str = SOMEBODY, **permissions: list[str]) -> dict[str, Any]:
    return {"tenantId": emulator.ready["tenant_id"], "objectId": who, "permissions": {"secrets": list(secrets), **permissions}}


def held(answer: Answer, who: str = SOMEBODY) -> list[dict[str, list[str]]]:
    assert answer.status == 200, answer.content
    return [one["permissions"] for one in answer.json()["properties"]["accessPolicies"] if one["objectId"] == who]


# Reading.


@pytest.mark.skipif(DATA is None, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")
def test_vaults_are_what_the_swagger_says(fresh_emulator: Emulator) -> None:
    folder = (
        Path(DATA or "") / "azure-specs" / "specification" / "keyvault" / "resource-manager" / "Microsoft.KeyVault" / "stable" / VERSION
    )
    published = Swagger(folder)
    path = vault_of(fresh_emulator)
    subscription = path.split("/resourceGroups/")[0]
    added = {"accessPolicies": [policy(fresh_emulator, "get")]}
    for method, at, body, status in (
        ("GET", path, None, 200),
        ("GET", f"{subscription}/providers/Microsoft.KeyVault/vaults", None, 200),
        ("GET", path.rpartition("/")[0], None, 200),
        ("PUT", f"{path}/accessPolicies/add", added, 200),
        ("PATCH", path, {"enablePurgeProtection": True}, 200),
    ):
        answer = send(fresh_emulator, method, at, body)
        assert answer.status == status
        assert published.problems(method, at, status, answer.json()) == []
    told = send(fresh_emulator, "GET", path).json()
    assert published.problems("GET", path, 200, {**told, "mood": "good"})
    made = f"{path.rpartition('/')[0]}/kv-made"
    answer = fresh_emulator.request("PUT", versioned(made, VERSION), {"location": "westeurope", "properties": added})
    assert answer.status == 201
    assert published.problems("PUT", made, 201, answer.json()) == []
    assert held(send(fresh_emulator, "GET", made)) == [{"secrets": ["get"]}]


def test_every_workspace_has_its_companions(world: World) -> None:
    kinds = {"keyVault": VERSION, "storageAccount": "2025-08-01", "containerRegistry": "2025-04-01"}
    for workspace in world.estate.workspaces.values():
        for name, version in kinds.items():
            if workspace.body[name] is not None:
                told = ask(world, f"{workspace.body[name]}?api-version={version}").body
                assert (told["id"], told["location"]) == (workspace.body[name], workspace.location)
    assert {one.name: one.body["enableRbacAuthorization"] for one in world.estate.vaults.values() if "fraud" in one.name} == {
        "kv-fraud-prod": False,
        "kv-fraud-dev": False,
    }
    account = ask(world, f"{space(world, 'fraud-prod').body['storageAccount']}?api-version=2025-08-01").body
    assert (account["kind"], account["properties"]["allowSharedKeyAccess"]) == ("StorageV2", False)
    missing = ask(world, f"{space(world, 'fraud-prod').body['storageAccount']}x?api-version=2025-08-01")
    assert code_of(missing) == (404, "ResourceNotFound")


def test_lists_show_what_the_caller_may_read(world: World) -> None:
    subscription = f"/subscriptions/{space(world, 'fraud-prod').subscription_id}"
    # Beside those of its workspaces the subscription has three storage accounts that several use.
    for kind, version, count in (
        ("KeyVault/vaults", VERSION, 4),
        ("Storage/storageAccounts", "2025-08-01", 7),
        ("ContainerRegistry/registries", "2025-04-01", 4),
    ):
        url = f"{subscription}/providers/Microsoft.{kind}?api-version={version}"
        assert len(ask(world, url, "reader").body["value"]) == count
        assert code_of(ask(world, url, "outsider")) == (403, "AuthorizationFailed")
    vault = space(world, "fraud-prod").body["keyVault"]
    assert code_of(ask(world, f"{vault}?api-version={VERSION}", "data-scientist")) == (403, "AuthorizationFailed")
    first = ask(world, f"{subscription}/providers/Microsoft.KeyVault/vaults?api-version={VERSION}&$top=3").body
    assert len(first["value"]) == 3 and "$skiptoken=3" in first["nextLink"]


def test_policies_outlive_the_process(tmp_path: Path) -> None:
    before, after = fresh(), fresh()
    vault = space(before, "fraud-prod").body["keyVault"]
    url = f"{vault}?api-version={VERSION}"
    given = {"tenantId": before.estate.tenant_id, "objectId": SOMEBODY, "permissions": {"secrets": ["get", "list"]}}
    with closing(State(str(tmp_path / "state"))) as state:
        before.recorder = Recorder(state, 0)
        path = f"{vault}/accessPolicies/add?api-version={VERSION}"
        assert ask(before, path, method="PUT", body={"properties": {"accessPolicies": [given]}}).status == 200
        replay(after, TABLE, state)
    told = ask(before, url).body
    assert given in told["properties"]["accessPolicies"]
    assert ask(after, url).body == told


# Writing.


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"softDeleteRetentionInDays": 6}, "softDeleteRetentionInDays"),
        ({"softDeleteRetentionInDays": 91}, "softDeleteRetentionInDays"),
        ({"softDeleteRetentionInDays": True}, "softDeleteRetentionInDays"),
        ({"enableSoftDelete": False}, "enableSoftDelete"),
        ({"enablePurgeProtection": False}, "enablePurgeProtection"),
        ({"enableRbacAuthorization": "yes"}, "enableRbacAuthorization"),
        ({"networkAcls": {"ipRules": 5}}, "networkAcls.ipRules"),
        ({"networkAcls": {"ipRules": [{}]}}, "networkAcls.ipRules"),
        ({"networkAcls": {"ipRules": [{"value": "here"}]}}, "networkAcls.ipRules"),
        ({"networkAcls": {"virtualNetworkRules": [{"id": 5}]}}, "networkAcls.virtualNetworkRules"),
        ({"networkAcls": {"defaultAction": "Maybe"}}, "networkAcls.defaultAction"),
    ],
)
def test_properties_that_the_schema_does_not_have(world: World, wrong: dict[str, Any], place: str) -> None:
    vault = world.estate.vaults[space(world, "nlp-research").body["keyVault"].lower()]
    before = dict(vault.body)
    reply = ask(world, f"{vault.id}?api-version={VERSION}", method="PATCH", body={"properties": wrong})
    assert code_of(reply) == (400, "BadRequest") and f"'{place}'" in reply.body["error"]["message"]
    assert vault.body == before


def test_roles_decide_in_a_vault_that_a_newer_version_makes_without_a_word_about_it(world: World) -> None:
    group = space(world, "nlp-research").body["keyVault"].rpartition("/")[0]
    for version, rbac in (("2023-07-01", False), ("2026-02-01", True)):
        path = f"{group}/kv-of-{version}?api-version={version}"
        made = ask(world, path, method="PUT", body={"location": "westeurope", "properties": {}, "tags": {"a": "b"}})
        assert (made.status, made.body["properties"]["enableRbacAuthorization"], made.body["tags"]) == (201, rbac, {"a": "b"})


# Access policies.


def test_policies_are_added_taken_away_and_replaced(fresh_emulator: Emulator) -> None:
    path = vault_of(fresh_emulator)
    before = len(send(fresh_emulator, "GET", path).json()["properties"]["accessPolicies"])

    def change(operation: str, *secrets: str) -> None:
        answer = send(fresh_emulator, "PUT", f"{path}/accessPolicies/{operation}", {"accessPolicies": [policy(fresh_emulator, *secrets)]})
        assert (answer.status, answer.json()["type"]) == (200, "Microsoft.KeyVault/vaults/accessPolicies")

    change("add", "get")
    change("add", "list", "get")
    assert held(send(fresh_emulator, "GET", path)) == [{"secrets": ["get", "list"]}]
    change("remove", "get")
    assert held(send(fresh_emulator, "GET", path)) == [{"secrets": ["list"]}]
    change("replace", "set")
    told = send(fresh_emulator, "GET", path)
    assert held(told) == [{"secrets": ["set"]}]
    assert len(told.json()["properties"]["accessPolicies"]) == before + 1
    assert told.json()["systemData"]["lastModifiedBy"] == fresh_emulator.identity("admin")["client_id"]
    change("remove", "set")
    assert held(send(fresh_emulator, "GET", path)) == []
    patched = send(fresh_emulator, "PATCH", path, {"accessPolicies": [policy(fresh_emulator, "get", keys=["sign"])]})
    assert held(patched) == [{"keys": ["sign"], "secrets": ["get"]}]
    assert len(patched.json()["properties"]["accessPolicies"]) == 1


def test_what_the_command_line_reads_and_puts_back_stays_as_it_is(fresh_emulator: Emulator) -> None:
    path = vault_of(fresh_emulator)
    told = send(fresh_emulator, "GET", path).json()
    body = {"location": told["location"], "tags": told["tags"], "properties": told["properties"]}
    put = fresh_emulator.request("PUT", versioned(path, VERSION), body)
    assert (put.status, put.json()["properties"]) == (200, told["properties"])


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"objectId": "nobody"}, "objectId"),
        ({"tenantId": SOMEBODY}, "tenantId"),
        ({"permissions": {"secrets": ["peek"]}}, "permissions.secrets"),
        ({"permissions": None}, "permissions"),
    ],
)
def test_policies_that_key_vault_would_not_take(fresh_emulator: Emulator, wrong: dict[str, Any], place: str) -> None:
    path = vault_of(fresh_emulator)
    given = {"accessPolicies": [{**policy(fresh_emulator, "get"), **wrong}]}
    for answer in (send(fresh_emulator, "PUT", f"{path}/accessPolicies/add", given), send(fresh_emulator, "PATCH", path, given)):
        assert (answer.status, answer.json()["error"]["code"]) == (400, "BadRequest")
        assert place in answer.json()["error"]["message"]
    twice = {"accessPolicies": [policy(fresh_emulator, "get")] * 2}
    assert send(fresh_emulator, "PATCH", path, twice).status == 400
    assert send(fresh_emulator, "PUT", f"{path}/accessPolicies/mend", given).status == 400


def test_too_many_policies_are_refused() -> None:
    many = [{"tenantId": SOMEBODY, "objectId": f"{n:08d}-0000-4000-8000-000000000000", "permissions": {}} for n in range(1025)]
    assert len(read_policies(many[:1024], SOMEBODY)) == 1024
    with pytest.raises(InvalidPolicyError, match="1024"):
        read_policies(many, SOMEBODY)


def test_too_many_policies_in_all_are_refused() -> None:
    get = {"tenantId": SOMEBODY, "permissions": {"secrets": ["get"]}}
    held = [{**get, "objectId": f"{n:08d}-0000-4000-8000-000000000000"} for n in range(1024)]
    with pytest.raises(InvalidPolicyError, match="1024"):
        changed(held, "add", [{**get, "objectId": SOMEBODY}])
    assert len(changed(held, "add", held[:1])) == 1024


def test_a_policy_for_an_application_is_another_one() -> None:
    own = {"tenantId": SOMEBODY, "objectId": SOMEBODY, "permissions": {"secrets": ["get"]}}
    on_behalf = {**own, "applicationId": SOMEBODY}
    assert changed([own], "add", [on_behalf]) == [own, on_behalf]
    assert changed([own, on_behalf], "remove", [on_behalf]) == [own]


def test_roles_decide_who_changes_a_vault(fresh_emulator: Emulator) -> None:
    path = vault_of(fresh_emulator)
    given = {"accessPolicies": [policy(fresh_emulator, "get")]}
    for method, at in (("PUT", f"{path}/accessPolicies/add"), ("PATCH", path)):
        for identity in ("reader", "operator"):
            answer = send(fresh_emulator, method, at, given, identity=identity)
            assert (answer.status, answer.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert send(fresh_emulator, "PATCH", path, {"enableRbacAuthorization": True}).json()["properties"]["enableRbacAuthorization"] is True


def test_who_decides_is_changed_only_by_who_may_assign_roles(fresh_emulator: Emulator) -> None:
    # Helen is Contributor of the workspace, not of its vault; a platform admin is Contributor of the whole subscription.
    path = vault_of(fresh_emulator)
    token = signed_in(fresh_emulator, "priya.raman@contoso.com")["access_token"]

    def patch(properties: dict[str, Any]) -> Answer:
        bearer = f"Bearer {token}"
        return fresh_emulator.request("PATCH", versioned(path, VERSION), {"properties": properties}, identity=None, Authorization=bearer)

    refused = patch({"enableRbacAuthorization": True})
    assert refused.status == 403
    assert "Microsoft.Authorization/roleAssignments/write" in refused.json()["error"]["message"]
    assert patch({"accessPolicies": [policy(fresh_emulator, "get")]}).status == 200
