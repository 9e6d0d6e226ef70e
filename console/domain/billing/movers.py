"""Movers: what rose, fell, came or went between two periods of a bill."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain.billing.bill import Bill
from console.domain.billing.breakdown import Breakdown, Label, by
from console.domain.billing.questions import Grouping
from console.domain.billing.sums import NOTHING, ZERO, together
from console.domain.billing.windows import Window, within


class Way(StrEnum):
    """Which way something moved: NEW had no cost before, GONE has none now."""

    NEW = "new"
    ROSE = "rose"
    FELL = "fell"
    GONE = "gone"
    SAME = "same"


class Move(msgspec.Struct, frozen=True):
    """What one key (a resource, a meter …) cost in one currency before, and costs now."""

    key: str
    currency: str
    before: Decimal
    now: Decimal

    @property
    def change(self) -> Decimal:
        return self.now - self.before

    @property
    def ratio(self) -> Decimal | None:
        """By what part of what it was it changed (0.5 is half as much again); None where it was nothing, or a credit."""
        return self.change / self.before if self.before > 0 else None

    @property
    def way(self) -> Way:
        if self.now == self.before:
            return Way.SAME
        if not self.before:
            return Way.NEW
        return Way.GONE if not self.now else Way.ROSE if self.change > 0 else Way.FELL


def movers(bills: Iterable[Bill], grouping: Grouping, now: Window, before: Window, label: Label | None = None) -> tuple[Move, ...]:
    """All that changed from one window to the other, the biggest change first, whichever way it went.

    `bills` are daily ones that cover both windows, none of them twice. Of several currencies a change is weighed by what all of that
    currency came to in the two windows. Raises ValueError where a bill was not asked for the grouping.
    """
    kept = tuple(bills)
    return moves(_in(kept, grouping, before, label), _in(kept, grouping, now, label))


def moves(before: Breakdown, now: Breakdown) -> tuple[Move, ...]:
    """What changed from one breakdown to the other, the biggest change first."""
    whole = together((before.spent, now.spent))
    was, has = {row.key: row.cost for row in before.rows}, {row.key: row.cost for row in now.rows}
    found = [
        Move(key, currency, was.get(key, NOTHING).of(currency), has.get(key, NOTHING).of(currency))
        for key in dict.fromkeys((*has, *was))
        for currency in sorted({*was.get(key, NOTHING).amounts, *has.get(key, NOTHING).amounts})
    ]
    return tuple(
        sorted((each for each in found if each.change), key=lambda each: (-_weight(each, whole.of(each.currency)), each.key, each.currency))
    )


def _weight(move: Move, whole: Decimal) -> Decimal:
    return abs(move.change / whole) if whole else ZERO


def _in(bills: tuple[Bill, ...], grouping: Grouping, window: Window, label: Label | None) -> Breakdown:
    cut = (msgspec.structs.replace(bill, charges=tuple(within((bill,), window))) for bill in bills)
    return by(cut, grouping, label)
