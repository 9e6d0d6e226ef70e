"""Role definitions, built in and custom, as they are listed and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.emulator.errors import gateway_error, seven_decimals
from console.emulator.estate import CustomRole
from console.emulator.odata import Term, terms
from console.emulator.rbac import Role, builtin_roles, reaches, role_of
from console.emulator.role_assignments import scope_of, subscription_of, unsupported
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"})
READ = "Microsoft.Authorization/roleDefinitions/read"
TEMPLATE = "{scope}/providers/Microsoft.Authorization/roleDefinitions"


def body(call: Call, role: Role) -> dict[str, Any]:
    """A role definition as it goes over the wire."""
    version = call.query.get("api-version", "")
    custom = call.world.estate.custom_roles.get(role.guid)
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole" if custom is None else "CustomRole",
            "description": None if custom is None else custom.description,
            "assignableScopes": ["/"] if custom is None else list(custom.assignable_scopes),
            "permissions": [block.as_json(version) for block in role.permissions],
            **({} if custom is None else _history(custom)),
        },
        "id": f"{subscription_of(call.param('scope'))}/providers/Microsoft.Authorization/roleDefinitions/{role.guid}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.guid,
    }


def _history(custom: CustomRole) -> dict[str, Any]:
    return {
        "createdOn": seven_decimals(custom.created_on),
        "updatedOn": seven_decimals(custom.updated_on),
        "createdBy": custom.created_by,
        "updatedBy": custom.updated_by,
    }


def not_found(guid: str) -> Reply:
    """How Azure says that there is no such role definition."""
    message = f"The specified role definition with ID '{guid.replace('-', '')}' does not exist."
    return gateway_error(404, "RoleDefinitionDoesNotExist", message)


def visible(call: Call, custom: CustomRole, below: bool = False) -> bool:
    """Whether a custom role can be assigned at the scope that the call is about, or, if asked for, beneath it."""
    scope, estate = call.param("scope"), call.world.estate
    return any(reaches(estate, place, scope) or (below and reaches(estate, scope, place)) for place in custom.assignable_scopes)


def _test(call: Call, term: Term) -> Callable[[Role], bool] | None:
    custom = call.world.estate.custom_roles
    match term.form, term.name:
        case "eq", "rolename":
            return lambda role: role.name.lower() == term.value.lower()
        case "eq", "type":
            return lambda role: ("customrole" if role.guid in custom else "builtinrole") == term.value.lower()
        case "call", "atscopeandbelow":
            return lambda role: True
    return None


def _list(call: Call) -> Reply:
    text = call.query.get("$filter", "")
    asked = terms(text)
    tests = None if asked is None else [_test(call, term) for term in asked]
    if asked is None or tests is None or None in tests:
        return unsupported(text, "either 'roleName eq '{value}'', 'type eq '{value}'' or 'atScopeAndBelow()'")
    below = any(term.name == "atscopeandbelow" for term in asked)
    estate = call.world.estate
    custom = [
        role for guid, one in estate.custom_roles.items() if visible(call, one, below) and (role := role_of(estate, guid)) is not None
    ]
    chosen = [role for role in [*builtin_roles().values(), *custom] if all(test is not None and test(role) for test in tests)]
    return Reply(200, {"value": [body(call, role) for role in chosen]})


def _one(call: Call) -> Reply:
    guid = call.param("name").lower()
    role = role_of(call.world.estate, guid)
    custom = call.world.estate.custom_roles.get(guid)
    if role is None or (custom is not None and not visible(call, custom, below=True)):
        return not_found(call.param("name"))
    return Reply(200, body(call, role))


def routes() -> list[Route]:
    return [
        Route("GET", TEMPLATE, _list, "schema", READ, VERSIONS, scope_of=scope_of),
        Route("GET", TEMPLATE + "/{name}", _one, "schema", READ, VERSIONS, scope_of=scope_of),
    ]
