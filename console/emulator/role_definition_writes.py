"""Making, changing and removing custom roles.

The codes are Azure's. Its sentence for two wildcards in one string, and its refusal to change a built-in role, were not seen: they are
the emulator's own. Which operations exist is known as far as built-in roles name their provider.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from console.emulator.errors import gateway_error, invalid_content
from console.emulator.estate import CustomRole
from console.emulator.rbac import builtin_roles, may, role_of
from console.emulator.role_assignments import subscription_of
from console.emulator.role_definitions import TEMPLATE, VERSIONS, body
from console.emulator.routing import Call, Reply, Route

WRITE = "Microsoft.Authorization/roleDefinitions/write"
DELETE = "Microsoft.Authorization/roleDefinitions/delete"
#: Custom roles that a directory may have.
LIMIT = 5000
_LISTS = ("actions", "notActions", "dataActions", "notDataActions")


@cache
def _providers() -> frozenset[str]:
    """The provider namespaces, in lower case, that a built-in role names."""
    patterns = (
        pattern
        for role in builtin_roles().values()
        for block in role.permissions
        for pattern in (*block.actions, *block.not_actions, *block.data_actions, *block.not_data_actions)
    )
    return frozenset(pattern.partition("/")[0].lower() for pattern in patterns)


def _permissions(told: Any) -> list[dict[str, list[str]]] | None:
    """The permission blocks of a request; None if they are of another form."""
    if not isinstance(told, list) or not all(isinstance(block, dict) for block in told):
        return None
    blocks = [{name: block.get(name) or [] for name in _LISTS} for block in told]
    lists = [block[name] for block in blocks for name in _LISTS]
    if not all(isinstance(one, list) and all(isinstance(pattern, str) for pattern in one) for one in lists):
        return None
    return blocks


def _pattern_refusal(permissions: list[dict[str, list[str]]]) -> Reply | None:
    for pattern in (pattern for block in permissions for name in _LISTS for pattern in block[name]):
        if pattern.count("*") > 1:
            message = f"'{pattern}' has more than one wildcard (*). A string can have one only."
            return gateway_error(400, "InvalidActionOrNotAction", message)
        if not pattern.startswith("*") and pattern.partition("/")[0].lower() not in _providers():
            message = f"'{pattern}' does not match any of the actions supported by the providers."
            return gateway_error(400, "InvalidActionOrNotAction", message)
    return None


def _scope_refusal(call: Call, scopes: list[str]) -> Reply | None:
    """A role can be made assignable only where there is something, and where the caller may make roles."""
    if not scopes or "/" in scopes:
        message = "The role definition cannot have the root scope, or no scope at all, as its assignable scopes."
        return gateway_error(400, "InvalidRoleDefinition", message)
    if sum(scope.lower().startswith("/providers/microsoft.management/managementgroups/") for scope in scopes) > 1:
        return gateway_error(400, "InvalidRoleDefinition", "Assignable scopes can have one management group only.")
    for scope in scopes:
        if not _exists(call, scope) or not may(call.world.estate, call.principal_id, WRITE, scope):
            who = call.principal_id
            message = (
                f"The client '{who}' with object id '{who}' has permission to perform action '{WRITE}' on scope "
                f"'{call.param('scope')}'; however, it does not have permission to perform action '{WRITE}' on the linked scope(s) "
                f"'{scope}' or the linked scope(s) are invalid."
            )
            return gateway_error(403, "LinkedAuthorizationFailed", message)
    return None


def _exists(call: Call, scope: str) -> bool:
    estate, parts = call.world.estate, scope.strip("/").split("/")
    if scope.lower() in estate.management_groups:
        return True
    if parts[0].lower() != "subscriptions" or subscription_of(scope).rpartition("/")[2].lower() not in map(str.lower, estate.subscriptions):
        return False
    return len(parts) == 2 or "/".join(["", *parts[:4]]).lower() in estate.resource_groups


def _same_name(call: Call, name: str) -> bool:
    own = call.param("name").lower()
    custom = call.world.estate.custom_roles.values()
    names = {*(role.name.lower() for role in builtin_roles().values()), *(role.name.lower() for role in custom if role.guid != own)}
    return name.strip().lower() in names


def _refusal(call: Call, told: Mapping[str, Any], permissions: list[dict[str, list[str]]], scopes: list[str]) -> Reply | None:
    guid, custom = call.param("name").lower(), call.world.estate.custom_roles
    try:
        uuid.UUID(guid)
    except ValueError:
        return gateway_error(400, "InvalidRoleDefinitionId", f"The role definition ID '{guid}' is not valid. It must be a GUID.")
    if guid in builtin_roles():
        return gateway_error(400, "InvalidRoleDefinition", "A built-in role cannot be changed.")
    if _same_name(call, str(told["roleName"])):
        message = "A custom role with the same name already exists in this directory. Use a different name."
        if guid in custom:
            message = "A role definition cannot be updated with a name that already exists."
        return gateway_error(409, "RoleDefinitionWithSameNameExists", message)
    if guid not in custom and len(custom) >= LIMIT:
        message = "Role definition limit exceeded. No more role definitions can be created."
        return gateway_error(400, "RoleDefinitionLimitExceeded", message)
    return _pattern_refusal(permissions) or _scope_refusal(call, scopes)


def _put(call: Call) -> Reply:
    told = call.body.get("properties") if isinstance(call.body, dict) else None
    if not isinstance(told, dict) or not isinstance(told.get("roleName"), str) or not told["roleName"].strip():
        return invalid_content("Required property 'properties.roleName' not found in JSON.")
    permissions, scopes = _permissions(told.get("permissions")), told.get("assignableScopes")
    if permissions is None or not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        return invalid_content("'permissions' and 'assignableScopes' must be lists in the published form.")
    scopes = [scope.rstrip("/") or "/" for scope in scopes]
    refused = _refusal(call, told, permissions, scopes)
    if refused is not None:
        return refused
    estate, guid, now, who = call.world.estate, call.param("name").lower(), call.world.clock.now(), call.principal_id
    before = estate.custom_roles.get(guid)
    created, creator = (before.created_on, before.created_by) if before is not None else (now, who)
    description = str(told.get("description") or "")
    estate.custom_roles[guid] = CustomRole(
        guid, told["roleName"].strip(), description, tuple(scopes), permissions, created, creator, now, who
    )
    estate.access_generation += 1
    return Reply(201, _told(call, guid))


def _told(call: Call, guid: str) -> dict[str, Any] | None:
    role = role_of(call.world.estate, guid)
    return None if role is None else body(call, role)


def _delete(call: Call) -> Reply:
    estate, guid = call.world.estate, call.param("name").lower()
    if guid in builtin_roles():
        return gateway_error(400, "InvalidRoleDefinition", "A built-in role cannot be removed.")
    if guid not in estate.custom_roles:
        return Reply(204)
    if any(held.role_definition_guid.lower() == guid for held in estate.role_assignments.values()):
        return gateway_error(
            400, "RoleDefinitionHasAssignments", f"There are existing role assignments referencing role {guid.replace('-', '')}."
        )
    told = _told(call, guid)
    del estate.custom_roles[guid]
    return Reply(200, told)


def routes() -> list[Route]:
    return [
        Route("PUT", TEMPLATE + "/{name}", _put, "schema", WRITE, VERSIONS),
        Route("DELETE", TEMPLATE + "/{name}", _delete, "schema", DELETE, VERSIONS),
    ]
