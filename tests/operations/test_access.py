"""Plans for access on the emulator: assigned, seen, in effect, taken back; what Azure refuses for now, for good, and as it is there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from console.azure import assignments, authorization, dry_run
from console.azure.access_compiler import AccessCompiler
from console.azure.request import Request
from console.domain.access.assignments import RoleAssignment, is_assignment
from console.domain.access.grants import Grant, Pim
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.roles import DATA_SCIENTIST, OWNER, RoleDefinition
from console.domain.permissions import Permission
from console.operations import access as plans
from console.operations import pace
from console.operations.access import Surroundings
from console.operations.journal import Record, Stage, Unfinished
from console.operations.operation import Progress, undo_of
from console.operations.plan import Danger, Hold, Retry
from console.operations.runner import Runner
from tests.gateway import sent, trouble_of, until, workspace
from tests.operations.conftest import Bench

ROLE = RoleDefinition(
    id="",
    guid=DATA_SCIENTIST,
    name="AzureML Data Scientist",
    permissions=(Permission(actions=("Microsoft.MachineLearningServices/workspaces/*/read",)),),
)
BLOBS = RoleDefinition(
    id="",
    guid="2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    name="Storage Blob Data Reader",
    permissions=(Permission(data_actions=("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",)),),
)
CONDITION = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x'"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def compiler() -> AsyncIterator[AccessCompiler]:
    made = AccessCompiler()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def compiling() -> AsyncIterator[AccessCompiler]:
    made = AccessCompiler()
    yield made
    await made.close()


@pytest.fixture
def access(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose runner reads role assignments too, and asks what the signed-in user may do."""

    async def reread(target_id: str) -> Any:
        return await (assignments.read_one(bench.arm, target_id) if is_assignment(target_id) else bench.read(target_id))

    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.02)
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


def principal(bench: Bench, name: str) -> Principal:
    """One of the identities that can sign in."""
    known = bench.emulator.identity(name)
    kind = PrincipalKind.USER if "@" in known.get("upn", known["name"]) else PrincipalKind.SERVICE_PRINCIPAL
    return Principal(id=known["object_id"].lower(), kind=kind, name=name)


def scope(bench: Bench) -> str:
    return workspace(bench.emulator).id


def subscription(bench: Bench) -> str:
    return f"/subscriptions/{workspace(bench.emulator).subscription_id}"


def around(bench: Bench, me: str = "") -> Surroundings:
    return Surroundings(me=me, about=(workspace(bench.emulator),), subscriptions={})


async def the_kind(bench: Bench, who: Principal) -> Principal:
    """The principal with the kind that Azure's own assignments tell of it."""
    held = (await assignments.read(bench.arm, subscription(bench))).items
    kind = next((each.principal_kind for each in held if each.principal_id == who.id), who.kind)
    return msgspec.structs.replace(who, kind=kind)


async def listed(bench: Bench, grant_id: str) -> RoleAssignment | None:
    found = (await assignments.read(bench.arm, subscription(bench))).items
    return next((each for each in found if each.id.lower() == grant_id.lower()), None)


async def plan_for(bench: Bench, compiling: AccessCompiler, **more: Any) -> Any:
    who = await the_kind(bench, principal(bench, "reader"))
    return await plans.assign(compiling, [who], ROLE, scope(bench), around(bench, more.pop("me", "")), **more)


async def test_an_assignment_is_made_listed_and_taken_back(access: Bench, compiling: AccessCompiler) -> None:
    plan = await plan_for(access, compiling, description="new hire", condition=CONDITION)
    plan = msgspec.structs.replace(plan, reason="CHG-7")
    run = await access.carry_out(plan)
    assert (run.progress, run.trouble) == (Progress.DONE, None)
    assert "takes effect within about 10 min" in run.note
    there = await listed(access, plan.steps[0].target_id)
    assert there is not None
    assert (there.role, there.condition, there.description) == (DATA_SCIENTIST, CONDITION, "new hire · CHG-7")
    assert there.condition_version == "2.0"
    undo = undo_of(access.runner.operations[-1])
    assert undo is not None
    assert (await access.carry_out(undo)).progress is Progress.DONE
    assert await listed(access, there.id) is None
    assert [change[0] for change in access.changes()] == ["PUT", "DELETE"]


