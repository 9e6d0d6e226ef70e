"""Deny assignments: listed, and stronger than any role."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.emulator.rbac import EVERYONE, decide, may
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, code_of
from tests.emulator.test_role_assignments import person, workspace

VERSION = "api-version=2022-04-01"
DELETE = "Microsoft.MachineLearningServices/workspaces/computes/delete"


@pytest.fixture
def world() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)


def listed(world: World, scope: str, text: str = "") -> list[str]:
    url = f"{scope}/providers/Microsoft.Authorization/denyAssignments?{VERSION}&$filter={text}"
    return [one["name"] for one in ask(world, url).body["value"]]


def test_the_story_has_one_that_is_found_from_above_and_below(world: World) -> None:
    (deny,) = world.estate.deny_assignments.values()
    hub = workspace(world, "genai-hub")
    subscription = "/".join(hub.split("/")[:3])
    assert listed(world, hub) == listed(world, hub, "atScope()") == listed(world, subscription) == [deny.name]
    assert listed(world, subscription, "atScope()") == listed(world, workspace(world, "fraud-prod")) == []
    assert listed(world, hub, f"principalId eq '{EVERYONE}'") == [deny.name]
    assert listed(world, hub, "principalId eq 'someone'") == []
    told = ask(world, f"{deny.id}?{VERSION}").body["properties"]
    assert (told["isSystemProtected"], told["doNotApplyToChildScopes"]) == (True, False)
    assert told["principals"] == [{"id": EVERYONE, "displayName": "All Principals", "type": "SystemDefined"}]
    assert code_of(ask(world, f"{deny.id[:-1]}?{VERSION}")) == (404, "DenyAssignmentNotFound")
    assert ask(world, f"{deny.id}?{VERSION}", "outsider").status == 403


def test_it_stops_an_owner_but_not_whom_it_excludes(world: World) -> None:
    (deny,) = world.estate.deny_assignments.values()
    hub = workspace(world, "genai-hub")
    compute = next(one.id for one in world.estate.computes.values() if one.id.startswith(hub))
    refused = ask(world, f"{compute}?api-version=2024-10-01&underlyingResourceAction=Delete", method="DELETE")
    assert code_of(refused) == (403, "DenyAssignmentAuthorizationFailed")
    assert deny.display_name in refused.body["error"]["message"]
    assert may(world.estate, person(world, "Priya Raman"), DELETE, compute)
    assert may(world.estate, world.estate.identities["admin"].object_id, DELETE.replace("delete", "read"), compute)
    elsewhere = workspace(world, "nlp-research")
    assert may(world.estate, world.estate.identities["admin"].object_id, DELETE, elsewhere)


def test_permissions_do_not_tell_of_it(world: World) -> None:
    hub = workspace(world, "genai-hub")
    held = ask(world, f"{hub}/providers/Microsoft.Authorization/permissions?{VERSION}").body["value"]
    assert [(block["actions"], block["notActions"]) for block in held] == [(["*"], [])]


def test_one_can_be_for_its_own_scope_only_and_for_some_only(world: World) -> None:
    estate, admin = world.estate, world.estate.identities["admin"].object_id
    (deny,) = estate.deny_assignments.values()
    hub = workspace(world, "genai-hub")
    estate.deny_assignments[deny.id.lower()] = replace(deny, do_not_apply_to_child_scopes=True)
    estate.access_generation += 1
    assert may(estate, admin, DELETE, hub)
    assert decide(estate, admin, DELETE, deny.scope).denied_by is not None
    lab = next(one for one in estate.groups.values() if one.display_name == "ai-lab")
    estate.deny_assignments[deny.id.lower()] = replace(deny, principals=[{"id": lab.object_id, "type": "Group"}])
    estate.access_generation += 1
    assert may(estate, admin, DELETE, hub)
    lab.members.add(admin)
    assert not may(estate, admin, DELETE, hub)
