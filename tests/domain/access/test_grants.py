"""Grants: which assignments matter to a workspace, where they stand, and what of them should be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.access.assignments import Activation, Eligibility, RoleAssignment
from console.domain.access.grants import (
    Flag,
    Grant,
    Pim,
    Standing,
    flags,
    grants,
    in_force,
    may_activate,
    of_principal,
    standing,
    writes,
)
from console.domain.access.places import Place
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import CONTRIBUTOR, OWNER, READER, RoleDefinition
from console.domain.permissions import Permission
from console.domain.scopes import WorkspaceRef

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
REF = WorkspaceRef("sub", "rg", "ws")
STORAGE = "/subscriptions/sub/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/st"
PLACE = Place(REF, storage=STORAGE)
IN = frozenset({"sub"})


@pytest.mark.parametrize(
    ("scope", "read_in", "where"),
    [
        (REF.id, IN, Standing.HERE),
        (REF.id.upper(), IN, Standing.HERE),
        ("/subscriptions/SUB", IN, Standing.INHERITED),
        ("/subscriptions/sub/resourceGroups/rg", IN, Standing.INHERITED),
        ("/", IN, Standing.INHERITED),
        ("/providers/Microsoft.Management/managementGroups/mg", IN, Standing.INHERITED),
        ("/providers/Microsoft.Management/managementGroups/mg", frozenset({"other"}), Standing.UNRELATED),
        (f"{REF.id}/computes/nb", IN, Standing.BELOW),
        (STORAGE, IN, Standing.COMPANION),
        (f"{STORAGE}/blobServices/default/containers/c", IN, Standing.COMPANION),
        ("/subscriptions/sub/resourceGroups/data", IN, Standing.COMPANION),
        (f"{REF.id}-two", IN, Standing.UNRELATED),
        ("/subscriptions/sub/resourceGroups/rg2", IN, Standing.UNRELATED),
        ("/subscriptions/sub2", frozenset({"sub2"}), Standing.UNRELATED),
    ],
)
def test_where_a_scope_stands(scope: str, read_in: frozenset[str], where: Standing) -> None:
    assert standing(scope, read_in, [PLACE]) is where
    assert standing(scope, read_in, []) is Standing.UNRELATED


def test_an_assignment_that_two_subscriptions_list_is_one() -> None:
    above = "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/roleAssignments/1"
    twice = [RoleAssignment(id=above, read_in=IN), RoleAssignment(id=above.upper(), read_in=frozenset({"sub2"}))]
    (one,) = in_force(twice, [])
    assert one.read_in == {"sub", "sub2"}
    eligible = [Eligibility(id=above, read_in=IN), Eligibility(id=above, read_in=frozenset({"sub2"}))]
    assert [each.read_in for each in may_activate(eligible)] == [{"sub", "sub2"}]


def test_what_pim_tells_of_an_assignment_is_told_of_it() -> None:
    made = RoleAssignment(id="/a", scope=REF.id, role=OWNER, principal_id="p")
    other = RoleAssignment(id="/b", scope=REF.id, role=READER, principal_id="p")
    end = NOW + timedelta(hours=4)
    by_id = Activation(id="/i", assignment_id="/A", activated=True, until=end)
    by_place = Activation(id="/j", scope=REF.id.upper(), role=READER, principal_id="p", until=end)
    unreadable = Activation(id="/k", fault="no")
    found = in_force([made, other], [by_id, by_place, unreadable])
    assert [(each.activated, each.until) for each in found] == [(True, end), (False, end)]
    assert in_force([made], [unreadable]) == [made]


def grant(**changed: object) -> Grant:
    return Grant(**{"id": "/a", "scope": REF.id, "role": READER, "principal_id": "p", **changed})  # type: ignore[arg-type]


def person(**changed: object) -> Principal:
    return Principal(**{"id": "p", "kind": PrincipalKind.USER, "name": "P", **changed})  # type: ignore[arg-type]


def role(*actions: str, data: tuple[str, ...] = ()) -> RoleDefinition:
    return RoleDefinition(id="/r", guid="r", name="R", permissions=(Permission(actions=actions, data_actions=data),))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (grant(), set()),
        (grant(orphan=True, principal_kind=PrincipalKind.USER), {Flag.ORPHAN}),
        (grant(principal=person()), {Flag.DIRECT}),
        (grant(principal=person(), via="a group"), set()),
        (grant(principal=person(), pim=Pim.ELIGIBLE), set()),
        (grant(principal=person(enabled=False)), {Flag.DISABLED, Flag.DIRECT}),
        (grant(principal=person(guest=True), definition=role("*/read")), {Flag.DIRECT}),
        (grant(principal=person(guest=True), definition=role("*")), {Flag.GUEST_WRITES, Flag.DIRECT}),
        (grant(principal=person(guest=True)), {Flag.DIRECT}),
        (grant(role=OWNER, scope="/subscriptions/sub"), {Flag.OWNER}),
        (grant(role=OWNER, scope="/"), {Flag.OWNER}),
        (grant(role=OWNER), set()),
        (grant(role=OWNER, scope="/subscriptions/sub", pim=Pim.ELIGIBLE), set()),
        (grant(members=0), {Flag.EMPTY}),
        (grant(members=None), set()),
        (grant(until=NOW + timedelta(days=3)), {Flag.EXPIRES}),
        (grant(until=NOW + timedelta(days=99)), set()),
    ],
)
def test_what_should_be_looked_at(row: Grant, told: set[Flag]) -> None:
    assert set(flags(row, NOW)) == told


@pytest.mark.parametrize(
    ("definition", "does"),
    [
        (role("*/read"), False),
        (role("a/b/READ"), False),
        (role("a/b/write"), True),
        (role("*"), True),
        (role(data=("blobs/read",)), False),
        (role(data=("blobs/write",)), True),
        (role(), False),
        (None, False),
    ],
)
def test_what_writes(definition: RoleDefinition | None, does: bool) -> None:
    assert writes(definition) is does


@pytest.mark.parametrize(
    ("role_id", "scope", "so"),
    [
        (OWNER, REF.id, True),
        (CONTRIBUTOR, "/subscriptions/sub", True),
        (CONTRIBUTOR, "/subscriptions/sub/resourceGroups/rg", False),
        (READER, "/", False),
    ],
)
def test_what_is_privileged(role_id: str, scope: str, so: bool) -> None:
    assert grant(role=role_id, scope=scope).privileged is so


def test_rows_have_all_that_is_known() -> None:
    directory = Directory(
        principals={"g": Principal(id="g", kind=PrincipalKind.GROUP, name="team")}, gone=frozenset({"x"}), members={"g": frozenset({"p"})}
    )
    held = [
        RoleAssignment(id="/1", scope=REF.id, role="r", principal_id="g", principal_kind=PrincipalKind.GROUP, read_in=IN),
        RoleAssignment(id="/2", scope=REF.id, role="other", principal_id="x", read_in=IN),
        RoleAssignment(id="/3", scope="/subscriptions/elsewhere", role="r", principal_id="g", read_in=frozenset({"elsewhere"})),
        RoleAssignment(id="/4", scope=REF.id, read_in=IN, fault="unreadable"),
    ]
    eligible = [Eligibility(id="/5", scope="/subscriptions/sub", role="r", principal_id="p", read_in=IN, since=NOW)]
    rows = grants(held, eligible, {"r": role("*")}, directory, [PLACE])
    assert [(row.id, row.label, row.role_name, row.orphan, row.members, row.pim) for row in rows] == [
        ("/1", "team", "R", False, 1, Pim.NONE),
        ("/2", "x", "other", True, None, Pim.NONE),
        ("/4", "", "", False, None, Pim.NONE),
        ("/5", "p", "R", False, None, Pim.ELIGIBLE),
    ]
    theirs = of_principal(rows, "p", directory)
    assert [(row.id, row.via) for row in theirs] == [("/1", "team"), ("/4", ""), ("/5", "")], "what is unreadable may be theirs"
    assert [row.id for row in of_principal(rows, "nobody", directory)] == ["/4"]
