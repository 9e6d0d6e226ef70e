"""Role assignments, role definitions and the caller's own permissions, for reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from console.emulator.errors import gateway_error, seven_decimals
from console.emulator.estate import RoleAssignment
from console.emulator.odata import Term, terms
from console.emulator.paging import page
from console.emulator.rbac import Role, builtin_roles, covers, permissions_at, subjects
from console.emulator.routing import Call, Reply, Route

PAGE = 1000
ASSIGNMENT_VERSIONS = frozenset(
    {"2015-07-01", "2018-01-01-preview", "2018-09-01-preview", "2020-04-01-preview", "2020-10-01-preview", "2022-04-01"}
)
DEFINITION_VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"})
PERMISSION_VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2018-07-01", "2022-04-01", "2022-05-01-preview"})
_AUTHORIZATION = "{scope}/providers/Microsoft.Authorization"


def _subscription_of(*scopes: str) -> str:
    """The subscription prefix of the first scope that lies in one, or ""."""
    for scope in scopes:
        parts = scope.split("/")
        if len(parts) > 2 and parts[1].lower() == "subscriptions":
            return f"/subscriptions/{parts[2]}"
    return ""


def _assignment(call: Call, held: RoleAssignment) -> dict[str, Any]:
    prefix = _subscription_of(held.scope, call.param("scope"))
    created = seven_decimals(held.created_on)
    return {
        "properties": {
            "roleDefinitionId": f"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{held.role_definition_guid}",
            "principalId": held.principal_id,
            "principalType": held.principal_type,
            "scope": held.scope or "/",
            "condition": held.condition,
            "conditionVersion": "2.0" if held.condition is not None else None,
            "createdOn": created,
            "updatedOn": created,
            "createdBy": held.created_by,
            "updatedBy": held.created_by,
            "delegatedManagedIdentityResourceId": None,
            "description": held.description,
        },
        "id": held.id,
        "type": "Microsoft.Authorization/roleAssignments",
        "name": held.name,
    }


def _unsupported(text: str, supported: str) -> Reply:
    return gateway_error(400, "UnsupportedQuery", f"The filter '{text}' is not supported. Supported filters are {supported}.")


def _assignment_test(call: Call, term: Term) -> Callable[[RoleAssignment], bool] | None:
    scope = call.param("scope")
    match term.form, term.name:
        case "call", "atscope":
            return lambda held: covers(held.scope, scope)
        case "eq", "principalid":
            return lambda held: held.principal_id.lower() == term.value.lower()
        case "call", "assignedto":
            who = subjects(call.world.estate, term.value.lower())
            return lambda held: held.principal_id in who
    return None


def _assignments(call: Call) -> Reply:
    text = call.query.get("$filter", "")
    asked = terms(text)
    tests = None if asked is None else [_assignment_test(call, term) for term in asked]
    if tests is None or None in tests:
        return _unsupported(text, "either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'")
    scope = call.param("scope")
    found = [
        _assignment(call, held)
        for held in call.world.estate.role_assignments.values()
        if (covers(held.scope, scope) or covers(scope, held.scope)) and all(test is not None and test(held) for test in tests)
    ]
    return page(call, found, PAGE, token="$skipToken")


def _one_assignment(call: Call) -> Reply:
    asked = f"{call.param('scope')}/providers/Microsoft.Authorization/roleAssignments/{call.param('name')}".lower()
    for held in call.world.estate.role_assignments.values():
        if held.id.lower() == asked:
            return Reply(200, _assignment(call, held))
    return gateway_error(404, "RoleAssignmentNotFound", f"The role assignment '{call.param('name')}' is not found.")


def _definition(call: Call, role: Role) -> dict[str, Any]:
    with_conditions = call.query.get("api-version", "") >= "2022-05"
    blocks = [
        {**block.as_json(), **({"condition": block.condition, "conditionVersion": block.condition_version} if with_conditions else {})}
        for block in role.permissions
    ]
    return {
        "properties": {"roleName": role.name, "type": "BuiltInRole", "description": None, "assignableScopes": ["/"], "permissions": blocks},
        "id": f"{_subscription_of(call.param('scope'))}/providers/Microsoft.Authorization/roleDefinitions/{role.guid}",
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
        return _unsupported(text, "either 'roleName eq '{value}'', 'type eq '{value}'' or 'atScopeAndBelow()'")
    chosen: Sequence[Role] = [role for role in builtin_roles().values() if all(test is not None and test(role) for test in tests)]
    return Reply(200, {"value": [_definition(call, role) for role in chosen]})


def _one_definition(call: Call) -> Reply:
    role = builtin_roles().get(call.param("name").lower())
    if role is None:
        message = f"The specified role definition with ID '{call.param('name').replace('-', '')}' does not exist."
        return gateway_error(404, "RoleDefinitionDoesNotExist", message)
    return Reply(200, _definition(call, role))


def _permissions(call: Call) -> Reply:
    held = permissions_at(call.world.estate, call.principal_id, call.param("scope"))
    return Reply(200, {"value": [block.as_json() for block in held]})


def _scope(params: Any) -> str:
    return str(params["scope"]) or "/"


def routes() -> list[Route]:
    read_assignments = "Microsoft.Authorization/roleAssignments/read"
    read_definitions = "Microsoft.Authorization/roleDefinitions/read"
    assignments = f"{_AUTHORIZATION}/roleAssignments"
    definitions = f"{_AUTHORIZATION}/roleDefinitions"
    return [
        Route("GET", assignments, _assignments, "recorded", read_assignments, ASSIGNMENT_VERSIONS, scope_of=_scope),
        Route("GET", assignments + "/{name}", _one_assignment, "schema", read_assignments, ASSIGNMENT_VERSIONS, scope_of=_scope),
        Route("GET", definitions, _definitions, "schema", read_definitions, DEFINITION_VERSIONS, scope_of=_scope),
        Route("GET", definitions + "/{name}", _one_definition, "schema", read_definitions, DEFINITION_VERSIONS, scope_of=_scope),
        # What one may do, anyone may ask for oneself.
        Route("GET", f"{_AUTHORIZATION}/permissions", _permissions, "schema", api_versions=PERMISSION_VERSIONS),
    ]
