"""Role definitions, built in and custom, as they are listed and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from console.emulator.errors import gateway_error
from console.emulator.odata import Term, terms
from console.emulator.rbac import Role, builtin_roles
from console.emulator.role_assignments import scope_of, subscription_of, unsupported
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"})
READ = "Microsoft.Authorization/roleDefinitions/read"
TEMPLATE = "{scope}/providers/Microsoft.Authorization/roleDefinitions"


def _definition(call: Call, role: Role) -> dict[str, Any]:
    with_conditions = call.query.get("api-version", "") >= "2022-05"
    blocks = [
        {**block.as_json(), **({"condition": block.condition, "conditionVersion": block.condition_version} if with_conditions else {})}
        for block in role.permissions
    ]
    return {
        "properties": {"roleName": role.name, "type": "BuiltInRole", "description": None, "assignableScopes": ["/"], "permissions": blocks},
        "id": f"{subscription_of(call.param('scope'))}/providers/Microsoft.Authorization/roleDefinitions/{role.guid}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.guid,
    }


def _definition_test(term: Term) -> Callable[[Role], bool] | None:
    match term.form, term.name:
        case "eq", "rolename":
            return lambda role: role.name.lower() == term.value.lower()
        case "eq", "type":
            return lambda role: term.value.lower() == "builtinrole"
        case "call", "atscopeandbelow":
            return lambda role: True
    return None


def _definitions(call: Call) -> Reply:
    text = call.query.get("$filter", "")
    asked = terms(text)
    tests = None if asked is None else [_definition_test(term) for term in asked]
    if tests is None or None in tests:
        return unsupported(text, "either 'roleName eq '{value}'', 'type eq '{value}'' or 'atScopeAndBelow()'")
    chosen: Sequence[Role] = [role for role in builtin_roles().values() if all(test is not None and test(role) for test in tests)]
    return Reply(200, {"value": [_definition(call, role) for role in chosen]})


def _one_definition(call: Call) -> Reply:
    role = builtin_roles().get(call.param("name").lower())
    if role is None:
        message = f"The specified role definition with ID '{call.param('name').replace('-', '')}' does not exist."
        return gateway_error(404, "RoleDefinitionDoesNotExist", message)
    return Reply(200, _definition(call, role))


def routes() -> list[Route]:
    return [
        Route("GET", TEMPLATE, _definitions, "schema", READ, VERSIONS, scope_of=scope_of),
        Route("GET", TEMPLATE + "/{name}", _one_definition, "schema", READ, VERSIONS, scope_of=scope_of),
    ]
