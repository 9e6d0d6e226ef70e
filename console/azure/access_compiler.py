"""Access writes as the console sees them: what is wanted becomes the request that does it; a child has azure-mgmt-authorization do it.

    request = await compiler.assignment(NewAssignment(scope=…, role=…, principal_id=…, principal_kind=PrincipalKind.GROUP))

Nothing is sent from here. Reading access needs no child; only changes do.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from console.azure.request import Request
from console.azure.request_compiler import RequestCompiler
from console.domain.access.principals import PrincipalKind
from console.domain.permissions import Permission

ROLES = "providers/Microsoft.Authorization/roleDefinitions"
ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"
#: The space of this console's assignment names: the same grant always gets the same one, so that sending it twice makes one assignment.
NAMES = uuid.UUID("6f1f3c7e-0d7b-5f0e-9a53-2d2b1c5a7e40")


class NewAssignment(msgspec.Struct, frozen=True, kw_only=True):
    """A role for a principal at a scope, as it is to be assigned. `role` is the GUID of the definition, `name` that of the assignment.

    Without a `name` it has the one that follows from scope, principal and role.
    """

    scope: str
    role: str
    principal_id: str
    principal_kind: PrincipalKind
    condition: str = ""
    description: str = ""
    name: str = ""

    @property
    def guid(self) -> str:
        return self.name or str(uuid.uuid5(NAMES, f"{self.scope.rstrip('/')}|{self.principal_id}|{self.role}".lower()))

    @property
    def id(self) -> str:
        """The ARM id of the assignment."""
        return f"{self.scope.rstrip('/')}/{ASSIGNMENTS}/{self.guid}"

    @property
    def definition_id(self) -> str:
        """The role's id as Azure spells it in assignments: below the subscription, where the scope is in one."""
        parts = self.scope.strip("/").split("/")
        below = f"/{parts[0]}/{parts[1]}" if len(parts) > 1 and parts[0].lower() == "subscriptions" else ""
        return f"{below}/{ROLES}/{self.role}"


class Activating(msgspec.Struct, frozen=True, kw_only=True):
    """An eligible role to be activated by oneself (PIM). `role` is a definition's id, `eligibility` the schedule, `duration` ISO 8601."""

    scope: str
    role: str
    principal_id: str
    eligibility: str
    duration: str
    justification: str
    ticket: str = ""
    condition: str = ""


class AccessCompiler(RequestCompiler):
    """azure-mgmt-authorization in a child (some 30 MB). Every method raises TroubleError."""

    child = "access_child"
    sdk = "azure-mgmt-authorization"
    requirement = "azure-mgmt-authorization>=4.0.0"
    needed_for = "Changing access"
    flaw_code = "AccessFlaw"

    async def assignment(self, grant: NewAssignment) -> Request:
        """The PUT that assigns a role."""
        return await self._compiled("assignment", _fields(grant))

    async def validation(self, grant: NewAssignment) -> Request:
        """The POST by which Azure tells whether it would take an assignment; it changes nothing."""
        return await self._compiled("validation", _fields(grant))

    async def removal(self, assignment_id: str) -> Request:
        """The DELETE of an assignment."""
        scope, name = split(assignment_id)
        return await self._compiled("removal", {"scope": scope, "name": name})

    async def role(
        self, scope: str, guid: str, name: str, description: str, permissions: Sequence[Permission], assignable: Sequence[str]
    ) -> Request:
        """The PUT that makes or replaces a custom role."""
        fields = {"scope": scope, "name": guid, "role_name": name, "description": description, "assignable_scopes": list(assignable)}
        return await self._compiled("role", fields | {"permissions": [_block(block) for block in permissions]})

    async def role_removal(self, scope: str, guid: str) -> Request:
        """The DELETE of a custom role."""
        return await self._compiled("role-removal", {"scope": scope, "name": guid})

    async def activation(self, wanted: Activating) -> Request:
        """The PUT of a request that activates a role; its name is new each time, as Azure wants it."""
        return await self._compiled("activation", _activating(wanted))

    async def activation_validation(self, wanted: Activating) -> Request:
        """The POST by which Azure tells whether it would take an activation; it changes nothing."""
        return await self._compiled("activation-validation", _activating(wanted))


def split(assignment_id: str) -> tuple[str, str]:
    """An assignment's id as its scope ("/" for the root) and its name. Raises ValueError where it is none."""
    scope, found, name = assignment_id.rpartition(f"/{ASSIGNMENTS}/")
    if not found:
        at = assignment_id.lower().rfind(f"/{ASSIGNMENTS}/".lower())
        if at < 0:
            raise ValueError(f"{assignment_id!r} is not the ARM id of a role assignment")
        scope, name = assignment_id[:at], assignment_id[at + len(ASSIGNMENTS) + 2 :]
    return scope or "/", name


def _fields(grant: NewAssignment) -> dict[str, Any]:
    return {
        "scope": grant.scope,
        "name": grant.guid,
        "role": grant.definition_id,
        "principal": grant.principal_id,
        "principal_type": grant.principal_kind.value,
        "condition": grant.condition,
        "description": grant.description,
    }


def _activating(wanted: Activating) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(wanted)
    return fields | {"principal": wanted.principal_id, "name": str(uuid.uuid4())}


def _block(block: Permission) -> dict[str, list[str]]:
    return {name: list(getattr(block, name)) for name in ("actions", "not_actions", "data_actions", "not_data_actions")}
