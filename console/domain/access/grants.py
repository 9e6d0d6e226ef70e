"""Grants: the role assignments and eligibilities that matter to the workspaces that are open, each with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from console.domain import scopes
from console.domain.access.assignments import Activation, Eligibility, RoleAssignment
from console.domain.access.places import Place, covers
from console.domain.access.principals import Directory, Principal, PrincipalKind
from console.domain.access.roles import CONTRIBUTOR, OWNER, RBAC_ADMINISTRATOR, USER_ACCESS_ADMINISTRATOR, RoleDefinition

#: Roles that let their holder give access, to others or to oneself.
GIVING = frozenset({OWNER, USER_ACCESS_ADMINISTRATOR, RBAC_ADMINISTRATOR})
#: What ends within this time is said to end.
SOON = timedelta(days=14)


class Standing(StrEnum):
    """Where a scope lies, seen from a workspace."""

    HERE = "here"
    INHERITED = "inherited"
    COMPANION = "companion"
    BELOW = "below"
    UNRELATED = ""


class Pim(StrEnum):
    """What PIM has to do with a grant."""

    NONE = ""
    ACTIVE = "active"
    ELIGIBLE = "eligible"


class Flag(StrEnum):
    """What an administrator should look at. The words stand on screen, and are looked for there."""

    ORPHAN = "orphan"
    DISABLED = "disabled"
    GUEST_WRITES = "guest-writes"
    OWNER = "owner-of-sub"
    EMPTY = "empty-group"
    EXPIRES = "expires"
    DIRECT = "direct"


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a principal holds, or may activate, at a scope that matters to a workspace that is open.

    `principal` and `definition` are None where they were not read, or are not there: `orphan` is a principal that the directory does not
    know. `members` counts a group's transitive members, None where they were not read. `via` is the group that holds it, on the page of
    somebody who is in that group, "" where it is held directly.
    """

    id: str
    scope: str
    role: str
    principal_id: str
    principal_kind: PrincipalKind = PrincipalKind.UNKNOWN
    principal: Principal | None = None
    orphan: bool = False
    definition: RoleDefinition | None = None
    standing: Standing = Standing.HERE
    members: int | None = None
    pim: Pim = Pim.NONE
    until: datetime | None = None
    condition: str = ""
    description: str = ""
    created_on: datetime | None = None
    created_by: str = ""
    via: str = ""
    fault: str = ""

    @property
    def kind(self) -> PrincipalKind:
        """What the principal is: the directory knows best."""
        return self.principal.kind if self.principal is not None and self.principal.kind else self.principal_kind

    @property
    def label(self) -> str:
        return self.principal.label if self.principal is not None else self.principal_id

    @property
    def role_name(self) -> str:
        return self.definition.name if self.definition is not None else self.role

    @property
    def privileged(self) -> bool:
        """Whether the role gives access, or may change everything in a subscription or above it."""
        return self.role in GIVING or (self.role == CONTRIBUTOR and is_wide(self.scope))


def is_wide(scope: str) -> bool:
    """Whether a scope is a subscription, or above one."""
    return "/resourcegroups/" not in scopes.key(scope) + "/"


def writes(definition: RoleDefinition | None) -> bool:
    """Whether a role lets its holder do anything but read."""
    blocks = definition.permissions if definition is not None else ()
    return any(not action.lower().endswith("/read") for block in blocks for action in (*block.actions, *block.data_actions))


def flags(grant: Grant, now: datetime) -> tuple[Flag, ...]:
    """What of a grant should be looked at, the worst first."""
    who, found = grant.principal, []
    if grant.orphan:
        found.append(Flag.ORPHAN)
    if who is not None and who.enabled is False:
        found.append(Flag.DISABLED)
    if who is not None and who.guest and writes(grant.definition):
        found.append(Flag.GUEST_WRITES)
    if grant.role == OWNER and is_wide(grant.scope) and grant.pim is Pim.NONE:
        found.append(Flag.OWNER)
    if grant.members == 0:
        found.append(Flag.EMPTY)
    if grant.until is not None and grant.until - now <= SOON:
        found.append(Flag.EXPIRES)
    if grant.kind is PrincipalKind.USER and not grant.orphan and not grant.via and grant.pim is Pim.NONE:
        found.append(Flag.DIRECT)
    return tuple(found)


