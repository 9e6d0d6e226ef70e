"""Days: what each day of a bill came to, all of it or one row of a breakdown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.breakdown import Label, position_of
from console.domain.billing.questions import RESOURCE, Grouping
from console.domain.billing.sums import NOTHING, ZERO, Sum
from console.domain.billing.windows import DAY, day_of


def by_day(charges: Iterable[Charge]) -> dict[date, Sum]:
    """What each day came to, in order; forecasts are left out. Between the first and the last day with a charge none is missing."""
    amounts: dict[str, dict[int, Decimal]] = {}
    currency, of_days = None, dict[int, Decimal]()
    for charge in charges:
        if charge.currency != currency:
            currency = charge.currency
            of_days = amounts.setdefault(currency, {})
        if charge.day and not charge.forecast:
            of_days[charge.day] = of_days.get(charge.day, ZERO) + charge.cost
    parts: dict[int, dict[str, Decimal]] = {}
    for each, days in amounts.items():
        for day, amount in days.items():
            parts.setdefault(day, {})[each] = amount
    if not parts:
        return {}
    billed = {day_of(day): Sum(of_day) for day, of_day in parts.items()}
    first, last = min(billed), max(billed)
    return {day: billed.get(day, NOTHING) for day in (first + index * DAY for index in range((last - first).days + 1))}


def days_under(bills: Iterable[Bill], grouping: Grouping, key: str, label: Label | None = None) -> dict[date, Sum]:
    """The days of one row of `by(bills, grouping, label)`. Raises ValueError where a bill was not asked for the grouping."""
    return by_day(charge for bill in bills for charge in under(bill, grouping, key, label))


def under(bill: Bill, grouping: Grouping, key: str, label: Label | None = None) -> list[Charge]:
    """The charges of a bill that one row of a breakdown is made of. Raises ValueError where it was not asked for the grouping."""
    position = position_of(bill, grouping)
    chosen = label or (scopes.key if grouping == RESOURCE else None)
    if chosen is None:
        return [charge for charge in bill.charges if charge.keys[position] == key]
    values = {value for value in {charge.keys[position] for charge in bill.charges} if chosen(value) == key}
    return [charge for charge in bill.charges if charge.keys[position] in values]
