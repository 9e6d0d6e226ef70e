"""PIM: what the signed-in user may activate, what of it is active, and what became of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from console.domain import scopes
from console.domain.access.assignments import Activation, Eligibility
from console.domain.access.places import covers
from console.domain.access.roles import DOCUMENTED, RoleDefinition
from console.domain.permissions import Allowance

#: The status of a request that was carried out (published swagger, `Status` of roleAssignmentScheduleRequests).
PROVISIONED = "Provisioned"
_REQUESTS = "/providers/microsoft.authorization/roleassignmentschedulerequests/"


def is_activation(arm_id: str) -> bool:
    """Whether an ARM id is that of a request for an activation."""
    return _REQUESTS in arm_id.lower()


class ActivationRequest(msgspec.Struct, frozen=True):
    """A request for an activation, by Azure's word for how it stands."""

    status: str

    def aspect(self, name: str) -> str:
        """Its status. Raises ValueError for anything else."""
        if name:
            raise ValueError(f"a request for an activation has no {name!r}")
        return self.status

    @property
    def last_changed(self) -> datetime | None:
        return None

    @property
    def passing(self) -> bool:
        """Whether Azure is at it. One that waits for somebody's approval is not on its way."""
        return self.status in {"Accepted", "PendingEvaluation", "PendingProvisioning", "PendingScheduleCreation"}


class OwnRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that the signed-in user may activate. `until` is of the eligibility, `ends` of the activation that is on (UTC).

    `definition` is None where it was not read, and Azure's documentation does not tell it; `told_name` is PIM's for it. `schedule_id` is
    what an activation names. `fault` says why it could not be read.
    """

    id: str
    scope: str
    role: str
    definition: RoleDefinition | None = None
    told_name: str = ""
    schedule_id: str = ""
    condition: str = ""
    through_group: bool = False
    until: datetime | None = None
    active: bool = False
    ends: datetime | None = None
    read_in: frozenset[str] = frozenset()
    fault: str = ""

    @property
    def name(self) -> str:
        return self.definition.name if self.definition is not None else self.told_name or self.role

    def grants(self, scope: str, operation: str) -> bool:
        """Whether an activation would let one do an operation at an ARM scope."""
        if self.definition is None or self.condition or not covers(self.scope, scope, self.read_in):
            return False
        return Allowance(self.definition.permissions).allows(operation)


def own_roles(
    eligible: Iterable[Eligibility], activations: Iterable[Activation], definitions: Mapping[str, RoleDefinition]
) -> list[OwnRole]:
    """Eligibilities of one's own, with whether each is active now; `definitions` by GUID."""
    on = {(scopes.key(each.scope), each.role): each for each in activations if each.activated and not each.fault}
    found = []
    for each in eligible:
        active = on.get((scopes.key(each.scope), each.role))
        found.append(
            OwnRole(
                id=each.id,
                scope=each.scope,
                role=each.role,
                definition=definitions.get(each.role) or DOCUMENTED.get(each.role),
                told_name=each.role_name,
                schedule_id=each.schedule_id,
                condition=each.condition,
                through_group=each.member_type == "Group",
                until=each.until,
                active=active is not None,
                ends=active.until if active is not None else None,
                read_in=each.read_in,
                fault=each.fault,
            )
        )
    return found
