"""Tags on a bill: what is spent under each value of one, what bears none, and since when resources bear it.

Azure puts tags neither back in time nor, unless that is set, from a group onto what is in it: a tag counts from the day it was set.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from console.domain import scopes
from console.domain.billing.bill import Bill
from console.domain.billing.breakdown import Breakdown, by, position_of
from console.domain.billing.questions import RESOURCE, Grouping
from console.domain.billing.sums import Sum
from console.domain.billing.windows import day_of, number


class TaggedSince(msgspec.Struct, frozen=True):
    """A resource (its ARM id, lower case) that bears the tag from the day `since` on, and was billed without it before: for `untagged`."""

    resource_id: str
    value: str
    since: date
    untagged: Sum


class TagCosts(msgspec.Struct, frozen=True):
    """A bill by a tag's values, "" of what bears none.

    `since` tells what was tagged while the bill ran: what it cost before stays without a value for ever.
    """

    key: str
    values: Breakdown
    since: tuple[TaggedSince, ...] = ()


def tag(name: str) -> Grouping:
    """The grouping by a tag."""
    return Grouping(name, tag=True)


def by_tag(bills: Iterable[Bill], name: str) -> TagCosts:
    """Some bills by the values of a tag, as Azure spells them; "tagged since" only where they are daily and by `RESOURCE` as well.

    Raises ValueError where a bill was not asked for the tag.
    """
    kept = tuple(bills)
    values = by(kept, tag(name))
    with_resources = all(RESOURCE in bill.question.groupings for bill in kept)
    return TagCosts(name, values, _since(kept, name) if with_resources else ())


def _since(bills: tuple[Bill, ...], name: str) -> tuple[TaggedSince, ...]:
    """The resources whose first tagged day comes after untagged ones; the latest first."""
    tagged: dict[str, tuple[int, str]] = {}
    untagged: dict[str, dict[int, dict[str, Decimal]]] = {}
    for bill in bills:
        resource, value = position_of(bill, RESOURCE), position_of(bill, tag(name))
        for charge in bill.charges:
            if charge.forecast or not charge.day or not charge.keys[resource]:
                continue
            key = scopes.key(charge.keys[resource])
            if charge.keys[value]:
                first = tagged.get(key)
                if first is None or charge.day < first[0]:
                    tagged[key] = (charge.day, charge.keys[value])
            else:
                amounts = untagged.setdefault(key, {}).setdefault(charge.day, {})
                amounts[charge.currency] = amounts.get(charge.currency, Decimal(0)) + charge.cost
    found = [
        TaggedSince(key, value, day_of(first), before)
        for key, (first, value) in tagged.items()
        if (before := _before(untagged.get(key, {}), first)).amounts
    ]
    return tuple(sorted(found, key=lambda each: (-number(each.since), each.resource_id)))


def _before(days: dict[int, dict[str, Decimal]], first: int) -> Sum:
    """What was billed on the days before `first`."""
    amounts: dict[str, Decimal] = {}
    for day, parts in days.items():
        if day < first:
            for currency, amount in parts.items():
                amounts[currency] = amounts.get(currency, Decimal(0)) + amount
    return Sum(amounts)
