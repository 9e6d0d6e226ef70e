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
from console.domain.billing.budget_course import course_of
from console.domain.billing.budget_rules import BILLING_GRAINS
from console.domain.billing.budgets import Budget
from console.domain.billing.calibration import settled
from console.domain.billing.days import by_day
from console.domain.billing.outlook import outlook
from console.domain.billing.questions import RESOURCE
from console.domain.figures import Confidence, Figure


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

    It goes as `course_of` has it; of a billing period only Azure knows where it ends. `asked` is when the bill was read.
    """
    if not days or budget.grain in BILLING_GRAINS:
        return None
    today, unit = now.astimezone(UTC).date(), budget.currency
    billed = {day: Figure(amount, unit, "bill", Confidence.BILLED) for day, amount in days.items()}
    course = course_of(budget, outlook(billed, {}, (min(days), settled(asked)), now, unit), today)
    if course is None:
        return None
    until = min(course.last, budget.end) if budget.end is not None else course.last
    if course.passing is None:
        over = course.spent.value is not None and course.spent.value > course.amount
        return Ahead(today, until) if over else None
    passes = course.passing.day
    return Ahead(passes if passes is not None and passes <= until else None, until)
