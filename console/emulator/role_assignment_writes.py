"""Making, changing and removing role assignments, and the dry run of it.

Codes and sentences are Azure's where they were seen. Never seen, and the emulator's own guess: the codes InvalidRoleAssignmentCondition
and RoleAssignmentLimitExceeded's status, and that a principal of a given type that the directory does not have is refused all the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from console.emulator.conditions import well_formed
from console.emulator.errors import gateway_error, invalid_content
from console.emulator.estate import Estate, RoleAssignment
from console.emulator.principals import is_fresh, kind_of
from console.emulator.propagation import grant, withdraw
from console.emulator.rbac import reaches, role_of
from console.emulator.role_assignments import TEMPLATE, VERSIONS, body, existing, is_full, subscription_of
from console.emulator.routing import Call, Reply, Route

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
WRITE = "Microsoft.Authorization/roleAssignments/write"
DELETE = "Microsoft.Authorization/roleAssignments/delete"
_ATTRIBUTE = "[microsoft.authorization/roleassignments:{}]"
_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An assignment as a request asks for it; ids are GUIDs in lower case, `principal_type` is None if it was left out."""

    role: str
    principal: str
    principal_type: str | None
    description: str | None
    condition: str | None
    condition_version: str | None


def _guid(text: Any) -> str | None:
    try:
        return str(uuid.UUID(str(text)))
    except ValueError:
        return None


def _plain(guid: str) -> str:
    """A GUID as Azure's sentences about role assignments write it."""
    return guid.replace("-", "")


def _properties(call: Call) -> Mapping[str, Any] | None:
    """The properties of the request; older versions of the API call them so too."""
    found = call.body.get("properties") if isinstance(call.body, dict) else None
    return found if isinstance(found, dict) else None


def _wanted(call: Call) -> Wanted | Reply:
    """What the request asks for, or how a request that cannot be understood is refused."""
    told = _properties(call)
    if told is None:
        return invalid_content("Required property 'properties' not found in JSON.")
    role = _guid(str(told.get("roleDefinitionId", "")).rstrip("/").rpartition("/")[2])
    if role is None:
        return gateway_error(400, "InvalidRoleDefinitionId", "The role definition ID must be the ID of a role definition.")
    principal = _guid(told.get("principalId"))
    if principal is None:
        return gateway_error(400, "InvalidPrincipalId", "A valid principal ID must be provided for role assignment.")
    texts = [told.get(name) for name in ("principalType", "description", "condition", "conditionVersion")]
    if any(text is not None and not isinstance(text, str) for text in texts):
        return invalid_content("A property of the role assignment is not a string.")
    return Wanted(role, principal, *(text or None for text in texts))


def _refusal(call: Call, wanted: Wanted) -> Reply | None:
    """Why Azure does not make this assignment; None if it does."""
    if _guid(call.param("name")) is None:
        name = call.param("name")
        return gateway_error(
            400, "InvalidRoleAssignmentId", f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        )
    estate, scope = call.world.estate, call.param("scope")
    return (
        _role_refusal(estate, wanted, scope)
        or _condition_refusal(wanted)
        or _principal_refusal(call, wanted)
        or _other_refusal(estate, wanted, scope, call.param("name"))
    )


def _role_refusal(estate: Estate, wanted: Wanted, scope: str) -> Reply | None:
    custom = estate.custom_roles.get(wanted.role)
    here = custom is None or any(reaches(estate, place, scope) for place in custom.assignable_scopes)
    if role_of(estate, wanted.role) is None or not here:
        message = f"The specified role definition with ID '{_plain(wanted.role)}' does not exist."
        return gateway_error(404, "RoleDefinitionDoesNotExist", message)
    return None


def _condition_refusal(wanted: Wanted) -> Reply | None:
    if wanted.condition is None and wanted.condition_version is None:
        return None
    if wanted.condition is None or wanted.condition_version != "2.0" or not well_formed(wanted.condition):
        return gateway_error(400, "InvalidRoleAssignmentCondition", "The given role assignment condition is invalid.")
    return None


def _principal_refusal(call: Call, wanted: Wanted) -> Reply | None:
    estate = call.world.estate
    if wanted.principal_type is not None and wanted.principal_type.lower() not in map(str.lower, _TYPES):
        message = f"Principals of type {wanted.principal_type} cannot validly be used in role assignments."
        return gateway_error(400, "PrincipalTypeNotSupported", message)
    kind = kind_of(estate, wanted.principal)
    if kind is None or (wanted.principal_type is None and is_fresh(estate, wanted.principal, call.world.clock.now())):
        message = (
            f"Principal {_plain(wanted.principal)} does not exist in the directory {estate.tenant_id}. Check that you have the correct "
            "principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a "
            "replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, "
            "or Group.  See https://aka.ms/docs-principaltype"
        )
        return gateway_error(400, "PrincipalNotFound", message)
    if wanted.principal_type is not None and wanted.principal_type.lower() != kind.lower():
        message = (
            f"The PrincipalId '{_plain(wanted.principal)}' has type '{kind}' , which is different from specified PrinciaplType "
            f"'{wanted.principal_type}'."
        )
        return gateway_error(400, "UnmatchedPrincipalType", message)
    return None


