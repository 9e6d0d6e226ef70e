"""Nobody locks others, or oneself, out of a scope."""

from __future__ import annotations

import msgspec
import pytest

from console.domain.access.facts import Facts, Unread, What
from console.domain.access.guards import Removal, assigners, refusals, without
from console.domain.access.principals import Principal, PrincipalKind
from tests.domain.access.estate import ADA, BOB, CARLA, GROUP, PARENT, ROOT, TEAM, WORKSPACE, denied, directory, eligible, facts, held

A, B = "assignment-a", "assignment-b"


def removing(*assignments: str) -> Removal:
    return Removal(frozenset(assignments))


def test_the_last_who_can_assign_roles_stays() -> None:
    known = facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Contributor", GROUP, id=B))
    (refusal,) = refusals(known, removing(A), BOB)
    assert refusal.sure
    assert refusal.sentence == "Nobody would be left who can assign roles at resource group rg-ml: user-ada would be the last."
    assert not refusals(known, removing(B), ADA)


@pytest.mark.parametrize("other", [held(BOB, "User Access Administrator", ROOT), held(BOB, "Owner", GROUP), held(TEAM, "Owner", GROUP)])
def test_another_who_can_is_enough_at_the_scope_above_it_or_through_a_group(other: object) -> None:
    known = facts(held(ADA, "Owner", GROUP, id=A), other, directory=directory({TEAM: [BOB]}))  # type: ignore[arg-type]
    assert not refusals(known, removing(A), CARLA)


_GONE = directory({TEAM: []}, gone=frozenset({"gone"}))
_DISABLED = directory(principals={BOB: Principal(id=BOB, kind=PrincipalKind.USER, name=BOB, enabled=False)})


@pytest.mark.parametrize(
    "known",
    [
        facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP), directory=_DISABLED),
        facts(held(ADA, "Owner", GROUP, id=A), held(TEAM, "Owner", GROUP), directory=_GONE),
        facts(held(ADA, "Owner", GROUP, id=A), held("gone", "Owner", GROUP), directory=_GONE),
        facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP, condition="@Request[x] StringEquals 'y'")),
        facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", WORKSPACE.id)),
        facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP), denies=(denied([BOB], "*"),)),
    ],
)
def test_disabled_accounts_empty_groups_orphans_conditions_narrow_scopes_and_the_denied_do_not_count(known: Facts) -> None:
    (refusal,) = refusals(known, removing(A), CARLA)
    assert refusal.sure


@pytest.mark.parametrize(
    "known",
    [
        facts(held(ADA, "Owner", GROUP, id=A), held(PARENT, "Owner", GROUP)),
        facts(held(ADA, "Owner", GROUP, id=A), held("stranger", "Owner", GROUP, principal_kind=PrincipalKind.USER)),
        facts(held(ADA, "Owner", GROUP, id=A), eligibilities=(eligible(BOB, "Owner", GROUP),)),
        facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP, activated=True)),
        facts(held(ADA, "Owner", GROUP, id=A), unread=(Unread(What.ASSIGNMENTS, ROOT, "AuthorizationFailed"),)),
        facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP), denies=(denied([PARENT], "*"),)),
        facts(held(PARENT, "Owner", GROUP, id=A)),
    ],
)
def test_where_it_cannot_be_told_it_has_to_be_typed(known: Facts) -> None:
    found = refusals(known, removing(A), CARLA)
    assert found
    assert not any(each.sure for each in found)


def test_an_orphans_role_goes_without_a_word() -> None:
    assert not refusals(facts(held("gone", "Owner", GROUP, id=A), directory=_GONE), removing(A), ADA)


def test_both_of_the_last_two_at_once_are_refused() -> None:
    known = facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP, id=B))
    assert not refusals(known, removing(A), CARLA)
    assert refusals(known, removing(A, B), CARLA)


def test_ones_own_last_path_stays() -> None:
    known = facts(held(ADA, "Owner", GROUP, id=A), held(BOB, "Owner", GROUP))
    (refusal,) = refusals(known, removing(A), ADA)
    assert refusal.sure
    assert "your own last path" in refusal.sentence
    another = facts(held(ADA, "Owner", GROUP, id=A), held(ADA, "Owner", ROOT), held(BOB, "Owner", GROUP))
    assert not refusals(another, removing(A), ADA)
    reader = facts(held(ADA, "Reader", GROUP, id=A), held(BOB, "Owner", GROUP))
    (refusal,) = refusals(reader, removing(A), ADA)
    assert "your own last role" in refusal.sentence


def test_ending_a_membership_can_lock_out_as_well() -> None:
    known = facts(held(TEAM, "Owner", GROUP), directory=directory({TEAM: [ADA]}))
    ending = Removal(memberships=frozenset({(TEAM, ADA)}))
    assert refusals(known, ending, BOB)[0].sure
    assert not refusals(facts(held(TEAM, "Owner", GROUP), directory=directory({TEAM: [ADA, BOB]})), ending, BOB)


def test_who_leaves_a_group_leaves_those_above_it_unless_another_keeps_them() -> None:
    ending = Removal(memberships=frozenset({(TEAM, ADA)}))
    known = facts(directory=directory({PARENT: [TEAM, ADA, BOB], TEAM: [ADA, BOB]}))
    assert without(known, ending).directory.members == {PARENT: {TEAM, BOB}, TEAM: {BOB}}
    other = facts(directory=directory({PARENT: [TEAM, "other", ADA], TEAM: [ADA], "other": [ADA]}))
    assert without(other, ending).directory.members == {PARENT: {TEAM, "other", ADA}, TEAM: set(), "other": {ADA}}
    nested = Removal(memberships=frozenset({(PARENT, TEAM)}))
    assert without(known, nested).directory.members[PARENT] == frozenset()


def test_who_can_assign_roles_is_named_with_the_doubts() -> None:
    known = facts(held(ADA, "Owner", GROUP), held(PARENT, "Owner", GROUP))
    assert assigners(known, GROUP).people == {ADA}
    assert assigners(known, GROUP).doubts == ("the members of group-parent were not read",)
    assert assigners(msgspec.structs.replace(known, assignments=()), GROUP).people == frozenset()
