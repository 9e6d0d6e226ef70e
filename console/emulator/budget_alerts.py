"""When an alert of a budget is raised and when it is over.

Azure raises one as an evaluation passes the threshold of a notification. That it resolves an alert when the period or the budget is over,
or the threshold is no longer passed, is the emulator's reading of the status `Resolved`.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from console.emulator.budget_periods import period_start
from console.emulator.estate import Budget, CostAlert, Estate

_NAMES = uuid.UUID("6f2b9d0e-3f0c-4a53-9a53-0d3f5b0c7e11")


def passed(budget: Budget, notification: str) -> bool:
    """Whether the last evaluation of a budget passes the threshold of one of its notifications, if that is on."""
    rule = budget.body["notifications"][notification]
    value = budget.spent if rule["thresholdType"] == "Actual" else budget.forecast
    if value is None or not rule["enabled"]:
        return False
    limit = Decimal(str(budget.body["amount"])) * Decimal(str(rule["threshold"])) / 100
    if rule["operator"] == "EqualTo":
        return value == limit
    return value > limit or (rule["operator"] == "GreaterThanOrEqualTo" and value == limit)


def weigh(estate: Estate, budget: Budget, notification: str, period: date, moment: datetime) -> None:
    """Raise the alert of a notification, keep it up to date, or resolve it, after the evaluation of `moment`."""
    stamp = f"{estate.seed} {budget.key} {budget.created} {notification} {period}"
    name = str(uuid.uuid5(_NAMES, stamp))
    known, holds = estate.cost_alerts.get(name), passed(budget, notification)
    if known is None and holds:
        rule = budget.body["notifications"][notification]
        estate.cost_alerts[name] = CostAlert(
            *(name, budget.scope, budget.key, budget.name, notification, period, rule, budget.body),
            *(budget.spent or Decimal(), budget.unit, moment, moment),
        )
    elif known is not None and known.status == "Active" and not holds:
        resolve(known, moment)
    elif known is not None and holds and known.status != "Dismissed":
        known.spent, known.modified = budget.spent or Decimal(), moment
        known.rule, known.budget_body = budget.body["notifications"][notification], budget.body
        if known.status == "Resolved":
            known.status, known.closed, known.status_changed = "Active", None, moment


def resolve(alert: CostAlert, moment: datetime) -> None:
    """Close an alert."""
    alert.status, alert.closed, alert.modified, alert.status_changed = "Resolved", moment, moment, moment


def resolve_ended(estate: Estate, moment: datetime) -> None:
    """Close the alerts whose budget, notification or period is over."""
    for alert in estate.cost_alerts.values():
        budget = estate.budgets.get(alert.budget)
        if alert.status != "Active":
            continue
        current = budget is not None and alert.notification in budget.body["notifications"]
        if budget is None or not current or period_start(budget.body["timeGrain"], moment.date()) > alert.period:
            resolve(alert, moment)
