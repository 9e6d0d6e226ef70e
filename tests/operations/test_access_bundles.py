"""Kits, copies and access policies as plans on the emulator; azure-mgmt-authorization tells from outside what became of them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from console.azure import assignments, role_definitions, vault_policies, vaults, workspaces
from console.azure.access_compiler import AccessCompiler
from console.domain.access.assignments import RoleAssignment, is_assignment
from console.domain.access.grants import Grant, Pim, grants, of_principal
from console.domain.access.kits import KITS, NO_SECRETS, Kit, needs, of_table
from console.domain.access.places import AccessPolicy, Place, Vault
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.role_templates import WITHHELD
from console.domain.access.roles import RoleDefinition, is_role
from console.domain.access.vault_policies import PolicyRef
from console.domain.trouble import Kind, TroubleError
from console.operations import access, access_copy, access_kits
from console.operations import vault_policies as policy_plans
from console.operations.access import Surroundings
from console.operations.access_bundle import Bundle
from console.operations.operation import Operation, Progress, undo_of
from console.operations.plan import Danger
from console.operations.runner import Runner
from tests.gateway import workspace
from tests.operations.conftest import Bench
from tests.operations.test_access import principal, subscription, the_kind

NAMED = {kit.name: kit for kit in KITS}


@pytest_asyncio.fixture
async def compiling() -> AsyncIterator[AccessCompiler]:
    made = AccessCompiler()
    yield made
    await made.close()


@pytest.fixture
def bundles(bench: Bench) -> Bench:
    """A bench whose runner reads assignments, roles and access policies too."""

    async def reread(target_id: str) -> Any:
        if is_assignment(target_id):
            return await assignments.read_one(bench.arm, target_id)
        if is_role(target_id):
            return await role_definitions.read_one(bench.arm, target_id)
        policy = PolicyRef.parse(target_id)
        assert policy is not None
        return await vault_policies.read_one(bench.arm, policy)

    bench.runner = Runner(bench.arm, bench.journal, reread, bench._heard, cloud=bench.emulator.base_url, who=lambda: "admin")
    return bench


async def the_place(bench: Bench, name: str = "fraud-prod") -> Place:
    return (await workspaces.read_one(bench.arm, workspace(bench.emulator, name))).place


async def held(bench: Bench) -> tuple[RoleAssignment, ...]:
    return (await assignments.read(bench.arm, subscription(bench))).items


async def roles(bench: Bench) -> tuple[RoleDefinition, ...]:
    return (await role_definitions.read(bench.arm, subscription(bench))).items


def around(bench: Bench) -> Surroundings:
    return Surroundings(about=(workspace(bench.emulator),))


async def given(bench: Bench, compiling: AccessCompiler, kit: Kit, people: Sequence[Principal], name: str = "fraud-prod") -> Bundle:
    place, known = await the_place(bench, name), await roles(bench)
    return await access_kits.give(compiling, kit, people, place, needs(kit, place, known), known, await held(bench), around(bench))


WITNESS = """
    import json, sys
    from azure.core.credentials import AccessToken
    from azure.mgmt.authorization import AuthorizationManagementClient

    class Token:
        def get_token(self, *scopes, **options):
            return AccessToken(sys.argv[2], 1 << 40)

    client = AuthorizationManagementClient(
        Token(), sys.argv[4], base_url=sys.argv[1], credential_scopes=["x/.default"], connection_verify=sys.argv[3]
    )
    roles = {each.name: each for each in client.role_definitions.list(f"/subscriptions/{sys.argv[4]}")}
    held = [each for each in client.role_assignments.list_for_subscription() if each.principal_id == sys.argv[5]]
    names = [[roles[each.role_definition_id.rpartition("/")[2]].role_name, each.scope.rpartition("/")[2]] for each in held]
    custom = [[each.role_name, each.permissions[0].not_actions] for each in roles.values() if each.role_type == "CustomRole"]
    print(json.dumps([sorted(names), custom]))
