"""Privileged Identity Management as it is listed: who is eligible for a role, and which roles are active, until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.emulator.arm_paths import group_scope, named
from console.emulator.errors import authorization_failed, gateway_error, seven_decimals
from console.emulator.estate import Activation, Eligibility, Estate, RoleAssignment
from console.emulator.odata import Term, terms
from console.emulator.paging import page
from console.emulator.rbac import beneath, holding_at, may, role_of, subjects
from console.emulator.role_assignments import PAGE, subscription_of, unsupported
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2020-10-01"})
PROVIDER = "Microsoft.Authorization"
TEMPLATE = "{scope}/providers/Microsoft.Authorization"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the lists have in common; `properties` are those of this list only."""

    kind: str
    name: str
    scope: str
    role: str
    principal_id: str
    principal_type: str
    properties: dict[str, Any]


def expanded(estate: Estate, scope: str, role: str, principal_id: str, principal_type: str) -> dict[str, Any]:
    """The names behind the ids of an entry."""
    known = role_of(estate, role)
    principal: dict[str, Any] = {"id": principal_id, "type": principal_type}
    if principal_id in estate.people:
        person = estate.people[principal_id]
        principal |= {"displayName": person.display_name, "email": person.upn}
    elif principal_id in estate.groups:
        principal["displayName"] = estate.groups[principal_id].display_name
    else:
        names = [one.name for one in estate.identities.values() if one.object_id == principal_id]
        principal |= {"displayName": names[0]} if names else {}
    definition = {"id": role_id(scope, role), "type": "CustomRole" if role in estate.custom_roles else "BuiltInRole"}
    return {
        "scope": {"id": scope, **_place(estate, scope)},
        "roleDefinition": definition if known is None else {**definition, "displayName": known.name},
        "principal": principal,
    }


def _place(estate: Estate, scope: str) -> dict[str, str]:
    if scope.lower() in estate.management_groups:
        return {"displayName": estate.management_groups[scope.lower()].display_name, "type": "managementgroup"}
    if scope.lower() == group_scope(scope).lower():
        return {"displayName": named(scope, "resourcegroups"), "type": "resourcegroup"}
    names = [one.name for one in estate.subscriptions.values() if scope.lower() == f"/subscriptions/{one.id}".lower()]
    return {"displayName": names[0], "type": "subscription"} if names else {"displayName": scope.rpartition("/")[2], "type": "resource"}


def role_id(scope: str, role: str) -> str:
    return f"{subscription_of(scope)}/providers/{PROVIDER}/roleDefinitions/{role}"


def span(start: datetime, end: datetime | None) -> dict[str, str]:
    """When an entry begins and ends; one without an end has no such field."""
    found = {"startDateTime": seven_decimals(start)}
    return found if end is None else {**found, "endDateTime": seven_decimals(end)}


def _body(call: Call, entry: Entry, through_group: bool) -> dict[str, Any]:
    inherited = entry.scope.lower() != call.param("scope").lower()
    member = "Group" if through_group and entry.principal_type == "Group" else "Inherited" if inherited else "Direct"
    return {
        "properties": {
            "scope": entry.scope,
            "roleDefinitionId": role_id(entry.scope, entry.role),
            "principalId": entry.principal_id,
            "principalType": entry.principal_type,
            "status": "Provisioned",
            "memberType": member,
            **entry.properties,
            "expandedProperties": expanded(call.world.estate, entry.scope, entry.role, entry.principal_id, entry.principal_type),
        },
        "name": entry.name,
        "id": f"{entry.scope}/providers/{PROVIDER}/{entry.kind}/{entry.name}",
        "type": f"{PROVIDER}/{entry.kind}",
    }


def _test(call: Call, term: Term) -> Callable[[Entry], bool] | None:
    estate, scope = call.world.estate, call.param("scope")
    match term.form, term.name:
        case "call", "atscope":
            above = holding_at(estate, scope)
            return lambda entry: above(entry.scope)
        case "eq", "principalid":
            return lambda entry: entry.principal_id == term.value.lower()
        case "eq", "roledefinitionid":
            return lambda entry: entry.role == term.value.rpartition("/")[2].lower()
        case "call", "assignedto" | "astarget":
            who = subjects(estate, call.principal_id if term.name == "astarget" else term.value.lower())
            return lambda entry: entry.principal_id in who
    return None


def answer(call: Call, kind: str, entries: list[Entry]) -> Reply:
    """The page of a list that the call asks for. What one is oneself, anyone may ask; the rest needs leave to read."""
    text = call.query.get("$filter", "")
    asked = terms(text)
    tests = None if asked is None else [_test(call, term) for term in asked]
    if asked is None or tests is None or None in tests:
        return unsupported(text, "'atScope()', 'asTarget()', 'assignedTo('{value}')' or 'principalId eq '{value}''")
    refused = None if any(term.name == "astarget" for term in asked) else _unread(call, kind)
    if refused is not None:
        return refused
    through_group = any(term.name in ("astarget", "assignedto") for term in asked)
    estate, scope = call.world.estate, call.param("scope")
    above, below = holding_at(estate, scope), beneath(estate, scope)
    found = [
        entry for entry in entries if (above(entry.scope) or below(entry.scope)) and all(test is not None and test(entry) for test in tests)
    ]
    return page(call, found, PAGE, token="$skipToken", shape=lambda entry: _body(call, entry, through_group))


