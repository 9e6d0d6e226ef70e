"""Privileged Identity Management: who is eligible, activating, and that it ends by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.emulator.rbac import may
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.staff import CONTRIBUTOR, OWNER
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, code_of
from tests.emulator.test_role_assignments import person, workspace

TABLE = route_table()
VERSION = "api-version=2020-10-01"
REQUEST = "0f0f0f0f-0000-4000-8000-0000000000d1"
LATER = "0f0f0f0f-0000-4000-8000-0000000000d2"
WRITE = "Microsoft.MachineLearningServices/workspaces/write"


@pytest.fixture
def world() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)


def instances(world: World, scope: str, text: str, kind: str = "roleEligibilityScheduleInstances", by: str = "admin") -> Any:
    reply = ask(world, f"{scope}/providers/Microsoft.Authorization/{kind}?{VERSION}&$filter={text}", by, table=TABLE)
    return [one["properties"] for one in reply.body["value"]] if reply.status == 200 else code_of(reply)


def wish(world: World, hours: str = "PT2H", reason: str = "Incident 4711", kind: str = "SelfActivate", **more: Any) -> dict[str, Any]:
    subscription = "/".join(workspace(world).split("/")[:3])
    properties = {
        "principalId": world.estate.identities["operator"].object_id,
        "roleDefinitionId": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}",
        "requestType": kind,
        "justification": reason,
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": hours}},
        **more,
    }
    return {"properties": properties}


def request(world: World, body: dict[str, Any], name: str = REQUEST, by: str = "operator", more: str = "") -> Reply:
    path = f"{workspace(world)}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{name}{more}?{VERSION}"
    return ask(world, path, by, "POST" if more else "PUT", TABLE, body)


def contributes(world: World) -> bool:
    return may(world.estate, world.estate.identities["operator"].object_id, WRITE, workspace(world))


def test_two_are_eligible(world: World) -> None:
    production = "/".join(workspace(world, "fraud-prod").split("/")[:3])
    priya = person(world, "Priya Raman")
    (held,) = instances(world, production, "atScope()")
    assert (held["principalId"], held["roleDefinitionId"].rpartition("/")[2]) == (priya, OWNER)
    assert held["expandedProperties"]["principal"]["email"] == "priya.raman@contoso.com"
    assert instances(world, production, f"assignedTo('{priya}')") == instances(world, production, f"principalId eq '{priya}'") == [held]
    (mine,) = instances(world, workspace(world), "asTarget()", by="operator")
    assert (mine["memberType"], mine["scope"]) == ("Direct", workspace(world))
    schedules = instances(world, workspace(world), "asTarget()", "roleEligibilitySchedules", "operator")
    assert [one["principalId"] for one in schedules] == [mine["principalId"]]
    assert instances(world, workspace(world), "asTarget()", by="outsider") == []
    assert instances(world, workspace(world), "atScope()", by="outsider") == (403, "AuthorizationFailed")


def test_an_activation_counts_at_once_and_ends_by_itself(world: World) -> None:
    assert not contributes(world)
    made = request(world, wish(world))
    assert (made.status, made.body["properties"]["status"]) == (201, "Provisioned")
    assert contributes(world)
    (active,) = instances(
        world, workspace(world), f"roleDefinitionId eq '{CONTRIBUTOR}' and asTarget()", "roleAssignmentScheduleInstances", "operator"
    )
    assert (active["assignmentType"], active["endDateTime"]) == ("Activated", "2026-11-02T10:00:00.0000000Z")
    assert any(held.id == active["originRoleAssignmentId"] for held in world.estate.role_assignments.values())
    got = ask(world, f"{made.body['id']}?{VERSION}", "operator", table=TABLE)
    assert got.body == made.body
    world.clock.advance(2 * 3600 - 1)
    assert contributes(world)
    world.clock.advance(1)
    assert not contributes(world)
    assert request(world, wish(world), LATER).status == 201


def test_what_a_policy_refuses(world: World) -> None:
    def refused(body: dict[str, Any], by: str = "operator") -> tuple[tuple[int, str], str]:
        tried, made = request(world, body, more="/validate", by=by), request(world, body, by=by)
        assert tried.body == made.body
        return code_of(made), made.body["error"]["message"]

    policy = (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert refused(wish(world, reason=" ")) == (policy, 'The following policy rules failed: ["JustificationRule"]')
    assert refused(wish(world, "PT9H")) == (policy, 'The following policy rules failed: ["ExpirationRule"]')
    endless = {"expiration": {"type": "NoExpiration"}}
    assert refused(wish(world, scheduleInfo=endless, reason=""))[1].endswith('["JustificationRule","ExpirationRule"]')
    assert refused(wish(world, roleDefinitionId=OWNER))[1].endswith('["EligibilityRule"]')
    assert refused(wish(world, principalId=person(world, "Priya Raman")))[0] == (403, "InsufficientPermissions")
    assert refused(wish(world), by="reader")[0] == (403, "InsufficientPermissions")
    assert refused(wish(world, kind="AdminAssign"))[0] == (400, "InvalidRequestType")
    assert refused(wish(world, kind="SelfDeactivate"))[0] == (400, "RoleAssignmentDoesNotExist")
    assert world.estate.activations == {}


def test_one_that_is_active_is_not_activated_again_and_can_be_ended_early(world: World) -> None:
    dry = request(world, wish(world), more="/validate")
    assert (dry.status, contributes(world)) == (200, False)
    assert request(world, wish(world)).status == 201
    assert code_of(request(world, wish(world), LATER)) == (400, "RoleAssignmentExists")
    assert code_of(request(world, wish(world, kind="SelfDeactivate"), LATER)) == (400, "ActiveDurationTooShort")
    world.clock.advance(300)
    ended = request(world, wish(world, kind="SelfDeactivate"), LATER)
    assert (ended.status, ended.body["properties"]["status"], contributes(world)) == (201, "Revoked", False)
    world.clock.advance(8 * 3600)
    assert not contributes(world)


def test_one_can_begin_later(world: World) -> None:
    schedule = {"startDateTime": "2026-11-02T09:00:00Z", "expiration": {"type": "AfterDateTime", "endDateTime": "2026-11-02T10:00:00Z"}}
    assert request(world, wish(world, scheduleInfo=schedule)).body["properties"]["status"] == "ScheduleCreated"
    seen = []
    for _ in range(3):
        seen.append(contributes(world))
        world.clock.advance(3600)
    assert seen == [False, True, False]
