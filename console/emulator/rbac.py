"""Role-based access control as ARM evaluates it: who may do what, where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from console.emulator.conditions import fulfilled
from console.emulator.estate import DenyAssignment, Estate, RoleAssignment
from console.emulator.wildcards import matches

EVERYONE = "00000000-0000-0000-0000-000000000000"
# How many decisions are remembered; then they are forgotten all at once.
_MOST_DECISIONS = 100_000


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission block of a role definition; `condition` is the definition's own, in the grammar of `condition_version`."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    data_actions: tuple[str, ...]
    not_data_actions: tuple[str, ...]
    condition: str | None = None
    condition_version: str | None = None

    def allows(self, operation: str, data: bool) -> bool:
        granted, withheld = (self.data_actions, self.not_data_actions) if data else (self.actions, self.not_actions)
        return any(matches(p, operation) for p in granted) and not any(matches(p, operation) for p in withheld)

    def as_json(self, version: str) -> dict[str, Any]:
        """The block in a version of the API; its condition is in newer ones only."""
        found: dict[str, Any] = {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": list(self.not_data_actions),
        }
        return found if version < "2022-05" else {**found, "condition": self.condition, "conditionVersion": self.condition_version}


@dataclass(frozen=True, slots=True)
class Role:
    """A role definition: `guid` is the name in its ARM id, `name` what people see."""

    guid: str
    name: str
    permissions: tuple[Permission, ...]

    def allows(self, operation: str, data: bool = False) -> bool:
        return any(block.allows(operation, data) for block in self.permissions)


def _permission(block: Sequence[Any]) -> Permission:
    actions, not_actions, data_actions, not_data_actions, *condition = block
    return Permission(tuple(actions), tuple(not_actions), tuple(data_actions), tuple(not_data_actions), *condition)


@cache
def builtin_roles() -> dict[str, Role]:
    """Every built-in role by its GUID (lower case)."""
    table = json.loads(Path(__file__).with_name("roles.json").read_bytes())
    return {guid: Role(guid, name, tuple(_permission(block) for block in blocks)) for guid, name, blocks in table}


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a principal may do something; if not, by which deny assignment, or for the lack of which fulfilled condition."""

    allowed: bool
    denied_by: DenyAssignment | None = None
    unfulfilled: bool = False


@dataclass(slots=True)
class _Access:
    """What follows from one state of the estate's access, worked out as it is asked for."""

    stamp: tuple[int, ...]
    # The assignments in effect by whom they name, in lower case.
    held: dict[str, list[RoleAssignment]]
    subjects: dict[str, frozenset[str]] = field(default_factory=dict)
    # By principal and by scope in lower case, without a slash at its end.
    grants: dict[str, dict[str, list[tuple[Role, RoleAssignment]]]] = field(default_factory=dict)
    decisions: dict[tuple[str, str, str, bool], Decision] = field(default_factory=dict)


def _access(estate: Estate) -> _Access:
    """What is known of the estate's access as it is now. Records that come or go are noticed by their number."""
    stamp = (
        estate.access_generation,
        len(estate.role_assignments),
        len(estate.lapsing),
        len(estate.custom_roles),
        len(estate.deny_assignments),
        len(estate.management_groups),
        len(estate.groups),
        sum(len(group.members) for group in estate.groups.values()),
    )
    if not isinstance(estate.access, _Access) or estate.access.stamp != stamp:
        estate.access = _Access(stamp, _held(estate))
    return estate.access


def _held(estate: Estate) -> dict[str, list[RoleAssignment]]:
    found: dict[str, list[RoleAssignment]] = {}
    for held in estate.role_assignments.values():
        if held.in_effect:
            found.setdefault(held.principal_id.lower(), []).append(held)
    for held in estate.lapsing:
        found.setdefault(held.principal_id.lower(), []).append(held)
    return found


def role_of(estate: Estate, guid: str) -> Role | None:
    """The role definition of that GUID, built in or custom; None if there is none."""
    guid = guid.lower()
    role = builtin_roles().get(guid)
    custom = estate.custom_roles.get(guid)
    if role is None and custom is not None:
        role = Role(custom.guid, custom.name, tuple(permission_of(block) for block in custom.permissions))
    return role


def permission_of(block: Mapping[str, Any]) -> Permission:
    """A permission block as it goes over the wire."""
    actions, not_actions, data_actions, not_data_actions = (
        tuple(block.get(name) or ()) for name in ("actions", "notActions", "dataActions", "notDataActions")
    )
    return Permission(actions, not_actions, data_actions, not_data_actions, block.get("condition"), block.get("conditionVersion"))


def covers(ancestor: str, scope: str) -> bool:
    """Whether `scope` is `ancestor` or lies beneath it; the root is "/" or "". Management groups: see `reaches`."""
    top = ancestor.rstrip("/").lower()
    below = scope.rstrip("/").lower()
    return not top or below == top or below.startswith(top + "/")


def groups_above(estate: Estate, scope: str) -> Iterator[str]:
    """The ARM ids, in lower case, of the management groups that a scope lies in, the nearest first."""
    parts = scope.lower().split("/")
    holder: str | None = None
    if parts[1:2] == ["subscriptions"] and len(parts) > 2:
        holder = next((key for key, group in estate.management_groups.items() if parts[2] in group.subscriptions), None)
    elif scope.lower() in estate.management_groups:
        holder = estate.management_groups[scope.lower()].parent
    while holder is not None:
        yield holder
        holder = estate.management_groups[holder].parent


def reaches(estate: Estate, ancestor: str, scope: str) -> bool:
    """Whether what is said at `ancestor` holds at `scope`, through management groups too."""
    return covers(ancestor, scope) or ancestor.rstrip("/").lower() in groups_above(estate, scope.rstrip("/"))