"""


async def witnessed(bench: Bench, principal_id: str) -> tuple[list[list[str]], dict[str, list[str]]]:
    """What azure-mgmt-authorization lists: role and scope of a principal's assignments, and what each custom role takes back."""
    words = [bench.emulator.base_url, bench.emulator.token(), bench.emulator.ready["ca_file"]]
    words += [workspace(bench.emulator).subscription_id, principal_id]
    program = [sys.executable, "-c", textwrap.dedent(WITNESS), *words]
    done = await asyncio.to_thread(subprocess.run, program, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    names, custom = json.loads(done.stdout)
    return names, dict(custom)


async def carried_out(bench: Bench, bundle: Bundle) -> Operation:
    assert bundle.plan is not None
    await bench.carry_out(bundle.plan)
    return bench.runner.operations[-1]


async def a_group(bench: Bench) -> Principal:
    """A group that holds roles in the estate, as its assignments tell it."""
    found = next(each for each in await held(bench) if each.principal_kind is PrincipalKind.GROUP)
    return Principal(id=found.principal_id, kind=found.principal_kind, name="team")


async def test_a_kit_with_a_role_of_its_own_is_given_seen_from_outside_and_taken_back(bundles: Bench, compiling: AccessCompiler) -> None:
    who = await the_kind(bundles, principal(bundles, "reader"))
    before, custom = await witnessed(bundles, who.id)
    assert NO_SECRETS not in custom
    place = await the_place(bundles)
    bundle = await given(bundles, compiling, NAMED["data-scientist-no-secrets"], [who])
    assert bundle.plan is not None
    first, *others = bundle.plan.steps
    assert first.target_name == NO_SECRETS and others[0].follows == (first.target_id,)
    operation = await carried_out(bundles, bundle)
    assert [(run.progress, run.trouble) for run in operation.runs] == [(Progress.DONE, None)] * 5
    names, custom = await witnessed(bundles, who.id)
    storage, registry = (scope.rpartition("/")[2] for scope in (place.storage, place.registry))
    added = [each for each in names if each not in before]
    assert added == sorted(
        [
            [NO_SECRETS, "fraud-prod"],
            ["Storage Blob Data Contributor", storage],
            ["Storage File Data Privileged Contributor", storage],
            ["AcrPull", registry],
        ]
    )
    assert custom[NO_SECRETS][-len(WITHHELD) :] == list(WITHHELD)
    undo = undo_of(operation)
    assert undo is not None
    await bundles.to_the_end(bundles.runner.run(undo))
    assert {run.progress for run in bundles.runner.operations[-1].runs} == {Progress.DONE}, "the role goes after its assignments"
    names, custom = await witnessed(bundles, who.id)
    assert names == before and NO_SECRETS not in custom


async def test_what_is_there_is_not_sent_again_and_a_kit_that_is_there_makes_no_plan(bundles: Bench, compiling: AccessCompiler) -> None:
    who = await a_group(bundles)
    kit = NAMED["compute-operator"]
    operator = next(each for each in await roles(bundles) if each.name == "AzureML Compute Operator")
    plan = await access.assign(compiling, [who], operator, (await the_place(bundles)).workspace.id, around(bundles))
    await bundles.carry_out(plan)
    bundle = await given(bundles, compiling, kit, [who])
    assert bundle.plan is not None and [step.request.body["properties"]["principalType"] for step in bundle.plan.steps] == ["Group"]
    assert "already there: AzureML Compute Operator on workspace fraud-prod for team" in bundle.notes
    await carried_out(bundles, bundle)
    again = await given(bundles, compiling, kit, [who])
    assert again.plan is None and len(again.notes) == 2


async def test_a_step_whose_role_was_assigned_meanwhile_is_already_there(bundles: Bench, compiling: AccessCompiler) -> None:
    who = await a_group(bundles)
    bundle = await given(bundles, compiling, NAMED["compute-operator"], [who])
    await carried_out(bundles, bundle)
    operation = await carried_out(bundles, bundle)
    assert [(run.progress, run.already) for run in operation.runs] == [(Progress.DONE, True)] * 2
    assert undo_of(operation) is None, "what was there before stays"


async def test_without_the_role_nothing_that_needs_it_is_sent(bundles: Bench, compiling: AccessCompiler) -> None:
    who = await the_kind(bundles, principal(bundles, "reader"))
    bundles.strike("403", "PUT .*/roleDefinitions/.*")
    operation = await carried_out(bundles, await given(bundles, compiling, NAMED["data-scientist-no-secrets"], [who]))
    found = {run.step.target_name: run.progress for run in operation.runs}
    assert found[NO_SECRETS] is Progress.FAILED
    dependent = next(run for run in operation.runs if run.step.follows)
    assert dependent.progress is Progress.STOPPED and f"{NO_SECRETS} was not done" in dependent.note


async def test_a_companion_that_is_missing_is_said(bundles: Bench, compiling: AccessCompiler) -> None:
    who = await the_kind(bundles, principal(bundles, "reader"))
    place = msgspec.structs.replace(await the_place(bundles), registry="")
    known = await roles(bundles)
    kit = NAMED["data-scientist"]
    bundle = await access_kits.give(compiling, kit, [who], place, needs(kit, place, known), known, (), around(bundles))
    assert bundle.plan is not None and len(bundle.plan.steps) == 3
    assert "fraud-prod has no container registry yet: AcrPull is left out" in bundle.notes[0]


async def test_a_kit_at_the_subscription_has_to_be_typed(bundles: Bench, compiling: AccessCompiler) -> None:
    who = await the_kind(bundles, principal(bundles, "operator"))
    bundle = await given(bundles, compiling, of_table("wide", "", {"subscription": ["Reader"]}), [who])
    assert bundle.plan is not None and bundle.plan.danger is Danger.TYPED
    assert bundle.plan.typed == workspace(bundles.emulator).subscription_id


async def test_copying_gives_what_another_lacks_with_its_condition(bundles: Bench, compiling: AccessCompiler) -> None:
    """Omar's role holds for one container only; so does the copy."""
    known, every = {each.guid: each for each in await roles(bundles)}, await held(bundles)
    place = await the_place(bundles, "pricing-prod")
    conditional = next(each for each in every if each.condition and each.scope.lower() == place.storage.lower())
    rows = of_principal(grants(every, (), known, Directory(), (place,)), conditional.principal_id, Directory())
    to = await the_kind(bundles, principal(bundles, "reader"))
    bundle = await access_copy.copy(compiling, rows, to, "omar", every, around(bundles))
    await carried_out(bundles, bundle)
    copied = next(each for each in await held(bundles) if each.principal_id == to.id and each.scope == conditional.scope)
    assert (copied.role, copied.condition, copied.condition_version) == (conditional.role, conditional.condition, "2.0")
    again = await access_copy.copy(compiling, rows, to, "omar", await held(bundles), around(bundles))
    assert again.plan is None and any(note.startswith("already there") for note in again.notes)


async def test_what_cannot_be_copied_is_told_with_the_way_to_it(bundles: Bench) -> None:
    to = Principal(id="to", kind=PrincipalKind.USER, name="new")
    reader = next(each for each in await roles(bundles) if each.name == "Reader")
    grant = Grant(id="x", scope=subscription(bundles), role=reader.guid, principal_id="g", definition=reader)
    rows = [
        msgspec.structs.replace(grant, via="ml team", id="via"),
        msgspec.structs.replace(grant, pim=Pim.ELIGIBLE),
        msgspec.structs.replace(grant, pim=Pim.ACTIVE),
        msgspec.structs.replace(grant, definition=None),
    ]
    assert access_copy.copied(rows, to, ()) == ()
    told = " ".join(access_copy.left(rows, to, (), around(bundles)))
    for words in ("az ad group member add --group g --member-id to", "make them eligible", "PIM gives it for a time", "could not be read"):
        assert words in told
    vault = Vault(id="/x/vaults/kv", rbac=False, policies=(AccessPolicy("of", frozenset({"get"})),))
    assert access_copy.policies_left("of", [vault, msgspec.structs.replace(vault, rbac=True)]) == (
        "not copied: the access policy of the Key Vault kv (get)",
    )


async def test_an_access_policy_is_taken_away_whole_and_put_back_as_it_was(bundles: Bench) -> None:
    place = await the_place(bundles)
    vault = await vaults.read_one(bundles.arm, place.vault)
    before = {each.object_id: each for each in vault.policies}
    for who in list(before)[:2]:
        entry = await vault_policies.read_one(bundles.arm, PolicyRef(place.vault, who))
        await bundles.carry_out(policy_plans.remove([entry], "somebody", around(bundles)))
        operation = bundles.runner.operations[-1]
        assert [(run.progress, run.trouble) for run in operation.runs] == [(Progress.DONE, None)]
        assert {each.object_id for each in (await vaults.read_one(bundles.arm, place.vault)).policies} == set(before) - {who}
        with pytest.raises(TroubleError) as gone:
            await vault_policies.read_one(bundles.arm, PolicyRef(place.vault, who))
        assert gone.value.trouble.kind is Kind.NOT_FOUND
        undo = undo_of(operation)
        assert undo is not None
        await bundles.carry_out(undo)
        assert (await vault_policies.read_one(bundles.arm, PolicyRef(place.vault, who))).words == entry.words
