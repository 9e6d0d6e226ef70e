"""Answers about access against Microsoft's published swagger of Microsoft.Authorization."""

from __future__ import annotations

from typing import Any

from console.emulator.staff import CONTRIBUTOR
from tests.conftest import Answer, Emulator
from tests.emulator.swagger import Swagger
from tests.emulator.test_computes import workspace_path
from tests.emulator.test_swagger import SPECIFICATION, pytestmark

__all__ = ["pytestmark"]
FOLDER = SPECIFICATION / "authorization" / "resource-manager" / "Microsoft.Authorization"
# Seen in recordings of Azure: values that are null, which the schema does not have. A built-in role's description is not at hand.
NULLS = {
    "RoleAssignmentProperties": frozenset(
        {"condition", "conditionVersion", "createdBy", "delegatedManagedIdentityResourceId", "description"}
    ),
    "RoleDefinitionProperties": frozenset({"description"}),
    "Permission": frozenset({"condition", "conditionVersion"}),
}
GUID = "0f0f0f0f-0000-4000-8000-00000000000{}"


class Checked:
    """Sends requests and fails on an answer that its api-version's swagger does not have."""

    def __init__(self, emulator: Emulator, version: str, kind: str = "stable") -> None:
        self.emulator = emulator
        self.version = version
        self.swagger = Swagger(FOLDER / kind / version, NULLS)

    def send(self, method: str, path: str, body: Any = None, identity: str = "admin", query: str = "") -> Answer:
        answer = self.emulator.request(method, f"{path}?api-version={self.version}{query}", body, identity)
        content = answer.json() if answer.content else None
        assert self.swagger.problems(method, path, answer.status, content) == []
        return answer


def places(emulator: Emulator) -> tuple[str, str, str]:
    """A workspace, its subscription, and where both say what is told about access."""
    workspace = workspace_path(emulator, "fraud-dev")
    return workspace, "/".join(workspace.split("/")[:3]), "/providers/Microsoft.Authorization"


def test_role_assignments(fresh_emulator: Emulator) -> None:
    workspace, subscription, provider = places(fresh_emulator)
    checked = Checked(fresh_emulator, "2022-04-01")
    for scope in (f"{subscription}{provider}", f"{workspace}{provider}"):
        assert checked.send("GET", f"{scope}/roleAssignments").json()["value"]
    outsider = fresh_emulator.identity("outsider")["object_id"]
    properties = {"roleDefinitionId": f"{subscription}{provider}/roleDefinitions/{CONTRIBUTOR}", "principalId": outsider}
    one = f"{workspace}{provider}/roleAssignments/{GUID.format(1)}"
    dry = Checked(fresh_emulator, "2020-10-01-preview", "preview")
    assert dry.send("POST", f"{one}/validate", {"properties": properties}).json() == {"isValid": True}
    assert not dry.send("POST", f"{one}/validate", {"properties": {**properties, "principalType": "User"}}).json()["isValid"]
    for method, body, status in (
        ("PUT", {"properties": properties}, 201),
        ("GET", None, 200),
        ("DELETE", None, 200),
        ("DELETE", None, 204),
    ):
        assert checked.send(method, one, body).status == status
    usage = Checked(fresh_emulator, "2019-08-01-preview", "preview")
    assert usage.send("GET", f"{subscription}{provider}/roleAssignmentsUsageMetrics").json()["roleAssignmentsLimit"] == 4000


def test_role_definitions_and_permissions(fresh_emulator: Emulator) -> None:
    _, subscription, provider = places(fresh_emulator)
    block = {"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}
    properties = {
        "roleName": "Watcher",
        "description": "",
        "type": "CustomRole",
        "assignableScopes": [subscription],
        "permissions": [block],
    }
    one = f"{subscription}{provider}/roleDefinitions/{GUID.format(2)}"
    for version, kind in (("2022-04-01", "stable"), ("2022-05-01-preview", "preview")):
        checked = Checked(fresh_emulator, version, kind)
        for method, body, status in (("PUT", {"properties": properties}, 201), ("GET", None, 200)):
            assert checked.send(method, one, body).status == status
        assert len(checked.send("GET", f"{subscription}{provider}/roleDefinitions").json()["value"]) > 900
        assert checked.send("GET", f"{subscription}/resourceGroups/ml-dev-rg{provider}/permissions").json()["value"]
        assert [checked.send("DELETE", one).status for _ in range(2)] == [200, 204]


def test_deny_assignments(fresh_emulator: Emulator) -> None:
    hub = workspace_path(fresh_emulator, "genai-hub")
    checked = Checked(fresh_emulator, "2022-04-01")
    (deny,) = checked.send("GET", f"{hub}/providers/Microsoft.Authorization/denyAssignments").json()["value"]
    assert checked.send("GET", deny["id"]).json() == deny


def test_privileged_identity_management(fresh_emulator: Emulator) -> None:
    workspace, subscription, provider = places(fresh_emulator)
    checked = Checked(fresh_emulator, "2020-10-01")
    operator = fresh_emulator.identity("operator")["object_id"]
    properties = {
        "principalId": operator,
        "roleDefinitionId": f"{subscription}{provider}/roleDefinitions/{CONTRIBUTOR}",
        "requestType": "SelfActivate",
        "justification": "Incident 4711",
        "ticketInfo": {"ticketNumber": "4711"},
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT1H", "endDateTime": None}},
    }
    request = f"{workspace}{provider}/roleAssignmentScheduleRequests/{GUID.format(3)}"
    assert checked.send("POST", f"{request}/validate", {"properties": properties}, "operator").status == 200
    assert checked.send("PUT", request, {"properties": properties}, "operator").status == 201
    assert checked.send("GET", request, identity="operator").status == 200
    for kind in ("roleEligibilityScheduleInstances", "roleEligibilitySchedules", "roleAssignmentScheduleInstances"):
        held = checked.send("GET", f"{workspace}{provider}/{kind}", identity="operator", query="&$filter=asTarget()").json()["value"]
        assert {one["properties"]["principalId"] for one in held} == {operator}
        assert all(checked.send("GET", one["id"]).json()["name"] == one["name"] for one in held)


def test_the_check_notices_what_is_wrong(fresh_emulator: Emulator) -> None:
    _, subscription, provider = places(fresh_emulator)
    checked = Checked(fresh_emulator, "2022-04-01")
    path = f"{subscription}{provider}/roleAssignments"
    good = checked.send("GET", path).json()
    good["value"][0]["properties"]["mood"] = "good"
    assert checked.swagger.problems("GET", path, 200, good)
