"""Budgets of Cost Management: what they allow, whom they tell, and what Azure said last of what is spent.

Rules: Budgets - Create Or Update (REST reference of Cost Management).
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal

import msgspec

from console.domain import scopes

#: Between the scope and the name of a budget, in its id in lower case.
BUDGETS = "/providers/microsoft.costmanagement/budgets/"
ALERTS = "/providers/microsoft.costmanagement/alerts/"
#: Statuses of an alert that a person gives it (published swagger, `AlertStatus`).
ACTIVE, DISMISSED = "Active", "Dismissed"


def is_budget(arm_id: str) -> bool:
    """Whether an ARM id is that of a budget."""
    return BUDGETS in arm_id.lower()


def is_alert(arm_id: str) -> bool:
    """Whether an ARM id is that of an alert of Cost Management."""
    return ALERTS in arm_id.lower()


def id_of(scope: str, name: str) -> str:
    """The ARM id that a budget of this name has at a scope."""
    return f"{scope.rstrip('/')}/providers/Microsoft.CostManagement/budgets/{name}"


def ten_years_after(start: date) -> date:
    """The end that Azure gives a budget without one (published swagger, `endDate`); starts are firsts of months, which every year has."""
    return start.replace(year=start.year + 10)


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a budget tells at which threshold (per cent of its amount). `kind` is Actual or Forecasted, `operator` Azure's word."""

    name: str
    threshold: Decimal
    kind: str = "Actual"
    operator: str = "GreaterThanOrEqualTo"
    enabled: bool = True
    emails: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    locale: str = ""


class BudgetFilter(msgspec.Struct, frozen=True):
    """One condition of a budget's filter: a dimension, or a tag by its key, is one of `values`."""

    name: str
    values: tuple[str, ...]
    tag: bool = False


def filter_json(filters: tuple[BudgetFilter, ...]) -> bytes:
    """A filter as Azure takes it: one condition, or several that all hold (published swagger, `BudgetFilter`); b"" for none."""
    told = [{"tags" if each.tag else "dimensions": {"name": each.name, "operator": "In", "values": list(each.values)}} for each in filters]
    return msgspec.json.encode(told[0] if len(told) == 1 else {"and": told}) if told else b""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A budget. `id` is its ARM id, `scope` what it is on; dates are UTC days.

    `spent` and `forecast` are what Azure worked out last, at most once a day; None: it gives none. `filter_raw` is the filter's JSON:
    what of it `filters` cannot tell is kept by it.
    """

    id: str
    name: str
    scope: str
    amount: Decimal | None = None
    grain: str = "Monthly"
    start: date | None = None
    end: date | None = None
    spent: Decimal | None = None
    forecast: Decimal | None = None
    currency: str = ""
    filters: tuple[BudgetFilter, ...] = ()
    filter_raw: bytes = b""
    notifications: tuple[Notification, ...] = ()
    etag: str = ""
    category: str = "Cost"
    fault: str = ""

    def aspect(self, _name: str) -> str:
        """Its only aspect: what it is set to, in words, and a mark that differs wherever anything of that does."""
        amount = "?" if self.amount is None else f"{self.amount.normalize():f}"
        alerts = f"{len(self.notifications)} alert{'' if len(self.notifications) == 1 else 's'}"
        return f"{amount} {self.grain} with {alerts} (#{_mark(self)})"

    @property
    def last_changed(self) -> datetime | None:
        """Not known: Azure does not tell it."""
        return None

    @property
    def passing(self) -> bool:
        """Never on its way."""
        return False


def _mark(budget: Budget) -> str:
    """A short digest of all that a person sets; the same however Azure spells it and in whatever order it lists it."""
    filters = sorted((each.tag, each.name.lower(), sorted(each.values)) for each in budget.filters)
    notifications = sorted(
        (
            each.name,
            f"{each.threshold.normalize():f}",
            each.kind.lower(),
            each.operator.lower(),
            each.enabled,
            sorted(map(str.lower, each.emails)),
            sorted(map(str.lower, each.roles)),
            sorted(map(scopes.key, each.groups)),
        )
        for each in budget.notifications
    )
    days = [None if day is None else day.isoformat() for day in (budget.start, budget.end)]
    amount = None if budget.amount is None else f"{budget.amount.normalize():f}"
    told = msgspec.json.encode((budget.category.lower(), budget.grain.lower(), amount, days, filters, notifications))
    return hashlib.sha256(told).hexdigest()[:6]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of Cost Management (Alerts - List): what came to pass, by which threshold of which budget, and whether it still holds."""

    id: str
    name: str
    scope: str
    kind: str = ""
    status: str = ""
    budget: str = ""
    threshold: Decimal | None = None
    amount: Decimal | None = None
    spent: Decimal | None = None
    unit: str = ""
    created: str = ""
    fault: str = ""

    def aspect(self, _name: str) -> str:
        """Its only aspect: its status, in Azure's word."""
        return self.status

    @property
    def last_changed(self) -> datetime | None:
        """Not known: what Azure tells of it is moved by the budget's evaluation as well."""
        return None

    @property
    def passing(self) -> bool:
        """Never on its way."""
        return False