def standing(scope: str, read_in: frozenset[str], places: Iterable[Place]) -> Standing:
    """Where a scope lies, seen from the nearest of the workspaces: here, then above, on a companion or above that alone, below."""
    found = Standing.UNRELATED
    for place in places:
        here = place.workspace.id
        if scopes.same_id(scope, here):
            return Standing.HERE
        if covers(scope, here, read_in):
            found = Standing.INHERITED
        elif found is Standing.UNRELATED:
            if any(covers(scope, each, read_in) or covers(each, scope) for _, each in place.companions):
                found = Standing.COMPANION
            elif covers(here, scope):
                found = Standing.BELOW
    return found


def in_force(assignments: Iterable[RoleAssignment], activations: Iterable[Activation]) -> list[RoleAssignment]:
    """Role assignments, each once however many subscriptions listed it, with what PIM tells of their ends."""
    merged: dict[str, RoleAssignment] = {}
    for each in assignments:
        key = scopes.key(each.id)
        before = merged.get(key)
        merged[key] = each if before is None else replace(before, read_in=before.read_in | each.read_in)
    told = {scopes.key(each.assignment_id): each for each in activations if each.assignment_id and not each.fault}
    same = {(scopes.key(each.scope), each.role, each.principal_id): each for each in activations if not each.fault}
    found = []
    for key, each in merged.items():
        of = told.get(key) or (same.get((scopes.key(each.scope), each.role, each.principal_id)) if same else None)
        found.append(each if of is None else replace(each, activated=of.activated, until=of.until))
    return found


def may_activate(eligibilities: Iterable[Eligibility]) -> list[Eligibility]:
    """Eligibilities, each once however many subscriptions listed it."""
    merged: dict[str, Eligibility] = {}
    for each in eligibilities:
        key = scopes.key(each.id)
        before = merged.get(key)
        merged[key] = each if before is None else replace(before, read_in=before.read_in | each.read_in)
    return list(merged.values())


def grants(
    held: Iterable[RoleAssignment],
    eligible: Iterable[Eligibility],
    definitions: Mapping[str, RoleDefinition],
    directory: Directory,
    places: Sequence[Place],
) -> list[Grant]:
    """What of `in_force` and `may_activate` matters to workspaces; `definitions` by GUID."""
    found: list[Grant] = []
    stands: dict[tuple[str, frozenset[str]], Standing] = {}

    def stand(scope: str, read_in: frozenset[str]) -> Standing:
        if (scope, read_in) not in stands:
            stands[scope, read_in] = standing(scope, read_in, places)
        return stands[scope, read_in]

    for each in held:
        where = stand(each.scope, each.read_in)
        if where is not Standing.UNRELATED:
            pim = Pim.ACTIVE if each.activated else Pim.NONE
            found.append(_grant(each, where, pim, definitions, directory, each.description, each.created_on, each.created_by))
    for one in eligible:
        where = stand(one.scope, one.read_in)
        if where is not Standing.UNRELATED:
            found.append(_grant(one, where, Pim.ELIGIBLE, definitions, directory, "", one.since, ""))
    return found


def of_principal(every: Iterable[Grant], principal_id: str, directory: Directory) -> list[Grant]:
    """What a principal holds directly and through groups, as far as their members were read; what is unreadable may be theirs too."""
    found = []
    for each in every:
        if each.principal_id == principal_id or (each.fault and not each.principal_id):
            found.append(each)
        elif principal_id in directory.members.get(each.principal_id, ()):
            found.append(replace(each, via=each.label))
    return found


def _grant(
    each: RoleAssignment | Eligibility,
    where: Standing,
    pim: Pim,
    definitions: Mapping[str, RoleDefinition],
    directory: Directory,
    description: str,
    created_on: datetime | None,
    created_by: str,
) -> Grant:
    members = directory.members.get(each.principal_id)
    return Grant(
        id=each.id,
        scope=each.scope,
        role=each.role,
        principal_id=each.principal_id,
        principal_kind=each.principal_kind,
        principal=directory.principals.get(each.principal_id),
        orphan=each.principal_id in directory.gone,
        definition=definitions.get(each.role),
        standing=where,
        members=None if members is None else len(members),
        pim=pim,
        until=each.until,
        condition=each.condition,
        description=description,
        created_on=created_on,
        created_by=created_by,
        fault=each.fault,
    )
