"""Access as Azure writes it: assignments, roles, PIM, vaults and the directory, read from the emulator and from hostile JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from console.azure import assignments, directory, pim, role_definitions, vaults, workspaces
from console.azure.assignments import scope_of
from console.domain.access.principals import PrincipalKind
from console.domain.access.roles import OWNER
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.azure.test_published import DATA, needs_data
from tests.conftest import Emulator
from tests.gateway import trouble_of, workspace
from tests.properties import json_values, steady

GUID = "00000000-0000-0000-0000-000000000001"
S = "/subscriptions/s"
SPECS = "azure-specs/specification/authorization/resource-manager/Microsoft.Authorization"


@pytest.mark.parametrize(
    ("item_id", "scope"),
    [
        (f"{S}/providers/Microsoft.Authorization/roleAssignments/1", S),
        ("/providers/Microsoft.Authorization/roleAssignments/1", "/"),
        (f"{S}/resourceGroups/g/providers/microsoft.authorization/roleAssignments/1", f"{S}/resourceGroups/g"),
        ("/providers/Microsoft.Management/managementGroups/m/providers/Microsoft.Authorization/roleAssignments/1",
         "/providers/Microsoft.Management/managementGroups/m"),
        ("nothing", ""),
    ],
)  # fmt: skip
def test_the_scope_in_an_id(item_id: str, scope: str) -> None:
    assert scope_of(item_id) == scope


def test_what_cannot_be_read_keeps_its_id_and_its_scope() -> None:
    raw = json.dumps({"id": f"{S}/providers/Microsoft.Authorization/roleAssignments/1", "properties": {"principalId": 5}}).encode()
    row = assignments.decode(raw, frozenset({"s"}))
    assert (row.scope, row.name, row.read_in) == (S, "1", {"s"}) and "principalId" in row.fault
    assert assignments.decode_deny(raw.replace(b"principalId", b"description")).fault
    assert pim.decode_eligibility(raw).scope == S and pim.decode_activation(raw).fault
    definition = role_definitions.decode(json.dumps({"id": f"{S}/x/{OWNER.upper()}", "properties": []}).encode())
    assert definition.guid == OWNER and definition.fault


DECODERS: list[Callable[[bytes], Any]] = [
    assignments.decode,
    assignments.decode_deny,
    role_definitions.decode,
    pim.decode_eligibility,
    pim.decode_activation,
    lambda raw: vaults.decode(raw, "/v"),
    directory.decode,
]


@steady
@given(json_values)
def test_decoding_never_raises(value: Any) -> None:
    for decode in DECODERS:
        decode(json.dumps(value).encode())
        decode(json.dumps({"id": "/x", "properties": value}).encode())
    for decode in DECODERS:
        decode(b"\xff{")


def test_the_condition_of_a_denial_is_read() -> None:
    """The published schema has one for each block; without it, what may be denied would be taken for denied."""
    block = {"actions": ["*/write"], "condition": "@Resource[a:b] StringEquals 'c'", "conditionVersion": "2.0"}
    body = {"id": "/subscriptions/s/providers/Microsoft.Authorization/denyAssignments/d", "properties": {"permissions": [block]}}
    (read,) = assignments.decode_deny(json.dumps(body).encode()).permissions
    assert (read.actions, read.condition, read.condition_version) == (("*/write",), block["condition"], "2.0")


@needs_data
def test_azure_s_published_examples_are_read() -> None:
    assert DATA is not None
    specs = Path(DATA) / SPECS
    found = list(specs.rglob("GetRoleEligibilityScheduleInstancesByScope.json"))
    (eligible,) = json.loads(found[0].read_text("utf-8"))["responses"]["200"]["body"]["value"]
    row = pim.decode_eligibility(json.dumps(eligible).encode())
    assert row.scope.startswith("/subscriptions/") and row.principal_kind is PrincipalKind.USER and row.until and row.condition
    found = list(specs.rglob("GetRoleAssignmentScheduleInstancesByScope.json"))
    (active,) = json.loads(found[0].read_text("utf-8"))["responses"]["200"]["body"]["value"]
    told = pim.decode_activation(json.dumps(active).encode())
    assert told.assignment_id.startswith("/subscriptions/") and not told.activated and told.until
    found = list(specs.rglob("GetDenyAssignmentByScope.json"))
    (denied,) = json.loads(found[0].read_text("utf-8"))["responses"]["200"]["body"]["value"]
    deny = assignments.decode_deny(json.dumps(denied).encode())
    assert (deny.principals, deny.excluded, deny.system) == ({"principalid1"}, {"principalid2"}, True)
    assert deny.permissions[0].data_actions == ("action",)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_subscription_s_access_is_four_calls(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect()
    place = workspace(fresh_emulator)
    scope = f"/subscriptions/{place.subscription_id}"
    fresh_emulator.control("DELETE", "calls")
    held = (await assignments.read(arm, scope)).items
    roles = {each.guid: each for each in (await role_definitions.read(arm, scope)).items}
    await assignments.read_denies(arm, scope)
    eligible = (await pim.read_eligibilities(arm, place.subscription_id)).items
    assert len([call for call in fresh_emulator.calls() if "oauth2" not in call["path"]]) == 4
    assert not [each for each in (*held, *eligible) if each.fault]
    assert {each.role for each in held} <= roles.keys()
    assert any(each.scope.startswith(place.id) for each in held), "below it"
    assert any("/managementGroups/" in each.scope for each in held), "above it"
    assert all(each.read_in == {place.subscription_id.lower()} for each in held)
    assert all(each.schedule_id for each in eligible) and eligible
    usage = (await assignments.read_usage(arm, place.subscription_id)).items[0]
    assert usage.limit == 4000 and usage.used is not None and usage.used > 0


@pytest.mark.asyncio(loop_scope="module")
async def test_definitions_are_read_where_conditions_are_not_told(connect: Connect, fresh_emulator: Emulator) -> None:
    """A cloud that does not know the newer version is asked in the older."""
    scope = f"/subscriptions/{workspace(fresh_emulator).subscription_id}"
    newer = await role_definitions.read(connect(), scope)
    older = [role_definitions.list_request(scope, role_definitions.OLDER_API)]
    answer = await connect().read_all(older[0], role_definitions.decode, lambda item: item.guid)
    assert {each.guid for each in newer.items} == {each.guid for each in answer.items}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_workspace_names_its_companions_and_its_identity(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect()
    found = await workspaces.read_one(arm, workspace(fresh_emulator))
    assert [at.value for at, _ in found.place.companions] == ["storage account", "Key Vault", "container registry"]
    assert len(found.identities) == 1 and found.identities[0] == found.identities[0].lower()
    vault = await vaults.read_one(arm, found.vault)
    assert not vault.fault and vault.id.lower() == found.vault.lower()
    assert vault.rbac or vault.policies


@pytest.mark.asyncio(loop_scope="module")
async def test_the_directory_is_asked_in_batches(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, graph = connect(), fresh_emulator.ready["graph"]
    scope = f"/subscriptions/{workspace(fresh_emulator).subscription_id}"
    ids = {each.principal_id for each in (await assignments.read(arm, scope)).items}
    await arm.send(assignments.list_request(scope))
    fresh_emulator.control("DELETE", "calls")
    found = await directory.read_principals(arm, graph, [each.upper() for each in ids])
    assert found.keys() < ids, "one of them is gone"
    users = sorted(key for key, each in found.items() if each.kind is PrincipalKind.USER)
    accounts = await directory.read_accounts(arm, graph, users)
    assert accounts.keys() == set(users)
    assert {each.enabled for each in accounts.values()} == {True, False}
    groups = sorted(key for key, each in found.items() if each.kind is PrincipalKind.GROUP)
    members = await directory.read_members(arm, graph, [*groups, GUID])
    assert members.keys() == set(groups), "who is not there is left out"
    assert any(member.kind is PrincipalKind.GROUP for each in members.values() for member in each), "groups within groups"
    names = [each.service for each in found.values() if each.resource_id]
    assert names and set(names) == {"ManagedIdentity"}
    asked = [call for call in fresh_emulator.calls() if "oauth2" not in call["path"]]
    assert len(asked) == 3 and {call["method"] for call in asked} == {"POST"}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("text", "name"), [("gra", "Grace Okafor"), ("ml-on", "ml-oncall"), ("fraud-prod", "fraud-prod"), ("o'x\"", "")])
async def test_a_name_is_found_by_its_beginning(connect: Connect, fresh_emulator: Emulator, text: str, name: str) -> None:
    found = await directory.search(connect(), fresh_emulator.ready["graph"], text)
    assert name in [each.name for each in found] if name else not found


@pytest.mark.asyncio(loop_scope="module")
async def test_a_directory_that_throttles_is_asked_again_later(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, graph = connect(), fresh_emulator.ready["graph"]
    fresh_emulator.control("POST", "faults", [{"route": "batch$", "kind": "429", "retry_after": 1}])
    trouble = await trouble_of(directory.read_members(arm, graph, [GUID]))
    assert trouble.kind is Kind.THROTTLED and trouble.retry_after
