"""azure-mgmt-costmanagement as a compiler: questions of cost and budgets become requests, captured instead of sent.

Only its public calls are used. Scopes are ARM ids, days ISO dates, amounts and thresholds texts of decimal numbers. Tried with 5.0.0.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from console.azure.captured import NOWHERE, FlawsError, Nobody, captured, flaw, transport

#: Says who asks: callers without it share one allowance of the tenant (azure-cost-exporter#8).
HEADERS = {"ClientType": "aml-console"}
#: What is summed: the cost in the billing currency. A second sum, of US dollars, would use up the two that a query may have.
SUM = "totalCost"
COST = "Cost"


class CostSdk:
    """azure-mgmt-costmanagement, imported when this is made. Raises ImportError where it is not installed."""

    def __init__(self) -> None:
        package = importlib.import_module("azure.mgmt.costmanagement")
        self.version = str(package.__version__)
        self._models = importlib.import_module("azure.mgmt.costmanagement.models")
        self._client = package.CostManagementClient(Nobody(), base_url=NOWHERE, transport=transport())
        self.kinds: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "query": self.query,
            "forecast": self.forecast,
            "budget": self.budget,
            "budget-removal": self.budget_removal,
        }

    def query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """POST of a question: `scope`, `type`, `first` and `last` day, `grain` ("None": one sum), `groupings` ({"type", "name"} each)."""
        models = self._models
        first, last = _days(asked)
        groupings = [models.QueryGrouping(type=each["type"], name=each["name"]) for each in asked.get("groupings") or ()]
        definition = models.QueryDefinition(
            type=asked["type"],
            timeframe="Custom",
            time_period=models.QueryTimePeriod(from_property=first, to=last),
            dataset=models.QueryDataset(
                granularity=asked["grain"],
                aggregation={SUM: models.QueryAggregation(name=COST, function="Sum")},
                grouping=groupings or None,
            ),
        )
        return _captured(lambda: self._client.query.usage(_scope(asked), definition, headers=dict(HEADERS)))

    def forecast(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """POST of a question about days to come, as `query` without groupings; what was billed already is not asked for again."""
        models = self._models
        first, last = _days(asked)
        definition = models.ForecastDefinition(
            type=asked["type"],
            timeframe="Custom",
            time_period=models.ForecastTimePeriod(from_property=first, to=last),
            dataset=models.ForecastDataset(
                granularity=asked["grain"], aggregation={SUM: models.ForecastAggregation(name=COST, function="Sum")}
            ),
            include_actual_cost=False,
            include_fresh_partial_cost=False,
        )
        return _captured(lambda: self._client.forecast.usage(_scope(asked), definition, headers=dict(HEADERS)))

    def budget(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """PUT of the budget `name` at `scope`: `amount`, `grain`, `start`, `end`, and `notifications` (see `_notifications`).

        `before` is the budget as Azure sent it (none: it is new): whatever of it is not named here goes back as it was, its eTag too.
        `filter` is the filter's JSON (None: none).
        """
        models = self._models
        # Budgets of every category have these; the SDK leaves out what only Azure writes.
        budget = models.Budget(dict(asked.get("before") or {}))
        if budget.properties is None:
            budget.properties = models.BudgetProperties()
        properties = budget.properties
        properties.category = asked["category"]
        properties.amount = _number("amount", asked["amount"])
        properties.time_grain = asked["grain"]
        period = dict(properties.get("timePeriod") or {})
        for name in ("start", "end"):
            given = asked.get(name) or ""
            if given and str(period.get(f"{name}Date") or "")[:10] != given:
                period[f"{name}Date"] = f"{_day(name, given).isoformat()}T00:00:00Z"
        properties["timePeriod"] = period
        if asked.get("filter"):
            properties["filter"] = asked["filter"]
        else:
            properties.pop("filter", None)
        properties["notifications"] = _notifications(asked, properties.get("notifications") or {})
        if not asked.get("guarded", True):
            budget.pop("eTag", None)
        return _captured(lambda: self._client.budgets.create_or_update(_scope(asked), asked["name"], budget, headers=dict(HEADERS)))

    def budget_removal(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """DELETE of the budget `name` at `scope`."""
        return _captured(lambda: self._client.budgets.delete(_scope(asked), asked["name"], headers=dict(HEADERS)))


def _notifications(asked: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The notifications by name; what one had before, and is not told of here, stays.

    Told are `name`, `enabled`, `operator`, `threshold`, `kind`, `emails`, `roles`, `groups` and `locale`.
    """
    told = {}
    for each in asked.get("notifications") or ():
        notification = {
            **before.get(each["name"], {}),
            "enabled": each["enabled"],
            "operator": each["operator"],
            "threshold": _number(f"notifications.{each['name']}.threshold", each["threshold"]),
            "thresholdType": each["kind"],
            "contactEmails": list(each["emails"]),
        }
        for name, field in (("contactRoles", "roles"), ("contactGroups", "groups"), ("locale", "locale")):
            if each[field] or name in notification:
                notification[name] = each[field]
        told[each["name"]] = notification
    return told


def _days(asked: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """From the first second of the first day to the last of the last, as Azure's examples have it."""
    first, last = _day("first", asked["first"]), _day("last", asked["last"])
    if last < first:
        raise FlawsError([flaw("last", f"{last} is before {first}")])
    return datetime.combine(first, time(), UTC), datetime.combine(last, time(23, 59, 59), UTC)


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FlawsError([flaw(field, f"{text!r} is no day")]) from error


def _number(field: str, text: Any) -> float | int:
    """A decimal number as JSON has it; the SDK's own type for amounts is a double, which keeps fifteen digits."""
    try:
        number = Decimal(str(text))
        finite = number.is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise FlawsError([flaw(field, f"{text!r} is no number")])
    return int(number) if number == number.to_integral_value() else float(number)


def _scope(asked: Mapping[str, Any]) -> str:
    """A scope as the SDK puts it into its paths, which begin with a slash of their own."""
    return str(asked["scope"]).strip("/")


def _captured(call: Callable[[], Any]) -> dict[str, Any]:
    return captured("azure-mgmt-costmanagement", call)