def _unread(call: Call, kind: str) -> Reply | None:
    action = f"{PROVIDER}/{kind}/read"
    if may(call.world.estate, call.principal_id, action, call.param("scope")):
        return None
    return authorization_failed(call.principal_id, call.principal_id, action, call.param("scope") or "/")


def _one(call: Call, kind: str, entries: list[Entry]) -> Reply:
    refused = _unread(call, kind)
    if refused is not None:
        return refused
    scope, name = call.param("scope").lower(), call.param("name").lower()
    found = next((entry for entry in entries if (entry.scope.lower(), entry.name) == (scope, name)), None)
    if found is None:
        return gateway_error(404, "ResourceNotFound", f"The {kind} '{name}' is not found.")
    return Reply(200, _body(call, found, False))


def _eligible(call: Call) -> list[Eligibility]:
    now = call.world.clock.now()
    return [one for one in call.world.estate.eligibilities.values() if one.end is None or one.end > now]


def _eligibility_entry(kind: str, name: str, held: Eligibility, more: dict[str, Any]) -> Entry:
    properties = {**span(held.start, held.end), "createdOn": seven_decimals(held.created_on), **more}
    return Entry(kind, name, held.scope, held.role_definition_guid, held.principal_id, held.principal_type, properties)


def _eligibility_instances(call: Call) -> list[Entry]:
    def schedule(held: Eligibility) -> dict[str, str]:
        return {"roleEligibilityScheduleId": f"{held.scope}/providers/{PROVIDER}/roleEligibilitySchedules/{held.schedule}"}

    return [_eligibility_entry("roleEligibilityScheduleInstances", held.instance, held, schedule(held)) for held in _eligible(call)]


def _eligibility_schedules(call: Call) -> list[Entry]:
    return [
        _eligibility_entry("roleEligibilitySchedules", held.schedule, held, {"updatedOn": seven_decimals(held.created_on)})
        for held in _eligible(call)
    ]


def active(estate: Estate) -> dict[str, Activation]:
    """The activations that hold now, by the ARM id, in lower case, of the assignment that each made."""
    made = {f"{one.scope}/providers/{PROVIDER}/roleassignments/{one.assignment}".lower(): one for one in estate.activations.values()}
    return {key: one for key, one in made.items() if key in estate.role_assignments}


def _assignment_instances(call: Call) -> list[Entry]:
    """Every role assignment, with its end where it was activated; the others have none."""
    activated = active(call.world.estate)
    return [_assignment_entry(held, activated.get(key)) for key, held in call.world.estate.role_assignments.items()]


def _assignment_entry(held: RoleAssignment, activation: Activation | None) -> Entry:
    schedule = held.name if activation is None else activation.schedule
    properties: dict[str, Any] = {
        "roleAssignmentScheduleId": f"{held.scope}/providers/{PROVIDER}/roleAssignmentSchedules/{schedule}",
        "originRoleAssignmentId": held.id,
        "assignmentType": "Assigned" if activation is None else "Activated",
        **span(held.created_on, None if activation is None else activation.end),
        "createdOn": seven_decimals(held.created_on),
    }
    if held.condition is not None:
        properties |= {"condition": held.condition, "conditionVersion": "2.0"}
    if activation is not None:
        properties["linkedRoleEligibilityScheduleId"] = activation.eligibility.schedule
        properties["linkedRoleEligibilityScheduleInstanceId"] = activation.eligibility.instance
    kind = "roleAssignmentScheduleInstances"
    return Entry(kind, held.name, held.scope, held.role_definition_guid, held.principal_id, held.principal_type, properties)


_LISTS: dict[str, Callable[[Call], list[Entry]]] = {
    "roleEligibilityScheduleInstances": _eligibility_instances,
    "roleEligibilitySchedules": _eligibility_schedules,
    "roleAssignmentScheduleInstances": _assignment_instances,
}


def routes() -> list[Route]:
    found: list[Route] = []
    for kind, entries in _LISTS.items():

        def many(call: Call, kind: str = kind, entries: Callable[[Call], list[Entry]] = entries) -> Reply:
            return answer(call, kind, entries(call))

        def one(call: Call, kind: str = kind, entries: Callable[[Call], list[Entry]] = entries) -> Reply:
            return _one(call, kind, entries(call))

        found.append(Route("GET", f"{TEMPLATE}/{kind}", many, "schema", api_versions=VERSIONS))
        found.append(Route("GET", f"{TEMPLATE}/{kind}/{{name}}", one, "schema", api_versions=VERSIONS))
    return found