async def test_what_was_removed_comes_back_as_it_was(access: Bench, compiling: AccessCompiler) -> None:
    made = await plan_for(access, compiling, description="why", condition=CONDITION)
    await access.carry_out(made)
    grant = plans.granted(await the_kind(access, principal(access, "reader")), ROLE, scope(access), CONDITION, "why")
    assert grant.id == made.steps[0].target_id, "the name follows from scope, principal and role"
    plan = await plans.remove(compiling, [grant], around(access))
    assert plan.danger is Danger.CONFIRM
    await access.carry_out(msgspec.structs.replace(plan, reason="CHG-8"))
    assert await listed(access, grant.id) is None
    undo = undo_of(access.runner.operations[-1])
    assert undo is not None
    await access.carry_out(undo)
    there = await listed(access, grant.id)
    assert there is not None
    assert (there.condition, there.description) == (CONDITION, "why"), "without the reason of the removal"


async def test_what_is_there_under_another_name_is_done_and_is_not_taken_back(access: Bench, compiling: AccessCompiler) -> None:
    plan = await plan_for(access, compiling)
    elsewhere = f"{scope(access)}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555"
    await access.arm.send(msgspec.structs.replace(plan.steps[0].request, path=elsewhere))
    run = await access.carry_out(plan)
    assert (run.progress, run.already) == (Progress.DONE, True)
    assert "it was there already" in run.note
    assert "11111111222233334444555555555555" in run.note
    assert not access.runner.operations[-1].undoable
    assert undo_of(access.runner.operations[-1]) is None


async def test_what_somebody_made_meanwhile_is_not_sent_again(access: Bench, compiling: AccessCompiler) -> None:
    plan = await plan_for(access, compiling)
    await access.arm.send(plan.steps[0].request)
    run = await access.carry_out(plan)
    assert (run.progress, run.already, len(access.changes())) == (Progress.DONE, True, 1)


async def test_the_same_grant_under_another_condition_stops_the_plan(access: Bench, compiling: AccessCompiler) -> None:
    plan, other = await plan_for(access, compiling, condition=CONDITION), await plan_for(access, compiling)
    await access.arm.send(other.steps[0].request)
    run = await access.carry_out(plan)
    assert run.progress is Progress.STOPPED
    assert "there was none when the plan was made and is present now" in run.note


async def test_what_is_gone_already_is_not_removed(access: Bench, compiling: AccessCompiler) -> None:
    grant = plans.granted(await the_kind(access, principal(access, "reader")), ROLE, scope(access))
    run = await access.carry_out(await plans.remove(compiling, [grant], around(access)))
    assert (run.progress, access.changes()) == (Progress.STOPPED, [])
    assert "is gone now" in run.note


async def test_a_principal_that_azure_does_not_know_yet_is_tried_again_and_then_told(access: Bench, compiling: AccessCompiler) -> None:
    nobody = Principal(id="99999999-0000-0000-0000-000000000001", kind=PrincipalKind.GROUP, name="new-group")
    plan = await plans.assign(compiling, [nobody], ROLE, scope(access), around(access))
    quick = Retry(codes=("PrincipalNotFound",), sentence="soon", times=2, first_s=0.01, most_s=0.02)
    plan = msgspec.structs.replace(plan, steps=tuple(msgspec.structs.replace(step, retry=quick) for step in plan.steps))
    run = await access.carry_out(plan)
    assert run.progress is Progress.FAILED
    assert run.trouble is not None and run.trouble.code == "PrincipalNotFound"
    assert [change[2] for change in access.changes()] == [400, 400, 400]
    assert [progress for progress, _ in run.history].count(Progress.HOLDING) == 2


