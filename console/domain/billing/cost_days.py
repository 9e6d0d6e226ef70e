"""Cost days: what each day of one cost line came to, how that differs from the same weekday a week before, and what made the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from console.domain.billing.bill import Charge
from console.domain.billing.lines import CostLine, Spent
from console.domain.billing.spikes import DailyCosts, Spike
from console.domain.billing.sums import NOTHING, ZERO, Sum, together
from console.domain.billing.windows import WEEK, Window, day_of
from console.domain.figures import Figure

#: What a day came to by cause.
CausesOfDay = Mapping[str, Sum]


class CostDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day (UTC) of a line. `whole` tells whether the bill certainly has all of it.

    `moved` is how far it is from the same weekday a week before (None: that one, or this one, is not known from the bill), `cause` the key
    (a meter or a resource's ARM id) whose cost moved most in that direction. `part` is its part of the dearest day (0 to 1). `spike` is
    the spike that it belongs to.
    """

    line: CostLine
    day: date
    spent: Spent
    whole: bool = True
    moved: Sum | None = None
    cause: str = ""
    caused: Sum = NOTHING
    part: Decimal = ZERO
    spike: Spike | None = None


def by_cause(charges: Iterable[Charge], position: int) -> dict[date, dict[str, Sum]]:
    """What each day came to by what a charge has at `position` of its keys."""
    amounts: dict[int, dict[str, dict[str, Decimal]]] = {}
    for charge in charges:
        if charge.day:
            own = amounts.setdefault(charge.day, {}).setdefault(charge.keys[position], {})
            own[charge.currency] = own.get(charge.currency, ZERO) + charge.cost
    return {day_of(day): {cause: Sum(parts) for cause, parts in causes.items()} for day, causes in amounts.items()}


def spikes_of(line: CostLine, charges: Iterable[Charge], position: int, window: Window) -> tuple[Spike, ...]:
    """The spikes of all charges of a line together, as if it were one resource; the meter that they name is its cause."""
    daily = DailyCosts()
    name = line.key or "/"
    daily.add((msgspec.structs.replace(charge, keys=(name, charge.keys[position])) for charge in charges), 0, 1)
    return daily.spikes(window)


def cost_days(
    line: CostLine,
    asked: Window,
    settled: date,
    days: Mapping[date, CausesOfDay],
    estimated: Mapping[date, Figure],
    spikes: Sequence[Spike] = (),
) -> tuple[CostDay, ...]:
    """The days of a line, the newest first.

    `asked` are the days that the bill was asked for, `settled` is the last of which it has all, `days` what it tells by cause. `estimated`
    takes the bill's place on days after that, where it is known. A day of which only a part is billed is compared with none.
    """
    found: list[CostDay] = []
    for day in asked.days:
        whole, billed = day <= settled, together(days.get(day, {}).values())
        guess = estimated.get(day)
        use_guess = not whole and guess is not None and guess.known
        spent = Spent(NOTHING, guess) if use_guess else Spent(billed)
        was = day - WEEK
        comparable = whole and was >= asked.first
        moved = billed.minus(together(days.get(was, {}).values())) if comparable else None
        cause, caused = _cause(days.get(day, {}), days.get(was, {}), moved)
        spike = next((each for each in spikes if each.first <= day <= each.last), None)
        found.append(CostDay(line=line, day=day, spent=spent, whole=whole, moved=moved, cause=cause, caused=caused, spike=spike))
    most = _highest(found)
    return tuple(msgspec.structs.replace(each, part=min(Decimal(1), _part(each.spent.sum, most))) for each in reversed(found))


def _cause(has: CausesOfDay, was: CausesOfDay, moved: Sum | None) -> tuple[str, Sum]:
    """What moved most in the direction in which the day moved; nothing where that stayed as it was."""
    if moved is None or not any(moved.amounts.values()):
        return "", NOTHING
    currency = max(moved.amounts, key=lambda each: abs(moved.amounts[each]))
    sign = 1 if moved.amounts[currency] > 0 else -1
    moves = {key: has.get(key, NOTHING).minus(was.get(key, NOTHING)) for key in dict.fromkeys((*has, *was))}
    cause = max(moves, key=lambda key: (sign * moves[key].of(currency), key))
    return cause, moves[cause]


def _highest(days: Sequence[CostDay]) -> Sum:
    """The dearest day of each currency."""
    most: dict[str, Decimal] = {}
    for each in days:
        for currency, amount in each.spent.sum.amounts.items():
            most[currency] = max(most.get(currency, ZERO), amount)
    return Sum(most)


def _part(spent: Sum, most: Sum) -> Decimal:
    parts = [amount / most.of(currency) for currency, amount in spent.amounts.items() if most.of(currency) > 0]
    return max([ZERO, *parts])
