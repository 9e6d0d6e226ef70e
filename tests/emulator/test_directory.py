"""Names and access as clients list them: metadata, Graph, role assignments and definitions."""

from __future__ import annotations

from console.emulator.access_story import MANAGEMENT_GROUP
from console.emulator.world import World
from tests.conftest import Emulator
from tests.emulator.asking import ask, code_of, subscription_of


def test_metadata_has_both_shapes(emulator: Emulator) -> None:
    single = emulator.send("GET", "/metadata/endpoints?api-version=2022-09-01").json()
    assert emulator.send("GET", "/metadata/endpoints?api-version=2019-05-01").json() == [single]
    assert single["resourceManager"] == single["authentication"]["loginEndpoint"] == emulator.base_url


# Access, as ARM lists it.


def test_role_assignments_by_filter(world: World) -> None:
    space = next(iter(world.estate.workspaces.values()))
    scientist = world.estate.identities["data-scientist"].object_id

    def scopes(filter_text: str, scope: str = space.id) -> list[tuple[str, str]]:
        url = f"{scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter={filter_text}"
        return [(item["properties"]["scope"], item["properties"]["principalId"]) for item in ask(world, url).body["value"]]

    assert {scope for scope, _ in scopes("atScope()")} >= {space.id, f"/subscriptions/{space.subscription_id}"}
    below = f"/subscriptions/{space.subscription_id}"
    assert len(scopes("", below)) > len(scopes("atScope()", below)) > 0
    assert all(scope.lower() in (below.lower(), MANAGEMENT_GROUP.lower()) for scope, _ in scopes("atScope()", below))
    assert {who for _, who in scopes(f"principalId eq '{scientist}'")} == {scientist}
    held_by_groups = [a for a in world.estate.role_assignments.values() if a.principal_id in world.estate.groups]
    through = next(a for a in held_by_groups if world.estate.groups[a.principal_id].members & set(world.estate.people))
    member = min(world.estate.groups[through.principal_id].members & set(world.estate.people))
    assert (through.scope, through.principal_id) in scopes(f"atScope() and assignedTo('{member}')", through.scope)
    assert (through.scope, through.principal_id) not in scopes(f"principalId eq '{member}'", through.scope)
    bad = ask(world, f"{space.id}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=name lt 'x'")
    assert code_of(bad) == (400, "UnsupportedQuery")


def test_one_role_assignment_and_one_definition(world: World) -> None:
    held = next(iter(world.estate.role_assignments.values()))
    got = ask(world, f"{held.id}?api-version=2022-04-01").body
    assert (got["id"], got["properties"]["principalId"]) == (held.id, held.principal_id)
    definition = ask(world, f"{got['properties']['roleDefinitionId']}?api-version=2022-04-01").body
    assert definition["name"] == held.role_definition_guid
    missing = f"/subscriptions/{subscription_of(world)}/providers/Microsoft.Authorization/roleDefinitions/0?api-version=2022-04-01"
    assert code_of(ask(world, missing)) == (404, "RoleDefinitionDoesNotExist")


def test_role_definitions_by_name_and_type(world: World) -> None:
    base = f"/subscriptions/{subscription_of(world)}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01"
    named = ask(world, f"{base}&$filter=roleName eq 'Reader'").body["value"]
    assert [role["name"] for role in named] == ["acdd72a7-3385-48ef-bd42-f606fba81ae7"]
    assert ask(world, f"{base}&$filter=type eq 'CustomRole'").body["value"] == []
    assert len(ask(world, f"{base}&$filter=type eq 'BuiltInRole'").body["value"]) == len(ask(world, base).body["value"]) > 900
