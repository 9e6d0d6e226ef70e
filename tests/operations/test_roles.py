"""Plans for custom roles and activations: carried out on the emulator, seen there, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from console.azure import authorization, dry_run, pim, role_definitions
from console.azure.access_compiler import AccessCompiler
from console.domain.access.pim import ActivationRequest, OwnRole, is_activation, own_roles
from console.domain.access.role_text import RoleDraft
from console.domain.access.roles import DOCUMENTED, RoleDefinition, fingerprint, is_role
from console.domain.permissions import Permission
from console.emulator.rbac import builtin_roles
from console.operations import pim as activations
from console.operations import roles as plans
from console.operations.access import Surroundings
from console.operations.operation import Progress, undo_of
from console.operations.plan import Danger
from console.operations.runner import Runner
from tests.gateway import EndpointTokens, client, until, workspace
from tests.operations.conftest import Bench

ML = "Microsoft.MachineLearningServices/workspaces"


@pytest_asyncio.fixture
async def compiling() -> AsyncIterator[AccessCompiler]:
    made = AccessCompiler()
    yield made
    await made.close()


@pytest.fixture
def access(bench: Bench) -> Bench:
    """A bench whose runner reads roles and requests for activations too."""

    async def reread(target_id: str) -> Any:
        if is_role(target_id):
            return await role_definitions.read_one(bench.arm, target_id)
        return await (pim.read_request(bench.arm, target_id) if is_activation(target_id) else bench.read(target_id))

    bench.runner = Runner(
        bench.arm,
        bench.journal,
        reread,
        bench._heard,
        cloud=bench.emulator.base_url,
        who=lambda: "admin",
        allowed=lambda scope: authorization.read_allowance(bench.arm, scope),
    )
    return bench


def draft(bench: Bench, **more: Any) -> RoleDraft:
    block = Permission((f"{ML}/read", f"{ML}/computes/read"))
    name = f"Reader of computes {uuid.uuid4().hex[:6]}"
    scope = f"/subscriptions/{workspace(bench.emulator).subscription_id}"
    fields: dict[str, Any] = {"name": name, "description": "d", "permission": block, "assignable_scopes": (scope,), **more}
    return RoleDraft(**fields)


async def ended(bench: Bench, plan: Any) -> Any:
    operation = bench.runner.run(plan)
    await until(lambda: operation.ended)
    assert [run.progress for run in operation.runs] == [Progress.DONE] * len(operation.runs), [run.note for run in operation.runs]
    return operation


async def found(bench: Bench, wanted: str) -> RoleDefinition | None:
    scope = f"/subscriptions/{workspace(bench.emulator).subscription_id}"
    return next((each for each in (await role_definitions.read(bench.arm, scope)).items if each.name == wanted), None)


async def test_a_role_is_made_changed_deleted_and_each_is_taken_back(access: Bench, compiling: AccessCompiler) -> None:
    around = Surroundings()
    wanted = draft(access)
    made = await ended(access, await plans.create(compiling, wanted, str(uuid.uuid4()), around))
    role = await found(access, wanted.name)
    assert role is not None and role.custom and fingerprint(role) == fingerprint(plans.as_role(wanted, role.guid))

    other = draft(access, name=wanted.name, permission=Permission((f"{ML}/read", f"{ML}/computes/start/action")))
    plan = await plans.change(compiling, role, other, around)
    told = [effect.sentence for effect in plan.steps[0].effects]
    assert f"-Actions: {ML}/computes/read" in told and f"+Actions: {ML}/computes/start/action" in told
    changed = await ended(access, plan)
    assert (await found(access, wanted.name)).permissions[0].actions == (f"{ML}/read", f"{ML}/computes/start/action")  # type: ignore[union-attr]
    back = undo_of(changed)
    assert back is not None
    await ended(access, back)
    assert fingerprint(await found(access, wanted.name)) == fingerprint(role)  # type: ignore[arg-type]

    gone = await plans.delete(compiling, role, around)
    assert (gone.danger, gone.typed) == (Danger.TYPED, wanted.name)
    deleted = await ended(access, gone)
    assert await found(access, wanted.name) is None
    again = undo_of(deleted)
    assert again is not None
    await ended(access, again)
    assert await found(access, wanted.name) is not None
    last = undo_of(made)
    assert last is not None
    await ended(access, last)
    assert await found(access, wanted.name) is None


async def test_a_role_that_somebody_else_changed_meanwhile_is_left_alone(access: Bench, compiling: AccessCompiler) -> None:
    wanted = draft(access)
    await ended(access, await plans.create(compiling, wanted, str(uuid.uuid4()), Surroundings()))
    role = await found(access, wanted.name)
    assert role is not None
    stale = await plans.change(compiling, role, draft(access, name=wanted.name, description="mine"), Surroundings())
    await ended(access, await plans.change(compiling, role, draft(access, name=wanted.name, description="theirs"), Surroundings()))
    operation = access.runner.run(stale)
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.STOPPED and "when the plan was made and is definition" in operation.runs[0].note
    assert (await found(access, wanted.name)).description == "theirs"  # type: ignore[union-attr]


async def test_the_az_line_says_the_same(access: Bench, compiling: AccessCompiler) -> None:
    plan = await plans.create(compiling, draft(access, name="Ada's"), str(uuid.uuid4()), Surroundings())
    assert plan.steps[0].az.startswith("az role definition create --role-definition ")
    assert plan.steps[0].request.body["properties"]["roleName"] == "Ada's"


@pytest.mark.parametrize(
    ("role", "assigned", "told"),
    [
        (RoleDefinition(id="", guid="", name="x"), 0, "Azure's own"),
        (RoleDefinition(id="", guid="", name="x", custom=True, fault="?"), 0, "could not be read"),
        (RoleDefinition(id="", guid="", name="x", custom=True), 1, "1 role assignment has it"),
        (RoleDefinition(id="", guid="", name="x", custom=True), 3, "RoleDefinitionHasAssignments"),
        (RoleDefinition(id="", guid="", name="x", custom=True), 0, ""),
    ],
)
def test_what_cannot_be_deleted_says_why(role: RoleDefinition, assigned: int, told: str) -> None:
    assert told in plans.can_delete(role, assigned)
    assert bool(plans.can_delete(role, assigned)) is bool(told)


# Activations


async def own(bench: Bench) -> list[OwnRole]:
    subscription = workspace(bench.emulator, "fraud-dev").subscription_id
    eligible = (await pim.read_own_eligibilities(bench.arm, subscription)).items
    active = (await pim.read_own_activations(bench.arm, subscription)).items
    return own_roles(eligible, active, {})


@pytest_asyncio.fixture
async def operator(access: Bench) -> AsyncIterator[Bench]:
    """The same bench for somebody who is eligible for a role."""
    before = access.arm
    access.arm = client(access.emulator, EndpointTokens(access.emulator, "operator"))
    access.runner.stages.arm = access.arm
    yield access
    await access.arm.transport.close()
    access.arm = before


async def test_an_activation_is_dry_run_made_and_seen(operator: Bench, compiling: AccessCompiler) -> None:
    (role,) = await own(operator)
    me = operator.emulator.identity("operator")["object_id"].lower()
    assert activations.can_activate(role) == "" and role.name == "Contributor"
    assert role.grants(workspace(operator.emulator, "fraud-dev").id, f"{ML}/computes/write")
    assert not role.grants("/subscriptions/other", f"{ML}/computes/write")
    fine = await compiling.activation_validation(activations.wish(role, me, 2, "incident 4711"))
    assert fine.path.endswith("/validate") and await dry_run.activation_refusal(operator.arm, fine) == ""
    unjust = await compiling.activation_validation(activations.wish(role, me, 2, ""))
    assert "JustificationRule" in await dry_run.activation_refusal(operator.arm, unjust)
    long = await compiling.activation_validation(activations.wish(role, me, 9, "incident 4711"))
    assert "ExpirationRule" in await dry_run.activation_refusal(operator.arm, long)

    plan = await activations.activate(compiling, role, 2, "incident 4711", "INC-7", Surroundings(me=me))
    assert plan.permissions == ()
    operation = await ended(operator, plan)
    (now,) = await own(operator)
    assert now.active and now.ends is not None and activations.can_activate(now) == "it is active already"
    await until(lambda: operation.runs[0].effective_at)
    assert "your permissions show it" in operation.runs[0].note
    again = await compiling.activation_validation(activations.wish(role, me, 2, "incident 4711"))
    assert "RoleAssignmentExists" in await dry_run.activation_refusal(operator.arm, again)
    assert undo_of(operation) is None


def test_a_request_that_waits_for_approval_is_not_on_its_way() -> None:
    assert not ActivationRequest("PendingApproval").passing and ActivationRequest("PendingProvisioning").passing
    with pytest.raises(ValueError, match="has no"):
        ActivationRequest("Provisioned").aspect("x")


def test_what_is_documented_of_roles_is_what_azure_s_data_says() -> None:
    built_in = builtin_roles()
    for guid, role in DOCUMENTED.items():
        told = tuple(
            Permission(each.actions, each.not_actions, each.data_actions, each.not_data_actions) for each in built_in[guid].permissions
        )
        assert (role.name, role.permissions) == (built_in[guid].name, told)


async def test_who_is_eligible_for_nothing_sees_an_empty_list(access: Bench) -> None:
    """That PIM is not to be read is another thing: it is told."""
    assert await own(access) == []