def _other_refusal(estate: Estate, wanted: Wanted, scope: str, name: str) -> Reply | None:
    """What the assignments that there are refuse: names are unique in the directory, and so are scope, principal and role together."""
    for held in estate.role_assignments.values():
        if held.name.lower() == name.lower():
            same = (held.scope.lower(), held.principal_id, held.role_definition_guid) == (scope.lower(), wanted.principal, wanted.role)
            message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            return None if same else gateway_error(400, "RoleAssignmentUpdateNotPermitted", message)
    for held in estate.role_assignments.values():
        if (held.scope.lower(), held.principal_id, held.role_definition_guid) == (scope.lower(), wanted.principal, wanted.role):
            message = f"The role assignment already exists. The ID of the existing role assignment is {_plain(held.name)}."
            return gateway_error(409, "RoleAssignmentExists", message)
    if is_full(estate, scope):
        return gateway_error(400, "RoleAssignmentLimitExceeded", "No more role assignments can be created.")
    return None


def _checked(call: Call) -> Wanted | Reply:
    """What the request asks for, if Azure does it; otherwise how it is refused."""
    wanted = _wanted(call)
    return wanted if isinstance(wanted, Reply) else _refusal(call, wanted) or wanted


def _put(call: Call) -> Reply:
    wanted = _checked(call)
    if isinstance(wanted, Reply):
        return wanted
    world, estate = call.world, call.world.estate
    now = world.clock.now()
    held = existing(estate, call.param("scope"), call.param("name"))
    if held is None:
        kind = kind_of(estate, wanted.principal) or wanted.principal_type or "User"
        held = RoleAssignment(
            *(call.param("name").lower(), call.param("scope"), wanted.role, wanted.principal, kind, now, call.principal_id),
            *(wanted.description, wanted.condition, now, call.principal_id),
        )
        estate.role_assignments[held.id.lower()] = held
        grant(estate, world.clock, held)
    else:
        if held.condition != wanted.condition:
            withdraw(estate, world.clock, replace(held))
            grant(estate, world.clock, held)
        held.description, held.condition = wanted.description, wanted.condition
        held.updated_on, held.updated_by = now, call.principal_id
    told = body(held, call.param("scope"))
    told["properties"]["createdBy"] = None
    return Reply(201, told)


def _is_last_owner(estate: Estate, held: RoleAssignment) -> bool:
    """Whether a subscription would be left without an Owner of its own: Azure refuses to orphan it ("Troubleshoot Azure RBAC")."""
    if held.role_definition_guid != OWNER or held.scope.lower() != subscription_of(held.scope).lower():
        return False
    return not any(
        other is not held and other.role_definition_guid == OWNER and other.scope.lower() == held.scope.lower()
        for other in estate.role_assignments.values()
    )


def _delete(call: Call) -> Reply:
    estate = call.world.estate
    held = existing(estate, call.param("scope"), call.param("name"))
    if held is None:
        return Reply(204)
    if _is_last_owner(estate, held):
        return gateway_error(412, "CannotDeleteLastRbacAdminAssignment", "Cannot delete the last RBAC admin assignment")
    del estate.role_assignments[held.id.lower()]
    withdraw(estate, call.world.clock, held)
    return Reply(200, body(held, call.param("scope")))


def _validate(call: Call) -> Reply:
    checked = _checked(call)
    if isinstance(checked, Wanted):
        return Reply(200, {"isValid": True})
    error = checked.body["error"]
    return Reply(200, {"isValid": False, "errorInfo": {"code": error["code"], "message": error["message"]}})


def _asked(call: Call) -> Mapping[str, str]:
    """What a condition of the caller's own role can ask about an assignment to be made."""
    wanted = _wanted(call)
    if isinstance(wanted, Reply):
        return {}
    kind = wanted.principal_type or kind_of(call.world.estate, wanted.principal) or ""
    return _attributes("@request", wanted.role, wanted.principal, kind)


def _held(call: Call) -> Mapping[str, str]:
    """The same about an assignment to be removed."""
    held = existing(call.world.estate, call.param("scope"), call.param("name"))
    return {} if held is None else _attributes("@resource", held.role_definition_guid, held.principal_id, held.principal_type)


def _attributes(source: str, role: str, principal: str, kind: str) -> Mapping[str, str]:
    found = {"roledefinitionid": role, "principalid": principal, "principaltype": kind}
    return {source + _ATTRIBUTE.format(name): value for name, value in found.items()}


def routes() -> list[Route]:
    one = TEMPLATE + "/{name}"
    return [
        Route("PUT", one, _put, "recorded", WRITE, VERSIONS, attributes_of=_asked),
        Route("DELETE", one, _delete, "recorded", DELETE, VERSIONS, attributes_of=_held),
        Route("POST", one + "/validate", _validate, "schema", WRITE, frozenset({"2020-10-01-preview"}), attributes_of=_asked, dry=True),
    ]