async def test_a_plan_that_waits_for_the_directory_can_be_stopped_and_others_go_on(access: Bench, compiling: AccessCompiler) -> None:
    nobodies = [Principal(id=f"99999999-0000-0000-0000-00000000000{n}", kind=PrincipalKind.GROUP, name=f"new-{n}") for n in range(1, 6)]
    waiting = access.runner.run(await plans.assign(compiling, nobodies, ROLE, scope(access), around(access)))
    await until(lambda: all(run.progress is Progress.HOLDING for run in waiting.runs), "the wait of all five")
    assert (await access.carry_out(await plan_for(access, compiling))).progress is Progress.DONE
    access.runner.stop(waiting)
    await until(lambda: waiting.ended)
    assert {run.progress for run in waiting.runs} == {Progress.STOPPED}


def test_waits_grow_and_end() -> None:
    retry = Retry(codes=("x",), sentence="", times=4, first_s=2, most_s=10)
    assert [retry.wait(turn) for turn in range(5)] == [2, 4, 8, 10, None]


async def test_ones_own_access_is_seen_to_come_into_effect(access: Bench, compiling: AccessCompiler) -> None:
    """Azure lists an assignment at once; what it lets one do follows, and the console says when it saw that."""
    me = await the_kind(access, principal(access, "admin"))
    operation = access.runner.run(await plans.assign(compiling, [me], BLOBS, scope(access), around(access, me.id)))
    await until(lambda: operation.ended)
    run = operation.runs[0]
    assert (run.progress, run.effective_at) == (Progress.DONE, None)
    assert "whether it is in effect is asked" in run.note
    assert operation.undoable, "listed is done: nobody has to wait to take it back"
    looks = len(sent(access.emulator, "GET", "/permissions"))
    await until(lambda: len(sent(access.emulator, "GET", "/permissions")) > looks + 1)
    assert run.effective_at is None
    await access.advance(200)
    await until(lambda: run.effective_at is not None, "the effect")
    assert "your permissions show it since" in run.note
    undo = undo_of(operation)
    assert undo is not None
    going = access.runner.run(undo)
    await until(lambda: going.ended)
    back = going.runs[0]
    assert (back.progress, back.effective_at) == (Progress.DONE, None)
    await access.advance(200)
    await until(lambda: back.effective_at is not None, "the end of the effect")
    assert back.note.startswith("gone in effect too")


async def test_a_hold_waits_until_a_grant_of_ones_own_is_in_effect(access: Bench, compiling: AccessCompiler) -> None:
    me = await the_kind(access, principal(access, "admin"))
    first = (await plans.assign(compiling, [me], BLOBS, scope(access), around(access, me.id))).steps[0]
    plan = await plan_for(access, compiling)
    hold = Hold(label="in effect", sentence="until the role is in effect", granted=first.spread)
    second = msgspec.structs.replace(plan.steps[0], follows=(first.target_id,), hold=hold)
    operation = access.runner.run(msgspec.structs.replace(plan, steps=(first, second)))
    await until(lambda: operation.runs[1].progress is Progress.HOLDING, "the hold")
    looks = len(sent(access.emulator, "GET", "/permissions"))
    await until(lambda: len(sent(access.emulator, "GET", "/permissions")) > looks + 2)
    assert operation.runs[1].progress is Progress.HOLDING
    await access.advance(200)
    await until(lambda: operation.ended)
    assert [run.progress for run in operation.runs] == [Progress.DONE, Progress.DONE]


async def test_what_waits_for_a_grant_follows_it(access: Bench, compiling: AccessCompiler) -> None:
    """A step that needs a role waits until the assignment is done, and then as long as Azure's documentation says."""
    plan = await plan_for(access, compiling)
    first = plan.steps[0]
    who = principal(access, "operator")
    second = (await plans.assign(compiling, [await the_kind(access, who)], ROLE, scope(access), around(access))).steps[0]
    hold = Hold(label="in effect", sentence="until the role is in effect", after_s=600)
    second = msgspec.structs.replace(second, follows=(first.target_id,), hold=hold)
    operation = access.runner.run(msgspec.structs.replace(plan, steps=(second, first)))
    await until(lambda: operation.runs[1].progress is Progress.DONE and operation.runs[0].progress is Progress.HOLDING, "the hold")
    held = operation.runs[0].step.hold
    assert held is not None and held.until is not None
    assert operation.begun is not None and (held.until - operation.begun).total_seconds() >= 600
    await access.advance(700)
    await access.look()
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.DONE


