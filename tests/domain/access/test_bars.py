"""Which deny assignments stand against a grant, and which bear on a workspace."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.domain.access.assignments import EVERYONE, DenyAssignment
from console.domain.access.bars import bars, of_interest
from console.domain.access.grants import Grant
from tests.domain.access.estate import (
    ADA,
    BOB,
    GROUP,
    MANAGEMENT_GROUP,
    PARENT,
    PLACE,
    ROOT,
    SUBSCRIPTION,
    TEAM,
    WORKSPACE,
    builtin,
    denied,
    directory,
    facts,
    guid,
)

DELETE = "Microsoft.MachineLearningServices/workspaces/computes/delete"


def grant(role: str = "AzureML Compute Operator", scope: str = WORKSPACE.id) -> Grant:
    return Grant(id="a", scope=scope, role=guid(role), principal_id=ADA, definition=builtin()[guid(role)])


def found(deny: DenyAssignment, of: Grant | None = None) -> list[tuple[bool, bool, list[str]]]:
    known = facts(denies=(deny,), directory=directory({TEAM: [ADA]}))
    return [(bar.sure, bar.part, [verb.key for verb in bar.verbs]) for bar in bars(known, of or grant())]


def conditional(deny: DenyAssignment) -> DenyAssignment:
    """The same with a condition that nobody here can judge."""
    return replace(deny, permissions=tuple(replace(each, condition="@Resource[x] StringEquals 'y'") for each in deny.permissions))


@pytest.mark.parametrize(
    ("deny", "expected"),
    [
        (denied([EVERYONE], "*/delete"), [(True, False, ["delete-compute"])]),
        (denied([TEAM], DELETE, scope=ROOT), [(True, False, ["delete-compute"])]),
        (denied([ADA], DELETE, scope=MANAGEMENT_GROUP, read_in=frozenset({SUBSCRIPTION})), [(True, False, ["delete-compute"])]),
        (denied([PARENT], DELETE), [(False, False, ["delete-compute"])]),
        (denied([ADA], DELETE, scope=f"{WORKSPACE.id}/computes/one"), [(True, True, ["delete-compute"])]),
        (denied([ADA], DELETE, scope=WORKSPACE.id, only_here=True), [(False, False, ["delete-compute"])]),
        (conditional(denied([ADA], DELETE)), [(False, False, ["delete-compute"])]),
        (denied([ADA], "Microsoft.Storage/*"), [(True, False, [])]),
        (denied([BOB], DELETE), []),
        (denied([EVERYONE], DELETE, excluded=frozenset({TEAM})), []),
        (denied([ADA], DELETE, scope=GROUP, only_here=True), []),
        (denied([ADA], DELETE, scope=PLACE.storage), []),
        (denied([ADA], DELETE, fault="no scope"), []),
    ],
)
def test_what_stands_against_a_grant(deny: DenyAssignment, expected: list[tuple[bool, bool, list[str]]]) -> None:
    assert found(deny) == expected


def test_a_grant_from_above_is_denied_on_a_part() -> None:
    assert found(denied([ADA], "*/delete"), grant("Contributor", ROOT)) == [(True, True, ["delete-compute", "manage-workspace"])]


def test_which_bear_on_a_workspace() -> None:
    here = [denied([ADA], "*", scope=scope) for scope in (ROOT, GROUP, WORKSPACE.id, f"{WORKSPACE.id}/computes/one", PLACE.vault)]
    others = [denied([ADA], "*", scope=f"{GROUP}-other"), denied([ADA], "*", scope=f"{GROUP}/providers/a.b/c/d")]
    assert of_interest((*others, *here, here[0]), (PLACE,)) == sorted(here, key=lambda each: each.scope.count("/"))
