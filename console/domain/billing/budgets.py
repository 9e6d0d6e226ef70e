"""Budgets of Cost Management: what they allow, whom they tell, and what Azure said last of what is spent.

Rules: Budgets - Create Or Update (REST reference of Cost Management).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


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
