"""A budget as it is typed into fields: read, and judged by Azure's rules, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from console.domain.billing import alert_text, amounts
from console.domain.billing.budget_rules import Flaw, flaws
from console.domain.billing.budgets import Budget, BudgetFilter, Notification, filter_json, id_of

ACTUAL, FORECASTED = "Actual", "Forecasted"
#: The field in which an alert of a kind is typed.
FIELD_OF = {ACTUAL: "actual", FORECASTED: "forecasted"}


class Draft(msgspec.Struct, frozen=True):
    """What was typed as a budget (None where it cannot be read), and what is wrong, a clause for each field."""

    budget: Budget | None
    faults: Mapping[str, str] = {}


def texts(budget: Budget) -> dict[str, str]:
    """A budget as the fields hold it."""
    return {
        "name": budget.name,
        "amount": "" if budget.amount is None else f"{budget.amount.normalize():f}",
        "grain": budget.grain,
        "start": "" if budget.start is None else budget.start.isoformat(),
        "end": "" if budget.end is None else budget.end.isoformat(),
        "actual": alert_text.told(budget.notifications, ACTUAL),
        "forecasted": alert_text.told(budget.notifications, FORECASTED),
        "emails": ", ".join(alert_text.everybody(budget.notifications)),
    }


def drafted(typed: Mapping[str, str], scope: str, filters: tuple[BudgetFilter, ...], today: date, held: Budget | None = None) -> Draft:
    """What was typed, at a scope (an ARM id) with a filter. `held` is the budget that is edited: its name, scope and start stay.

    `today` is a UTC day.
    """
    faults: dict[str, str] = {}
    amount = _amount(typed.get("amount", ""), faults)
    start = held.start if held is not None else _day(typed.get("start", ""), "start", faults)
    end = _day(typed.get("end", ""), "end", faults) if typed.get("end", "").strip() else None
    common = alert_text.addresses(typed.get("emails", ""))
    notifications: list[Notification] = []
    for kind, field in FIELD_OF.items():
        try:
            notifications += alert_text.alerts(typed.get(field, ""), kind, common, held.notifications if held is not None else ())
        except ValueError as error:
            faults[field] = str(error)
    named = held.name if held is not None else typed.get("name", "").strip()
    grain = typed.get("grain", "")
    # What a filter says beyond its conditions goes back as it was; another filter is written anew.
    raw = held.filter_raw if held is not None and held.filters == filters else filter_json(filters)
    wanted = (
        replace(
            held,
            amount=amount,
            grain=grain,
            end=end or held.end,
            notifications=tuple(notifications),
            filters=filters,
            filter_raw=raw,
        )
        if held is not None
        else Budget(
            id=id_of(scope, named),
            name=named,
            scope=scope,
            amount=amount,
            grain=grain,
            start=start,
            end=end,
            filters=filters,
            filter_raw=raw,
            notifications=tuple(notifications),
        )
    )
    for flaw in flaws(wanted, today, held):
        faults.setdefault(_field(flaw, wanted, common), flaw.sentence)
    return Draft(None if faults else wanted, faults)


def _field(flaw: Flaw, budget: Budget, common: tuple[str, ...]) -> str:
    """The field that a flaw is typed in; `common` are the addresses of all alerts that have none of their own."""
    head, _, part = flaw.field.partition(".")
    if not head.startswith("notifications"):
        return "scope" if head.startswith("filters") or head == "category" else head
    if "[" not in head:
        return next((FIELD_OF[kind] for kind in FIELD_OF if f" {kind};" in flaw.sentence), FIELD_OF[ACTUAL])
    told = budget.notifications[int(head[head.index("[") + 1 : -1])]
    if part == "emails" and told.emails in {(), common}:
        return "emails"
    return FIELD_OF.get(told.kind, FIELD_OF[ACTUAL])


def _amount(text: str, faults: dict[str, str]) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return amounts.typed(text)
    except ValueError as error:
        faults["amount"] = str(error)
        return None


def _day(text: str, field: str, faults: dict[str, str]) -> date | None:
    written = text.strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        faults[field] = f"{written!r} is no day; expected is one like 2026-12-01"
        return None
