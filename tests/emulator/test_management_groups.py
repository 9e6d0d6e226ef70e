"""Management groups: what is said there holds in every subscription beneath, and lists know it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.emulator.estate import RoleAssignment
from console.emulator.propagation import SPREAD_SECONDS
from console.emulator.rbac import groups_above, reaches
from console.emulator.server import route_table
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask
from tests.emulator.test_role_assignments import NAME, ROLES, assignment, person, put, workspace

TABLE = route_table()
COMPANY = "/providers/Microsoft.Management/managementGroups/contoso"


@pytest.fixture
def world() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)


def crown(world: World) -> str:
    """Make the outsider Owner of the whole company."""
    outsider = world.estate.identities["outsider"].object_id
    held = RoleAssignment(NAME, COMPANY, ROLES["Owner"], outsider, "ServicePrincipal", world.clock.now(), outsider)
    world.estate.role_assignments[held.id.lower()] = held
    return outsider


def test_all_subscriptions_are_in_the_company_and_it_in_the_root(world: World) -> None:
    root = f"/providers/microsoft.management/managementgroups/{world.estate.tenant_id}"
    for subscription in world.estate.subscriptions.values():
        assert list(groups_above(world.estate, f"/subscriptions/{subscription.id}/resourceGroups/x")) == [COMPANY.lower(), root]
    assert list(groups_above(world.estate, COMPANY)) == [root]
    assert reaches(world.estate, COMPANY, workspace(world))
    assert not reaches(world.estate, COMPANY, "/subscriptions/11111111-2222-4333-8444-555555555555")
    assert not reaches(world.estate, workspace(world), COMPANY)


def test_an_assignment_there_opens_everything_beneath(world: World) -> None:
    assert ask(world, "/subscriptions?api-version=2022-12-01", "outsider", table=TABLE).body["value"] == []
    outsider = crown(world)
    assert len(ask(world, "/subscriptions?api-version=2022-12-01", "outsider", table=TABLE).body["value"]) == 3
    assert ask(world, f"{workspace(world)}?api-version=2024-10-01", "outsider", table=TABLE).status == 200
    for text in ("", "&$filter=atScope()", f"&$filter=assignedTo('{outsider}')"):
        url = assignment(workspace(world)).replace(f"/{NAME}", "") + text
        listed = ask(world, url, "outsider", table=TABLE).body["value"]
        (above,) = [one for one in listed if one["name"] == NAME]
        assert above["properties"]["scope"] == COMPANY
        assert above["properties"]["roleDefinitionId"].startswith("/".join(workspace(world).split("/")[:3]))


def test_one_is_made_there_and_lists_of_the_group_reach_down(world: World) -> None:
    crown(world)
    emil, other = person(world, "Emil Larsen"), "0f0f0f0f-0000-4000-8000-00000000000b"
    made = put(world, COMPANY, "Reader", emil, other, by="outsider")
    assert (made.status, made.body["id"]) == (201, assignment(COMPANY, other).partition("?")[0])
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{ROLES['Reader']}"
    assert made.body["properties"]["roleDefinitionId"] == definition
    listed = ask(world, assignment(COMPANY).replace(f"/{NAME}", ""), "outsider", table=TABLE).body["value"]
    assert len(listed) == len(world.estate.role_assignments)
    at_scope = ask(world, assignment(COMPANY).replace(f"/{NAME}", "") + "&$filter=atScope()", "outsider", table=TABLE).body["value"]
    assert {one["properties"]["scope"] for one in at_scope} == {COMPANY}
    world.clock.advance(SPREAD_SECONDS)
    assert ask(world, assignment(COMPANY, other), "outsider", "DELETE", TABLE).status == 200