async def test_what_follows_something_that_failed_is_not_sent(access: Bench, compiling: AccessCompiler) -> None:
    plan, who = await plan_for(access, compiling), await the_kind(access, principal(access, "operator"))
    second = (await plans.assign(compiling, [who], ROLE, scope(access), around(access))).steps[0]
    access.strike("403", f"PUT .*/{plan.steps[0].target_id.rpartition('/')[2]}$")
    second = msgspec.structs.replace(second, follows=(plan.steps[0].target_id,))
    operation = access.runner.run(msgspec.structs.replace(plan, steps=(plan.steps[0], second)))
    await until(lambda: operation.ended)
    assert [run.progress for run in operation.runs] == [Progress.FAILED, Progress.STOPPED]
    assert "was not done before it" in operation.runs[1].note


async def test_an_answer_that_never_came_is_looked_up(access: Bench, compiling: AccessCompiler) -> None:
    access.strike("reset-after", "PUT .*roleAssignments.*")
    run = await access.carry_out(await plan_for(access, compiling))
    assert run.progress is Progress.DONE
    assert await listed(access, run.step.target_id) is not None


# What a plan says


@pytest.mark.asyncio(loop_scope="module")
async def test_a_wide_scope_is_typed_by_its_name(compiler: AccessCompiler) -> None:
    wide = Surroundings(subscriptions={"s-1": "ml-production"})
    group = Principal(id="g", kind=PrincipalKind.GROUP, name="ml-team")
    plan = await plans.assign(compiler, [group], ROLE, "/subscriptions/s-1", wide)
    assert (plan.danger, plan.typed) == (Danger.TYPED, "ml-production")
    assert plan.title == "Assign AzureML Data Scientist to group ml-team on subscription ml-production"
    told = " ".join(effect.sentence for effect in plan.steps[0].effects)
    assert "so does everybody in it" in told and "everything beneath is reached" in told
    root = await plans.assign(compiler, [group], ROLE, "/", wide)
    assert (root.typed, root.where) == ("/", "the root, above all subscriptions")


@pytest.mark.asyncio(loop_scope="module")
async def test_az_says_the_same(compiler: AccessCompiler) -> None:
    user = Principal(id="u-1", kind=PrincipalKind.USER, name="Ada", upn="ada@example.com")
    plan = await plans.assign(
        compiler, [user], ROLE, "/subscriptions/s/resourceGroups/g", Surroundings(), condition="a 'b'", description="x y"
    )
    step = plan.steps[0]
    assert step.az.startswith(
        "az role assignment create --assignee-object-id u-1 --assignee-principal-type User --role 'AzureML Data Scientist'"
    )
    assert step.az.endswith("--condition 'a '\"'\"'b'\"'\"'' --condition-version 2.0 --description 'x y'")
    assert step.undo is not None and step.undo.az == f"az role assignment delete --ids {step.target_id}"


@pytest.mark.asyncio(loop_scope="module")
async def test_an_orphan_of_unknown_kind_is_removed_without_undo(compiler: AccessCompiler) -> None:
    orphan = Grant(
        id=f"/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/{'0' * 8}",
        scope="/subscriptions/s",
        role=OWNER,
        principal_id="x",
    )
    plan = await plans.remove(compiler, [orphan], Surroundings(), orphans=True)
    assert plan.steps[0].undo is None
    assert plan.title == "Remove 1 orphaned role assignment"


