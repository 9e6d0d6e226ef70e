"""Role-based access control as ARM evaluates it: who may do what, where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from console.emulator.estate import Estate, RoleAssignment


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

    def as_json(self) -> dict[str, Any]:
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": list(self.not_data_actions),
        }


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role definition: `guid` is the name in its ARM id, `name` what people see."""

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


@lru_cache(maxsize=16_384)
def _compiled(pattern: str) -> re.Pattern[str]:
    # A `/*/` also stands for no segment at all: `workspaces/*/read` covers `workspaces/read`.
    parts = (".*".join(re.escape(piece) for piece in part.split("*")) for part in pattern.split("/*/"))
    spread = "/(?:.*/)?".join(parts)
    return re.compile(f"^{spread}$", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def matches(pattern: str, operation: str) -> bool:
    """Whether a role's action pattern covers an operation; `*` may span segments, case does not count."""
    return _compiled(pattern).match(operation) is not None


def covers(ancestor: str, scope: str) -> bool:
    """Whether `scope` is `ancestor` or lies beneath it; the root is "/" or ""."""
    top = ancestor.rstrip("/").lower()
    below = scope.rstrip("/").lower()
    return not top or below == top or below.startswith(top + "/")


def subjects(estate: Estate, principal_id: str) -> set[str]:
    """The principal and every group that it is in, directly or through other groups."""
    found = {principal_id}
    grown = True
    while grown:
        grown = False
        for group in estate.groups.values():
            if group.object_id not in found and not found.isdisjoint(group.members):
                found.add(group.object_id)
                grown = True
    return found


def assignments_of(estate: Estate, principal_id: str) -> Iterator[RoleAssignment]:
    """Every role assignment that reaches the principal, its groups' included."""
    who = subjects(estate, principal_id)
    return (assignment for assignment in estate.role_assignments.values() if assignment.principal_id in who)


def may(estate: Estate, principal_id: str, action: str, scope: str, data: bool = False) -> bool:
    """Whether the principal may do `action` at `scope` (a full ARM id)."""
    roles = builtin_roles()
    return any(
        covers(assignment.scope, scope)
        and (role := roles.get(assignment.role_definition_guid.lower())) is not None
        and role.allows(action, data)
        for assignment in assignments_of(estate, principal_id)
    )


def may_somewhere_below(estate: Estate, principal_id: str, action: str, scope: str) -> bool:
    """Whether some assignment beneath `scope` grants `action`: such a principal's lists are filtered, not refused."""
    roles = builtin_roles()
    return any(
        covers(scope, assignment.scope) and (role := roles.get(assignment.role_definition_guid.lower())) is not None and role.allows(action)
        for assignment in assignments_of(estate, principal_id)
    )


def permissions_at(estate: Estate, principal_id: str, scope: str) -> Sequence[Permission]:
    """The permission blocks that the principal holds at `scope`, inherited ones included."""
    roles = builtin_roles()
    held = {a.role_definition_guid.lower() for a in assignments_of(estate, principal_id) if covers(a.scope, scope)}
    return [block for guid in sorted(held) if guid in roles for block in roles[guid].permissions]
