"""Deny assignments: what some may not do whatever roles they hold. Azure makes them itself; others only read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.emulator.errors import gateway_error, seven_decimals
from console.emulator.estate import DenyAssignment
from console.emulator.odata import Term, terms
from console.emulator.paging import page
from console.emulator.rbac import beneath, holding_at
from console.emulator.role_assignments import PAGE, scope_of, unsupported
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2018-07-01-preview", "2022-04-01"})
READ = "Microsoft.Authorization/denyAssignments/read"
_TEMPLATE = "{scope}/providers/Microsoft.Authorization/denyAssignments"


def _body(deny: DenyAssignment) -> dict[str, Any]:
    created = seven_decimals(deny.created_on)
    return {
        "properties": {
            "denyAssignmentName": deny.display_name,
            "description": deny.description,
            "permissions": deny.permissions,
            "scope": deny.scope,
            "doNotApplyToChildScopes": deny.do_not_apply_to_child_scopes,
            "principals": deny.principals,
            "excludePrincipals": deny.exclude_principals,
            "isSystemProtected": deny.is_system_protected,
            "createdOn": created,
            "updatedOn": created,
            "createdBy": deny.created_by,
            "updatedBy": deny.created_by,
        },
        "id": deny.id,
        "type": "Microsoft.Authorization/denyAssignments",
        "name": deny.name,
    }


def _ids(principals: list[dict[str, str]]) -> set[str]:
    return {one["id"].lower() for one in principals}


def _test(call: Call, term: Term) -> Callable[[DenyAssignment], bool] | None:
    estate, scope = call.world.estate, call.param("scope")
    match term.form, term.name:
        case "call", "atscope":
            above = holding_at(estate, scope)
            return lambda deny: above(deny.scope)
        case "eq", "denyassignmentname":
            return lambda deny: deny.display_name.lower() == term.value.lower()
        case "eq", "principalid":
            return lambda deny: term.value.lower() in _ids(deny.principals)
    return None


def _list(call: Call) -> Reply:
    text = call.query.get("$filter", "")
    asked = terms(text)
    tests = None if asked is None else [_test(call, term) for term in asked]
    if tests is None or None in tests:
        return unsupported(text, "'atScope()', 'denyAssignmentName eq '{value}'' or 'principalId eq '{value}''")
    estate, scope = call.world.estate, call.param("scope")
    above, below = holding_at(estate, scope), beneath(estate, scope)
    found = [
        deny
        for deny in estate.deny_assignments.values()
        if (above(deny.scope) or below(deny.scope)) and all(test is not None and test(deny) for test in tests)
    ]
    return page(call, found, PAGE, token="$skipToken", shape=_body)


def _one(call: Call) -> Reply:
    asked = f"{call.param('scope')}/providers/Microsoft.Authorization/denyAssignments/{call.param('name')}".lower()
    deny = call.world.estate.deny_assignments.get(asked)
    if deny is None:
        return gateway_error(404, "DenyAssignmentNotFound", f"The deny assignment '{call.param('name')}' is not found.")
    return Reply(200, _body(deny))


def routes() -> list[Route]:
    return [
        Route("GET", _TEMPLATE, _list, "schema", READ, VERSIONS, scope_of=scope_of),
        Route("GET", _TEMPLATE + "/{name}", _one, "schema", READ, VERSIONS, scope_of=scope_of),
    ]
