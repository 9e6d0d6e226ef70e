"""Movers: what rose, fell, came or went between two periods of a bill."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from console.domain.billing.breakdown import Breakdown
from console.domain.billing.sums import NOTHING, ZERO, together


class Move(msgspec.Struct, frozen=True):
    """What one key (a resource, a meter …) cost in one currency before, and costs now."""

    key: str
    currency: str
    before: Decimal
    now: Decimal

    @property
    def change(self) -> Decimal:
        return self.now - self.before


def moves(before: Breakdown, now: Breakdown) -> tuple[Move, ...]:
    """All that changed from one breakdown to the other, the biggest change first, whichever way it went.

    Of several currencies a change is weighed by what all of that currency came to in both.
    """
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
