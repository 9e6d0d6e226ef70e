"""Tallies: breakdowns of some days of bills, made without keeping anybody waiting: bills may have 100,000 rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.billing.bill import Bill, Charge
from console.domain.billing.breakdown import Breakdown, Label, Row, Tally, merged, position_of
from console.domain.billing.portions import portions
from console.domain.billing.questions import Grouping
from console.domain.billing.windows import Window, number
from console.turns import Turn


async def tallied(bills: Sequence[Bill], grouping: Grouping, label: Label | None, windows: Sequence[Window]) -> list[Breakdown]:
    """What bills come to within each of some windows, by a grouping under `label`'s keys. Bills are daily, none of them overlap.

    Raises ValueError where a bill was not asked for the grouping.
    """
    rows: list[list[Row]] = [[] for _ in windows]
    turn = Turn()
    for bill in bills:
        position = position_of(bill, grouping)
        first, last = bill.question.first, bill.question.last
        touched = [(index, each) for index, each in enumerate(windows) if each.first <= last and each.last >= first]
        tallies = [(Tally(position, label), number(each.first), number(each.last), index) for index, each in touched]
        for some in portions(bill.charges):
            for tally, begin, end, _ in tallies:
                tally.add(charge for charge in some if begin <= charge.day <= end)
            if turn.over:
                await turn.give()
        for tally, _, _, index in tallies:
            rows[index] += tally.done().rows
            await turn.give()
    return [merged(each) for each in rows]


async def chosen(bills: Sequence[Bill], grouping: Grouping, wanted: Callable[[str], bool]) -> list[tuple[Bill, list[Charge]]]:
    """The charges of each bill whose value of a grouping is wanted, forecasts left out; each value is asked about once.

    Raises ValueError where a bill was not asked for the grouping.
    """
    found: list[tuple[Bill, list[Charge]]] = []
    known: dict[str, bool] = {}
    turn = Turn()
    for bill in bills:
        position, own = position_of(bill, grouping), list[Charge]()
        for some in portions(bill.charges):
            for charge in some:
                value = charge.keys[position]
                if value not in known:
                    known[value] = wanted(value)
                if known[value] and not charge.forecast:
                    own.append(charge)
            if turn.over:
                await turn.give()
        found.append((bill, own))
    return found
