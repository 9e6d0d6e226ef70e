"""What of a bill a budget counts, and when what it counts passes its amount if days go on like those of the last week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from console.domain import scopes
from console.domain.access.places import covers
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.breakdown import position_of
from console.domain.billing.budget_choice import GROUP_NAME, NO_FILTER, RESOURCE_ID
from console.domain.billing.budget_rules import period_start
from console.domain.billing.budgets import Budget
from console.domain.billing.calibration import settled
from console.domain.billing.days import by_day
from console.domain.billing.outlook import outlook
from console.domain.billing.questions import RESOURCE
from console.domain.billing.windows import DAY
from console.domain.figures import Confidence, Figure

WEEK = 7
#: Months of a budget's period, by its grain; of a billing period only Azure knows where it ends.
MONTHS = {"Monthly": 1, "Quarterly": 3, "Annually": 12}


class Ahead(msgspec.Struct, frozen=True):
    """The first day on which the cost is above a budget's amount; None: not before its period ends. `until` is that period's last day."""

    passes: date | None
    until: date


def counts(budget: Budget, charges: Iterable[Charge], resource_at: int) -> tuple[Charge, ...] | None:
    """The charges that a budget counts, in its own currency where that is known; None where its filter asks what they do not tell."""
    if not budget.filters and budget.filter_raw.strip() not in NO_FILTER:
        return None
    if any(each.tag or each.name.lower() not in {RESOURCE_ID.lower(), GROUP_NAME.lower()} for each in budget.filters):
        return None
    subscription = scopes.segments(budget.scope).get("subscriptions", "").lower()
    wanted = [(each.name.lower() == RESOURCE_ID.lower(), frozenset(map(scopes.key, each.values))) for each in budget.filters]
    known: dict[str, bool] = {}

    def counted(spelt: str) -> bool:
        resource = scopes.key(spelt)
        group = scopes.segments(resource).get("resourcegroups", "").lower()
        if resource and not covers(budget.scope, resource, frozenset({subscription})):
            return False
        if not resource and scopes.segments(budget.scope).get("resourcegroups"):
            return False  # a purchase is of no group
        return all((resource if by_id else group) in values for by_id, values in wanted)

    found = []
    for charge in charges:
        spelt = charge.keys[resource_at]
        if spelt not in known:
            known[spelt] = counted(spelt)
        if known[spelt] and not charge.forecast and (not budget.currency or charge.currency == budget.currency):
            found.append(charge)
    return tuple(found)


def counted_by_day(budget: Budget, bills: Sequence[Bill]) -> dict[date, Decimal] | None:
    """What a budget counts on each day that some bills by `RESOURCE` tell; None where that cannot be told from them, in one currency.

    Days that were asked about before anything was charged are known to have cost nothing; there are no days where nothing ever was.
    """
    days: dict[date, Decimal] = {}
    codes: set[str] = set()
    for bill in bills:
        charges = counts(budget, bill.charges, position_of(bill, RESOURCE))
        if charges is None:
            return None
        codes |= {charge.currency for charge in charges}
        for day, cost in by_day(charges).items():
            days[day] = sum(cost.amounts.values(), days.get(day, Decimal(0)))
    if len(codes) > 1:
        return None
    if days:
        days.setdefault(min(bill.question.first for bill in bills), Decimal(0))
    return days


def ahead(budget: Budget, days: Mapping[date, Decimal], asked: datetime, now: datetime) -> Ahead | None:
    """When a budget is passed, by what it counts on each day of the bill; None where nothing of the last week is known, or no amount.

    A month's days are those of `outlook`. Of a longer period Azure tells what is spent so far, and what is left is taken day by day like
    the last week. `asked` is when the bill was read.
    """
    months, today = MONTHS.get(budget.grain), now.astimezone(UTC).date()
    if budget.amount is None or months is None or not days:
        return None
    until = _end(budget, today, months)
    covers_days = (min(days), settled(asked))
    if months == 1:
        billed = {day: Figure(amount, "", "bill", Confidence.BILLED) for day, amount in days.items()}
        found = outlook(billed, {}, covers_days, now, unit="")
        return Ahead(found.passes(budget.amount).day, until) if found.days else None
    week = {day: days.get(day, Decimal(0)) for day in (covers_days[1] - DAY * back for back in range(WEEK)) if day >= covers_days[0]}
    if budget.spent is None or len(week) < WEEK:
        return None
    like = {day.weekday(): amount for day, amount in week.items()}
    spent, day = budget.spent, today
    while day <= until:
        spent += like[day.weekday()]
        if spent > budget.amount:
            return Ahead(day, until)
        day += DAY
    return Ahead(None, until)


def _end(budget: Budget, today: date, months: int) -> date:
    """The last day of the period that runs on `today`."""
    began = period_start(budget.grain, today)
    month = began.month - 1 + months
    end = date(began.year + month // 12, month % 12 + 1, 1) - DAY
    return min(end, budget.end) if budget.end is not None else end
