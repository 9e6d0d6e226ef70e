"""Budgets of Cost Management: listed, read, made, changed and removed, at subscriptions, resource groups and management groups.

Microsoft.CostManagement and the older Microsoft.Consumption show the same budgets. Ids come without a slash at their start, and a budget
that was never evaluated has null for what is spent: so recordings show them. Azure refuses a stale eTag with 400 and the sentence below,
which users report; whoever sends none overwrites, as the schema allows. A list gives the budgets of its own scope only: the published
examples show those beneath too, and what Azure does was not seen. What a removal of nothing and a budget of no such name are answered
with was not seen either.
"""

from __future__ import annotations

from typing import Any

from console.emulator import budget_rules
from console.emulator.budget_errors import InvalidBudgetError, refusal
from console.emulator.budget_evaluation import catch_up
from console.emulator.cost_calls import on_scope
from console.emulator.errors import invalid_content
from console.emulator.estate import Budget
from console.emulator.odata import terms
from console.emulator.routing import Call, Provenance, Reply, Route

COST_MANAGEMENT = frozenset({"2024-08-01", "2025-03-01"})
#: 2023-05-01 is what azure-cli asks for.
CONSUMPTION = frozenset({"2023-05-01", "2024-08-01"})


def money_scope(call: Call) -> str | Reply:
    """The scope of a call as the estate spells it, or how one is refused that has no costs of its own."""
    estate, told = call.world.estate, call.param("scope").rstrip("/")
    for subscription in estate.subscriptions.values():
        if told.lower() == f"/subscriptions/{subscription.id}".lower():
            return f"/subscriptions/{subscription.id}"
    found = estate.resource_groups.get(told.lower()) or estate.management_groups.get(told.lower())
    if found is None:
        return refusal(400, f"The scope '{told[:300]}' is not supported.")
    return found.id


def _namespace(call: Call) -> str:
    return "Microsoft.Consumption" if "/microsoft.consumption/" in call.path.lower() else "Microsoft.CostManagement"


def _body(call: Call, budget: Budget) -> dict[str, Any]:
    kind = f"{_namespace(call)}/budgets"
    spent = None if budget.spent is None else {"amount": float(budget.spent), "unit": budget.unit}
    found: dict[str, Any] = {**budget.body, "currentSpend": spent}
    if budget.forecast is not None:
        found["forecastSpend"] = {"amount": float(budget.forecast), "unit": budget.unit}
    return {
        "id": f"{budget.scope}/providers/{kind}/{budget.name}".lstrip("/"),
        "name": budget.name,
        "type": kind,
        "eTag": budget.etag,
        "properties": found,
    }


def _list(call: Call) -> Reply:
    scope = money_scope(call)
    if isinstance(scope, Reply):
        return scope
    text = call.query.get("$filter", "")
    asked = terms(text.replace("properties/category", "category"))
    if asked is None or any((term.form, term.name) != ("eq", "category") for term in asked):
        return refusal(400, f"The filter {text[:200]!r} is not supported: it can compare properties/category by eq.")
    catch_up(call.world)
    cost = all(term.value.lower() == "cost" for term in asked)
    found = [budget for budget in call.world.estate.budgets.values() if cost and budget.scope == scope]
    return Reply(200, {"value": [_body(call, budget) for budget in found]})


def _found(call: Call) -> Budget | Reply:
    scope = money_scope(call)
    if isinstance(scope, Reply):
        return scope
    catch_up(call.world)
    found = call.world.estate.budgets.get(f"{scope}/{call.param('name')}".lower())
    return found or refusal(404, f"Budget with name {call.param('name')[:80]} is not found.")


def _get(call: Call) -> Reply:
    found = _found(call)
    return found if isinstance(found, Reply) else Reply(200, _body(call, found))


def _put(call: Call) -> Reply:
    scope, told = money_scope(call), call.body
    if isinstance(scope, Reply):
        return scope
    if not isinstance(told, dict):
        return invalid_content("A budget must be a JSON object.")
    catch_up(call.world)
    estate, name = call.world.estate, call.param("name")
    before = estate.budgets.get(f"{scope}/{name}".lower())
    etag = told.get("eTag")
    if etag is not None and (before is None or etag != before.etag):
        return refusal(400, f"There are changes made to Budget {name[:80]}. Please get the latest budget to avoid overwrite.")
    try:
        body = budget_rules.properties(
            *(name, told.get("properties"), call.world.clock.now().date(), scope.lower() in estate.management_groups),
            None if before is None else before.body,
        )
    except InvalidBudgetError as error:
        return refusal(400, str(error))
    return Reply(201 if before is None else 200, _body(call, _keep(call, scope, name, body, before)))


def _keep(call: Call, scope: str, name: str, body: dict[str, Any], before: Budget | None) -> Budget:
    estate, now = call.world.estate, call.world.clock.now()
    estate.budget_writes += 1
    etag = budget_rules.etag(now, estate.budget_writes)
    if before is None:
        made = Budget(scope, name, body, etag, now)
        estate.budgets[made.key] = made
        return made
    if any(body[one] != before.body[one] for one in ("timeGrain", "timePeriod", "filter")):
        before.evaluated = before.spent = before.forecast = None
    before.body, before.etag = body, etag
    return before


def _delete(call: Call) -> Reply:
    found = _found(call)
    if isinstance(found, Reply):
        return found
    del call.world.estate.budgets[found.key]
    return Reply(200)


def _routes_of(namespace: str, versions: frozenset[str], provenance: Provenance) -> list[Route]:
    template, action = f"{{scope}}/providers/{namespace}/budgets", f"{namespace}/budgets"
    one = template + "/{name}"
    return [
        Route("GET", template, _list, provenance, f"{action}/read", versions, scope_of=on_scope),
        Route("GET", one, _get, provenance, f"{action}/read", versions, scope_of=on_scope),
        Route("PUT", one, _put, provenance, f"{action}/write", versions, scope_of=on_scope),
        Route("DELETE", one, _delete, provenance, f"{action}/delete", versions, scope_of=on_scope),
    ]


def routes() -> list[Route]:
    return [
        *_routes_of("Microsoft.CostManagement", COST_MANAGEMENT, "schema"),
        *_routes_of("Microsoft.Consumption", CONSUMPTION, "recorded"),
    ]
