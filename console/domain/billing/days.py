"""Days: what each day of a bill came to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from console.domain.billing.bill import Charge
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
