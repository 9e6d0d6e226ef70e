"""Breakdowns: what a bill comes to by resource, meter, tag, day or whatever else its rows can be told apart by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import msgspec

from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.questions import RESOURCE, Grouping
from console.domain.billing.sums import NOTHING, ZERO, Sum, together

#: What a charge is counted under, given what its grouping says.
Label = Callable[[str], str]


class Row(msgspec.Struct, frozen=True):
    """What was billed under one key. `cost` is all of it, as on the bill; `credits` is the negative part, which is in `cost` as well.

    `key` is "" where Azure gives none: untagged, or of no resource (a purchase, say).
    """

    key: str
    cost: Sum
    credits: Sum = NOTHING

    @property
    def spent(self) -> Sum:
        """What was spent before credits."""
        return Sum({each: amount - self.credits.of(each) for each, amount in self.cost.amounts.items()})


class Breakdown(msgspec.Struct, frozen=True):
    """The rows, the largest first, and what they come to."""

    rows: tuple[Row, ...] = ()

    @property
    def cost(self) -> Sum:
        """All of it, as on the bill."""
        return together(row.cost for row in self.rows)

    @property
    def credits(self) -> Sum:
        """The negative rows of the bill: refunds and credits; told apart, as they hide what was spent."""
        return together(row.credits for row in self.rows)

    @property
    def spent(self) -> Sum:
        return together(row.spent for row in self.rows)

    def share(self, row: Row) -> Decimal | None:
        """What part of all that was spent a row is (0 to 1), credits left out; None where several currencies have no common share."""
        return row.spent.share_of(self.spent)

    def of(self, key: str) -> Row:
        """The row of a key: one without cost where nothing was billed under it."""
        return next((row for row in self.rows if row.key == key), Row(key, NOTHING))


class Tally:
    """A breakdown in the making: charges are added as they come, some at a time, so that nothing waits for all of them.

    `position` is that of the grouping among a charge's keys. `label` makes the row's key of what the grouping says; it is asked once
    for each value.
    """

    def __init__(self, position: int, label: Label | None = None) -> None:
        self._position = position
        self._label = label
        self._labels: dict[str, str] = {}
        #: By currency, then by what the grouping says.
        self._amounts: dict[str, dict[str, Decimal]] = {}
        self._credits: dict[str, dict[str, Decimal]] = {}

    def add(self, charges: Iterable[Charge]) -> None:
        """Count some charges; forecasts are none."""
        position, currency, amounts, credits = self._position, None, {}, {}
        for charge in charges:
            if charge.forecast:
                continue
            if charge.currency != currency:
                currency = charge.currency
                amounts, credits = self._amounts.setdefault(currency, {}), self._credits.setdefault(currency, {})
            value, cost = charge.keys[position], charge.cost
            amounts[value] = amounts.get(value, ZERO) + cost
            if cost.is_signed():
                credits[value] = credits.get(value, ZERO) + cost

    def done(self) -> Breakdown:
        """What was counted so far."""
        costs, credits = self._sums(self._amounts), self._sums(self._credits)
        return ordered(Row(key, cost, credits.get(key, NOTHING)) for key, cost in costs.items())

    def _sums(self, counted: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Sum]:
        """The sum of each key."""
        sums: dict[str, dict[str, Decimal]] = {}
        for currency, amounts in counted.items():
            for value, amount in amounts.items():
                parts = sums.setdefault(self._key(value), {})
                parts[currency] = parts.get(currency, ZERO) + amount
        return {key: Sum(parts) for key, parts in sums.items()}

    def _key(self, value: str) -> str:
        if self._label is None:
            return value
        key = self._labels.get(value)
        if key is None:
            key = self._labels[value] = self._label(value)
        return key


def ordered(rows: Iterable[Row]) -> Breakdown:
    """Rows as a breakdown, the largest first; of several currencies by their part of what was billed in each."""
    kept = tuple(rows)
    whole = together(row.spent for row in kept)
    return Breakdown(tuple(sorted(kept, key=lambda row: (-row.spent.weight_in(whole), row.key))))


def position_of(bill: Bill, grouping: Grouping) -> int:
    """Where a charge of the bill has what it is grouped by. Raises ValueError where the bill was not asked for that."""
    wanted = (grouping.name.lower(), grouping.tag)
    for index, each in enumerate(bill.question.groupings):
        if (each.name.lower(), each.tag) == wanted:
            return index
    raise ValueError(f"the bill of {bill.question.scope} is not by {grouping.name}")


def by(bills: Iterable[Bill], grouping: Grouping, label: Label | None = None) -> Breakdown:
    """Some bills by one of their groupings: by `RESOURCE` (ARM ids in lower case), `METER`, a service, a tag.

    `label` makes the row's key of what the grouping says, where several values are one row (what workspace a resource is of, say).
    Raises ValueError where a bill was not asked for the grouping.
    """
    chosen = label or (scopes.key if grouping == RESOURCE else None)
    rows: list[Row] = []
    for bill in bills:
        tally = Tally(position_of(bill, grouping), chosen)
        tally.add(bill.charges)
        rows += tally.done().rows
    return merged(rows)


def merged(rows: Iterable[Row]) -> Breakdown:
    """Rows of several breakdowns as one: those of the same key are added."""
    together_by: dict[str, Row] = {}
    for row in rows:
        known = together_by.get(row.key)
        together_by[row.key] = row if known is None else Row(row.key, known.cost.plus(row.cost), known.credits.plus(row.credits))
    return ordered(together_by.values())
