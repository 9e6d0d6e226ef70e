"""The access child with the real azure-mgmt-authorization: the requests it makes, what it refuses, and how little it weighs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from console.azure.access_compiler import AccessCompiler, Activating, NewAssignment, split
from console.azure.compiler_life import State
from console.azure.request import Effect, Request
from console.domain.access.principals import PrincipalKind
from console.domain.access.roles import DATA_SCIENTIST
from console.domain.permissions import Permission
from tests.gateway import trouble_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
SCOPE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w"
GROUP = "11111111-0000-0000-0000-000000000001"
GRANT = NewAssignment(scope=SCOPE, role=DATA_SCIENTIST, principal_id=GROUP, principal_kind=PrincipalKind.GROUP)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def access() -> AsyncIterator[AccessCompiler]:
    made = AccessCompiler()
    yield made
    await made.close()


async def test_an_assignment_is_the_put_of_the_sdk(access: AccessCompiler) -> None:
    assert await access.assignment(GRANT) == Request(
        method="PUT",
        path=f"{SCOPE}/providers/Microsoft.Authorization/roleAssignments/{GRANT.guid}",
        api_version="2022-04-01",
        body={
            "properties": {
                "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{DATA_SCIENTIST}",
                "principalId": GROUP,
                "principalType": "Group",
            }
        },
    )


async def test_a_condition_goes_with_its_version(access: AccessCompiler) -> None:
    request = await access.assignment(msgspec.structs.replace(GRANT, condition="@Resource[x] StringEquals 'y'", description="CHG-1"))
    properties = request.body["properties"]
    assert properties["conditionVersion"] == "2.0"
    assert (properties["condition"], properties["description"]) == ("@Resource[x] StringEquals 'y'", "CHG-1")


@pytest.mark.parametrize("kind", [kind for kind in PrincipalKind if kind is not PrincipalKind.UNKNOWN])
async def test_the_kind_of_the_principal_is_always_said(access: AccessCompiler, kind: PrincipalKind) -> None:
    request = await access.assignment(msgspec.structs.replace(GRANT, principal_kind=kind))
    assert request.body["properties"]["principalType"] == kind.value


async def test_no_user_is_made_of_a_principal_of_unknown_kind(access: AccessCompiler) -> None:
    trouble = await trouble_of(access.assignment(msgspec.structs.replace(GRANT, principal_kind=PrincipalKind.UNKNOWN)))
    assert trouble.code == "AccessFlaw"
    assert "principal_type" in trouble.sentence


async def test_the_dry_run_reads_and_has_the_same_body(access: AccessCompiler) -> None:
    made, validated = await access.assignment(GRANT), await access.validation(GRANT)
    assert (validated.method, validated.path, validated.effect) == ("POST", f"{made.path}/validate", Effect.READ)
    assert validated.body == made.body
    assert made.effect is Effect.CHANGE


async def test_a_removal_is_a_delete_at_the_scope(access: AccessCompiler) -> None:
    request = await access.removal(GRANT.id)
    assert (request.method, request.path, request.body) == ("DELETE", GRANT.id, None)


@pytest.mark.parametrize("scope", ["/", SUBSCRIPTION, "/providers/Microsoft.Management/managementGroups/corp"])
async def test_scopes_above_a_workspace(access: AccessCompiler, scope: str) -> None:
    grant = msgspec.structs.replace(GRANT, scope=scope)
    request = await access.assignment(grant)
    assert request.path == grant.id == f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{grant.guid}"
    assert split(grant.id) == (scope, grant.guid)
    below = SUBSCRIPTION if scope == SUBSCRIPTION else ""
    assert request.body["properties"]["roleDefinitionId"] == f"{below}/providers/Microsoft.Authorization/roleDefinitions/{DATA_SCIENTIST}"


async def test_the_same_grant_has_the_same_name_whatever_the_case() -> None:
    upper = msgspec.structs.replace(GRANT, scope=SCOPE.upper(), role=DATA_SCIENTIST.upper(), principal_id=GROUP.upper())
    assert upper.guid == GRANT.guid
    assert uuid.UUID(GRANT.guid).version == 5
    assert msgspec.structs.replace(GRANT, scope=SUBSCRIPTION).guid != GRANT.guid


@pytest.mark.parametrize("wrong", ["", "/subscriptions/x", f"{SCOPE}/computes/a"])
async def test_what_is_no_assignment_is_not_split(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not the ARM id of a role assignment"):
        split(wrong)


async def test_a_custom_role_and_its_removal(access: AccessCompiler) -> None:
    block = Permission(actions=("Microsoft.MachineLearningServices/workspaces/*/read",), not_actions=("x/listkeys/action",))
    request = await access.role(SUBSCRIPTION, GROUP, "Reader without keys", "no keys", [block], [SUBSCRIPTION])
    assert request.path == f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{GROUP}"
    properties = request.body["properties"]
    assert (properties["type"], properties["roleName"], properties["assignableScopes"]) == (
        "CustomRole",
        "Reader without keys",
        [SUBSCRIPTION],
    )
    assert properties["permissions"] == [
        {"actions": list(block.actions), "notActions": list(block.not_actions), "dataActions": [], "notDataActions": []}
    ]
    assert await access.role_removal(SUBSCRIPTION, GROUP) == Request(method="DELETE", path=request.path, api_version=request.api_version)
    trouble = await trouble_of(access.role(SUBSCRIPTION, GROUP, "", "", [block], [SUBSCRIPTION]))
    assert "role_name" in trouble.sentence


async def test_an_activation_names_its_eligibility(access: AccessCompiler) -> None:
    wanted = Activating(
        scope=SCOPE,
        role=GRANT.definition_id,
        principal_id=GROUP,
        eligibility="/e",
        duration="PT2H",
        justification="incident",
        ticket="INC-7",
    )
    one, other = await access.activation(wanted), await access.activation(wanted)
    assert one.path != other.path, "each request has a name of its own"
    assert one.path.startswith(f"{SCOPE}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/")
    properties = one.body["properties"]
    assert (properties["requestType"], properties["linkedRoleEligibilityScheduleId"]) == ("SelfActivate", "/e")
    assert properties["scheduleInfo"]["expiration"] == {"type": "AfterDuration", "duration": "PT2H"}
    assert (properties["justification"], properties["ticketInfo"]["ticketNumber"]) == ("incident", "INC-7")


async def test_the_child_loads_no_azure_ai_ml(access: AccessCompiler) -> None:
    await access.removal(GRANT.id)
    assert access.state is State.READY
    program = "import sys; from console.azure import access_child; access_child._access(); print(*sys.modules)"
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "azure.mgmt.authorization" in loaded
    assert not {name for name in loaded if name.startswith(("azure.ai", "azure.identity", "marshmallow", "requests"))}


async def test_what_is_not_installed_is_told(tmp_path: Path) -> None:
    python = tmp_path / "python"
    # The real interpreter, in which that one import fails: it is called as `python -P -c PROGRAM FOLDER`.
    lacking = "import sys; sys.modules['azure.mgmt.authorization'] = None"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c "{lacking}; $3" "$4"\n')
    python.chmod(0o700)
    own = AccessCompiler(python=str(python))
    trouble = await trouble_of(own.removal(GRANT.id))
    assert "Changing access needs azure-mgmt-authorization, which is not installed here" in trouble.sentence
    assert own.state is State.OFF
    await own.close()
