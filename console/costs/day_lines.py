"""Days of a cost line, and what one of these days came to by resource or meter; read off the bills that are there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

import msgspec

from console.costs.alive import COMPUTES
from console.costs.built import Built
from console.costs.line_words import LineWords
from console.costs.lines import CostLines
from console.costs.tallies import chosen
from console.domain import scopes
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.breakdown import Breakdown, Tally, position_of
from console.domain.billing.calibration import midnight, settled
from console.domain.billing.cost_days import CostDay, by_cause, cost_days, spikes_of
from console.domain.billing.estimate import daily
from console.domain.billing.lines import Billed, CostLine, Dimension, lines
from console.domain.billing.questions import METER, RESOURCE, Grouping
from console.domain.billing.ranges import Days, Range
from console.domain.billing.windows import DAY, WEEK, Window, number
from console.domain.figures import Figure
from console.feeds.feed import Feed

#: The key of the line that is all costs together.
ALL = "*"
T = TypeVar("T")


def everything(over: Range) -> CostLine:
    """The line that is all costs together."""
    return CostLine(key=ALL, dimension=Dimension.RESOURCE, over=over, days=Days(), name="all costs")


def cause_of(line: CostLine) -> Grouping:
    """What the costs of a line are told apart by: of one resource its meters, of anything else its resources."""
    alone = line.dimension in {Dimension.COMPUTE, Dimension.RESOURCE} and line.key not in {ALL, ""}
    return METER if alone else RESOURCE


class _OfLine(Built[T]):
    """Follows the bills that a line was made of."""

    def __init__(self, source: CostLines, line: CostLine, changed: Callable[[], None], *feeds: Feed[Bill]) -> None:
        super().__init__(changed, *feeds)
        self._source, self._line = source, line
        #: What resources are called.
        self.words: LineWords = source.words

    def follows_from(self) -> tuple[object, ...]:
        return self._source.bills

    async def charges(self) -> list[Charge]:
        """All charges of the line; the only key of each is what the line's costs are told apart by."""
        words, key, cause = self._source.words, self._line.key, cause_of(self._line)
        self.words = words
        found: list[Charge] = []
        for bill, own in await chosen(self._source.bills, self._source.grouping, lambda value: key in {ALL, words.label(value)}):
            at = position_of(bill, cause)
            spelt = {value: scopes.key(value) if cause == RESOURCE else value for value in {charge.keys[at] for charge in own}}
            found += [msgspec.structs.replace(charge, keys=(spelt[charge.keys[at]],)) for charge in own]
        return found

    @property
    def asked(self) -> Window | None:
        """The days that Azure was asked about; None where there is no bill."""
        bills = self._source.bills
        if not bills:
            return None
        return Window(min(bill.question.first for bill in bills), max(bill.question.last for bill in bills))

    @property
    def settled(self) -> date:
        """The last day of which the bills have all. Raises ValueError where there is none."""
        return settled(min(bill.asked for bill in self._source.bills))


class DaysOfLine(_OfLine[CostDay]):
    """A row for each day that the bill was asked for, the newest first; of a compute with estimates of what is not billed yet."""

    def follows_from(self) -> tuple[object, ...]:
        return (self._source.usage.made, *super().follows_from())

    async def make(self) -> tuple[CostDay, ...]:
        asked = self.asked
        if asked is None:
            return ()
        charges, whole = await self.charges(), min(self.settled, asked.last)
        spikes = spikes_of(self._line, charges, 0, Window(asked.first, whole)) if asked.first <= whole else ()
        return cost_days(self._line, asked, self.settled, by_cause(charges, 0), self._estimated(), spikes)

    def _estimated(self) -> dict[date, Figure]:
        """Of a compute, what the days came to that are not all on the bill."""
        usage, own = self._source.usage, COMPUTES in self._line.key
        timelines = [each for each in usage.timelines if scopes.key(each.compute_id) == self._line.key] if own else []
        start = midnight(self.settled + DAY)
        if not timelines or usage.as_of is None or start >= usage.as_of:
            return {}
        return {each.start.date(): each.total for each in daily(timelines, usage.prices, start, usage.as_of)}


class PartsOfDay(_OfLine[CostLine]):
    """What one day of a line came to by meter, or by resource, beside the same weekday a week before."""

    def __init__(self, source: CostLines, day: CostDay, changed: Callable[[], None], *feeds: Feed[Bill]) -> None:
        super().__init__(source, day.line, changed, *feeds)
        self._day = day

    async def make(self) -> tuple[CostLine, ...]:
        asked = self.asked
        if asked is None:
            return ()
        day, was, charges = self._day.day, self._day.day - WEEK, await self.charges()
        comparable = day <= self.settled and was >= asked.first
        billed = _on(charges, day)
        days = Days(Window(day, day), Window(day, day), Window(was, was) if comparable else None)
        dimension = Dimension.METER if cause_of(self._line) == METER else Dimension.RESOURCE
        words = self._source.words_of(dimension)
        return lines(dimension, self._line.over, days, Billed(billed, billed, _on(charges, was) if comparable else None), {}, words.of)


def _on(charges: list[Charge], day: date) -> Breakdown:
    tally = Tally(0)
    tally.add(charge for charge in charges if charge.day == number(day))
    return tally.done()
