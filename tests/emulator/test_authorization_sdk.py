"""Access through azure-mgmt-authorization, as Microsoft ships it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.models import (
    Permission,
    RoleAssignmentCreateParameters,
    RoleAssignmentScheduleRequest,
    RoleAssignmentScheduleRequestPropertiesScheduleInfo,
    RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration,
    RoleDefinition,
)

from console.emulator.staff import CONTRIBUTOR, READER
from tests.conftest import Emulator
from tests.emulator.test_computes import workspace_path

NAME = "0f0f0f0f-0000-4000-8000-00000000000e"


@pytest.fixture(autouse=True)
def trust(fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fresh_emulator.ready["ca_file"])
    monkeypatch.setenv("NO_PROXY", f"127.0.0.1,{os.environ.get('NO_PROXY', '')}")
    yield


def client(emulator: Emulator, identity: str = "admin", **more: Any) -> AuthorizationManagementClient:
    known = emulator.identity(identity)
    base, subscription = emulator.base_url, workspace_path(emulator, "fraud-dev").split("/")[2]
    credential = ClientSecretCredential(
        emulator.ready["tenant_id"], known["client_id"], known["client_secret"], authority=base, disable_instance_discovery=True
    )
    return AuthorizationManagementClient(credential, subscription, base_url=base, credential_scopes=[f"{base}/.default"], **more)


def role(emulator: Emulator, guid: str) -> str:
    subscription = "/".join(workspace_path(emulator, "fraud-dev").split("/")[:3])
    return f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def test_an_assignment_is_tried_made_and_removed(fresh_emulator: Emulator) -> None:
    scope = workspace_path(fresh_emulator, "fraud-dev")
    outsider = fresh_emulator.identity("outsider")["object_id"]
    wanted = {"properties": {"roleDefinitionId": role(fresh_emulator, READER), "principalId": outsider}}
    with client(fresh_emulator, api_version="2020-10-01-preview") as preview:
        assert preview.role_assignments.validate(scope, NAME, wanted).is_valid
    with client(fresh_emulator) as access:
        parameters = RoleAssignmentCreateParameters(
            role_definition_id=role(fresh_emulator, READER), principal_id=outsider, principal_type="ServicePrincipal", description="trial"
        )
        made = access.role_assignments.create(scope, NAME, parameters)
        assert (made.name, made.created_by, made.description) == (NAME, None, "trial")
        held = list(access.role_assignments.list_for_scope(scope, filter=f"assignedTo('{outsider}')"))
        assert [one.name for one in held] == [NAME]
        again = access.role_assignments.list_for_subscription(filter=f"principalId eq '{outsider}'")
        assert [one.id for one in again] == [made.id]
        with pytest.raises(HttpResponseError) as refused:
            access.role_assignments.create(scope, NAME[:-1] + "f", parameters)
        assert (refused.value.status_code, refused.value.error.code) == (409, "RoleAssignmentExists")
        assert access.role_assignments.delete_by_id(made.id).name == NAME
        assert access.role_assignments.delete(scope, NAME) is None
        usage = access.role_assignment_metrics.get_metrics_for_subscription()
        assert usage.role_assignments_current_count + usage.role_assignments_remaining_count == usage.role_assignments_limit == 4000


def test_a_custom_role_is_made_listed_and_removed(fresh_emulator: Emulator) -> None:
    subscription = "/".join(workspace_path(fresh_emulator, "fraud-dev").split("/")[:3])
    with client(fresh_emulator) as access:
        wanted = RoleDefinition(
            role_name="Watcher",
            description="Sees",
            role_type="CustomRole",
            permissions=[Permission(actions=["*/read"], not_actions=[])],
            assignable_scopes=[subscription],
        )
        assert access.role_definitions.create_or_update(subscription, NAME, wanted).role_name == "Watcher"
        assert [one.name for one in access.role_definitions.list(subscription, filter="type eq 'CustomRole'")] == [NAME]
        assert access.role_definitions.delete(subscription, NAME).role_name == "Watcher"


def test_deny_assignments_are_read(fresh_emulator: Emulator) -> None:
    hub = workspace_path(fresh_emulator, "genai-hub")
    with client(fresh_emulator) as access:
        (deny,) = access.deny_assignments.list_for_scope(hub, filter="atScope()")
        assert (deny.is_system_protected, deny.permissions[0].actions) == (True, ["*/delete"])
        assert access.deny_assignments.get_by_id(deny.id).deny_assignment_name == deny.deny_assignment_name


def test_an_eligible_role_is_activated(fresh_emulator: Emulator) -> None:
    scope = workspace_path(fresh_emulator, "fraud-dev")
    with client(fresh_emulator, "operator") as access:
        (eligible,) = access.role_eligibility_schedule_instances.list_for_scope(scope, filter="asTarget()")
        request = RoleAssignmentScheduleRequest(
            principal_id=eligible.principal_id,
            role_definition_id=role(fresh_emulator, CONTRIBUTOR),
            request_type="SelfActivate",
            linked_role_eligibility_schedule_id=eligible.role_eligibility_schedule_id,
            justification="Incident 4711",
            schedule_info=RoleAssignmentScheduleRequestPropertiesScheduleInfo(
                start_date_time=datetime(2026, 11, 2, 8, tzinfo=UTC),
                expiration=RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration(type="AfterDuration", duration="PT1H"),
            ),
        )
        assert access.role_assignment_schedule_requests.validate(scope, NAME, request).status == "Provisioned"
        assert access.role_assignment_schedule_requests.create(scope, NAME, request).status == "Provisioned"
        held = access.role_assignment_schedule_instances.list_for_scope(scope, filter="asTarget()")
        assert [one.role_definition_id.rpartition("/")[2] for one in held if one.assignment_type == "Activated"] == [CONTRIBUTOR]
        with pytest.raises(HttpResponseError) as refused:
            access.role_assignment_schedule_requests.create(scope, NAME[:-1] + "f", request)
        assert refused.value.error.code == "RoleAssignmentExists"
