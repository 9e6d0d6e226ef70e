"""What holds of every evaluation: it agrees with the paths that explain it and with the emulator, and nothing unread is a no."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.access import masks
from console.domain.access.assignments import EVERYONE, DenyAssignment, Eligibility, RoleAssignment
from console.domain.access.conditions import leaves_alone
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts, Unread, What
from console.domain.access.paths import Hold, denying, paths
from console.domain.access.places import AccessPolicy, Place, Vault, covers
from console.domain.access.principals import PrincipalKind
from console.domain.access.reach import Scopes
from console.domain.access.verbs import NEEDS, VERBS, Need, Way
from console.domain.access.verdicts import HOLDING, Verdict
from console.domain.permissions import Permission
from console.domain.scopes import key
from console.emulator import rbac
from tests.domain.access.estate import (
    ADA,
    BOB,
    CARLA,
    GROUP,
    MANAGEMENT_GROUP,
    PARENT,
    PLACE,
    ROOT,
    SUBSCRIPTION,
    TEAM,
    WORKSPACE,
    builtin,
    directory,
    guid,
)
from tests.properties import steady

PEOPLE = (ADA, BOB, CARLA)
WHO = (*PEOPLE, TEAM, PARENT, "somebody")
ROLES = tuple(
    guid(name)
    for name in (
        "Owner",
        "Contributor",
        "Reader",
        "AzureML Data Scientist",
        "AzureML Compute Operator",
        "User Access Administrator",
        "Key Vault Secrets User",
        "Key Vault Contributor",
        "Key Vault Data Access Administrator",
        "Storage Blob Data Reader",
        "AcrPush",
        "Cost Management Contributor",
    )
)
SCOPES = (ROOT, GROUP, WORKSPACE.id, PLACE.storage, PLACE.vault, MANAGEMENT_GROUP, f"{PLACE.vault}/secrets/one", f"{GROUP}-other", "")
GUARDED = "!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}) OR @Request[a] StringEquals 'b'"
CONDITIONS = ("", "", "", "@Resource[a:b] StringEquals 'c'", GUARDED)
POLICIES = (AccessPolicy(ADA, frozenset({"get"})), AccessPolicy(TEAM, frozenset({"all"})))
_read_in = st.sampled_from([frozenset[str](), frozenset({SUBSCRIPTION})])

assignments = st.builds(
    RoleAssignment,
    id=st.just("assignment"),
    scope=st.sampled_from(SCOPES),
    role=st.sampled_from((*ROLES, "unheard-of")),
    principal_id=st.sampled_from((*WHO, "")),
    principal_kind=st.sampled_from([PrincipalKind.UNKNOWN, PrincipalKind.USER, PrincipalKind.GROUP]),
    condition=st.sampled_from(CONDITIONS),
    read_in=_read_in,
    fault=st.sampled_from(["", "", "", "no scope"]),
)
eligibilities = st.builds(
    Eligibility,
    id=st.just("eligibility"),
    scope=st.sampled_from(SCOPES),
    role=st.sampled_from(ROLES),
    principal_id=st.sampled_from(WHO),
    condition=st.sampled_from(CONDITIONS),
    read_in=_read_in,
)
blocks = st.builds(
    Permission,
    actions=st.sampled_from([(), ("*",), ("*/write",), ("Microsoft.MachineLearningServices/workspaces/*/write",)]),
    not_actions=st.sampled_from([(), ("Microsoft.Authorization/*/write",)]),
    data_actions=st.sampled_from([(), ("*",)]),
    condition=st.sampled_from([None, "@Resource[a] StringEquals 'b'"]),
)
denials = st.builds(
    DenyAssignment,
    id=st.just("deny"),
    scope=st.sampled_from(SCOPES[:-1]),
    permissions=st.tuples(blocks),
    principals=st.frozensets(st.sampled_from((*WHO, EVERYONE)), min_size=1, max_size=2),
    excluded=st.frozensets(st.sampled_from(WHO), max_size=1),
    only_here=st.booleans(),
    read_in=_read_in,
)
members = st.fixed_dictionaries(
    {},
    optional={
        TEAM: st.frozensets(st.sampled_from(PEOPLE), max_size=2),
        PARENT: st.frozensets(st.sampled_from((*PEOPLE, TEAM)), max_size=3),
    },
)
vaults = st.sampled_from(
    [{}, {key(PLACE.vault): Vault(id=PLACE.vault)}, {key(PLACE.vault): Vault(id=PLACE.vault, rbac=False, policies=POLICIES)}]
)
SOME = {role: builtin()[role] for role in ROLES}


def _facts(given: list[RoleAssignment], later: tuple[Eligibility, ...] | None, **rest: Any) -> Facts:
    return Facts(roles=SOME, assignments=tuple(given), eligibilities=later, directory=directory(rest.pop("inside")), **rest)


facts = st.builds(
    _facts,
    st.lists(assignments, max_size=4),
    st.none() | st.lists(eligibilities, max_size=2).map(tuple),
    denies=st.none() | st.lists(denials, max_size=2).map(tuple),
    inside=members,
    vaults=vaults,
)


def _slowly(known: Facts, place: Place, who: str, need: Need) -> Hold | None:
    """How firmly somebody has a need, found by its paths."""
    holds = {path.hold for path in paths(known, place, who, need)} - {Hold.TAKEN_BACK}
    against = denying(known, place, who, need)
    vault = known.vault(place.vault)
    if vault and need.model and (need.model == "roles") is not vault.rbac:
        return None
    if any(deny.sure for deny in against):
        return None
    if not need.policy and known.eligibilities is None:
        holds.add(Hold.UNKNOWN)
    if vault is None and need.policy:
        holds.add(Hold.UNKNOWN)
    if holds and (against or (vault is None and need.model)):
        return Hold.UNKNOWN
    return next((hold for hold in (Hold.GRANTED, Hold.ELIGIBLE, Hold.CONDITIONAL, Hold.UNKNOWN) if hold in holds), None)


_VERDICTS = {Hold.ELIGIBLE: Verdict.ELIGIBLE, Hold.CONDITIONAL: Verdict.CONDITIONAL, Hold.UNKNOWN: Verdict.UNKNOWN}


def _told(known: Facts, place: Place, who: str, way: Way) -> Verdict:
    worst = Verdict.YES
    for need in way.needs:
        hold = _slowly(known, place, who, need)
        worst = max(worst, Verdict.NO if hold is None else _VERDICTS.get(hold, HOLDING[way.kind]))
    return Verdict.CONDITIONAL if way.provided and worst < Verdict.CONDITIONAL else worst


@steady
@given(facts)
def test_the_matrix_says_what_the_paths_say(known: Facts) -> None:
    matrix = evaluate(known, PLACE)
    for who in PEOPLE:
        for verb in VERBS:
            told = tuple(_told(known, PLACE, who, way) for way in verb.ways)
            if who in matrix.rows:
                assert matrix.cell(who, verb).ways == told, verb.key
            else:
                # Of somebody who holds nothing it is not looked up whether they are denied it besides.
                assert set(told) <= {Verdict.NO, Verdict.UNKNOWN}
                assert all(ours <= theirs for ours, theirs in zip(matrix.cell(who, verb).ways, told, strict=True))


@steady
@given(facts, assignments, st.sampled_from(PEOPLE))
def test_another_assignment_never_makes_anything_worse(known: Facts, more: RoleAssignment, who: str) -> None:
    before = evaluate(known, PLACE).row(who)
    after = evaluate(msgspec.structs.replace(known, assignments=(*known.assignments, more)), PLACE).row(who)
    assert all(new.verdict <= old.verdict for new, old in zip(after, before, strict=True))


@steady
@given(facts, st.sampled_from(PEOPLE))
def test_without_assignments_eligibilities_and_policies_nobody_can_do_anything(known: Facts, who: str) -> None:
    bare = msgspec.structs.replace(known, assignments=(), eligibilities=(), vaults={key(PLACE.vault): Vault(id=PLACE.vault)})
    assert {cell.verdict for cell in evaluate(bare, PLACE).row(who)} == {Verdict.NO}
    unread = msgspec.structs.replace(bare, vaults={})
    assert {cell.verdict for cell in evaluate(unread, PLACE).row(who)} <= {Verdict.NO, Verdict.UNKNOWN}


@steady
@given(facts, st.sampled_from(PEOPLE))
def test_what_is_not_read_never_turns_a_better_verdict_into_a_no(known: Facts, who: str) -> None:
    """Whatever is forgotten of the facts, a cell that was no "no" does not become one."""
    before = evaluate(known, PLACE).row(who)
    forgotten = (
        msgspec.structs.replace(known, roles={}),
        msgspec.structs.replace(known, directory=directory()),
        msgspec.structs.replace(known, vaults={}),
        msgspec.structs.replace(known, denies=None),
        msgspec.structs.replace(known, eligibilities=None),
        msgspec.structs.replace(known, assignments=(), unread=(Unread(What.ASSIGNMENTS, ROOT, "AuthorizationFailed"),)),
        msgspec.structs.replace(known, assignments=(), unread=(Unread(What.ASSIGNMENTS, MANAGEMENT_GROUP, "AuthorizationFailed"),)),
    )
    for less in forgotten:
        for old, new in zip(before, evaluate(less, PLACE).row(who), strict=True):
            assert old.verdict is Verdict.NO or new.verdict is not Verdict.NO


@given(st.sampled_from(SCOPES[:-1]), _read_in)
def test_reach_is_what_covers_says(scope: str, read_in: frozenset[str]) -> None:
    reach = Scopes(PLACE).reach(scope, read_in)
    for bit, need in enumerate(NEEDS):
        if not need.policy:
            assert bool(reach.whole >> bit & 1) is covers(scope, PLACE.scope(need.at), read_in)


def test_every_built_in_role_grants_what_the_emulator_enforces() -> None:
    """Two programs read the same roles; what a role's own condition limits counts as granted for both."""
    for guid_, theirs in rbac.builtin_roles().items():
        state = masks.role_state(builtin()[guid_].permissions)
        granted = state | state >> masks.CONDITIONAL
        for bit, need in enumerate(NEEDS):
            if not need.policy:
                assert bool(granted >> bit & 1) is theirs.allows(need.operation, need.data), (theirs.name, need)


