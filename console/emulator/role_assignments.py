"""Role assignments as they are listed and read, and how many a subscription has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.emulator.errors import gateway_error, seven_decimals
from console.emulator.estate import Estate, RoleAssignment
from console.emulator.odata import Term, terms
from console.emulator.paging import page
from console.emulator.rbac import beneath, covers, holding_at, subjects
from console.emulator.routing import Call, Reply, Route

PAGE = 1000
READ = "Microsoft.Authorization/roleAssignments/read"
VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2018-09-01-preview", "2020-04-01-preview", "2020-10-01-preview", "2022-04-01"})
TEMPLATE = "{scope}/providers/Microsoft.Authorization/roleAssignments"
#: Role assignments that a subscription may have, those at its groups and resources included.
LIMIT = 4000
#: Role assignments that a management group may have itself ("Troubleshoot Azure RBAC").
GROUP_LIMIT = 500


def subscription_of(*scopes: str) -> str:
    """The subscription prefix of the first scope that lies in one, or ""."""
    for scope in scopes:
        parts = scope.split("/")
        if len(parts) > 2 and parts[1].lower() == "subscriptions":
            return f"/subscriptions/{parts[2]}"
    return ""


def body(held: RoleAssignment, asked_at: str) -> dict[str, Any]:
    """An assignment as it goes over the wire when it is asked for at a scope."""
    prefix = subscription_of(held.scope, asked_at)
    return {
        "properties": {
            "roleDefinitionId": f"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{held.role_definition_guid}",
            "principalId": held.principal_id,
            "principalType": held.principal_type,
            "scope": held.scope or "/",
            "condition": held.condition,
            "conditionVersion": "2.0" if held.condition is not None else None,
            "createdOn": seven_decimals(held.created_on),
            "updatedOn": seven_decimals(held.updated_on or held.created_on),
            "createdBy": held.created_by,
            "updatedBy": held.updated_by or held.created_by,
            "delegatedManagedIdentityResourceId": None,
            "description": held.description,
        },
        "id": held.id,
        "type": "Microsoft.Authorization/roleAssignments",
        "name": held.name,
    }


def unsupported(text: str, supported: str) -> Reply:
    """How a list refuses a filter that it does not have."""
    return gateway_error(400, "UnsupportedQuery", f"The filter '{text}' is not supported. Supported filters are {supported}.")


def scope_of(params: Mapping[str, str]) -> str:
    """The scope that a list is asked for at."""
    return str(params["scope"]) or "/"


def existing(estate: Estate, scope: str, name: str) -> RoleAssignment | None:
    """The assignment of that name made at that scope."""
    asked = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}".lower()
    return estate.role_assignments.get(asked)


def count_in(estate: Estate, subscription: str) -> int:
    """How many assignments count against the limit of a subscription, which is given as its ARM id."""
    return sum(covers(subscription, held.scope) for held in estate.role_assignments.values())


def is_full(estate: Estate, scope: str) -> bool:
    """Whether the subscription, or the management group, that a scope lies in takes no more assignments."""
    subscription = subscription_of(scope)
    if subscription:
        return count_in(estate, subscription) >= LIMIT
    return sum(held.scope.lower() == scope.lower() for held in estate.role_assignments.values()) >= GROUP_LIMIT


def _test(call: Call, term: Term) -> Callable[[RoleAssignment], bool] | None:
    scope, estate = call.param("scope"), call.world.estate
    match term.form, term.name:
        case "call", "atscope":
            above = holding_at(estate, scope)
            return lambda held: above(held.scope)
        case "eq", "principalid":
            return lambda held: held.principal_id.lower() == term.value.lower()
        case "call", "assignedto":
            who = subjects(estate, term.value.lower())
            return lambda held: held.principal_id.lower() in who
    return None


def _list(call: Call) -> Reply:
    text = call.query.get("$filter", "")
    asked = terms(text)
    tests = None if asked is None else [_test(call, term) for term in asked]
    if tests is None or None in tests:
        return unsupported(text, "either 'atScope()' or 'principalId eq '{value}' or assignedTo('{value}')'")
    scope, estate = call.param("scope"), call.world.estate
    above, below = holding_at(estate, scope), beneath(estate, scope)
    found = [
        held
        for held in estate.role_assignments.values()
        if (above(held.scope) or below(held.scope)) and all(test is not None and test(held) for test in tests)
    ]
    return page(call, found, PAGE, token="$skipToken", shape=lambda held: body(held, scope))


def _one(call: Call) -> Reply:
    held = existing(call.world.estate, call.param("scope"), call.param("name"))
    if held is None:
        return gateway_error(404, "RoleAssignmentNotFound", f"The role assignment '{call.param('name')}' is not found.")
    return Reply(200, body(held, call.param("scope")))


def _usage(call: Call) -> Reply:
    subscription = f"/subscriptions/{call.param('subscription')}"
    count = count_in(call.world.estate, subscription)
    answer = {
        "subscriptionId": call.param("subscription"),
        "roleAssignmentsLimit": LIMIT,
        "roleAssignmentsCurrentCount": count,
        "roleAssignmentsRemainingCount": max(0, LIMIT - count),
    }
    return Reply(200, answer)


def routes() -> list[Route]:
    metrics = "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignmentsUsageMetrics"
    return [
        Route("GET", TEMPLATE, _list, "recorded", READ, VERSIONS, scope_of=scope_of),
        Route("GET", TEMPLATE + "/{name}", _one, "schema", READ, VERSIONS, scope_of=scope_of),
        Route("GET", metrics, _usage, "schema", READ, frozenset({"2019-08-01-preview"})),
    ]