def _at_and_above(estate: Estate, scope: str) -> Iterator[str]:
    """A scope and every one above it, in lower case; the root is ""."""
    path = scope.rstrip("/").lower()
    yield from groups_above(estate, path)
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def holding_at(estate: Estate, scope: str) -> Callable[[str], bool]:
    """A test of scopes, quick for many: whether what is said there holds at `scope`."""
    known = frozenset(_at_and_above(estate, scope))
    return lambda place: place.rstrip("/").lower() in known


def beneath(estate: Estate, scope: str) -> Callable[[str], bool]:
    """A test of scopes, quick for many: whether they are `scope` or lie beneath it."""
    top = scope.rstrip("/").lower()
    tops = {top, *(key for key in estate.management_groups if top in groups_above(estate, key))}
    inner = [estate.management_groups[key] for key in tops & estate.management_groups.keys()]
    tops |= {f"/subscriptions/{one}" for group in inner for one in group.subscriptions}
    starts = tuple(f"{one}/" for one in tops)
    return lambda place: f"{place.rstrip('/').lower()}/".startswith(starts)


def subjects(estate: Estate, principal_id: str) -> frozenset[str]:
    """The principal and every group that it is in, directly or through other groups."""
    known = _access(estate).subjects
    if principal_id not in known:
        found = {principal_id}
        grown = True
        while grown:
            grown = False
            for group in estate.groups.values():
                if group.object_id not in found and not found.isdisjoint(group.members):
                    found.add(group.object_id)
                    grown = True
        known[principal_id] = frozenset(found)
    return known[principal_id]


def assignments_of(estate: Estate, principal_id: str) -> Iterator[RoleAssignment]:
    """Every role assignment in effect that reaches the principal, its groups' included."""
    access = _access(estate)
    return (held for one in sorted(subjects(estate, principal_id)) for held in access.held.get(one, ()))


def _grants(estate: Estate, principal_id: str) -> Mapping[str, Sequence[tuple[Role, RoleAssignment]]]:
    """What the principal was given, by scope."""
    known = _access(estate).grants
    if principal_id not in known:
        found: dict[str, list[tuple[Role, RoleAssignment]]] = {}
        for held in assignments_of(estate, principal_id):
            role = role_of(estate, held.role_definition_guid)
            if role is not None:
                found.setdefault(held.scope.rstrip("/").lower(), []).append((role, held))
        known[principal_id] = found
    return known[principal_id]


def decide(
    estate: Estate, principal_id: str, action: str, scope: str, data: bool = False, attributes: Mapping[str, str] | None = None
) -> Decision:
    """Whether the principal may do `action` at `scope` (a full ARM id). `attributes` is what conditions can ask about the request."""
    if attributes:
        return _decided(estate, principal_id, action, scope, data, attributes)
    known = _access(estate).decisions
    key = (principal_id, action, scope, data)
    if key not in known:
        if len(known) >= _MOST_DECISIONS:
            known.clear()
        known[key] = _decided(estate, principal_id, action, scope, data, {})
    return known[key]


def _decided(estate: Estate, principal_id: str, action: str, scope: str, data: bool, attributes: Mapping[str, str]) -> Decision:
    grants = _grants(estate, principal_id)
    unfulfilled = False
    for place in _at_and_above(estate, scope):
        for role, held in grants.get(place, ()):
            for block in role.permissions:
                if not block.allows(action, data):
                    continue
                conditions = [one for one in (block.condition, held.condition) if one]
                if all(fulfilled(one, action, attributes) for one in conditions):
                    denied = _denied(estate, principal_id, action, scope, data)
                    return Decision(denied is None, denied)
                unfulfilled = True
    return Decision(False, None, unfulfilled)


def _denied(estate: Estate, principal_id: str, action: str, scope: str, data: bool) -> DenyAssignment | None:
    """The deny assignment that keeps the principal from doing this, whatever roles it holds."""
    who = subjects(estate, principal_id)
    for deny in estate.deny_assignments.values():
        at_it = deny.scope.rstrip("/").lower() == scope.rstrip("/").lower()
        if not at_it and (deny.do_not_apply_to_child_scopes or not reaches(estate, deny.scope, scope)):
            continue
        meant = {one["id"].lower() for one in deny.principals}
        excluded = {one["id"].lower() for one in deny.exclude_principals}
        met = (EVERYONE in meant or not meant.isdisjoint(who)) and excluded.isdisjoint(who)
        if met and any(permission_of(block).allows(action, data) for block in deny.permissions):
            return deny
    return None


def may(
    estate: Estate, principal_id: str, action: str, scope: str, data: bool = False, attributes: Mapping[str, str] | None = None
) -> bool:
    """Whether the principal may do `action` at `scope` (a full ARM id)."""
    return decide(estate, principal_id, action, scope, data, attributes).allowed


def may_somewhere_below(estate: Estate, principal_id: str, action: str, scope: str) -> bool:
    """Whether some assignment beneath `scope` grants `action`: such a principal's lists are filtered, not refused."""
    return any(
        reaches(estate, scope, place) and any(role.allows(action) for role, _ in grants)
        for place, grants in _grants(estate, principal_id).items()
    )


def permissions_at(estate: Estate, principal_id: str, scope: str) -> Sequence[Permission]:
    """The permission blocks that the principal holds at `scope`, inherited ones included. Deny assignments are not told here."""
    grants = _grants(estate, principal_id)
    held = {role.guid: role for place in _at_and_above(estate, scope) for role, _ in grants.get(place, ())}
    return [block for guid in sorted(held) for block in held[guid].permissions]