@steady
@given(st.text(alphabet="()!&|{}'@[] AndORNOTActionMatches*/x", max_size=60))
def test_no_condition_breaks_the_reader(text: str) -> None:
    leaves_alone(text, "Microsoft.Storage/storageAccounts/listkeys/action")


@pytest.mark.parametrize(
    ("condition", "alone"),
    [
        ("", True),
        ("!(ActionMatches{'a/read'}) OR @Resource[x] StringEquals 'y'", True),
        ("!(ActionMatches{'a/WRITE'}) OR @Resource[x] StringEquals 'y'", False),
        ("(!(ActionMatches{'a/read'} AND NOT SubOperationMatches{'Blob.List'})) OR @Resource[x] StringEquals 'y'", True),
        ("(!(ActionMatches{'a/write'} AND NOT SubOperationMatches{'Blob.List'})) OR @Resource[x] StringEquals 'y'", False),
        ("(!(ActionMatches{'a/read'}) OR @Resource[x] StringEquals 'y') && (!(ActionMatches{'b/*'}) || Exists @Request[z])", True),
        ("(!(ActionMatches{'a/*'}) OR @Resource[x] StringEquals 'y')", False),
        ("ActionMatches{'a/write'}", True),
        ("ActionMatches{'a/read'}", False),
        ("!ActionMatches{'a/read'} OR @Resource[x] StringEquals 'a) OR b('", True),
        ("@Resource[x] StringEquals 'y'", False),
        ("(!(ActionMatches{'a/read'})", False),
        ("!(ActionMatches{'a/read'}) OR", False),
        ("!(ActionMatches{'a/read'}) @Resource[x] StringEquals 'y'", False),
    ],
)
def test_conditions(condition: str, alone: bool) -> None:
    assert leaves_alone(condition, "a/write") is alone
