"""Role assignments as they are made, changed and removed, what refuses them, and when they begin to count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.emulator.estate import RoleAssignment
from console.emulator.propagation import SPREAD_SECONDS
from console.emulator.rbac import builtin_roles
from console.emulator.role_assignments import GROUP_LIMIT, LIMIT, PAGE
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, code_of
from tests.emulator.test_computes import cluster

ROLES = {role.name: role.guid for role in builtin_roles().values()}
TABLE = route_table()
NAME = "0f0f0f0f-0000-4000-8000-00000000000a"
OTHER = "0f0f0f0f-0000-4000-8000-00000000000b"


@pytest.fixture
def world() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)


def workspace(world: World, name: str = "fraud-dev") -> str:
    return next(space.id for space in world.estate.workspaces.values() if space.name == name)


def person(world: World, name: str) -> str:
    return next(one.object_id for one in world.estate.people.values() if one.display_name == name)


def assignment(scope: str, name: str = NAME, more: str = "", version: str = "2022-04-01") -> str:
    return f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}{more}?api-version={version}"


def wanted(scope: str, role: str, principal: str, **more: Any) -> dict[str, Any]:
    definition = f"{'/'.join(scope.split('/')[:3])}/providers/Microsoft.Authorization/roleDefinitions/{ROLES.get(role, role)}"
    return {"properties": {"roleDefinitionId": definition, "principalId": principal, **more}}


def put(world: World, scope: str, role: str, principal: str, name: str = NAME, by: str = "admin", **more: Any) -> Reply:
    return ask(world, assignment(scope, name), by, "PUT", TABLE, body=wanted(scope, role, principal, **more))


def test_one_is_made_changed_read_and_removed(world: World) -> None:
    scope, emil = workspace(world), person(world, "Emil Larsen")
    made = put(world, scope, "Reader", emil, description="for a week")
    told = made.body["properties"]
    assert (made.status, told["createdBy"], told["principalType"], told["description"]) == (201, None, "User", "for a week")
    assert made.body["id"] == assignment(scope).partition("?")[0]
    again = put(world, scope, "Reader", emil, description="for a month")
    assert (again.status, again.body["properties"]["description"]) == (201, "for a month")
    read = ask(world, assignment(scope)).body["properties"]
    assert (read["createdBy"], read["description"]) == (world.estate.identities["admin"].object_id, "for a month")
    gone = ask(world, assignment(scope), method="DELETE")
    assert (gone.status, gone.body["name"]) == (200, NAME)
    assert (ask(world, assignment(scope), method="DELETE").status, ask(world, assignment(scope)).status) == (204, 404)


def test_what_refuses_one(world: World) -> None:
    scope, emil = workspace(world), person(world, "Emil Larsen")
    nobody = "11111111-2222-4333-8444-555555555555"

    def refused(role: str = "Reader", principal: str = emil, name: str = NAME, **more: Any) -> tuple[int, str]:
        reply = put(world, scope, role, principal, name, **more)
        tried = ask(
            world,
            assignment(scope, name, "/validate", "2020-10-01-preview"),
            "admin",
            "POST",
            TABLE,
            wanted(scope, role, principal, **more),
        )
        assert tried.body == {"isValid": False, "errorInfo": reply.body["error"]}
        return code_of(reply)

    assert refused(name="mine") == (400, "InvalidRoleAssignmentId")
    assert refused(role=nobody) == (404, "RoleDefinitionDoesNotExist")
    assert refused(principal="emil") == (400, "InvalidPrincipalId")
    assert refused(principal=nobody) == (400, "PrincipalNotFound")
    assert refused(principalType="Group") == (400, "UnmatchedPrincipalType")
    assert refused(principalType="Application") == (400, "PrincipalTypeNotSupported")
    assert refused(condition="@Resource[", conditionVersion="2.0") == (400, "InvalidRoleAssignmentCondition")
    assert refused(condition="@Resource[a:b] StringEquals 'c'", conditionVersion="1.0") == (400, "InvalidRoleAssignmentCondition")
    assert put(world, scope, "Reader", emil).status == 201
    assert refused(role="Contributor") == (400, "RoleAssignmentUpdateNotPermitted")
    assert refused(name=OTHER) == (409, "RoleAssignmentExists")
    assert NAME.replace("-", "") in put(world, scope, "Reader", emil, OTHER).body["error"]["message"]


def test_a_dry_run_changes_nothing(world: World) -> None:
    scope, emil = workspace(world), person(world, "Emil Larsen")
    before = dict(world.estate.role_assignments)
    tried = ask(world, assignment(scope, NAME, "/validate", "2020-10-01-preview"), "admin", "POST", TABLE, wanted(scope, "Reader", emil))
    assert (tried.status, tried.body) == (200, {"isValid": True})
    assert world.estate.role_assignments == before


def test_a_fresh_principal_needs_its_type(world: World) -> None:
    scope = workspace(world)
    body = {**cluster(least=0), "identity": {"type": "SystemAssigned"}}
    made = ask(world, f"{scope}/computes/cpu-new?api-version=2024-10-01", "admin", "PUT", TABLE, body)
    assert (made.status, made.body["identity"]["tenantId"]) == (201, world.estate.tenant_id)
    fresh = made.body["identity"]["principalId"]
    assert code_of(put(world, scope, "Reader", fresh)) == (400, "PrincipalNotFound")
    assert put(world, scope, "Reader", fresh, principalType="ServicePrincipal").status == 201
    world.clock.advance(600)
    assert put(world, scope, "Contributor", fresh, OTHER).body["properties"]["principalType"] == "ServicePrincipal"
    changed = ask(world, f"{scope}/computes/cpu-new?api-version=2024-10-01", "admin", "PUT", TABLE, body)
    assert changed.body["identity"]["principalId"] == fresh
    world.clock.advance(600)
    ask(world, f"{scope}/computes/cpu-new?api-version=2024-10-01&underlyingResourceAction=Delete", method="DELETE")
    world.clock.advance(3600)
    assert code_of(put(world, scope, "Owner", fresh, OTHER[:-1] + "c")) == (400, "PrincipalNotFound")


def test_access_spreads_but_lists_know_at_once(world: World) -> None:
    scope, outsider = workspace(world), world.estate.identities["outsider"].object_id
    read = f"{scope}?api-version=2024-10-01"
    assert put(world, scope, "Reader", outsider).status == 201
    listed = ask(world, assignment(scope).replace(f"/{NAME}", "") + f"&$filter=principalId eq '{outsider}'").body["value"]
    assert [one["name"] for one in listed] == [NAME]
    assert ask(world, read, "outsider").status == 403
    world.clock.advance(SPREAD_SECONDS)
    assert ask(world, read, "outsider").status == 200
    ask(world, assignment(scope), method="DELETE")
    assert ask(world, assignment(scope)).status == 404
    assert ask(world, read, "outsider").status == 200
    world.clock.advance(SPREAD_SECONDS)
    assert ask(world, read, "outsider").status == 403


def test_one_that_is_removed_before_it_counted_never_counts(world: World) -> None:
    scope, outsider = workspace(world), world.estate.identities["outsider"].object_id
    put(world, scope, "Reader", outsider)
    ask(world, assignment(scope), method="DELETE")
    for _ in range(3):
        assert ask(world, f"{scope}?api-version=2024-10-01", "outsider").status == 403
        world.clock.advance(SPREAD_SECONDS)


def test_the_last_owner_of_a_subscription_stays(world: World) -> None:
    owners = [held for held in world.estate.role_assignments.values() if held.role_definition_guid == ROLES["Owner"]]
    by_scope = {held.scope: [one for one in owners if one.scope == held.scope] for held in owners}
    alone = next(held[0] for held in by_scope.values() if len(held) == 1)
    refused = ask(world, f"{alone.id}?api-version=2022-04-01", method="DELETE")
    assert code_of(refused) == (412, "CannotDeleteLastRbacAdminAssignment")
    shared = next(held[1] for held in by_scope.values() if len(held) == 2)
    assert ask(world, f"{shared.id}?api-version=2022-04-01", method="DELETE").status == 200


def test_whoever_may_not_assign_may_not(world: World) -> None:
    scope, emil = workspace(world), person(world, "Emil Larsen")
    refused = put(world, scope, "Reader", emil, by="operator")
    assert code_of(refused) == (403, "AuthorizationFailed")
    assert "'Microsoft.Authorization/roleAssignments/write'" in refused.body["error"]["message"]
    held = next(one for one in world.estate.role_assignments.values() if one.scope == scope)
    assert code_of(ask(world, f"{held.id}?api-version=2022-04-01", "operator", "DELETE")) == (403, "AuthorizationFailed")


def test_a_conditional_administrator_gives_only_what_the_condition_names(world: World) -> None:
    scope, outsider, emil = workspace(world), world.estate.identities["outsider"].object_id, person(world, "Emil Larsen")
    put(world, scope, "Key Vault Data Access Administrator", outsider)
    world.clock.advance(SPREAD_SECONDS)
    refused = put(world, scope, "Owner", emil, OTHER, by="outsider")
    assert code_of(refused) == (403, "AuthorizationFailed")
    assert "ABAC condition that is not fulfilled" in refused.body["error"]["message"]
    assert put(world, scope, "Key Vault Secrets User", emil, OTHER, by="outsider").status == 201
    assert ask(world, assignment(scope), "outsider", "DELETE").status == 403
    assert ask(world, assignment(scope, OTHER), "outsider", "DELETE").status == 200


def test_an_assignment_of_ones_own_can_carry_a_condition(world: World) -> None:
    scope, outsider = workspace(world), world.estate.identities["outsider"].object_id
    grace, group = person(world, "Grace Okafor"), next(iter(world.estate.groups))
    only_groups = (
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
        f"(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ROLES['Reader']}}} AND "
        "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'Group'}))"
    )
    held = put(world, scope, "Role Based Access Control Administrator", outsider, condition=only_groups, conditionVersion="2.0")
    assert (held.status, held.body["properties"]["conditionVersion"]) == (201, "2.0")
    world.clock.advance(SPREAD_SECONDS)
    assert put(world, scope, "Reader", grace, OTHER, by="outsider").status == 403
    assert put(world, scope, "Contributor", group, OTHER, by="outsider").status == 403
    assert put(world, scope, "Reader", group, OTHER, by="outsider").status == 201


def test_locks_hold_role_assignments_too(world: World) -> None:
    emil = person(world, "Emil Larsen")
    assert code_of(put(world, workspace(world, "demand-dev"), "Reader", emil)) == (409, "ScopeLocked")
    kept = workspace(world, "vision-prod")
    assert put(world, kept, "Reader", emil).status == 201
    assert code_of(ask(world, assignment(kept), method="DELETE")) == (409, "ScopeLocked")


def test_a_subscription_takes_no_more_than_its_limit(world: World) -> None:
    scope, emil = workspace(world), person(world, "Emil Larsen")
    subscription = "/".join(scope.split("/")[:3])
    usage = f"{subscription}/providers/Microsoft.Authorization/roleAssignmentsUsageMetrics?api-version=2019-08-01-preview"
    before = ask(world, usage).body
    assert before["roleAssignmentsLimit"] == LIMIT
    assert before["roleAssignmentsCurrentCount"] + before["roleAssignmentsRemainingCount"] == LIMIT
    some = next(one for one in world.estate.role_assignments.values() if one.scope == scope)
    for number in range(before["roleAssignmentsRemainingCount"]):
        world.estate.role_assignments[f"filler {number}"] = some
    assert ask(world, usage).body["roleAssignmentsRemainingCount"] == 0
    assert code_of(put(world, scope, "Reader", emil)) == (400, "RoleAssignmentLimitExceeded")


def test_long_lists_come_in_pages(world: World) -> None:
    scope = workspace(world)
    some = next(one for one in world.estate.role_assignments.values() if one.scope == scope)
    for number in range(PAGE + 10):
        held = replace(some, name=f"filler-{number}")
        world.estate.role_assignments[held.id.lower()] = held
    url, seen, pages = assignment(scope).replace(f"/{NAME}", ""), [], 0
    while url:
        told = ask(world, url.removeprefix(BASE), table=TABLE).body
        seen += [one["id"] for one in told["value"]]
        url, pages = told.get("nextLink", ""), pages + 1
    assert pages == 2
    assert len(set(seen)) == len(seen) > PAGE + 10


def test_a_management_group_takes_no_more_than_its_limit(world: World) -> None:
    company, outsider = "/providers/Microsoft.Management/managementGroups/contoso", world.estate.identities["outsider"].object_id
    for number in range(GROUP_LIMIT):
        held = RoleAssignment(f"a{number}", company, ROLES["Owner"], outsider, "ServicePrincipal", world.clock.now(), outsider)
        world.estate.role_assignments[held.id.lower()] = held
    emil = person(world, "Emil Larsen")
    assert code_of(put(world, company, "Reader", emil, by="outsider")) == (400, "RoleAssignmentLimitExceeded")
    assert put(world, workspace(world), "Reader", emil, by="outsider").status == 201


def test_what_happened_is_in_the_activity_log(world: World) -> None:
    scope, emil = workspace(world), person(world, "Emil Larsen")
    ask(world, assignment(scope, OTHER, "/validate", "2020-10-01-preview"), "admin", "POST", TABLE, wanted(scope, "Owner", emil))
    put(world, scope, "Reader", emil)
    world.clock.advance(600)
    log = f"/subscriptions/{scope.split('/')[2]}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01"
    since = (world.clock.now() - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    events = ask(world, f"{log}&$filter=eventTimestamp ge '{since}'").body["value"]
    told = [event["resourceId"] for event in events if event["operationName"]["value"] == "Microsoft.Authorization/roleAssignments/write"]
    assert set(told) == {assignment(scope).partition("?")[0]}
