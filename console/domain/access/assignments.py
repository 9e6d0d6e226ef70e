"""Assignments: roles that principals hold at scopes, may activate there (PIM), or are denied there."""

from __future__ import annotations

from datetime import datetime

import msgspec

from console.domain.access.principals import PrincipalKind
from console.domain.permissions import Permission

#: The principal of a deny assignment that means everybody (its `principalType` is `SystemDefined`).
EVERYONE = "00000000-0000-0000-0000-000000000000"
#: Between the scope and the name of a role assignment, in its id in lower case.
ASSIGNED = "/providers/microsoft.authorization/roleassignments/"
#: The state of a role assignment that is there.
PRESENT = "present"
#: The aspect of it that is its condition.
CONDITION = "condition"


def is_assignment(arm_id: str) -> bool:
    """Whether an ARM id is that of a role assignment."""
    return ASSIGNED in arm_id.lower()


def condition_words(condition: str) -> str:
    """A condition in one line, however it was laid out; "no condition" for none."""
    return " ".join(condition.split()) or "no condition"


class RoleAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a principal holds at a scope. Ids and GUIDs of principals and roles are in lower case, `scope` is as Azure spells it.

    `read_in` are the subscriptions in whose lists it stood: a scope above them (a management group, the root) reaches at least these.
    `until` is the end of an activation or of a time-bound assignment (UTC), `activated` whether PIM activated it. `created_by` is an
    object id. `fault` says why it could not be read.
    """

    id: str
    name: str = ""
    scope: str = ""
    role: str = ""
    principal_id: str = ""
    principal_kind: PrincipalKind = PrincipalKind.UNKNOWN
    condition: str = ""
    condition_version: str = ""
    description: str = ""
    created_on: datetime | None = None
    created_by: str = ""
    updated_on: datetime | None = None
    read_in: frozenset[str] = frozenset()
    activated: bool = False
    until: datetime | None = None
    fault: str = ""

    def aspect(self, name: str) -> str:
        """What a plan rests on, or leads to: that it is there, or its condition in one line. Raises ValueError for anything else."""
        if name == CONDITION:
            return condition_words(self.condition)
        if name:
            raise ValueError(f"a role assignment has no {name!r}")
        return PRESENT

    @property
    def last_changed(self) -> datetime | None:
        """When it was last written (UTC, Azure's clock)."""
        return self.updated_on

    @property
    def passing(self) -> bool:
        """Never on its way: a role assignment is there or it is not."""
        return False


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a principal may activate for a time (PIM, roleEligibilityScheduleInstances).

    `schedule_id` is the roleEligibilitySchedule that an activation names; `until` its end, None where it has none. `role_name` is what PIM
    calls the role ("" where it did not tell).
    """

    id: str
    scope: str = ""
    role: str = ""
    principal_id: str = ""
    principal_kind: PrincipalKind = PrincipalKind.UNKNOWN
    condition: str = ""
    schedule_id: str = ""
    member_type: str = ""
    role_name: str = ""
    since: datetime | None = None
    until: datetime | None = None
    read_in: frozenset[str] = frozenset()
    fault: str = ""


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """What PIM tells of a role assignment that is in force (roleAssignmentScheduleInstances): whether it was activated, and when it ends.

    `assignment_id` is the role assignment that it is about ("" where PIM does not say: then scope, role and principal find it).
    """

    id: str
    assignment_id: str = ""
    scope: str = ""
    role: str = ""
    principal_id: str = ""
    activated: bool = False
    until: datetime | None = None
    fault: str = ""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a subscription's role assignments are used (roleAssignmentsUsageMetrics); None where Azure did not tell."""

    subscription_id: str
    used: int | None = None
    limit: int | None = None
    fault: str = ""


class DenyAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """What is denied at a scope and, unless it is `only_here`, below it, to `principals` less `excluded` (object ids in lower case)."""

    id: str
    name: str = ""
    scope: str = ""
    permissions: tuple[Permission, ...] = ()
    principals: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    only_here: bool = False
    system: bool = False
    description: str = ""
    read_in: frozenset[str] = frozenset()
    fault: str = ""
