"""Alerts of Cost Management: those that budgets raised at a scope, and putting them aside.

The shape is that of the schema and its examples (a threshold is a share there, not per cent). Ids come without a slash at their start, as
the examples have them. The portal dismisses alerts and reactivates dismissed ones: that those two statuses can be written, and no other,
is inferred from it; the sentences are the emulator's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from console.emulator.budget_errors import refusal
from console.emulator.budget_evaluation import catch_up
from console.emulator.budget_filter import conditions
from console.emulator.budget_periods import wire_day
from console.emulator.budgets import COST_MANAGEMENT, money_scope
from console.emulator.cost_calls import on_scope
from console.emulator.errors import seven_decimals
from console.emulator.estate import CostAlert
from console.emulator.routing import Call, Reply, Route

_TEMPLATE = "{scope}/providers/Microsoft.CostManagement/alerts"
_READ, _WRITE = "Microsoft.CostManagement/alerts/read", "Microsoft.CostManagement/alerts/write"
_WRITABLE = frozenset({"Active", "Dismissed"})
_NEVER = "0001-01-01T00:00:00"
_DEFINITIONS = {
    "Actual": {"type": "Budget", "category": "Cost", "criteria": "CostThresholdExceeded"},
    "Forecasted": {"type": "BudgetForecast", "category": "Cost", "criteria": "ForecastCostThresholdExceeded"},
}


def _moment(moment: datetime | None) -> str:
    return _NEVER if moment is None else seven_decimals(moment.astimezone(UTC))


def _filters(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What an alert tells of its budget's filter."""
    found: dict[str, Any] = {"resourceGroupFilter": [], "resourceFilter": [], "meterFilter": [], "tagFilter": {}}
    places = {"resourcegroupname": "resourceGroupFilter", "resourceid": "resourceFilter", "meter": "meterFilter"}
    for one in conditions(kept):
        told = one.get("dimensions") or one["tags"]
        if "tags" in one:
            found["tagFilter"][told["name"]] = told["values"]
        elif told["name"].lower() in places:
            found[places[told["name"].lower()]] += told["values"]
    return found


def _details(alert: CostAlert) -> dict[str, Any]:
    rule, body = alert.rule, alert.budget_body
    return {
        "timeGrainType": body["timeGrain"],
        "periodStartDate": wire_day(alert.period),
        "triggeredBy": f"{alert.name}_1_01",
        **_filters(body["filter"]),
        "threshold": float(Decimal(str(rule["threshold"])) / 100),
        "operator": rule["operator"],
        "amount": body["amount"],
        "unit": alert.unit,
        "currentSpend": float(alert.spent),
        "contactEmails": rule["contactEmails"],
        "contactGroups": rule["contactGroups"],
        "contactRoles": rule["contactRoles"],
    }


def _body(alert: CostAlert) -> dict[str, Any]:
    return {
        "id": f"{alert.scope}/providers/Microsoft.CostManagement/alerts/{alert.name}".lstrip("/"),
        "name": alert.name,
        "type": "Microsoft.CostManagement/alerts",
        "properties": {
            "definition": _DEFINITIONS[alert.rule["thresholdType"]],
            "description": "",
            "source": "Preset",
            "details": _details(alert),
            "costEntityId": alert.budget_name,
            "status": alert.status,
            "creationTime": _moment(alert.created),
            "closeTime": _moment(alert.closed),
            "modificationTime": _moment(alert.modified),
            "statusModificationUserName": alert.status_by,
            "statusModificationTime": _moment(alert.status_changed),
        },
    }


def _list(call: Call) -> Reply:
    scope = money_scope(call)
    if isinstance(scope, Reply):
        return scope
    catch_up(call.world)
    found = [alert for alert in call.world.estate.cost_alerts.values() if alert.scope == scope]
    return Reply(200, {"value": [_body(alert) for alert in found], "nextLink": None})


def _found(call: Call) -> CostAlert | Reply:
    scope = money_scope(call)
    if isinstance(scope, Reply):
        return scope
    catch_up(call.world)
    found = call.world.estate.cost_alerts.get(call.param("alert").lower())
    if found is None or found.scope != scope:
        return refusal(404, f"Alert with id {call.param('alert')[:80]} is not found.")
    return found


def _get(call: Call) -> Reply:
    found = _found(call)
    return found if isinstance(found, Reply) else Reply(200, _body(found))


def _set_status(call: Call) -> Reply:
    found = _found(call)
    if isinstance(found, Reply):
        return found
    told = call.body.get("properties") if isinstance(call.body, dict) else None
    wanted = str(told.get("status")).capitalize() if isinstance(told, dict) else ""
    if wanted not in _WRITABLE:
        return refusal(400, "'properties.status' of an alert can be set to Dismissed, and back to Active, only.")
    if wanted == "Active" and found.status != "Dismissed":
        return refusal(400, f"The alert is {found.status}: only one that was dismissed can be set to Active.")
    if found.status != wanted:
        now = call.world.clock.now()
        found.status, found.status_changed, found.modified = wanted, now, now
        people, who = call.world.estate.people, call.principal_id
        found.status_by = people[who].upn if who in people else who
    return Reply(200, _body(found))


def routes() -> list[Route]:
    one = _TEMPLATE + "/{alert}"
    return [
        Route("GET", _TEMPLATE, _list, "schema", _READ, COST_MANAGEMENT, scope_of=on_scope),
        Route("GET", one, _get, "schema", _READ, COST_MANAGEMENT, scope_of=on_scope),
        Route("PATCH", one, _set_status, "schema", _WRITE, COST_MANAGEMENT, scope_of=on_scope),
    ]
