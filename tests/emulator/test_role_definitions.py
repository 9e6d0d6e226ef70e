"""Custom roles: made, changed, listed, removed, and granting what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.emulator.propagation import SPREAD_SECONDS
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, code_of, subscription_of
from tests.emulator.test_role_assignments import NAME, assignment, person, put, workspace

TABLE = route_table()
GUID = "0f0f0f0f-0000-4000-8000-0000000000c1"
OTHER = "0f0f0f0f-0000-4000-8000-0000000000c2"
ML = "Microsoft.MachineLearningServices"


@pytest.fixture
def world() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)


def subscription(world: World) -> str:
    return "/".join(workspace(world).split("/")[:3])


def definition(scope: str, guid: str = GUID, version: str = "2022-04-01") -> str:
    return f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}?api-version={version}"


def role(name: str, scopes: list[str], actions: list[str], **more: Any) -> dict[str, Any]:
    block = {"actions": actions, "notActions": more.pop("not_actions", []), "dataActions": [], "notDataActions": []}
    return {
        "properties": {"roleName": name, "description": "ours", "type": "CustomRole", "assignableScopes": scopes, "permissions": [block]}
    }


def make(world: World, body: dict[str, Any], guid: str = GUID, by: str = "admin") -> Reply:
    return ask(world, definition(subscription(world), guid), by, "PUT", TABLE, body)


def listed(world: World, scope: str, text: str) -> list[str]:
    url = f"{scope}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter={text}"
    return [one["properties"]["roleName"] for one in ask(world, url).body["value"]]


def test_one_is_made_listed_changed_and_removed(world: World) -> None:
    scope = subscription(world)
    made = make(world, role("Watcher", [scope], [f"{ML}/workspaces/read"]))
    assert (made.status, made.body["properties"]["type"], made.body["name"]) == (201, "CustomRole", GUID)
    assert listed(world, scope, "type eq 'CustomRole'") == ["Watcher"]
    assert listed(world, workspace(world), "roleName eq 'watcher'") == ["Watcher"]
    elsewhere = f"/subscriptions/{subscription_of(world)}"
    assert elsewhere != scope
    assert listed(world, elsewhere, "type eq 'CustomRole'") == []
    world.clock.advance(60)
    changed = make(world, role("Watcher two", [scope], ["*/read"])).body["properties"]
    assert (changed["roleName"], changed["permissions"][0]["actions"]) == ("Watcher two", ["*/read"])
    assert changed["createdOn"] < changed["updatedOn"]
    preview = ask(world, definition(scope, version="2022-05-01-preview")).body["properties"]["permissions"][0]
    assert (preview["condition"], preview["conditionVersion"]) == (None, None)
    assert ask(world, definition(scope), method="DELETE").body["name"] == GUID
    assert (ask(world, definition(scope), method="DELETE").status, code_of(ask(world, definition(scope)))[0]) == (204, 404)


def test_scope_and_below_finds_what_is_assignable_in_a_group_only(world: World) -> None:
    scope = subscription(world)
    group = workspace(world).partition("/providers/")[0]
    assert make(world, role("Group watcher", [group], ["*/read"])).status == 201
    assert listed(world, scope, "type eq 'CustomRole'") == []
    assert listed(world, scope, "atScopeAndBelow() and type eq 'CustomRole'") == ["Group watcher"]
    assert listed(world, group, "type eq 'CustomRole'") == ["Group watcher"]


def test_what_refuses_one(world: World) -> None:
    scope = subscription(world)
    assert make(world, role("Watcher", [scope], ["*/read"])).status == 201

    def refused(name: str = "Another", scopes: list[str] | None = None, action: str = "*/read", by: str = "admin") -> tuple[int, str]:
        return code_of(make(world, role(name, [scope] if scopes is None else scopes, [action]), OTHER, by))

    assert refused(name="watcher") == (409, "RoleDefinitionWithSameNameExists")
    assert refused(name="Reader") == (409, "RoleDefinitionWithSameNameExists")
    assert refused(action=f"{ML}/*/computes/*") == (400, "InvalidActionOrNotAction")
    assert refused(action="Contoso.Invented/things/read") == (400, "InvalidActionOrNotAction")
    assert refused(scopes=["/subscriptions/11111111-2222-4333-8444-555555555555"]) == (403, "LinkedAuthorizationFailed")
    assert refused(scopes=[f"{scope}/resourceGroups/nowhere-rg"]) == (403, "LinkedAuthorizationFailed")
    assert refused(scopes=["/"]) == (400, "InvalidRoleDefinition")
    assert refused(by="reader") == (403, "AuthorizationFailed")
    owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    assert code_of(make(world, role("Mine", [scope], ["*"]), owner)) == (400, "InvalidRoleDefinition")
    assert code_of(make(world, {"properties": {"permissions": []}}, OTHER)) == (400, "InvalidRequestContent")


def test_one_grants_what_it_says_and_is_kept_while_it_is_used(world: World) -> None:
    scope, outsider = workspace(world), world.estate.identities["outsider"].object_id
    actions, withheld = [f"{ML}/workspaces/*"], [f"{ML}/workspaces/computes/*"]
    assert make(world, role("All but computes", [subscription(world)], actions, not_actions=withheld)).status == 201
    assert put(world, scope, GUID, outsider).status == 201
    world.clock.advance(SPREAD_SECONDS)
    read = "api-version=2024-10-01"
    assert ask(world, f"{scope}?{read}", "outsider").status == 200
    assert ask(world, f"{scope}/computes?{read}", "outsider").status == 403
    assert make(world, role("All", [subscription(world)], actions)).status == 201
    assert ask(world, f"{scope}/computes?{read}", "outsider").status == 200
    held = ask(world, f"{scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01", "outsider").body["value"]
    assert [block["actions"] for block in held] == [actions]
    assert code_of(ask(world, definition(subscription(world)), method="DELETE")) == (400, "RoleDefinitionHasAssignments")
    ask(world, assignment(scope), method="DELETE")
    assert ask(world, definition(subscription(world)), method="DELETE").status == 200


def test_one_is_not_assigned_where_it_is_not_assignable(world: World) -> None:
    group = workspace(world).partition("/providers/")[0]
    assert make(world, role("Group watcher", [group], ["*/read"])).status == 201
    emil = person(world, "Emil Larsen")
    assert code_of(put(world, subscription(world), GUID, emil)) == (404, "RoleDefinitionDoesNotExist")
    assert put(world, workspace(world), GUID, emil, NAME).status == 201