def test_what_cannot_be_removed_says_why() -> None:
    grant = Grant(id="/x", scope="/", role=OWNER, principal_id="p")
    assert plans.can_remove(grant) == ""
    assert "PIM" in plans.can_remove(msgspec.structs.replace(grant, pim=Pim.ELIGIBLE))
    assert "through the group ml" in plans.can_remove(msgspec.structs.replace(grant, via="ml"))
    assert "could not be read" in plans.can_remove(msgspec.structs.replace(grant, fault="x"))


# The witness


WITNESS = """
    import sys
    from azure.core.credentials import AccessToken
    from azure.mgmt.authorization import AuthorizationManagementClient

    class Token:
        def get_token(self, *scopes, **options):
            return AccessToken(sys.argv[2], 1 << 40)

    client = AuthorizationManagementClient(
        Token(), "s", base_url=sys.argv[1], credential_scopes=["x/.default"], connection_verify=sys.argv[3]
    )
    found = client.role_assignments.get_by_id(sys.argv[4])
    print(found.principal_type, found.role_definition_id.rpartition("/")[2], found.condition_version, found.description)
"""


async def test_azures_own_sdk_reads_the_same_from_outside(access: Bench, compiling: AccessCompiler) -> None:
    plan = await plan_for(access, compiling, description="witnessed", condition=CONDITION)
    await access.carry_out(plan)
    words = [access.emulator.base_url, access.emulator.token(), access.emulator.ready["ca_file"], plan.steps[0].target_id]
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(WITNESS), *words], capture_output=True, text=True, check=False, timeout=60
    )
    kind = plan.steps[0].request.body["properties"]["principalType"]
    assert (done.stdout.split(), done.stderr) == ([kind, DATA_SCIENTIST, "2.0", "witnessed"], "")


async def test_the_dry_run_says_what_azure_would_say(access: Bench, compiling: AccessCompiler) -> None:
    who = await the_kind(access, principal(access, "reader"))
    request: Request = await compiling.validation(plans.new_assignment(plans.granted(who, ROLE, scope(access))))
    answer = await access.arm.send(request)
    assert answer.status == 200
    assert access.changes() == [("POST", "validate", 200)]
    assert await listed(access, request.path.removesuffix("/validate")) is None


async def test_a_refusal_of_the_dry_run_is_told_in_azures_words(access: Bench, compiling: AccessCompiler) -> None:
    grant = plans.granted(await the_kind(access, principal(access, "reader")), ROLE, scope(access))
    new = plans.new_assignment(grant)
    assert await dry_run.refusal(access.arm, await compiling.validation(new)) == ""
    await access.arm.send(await compiling.assignment(msgspec.structs.replace(new, name="11111111-2222-3333-4444-555555555555")))
    said = await dry_run.refusal(access.arm, await compiling.validation(new))
    assert said.startswith("RoleAssignmentExists: The role assignment already exists.")
    access.strike("malformed", "POST .*/validate$")
    trouble = await trouble_of(dry_run.refusal(access.arm, await compiling.validation(new)))
    assert trouble.code == "UnreadableAnswer"


@pytest.mark.parametrize("happened", [True, False])
async def test_the_fate_of_what_a_killed_console_left_is_found_by_its_id(access: Bench, compiling: AccessCompiler, happened: bool) -> None:
    """Killed between the journal's line and the answer: whether it is there tells whether it happened."""
    step = (await plan_for(access, compiling)).steps[0]
    intended = Record(
        stage=Stage.INTENDED,
        operation="11111111-0000-0000-0000-000000000000",
        at=datetime.now(UTC),
        server_time=access.arm.clock.now(),
        verb="assign",
        target_id=step.target_id,
        target_name=step.target_name,
        method="PUT",
        path=step.request.path,
        rests_on=step.rests_on,
        settles=step.settles.states,
        settles_aspect=step.settles.aspect,
    )
    if happened:
        await access.arm.send(step.request)
    operation = access.runner.adopt(Unfinished(intended))
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is (Progress.DONE if happened else Progress.STOPPED)
