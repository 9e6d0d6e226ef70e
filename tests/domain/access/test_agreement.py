"""The console's evaluation and the emulator's enforcement, which are two programs, decide alike."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.access.assignments import RoleAssignment
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.places import Vault
from console.domain.access.verbs import VERBS, Model
from console.domain.access.verdicts import HOLDING, Verdict
from console.domain.scopes import key
from console.emulator import estate as theirs
from console.emulator.rbac import builtin_roles, may, subjects
from tests.domain.access.estate import ADA, BOB, CARLA, GROUP, PARENT, PLACE, ROOT, TEAM, WORKSPACE, builtin, directory, guid
from tests.properties import steady

PEOPLE = (ADA, BOB, CARLA)
EPOCH = datetime(2026, 11, 2, tzinfo=UTC)
ROLES = tuple(
    guid(name)
    for name in (
        "Owner",
        "Contributor",
        "Reader",
        "AzureML Data Scientist",
        "AzureML Compute Operator",
        "Azure AI Developer",
        "User Access Administrator",
        "Key Vault Secrets User",
        "Storage Blob Data Reader",
        "AcrPush",
        "Cost Management Contributor",
    )
)
SCOPES = (ROOT, ROOT.upper(), GROUP, f"{GROUP}-other", WORKSPACE.id, PLACE.storage, PLACE.vault, PLACE.registry)
held = st.tuples(st.sampled_from(ROLES), st.sampled_from(SCOPES), st.sampled_from((*PEOPLE, TEAM, PARENT)))


def company(given: list[tuple[str, str, str]], team: frozenset[str], parent: frozenset[str]) -> theirs.Estate:
    """The emulator's side."""
    found = theirs.Estate(tenant_id="33333333-3333-3333-3333-333333333333", seed=7, epoch=EPOCH)
    found.groups = {TEAM: theirs.Group(TEAM, TEAM, set(team)), PARENT: theirs.Group(PARENT, PARENT, set(parent))}
    for number, (role, scope, principal) in enumerate(given):
        assignment = theirs.RoleAssignment(f"a{number}", scope, role, principal, "User", EPOCH, ADA)
        found.role_assignments[assignment.id.lower()] = assignment
    return found


def console(company: theirs.Estate) -> Facts:
    """What the console would have read of it: the transitive members of groups among it."""
    inside = {
        group: frozenset(who for who in (*PEOPLE, TEAM) if who != group and group in subjects(company, who)) for group in company.groups
    }
    return Facts(
        roles=builtin(),
        assignments=tuple(
            RoleAssignment(id=each.id, scope=each.scope, role=each.role_definition_guid, principal_id=each.principal_id)
            for each in company.role_assignments.values()
        ),
        directory=directory(inside),
        vaults={key(PLACE.vault): Vault(id=PLACE.vault)},
    )


def agree(company: theirs.Estate) -> None:
    """Every way of every verb that the console calls open is open in the emulator, and no other."""
    matrix = evaluate(console(company), PLACE)
    for who in PEOPLE:
        for verb in VERBS:
            for way, verdict in zip(verb.ways, matrix.cell(who, verb).ways, strict=True):
                if any(need.policy or need.model is Model.POLICIES for need in way.needs):
                    continue
                allowed = all(may(company, who, need.operation, PLACE.scope(need.at), need.data) for need in way.needs)
                expected = (Verdict.CONDITIONAL if way.provided else HOLDING[way.kind]) if allowed else Verdict.NO
                assert verdict is expected, (who, way)


@steady
@given(
    st.lists(held, max_size=5),
    st.frozensets(st.sampled_from(PEOPLE), max_size=2),
    st.frozensets(st.sampled_from((*PEOPLE, TEAM)), max_size=3),
)
def test_console_and_emulator_decide_alike(given: list[tuple[str, str, str]], team: frozenset[str], parent: frozenset[str]) -> None:
    agree(company(given, team, parent))


@pytest.mark.parametrize("scope", [ROOT, PLACE.vault])
def test_they_decide_alike_on_every_built_in_role(scope: str) -> None:
    for role, definition in builtin_roles().items():
        if not any(block.condition for block in definition.permissions):
            agree(company([(role, scope, ADA)], frozenset(), frozenset()))
