"""Cost lines, live: what is billed, joined with what burns and with what is estimated since, by one dimension over one range."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from console.clock import ServerClock
from console.costs import alive
from console.costs.built import Built, same
from console.costs.line_words import LineWords
from console.costs.now import CostNow
from console.costs.standing_lines import with_standing
from console.costs.standing_now import StandingNow
from console.costs.tallies import tallied
from console.costs.usage_now import UsageNow
from console.domain import scopes
from console.domain.billing.belongings import Belongings
from console.domain.billing.bill import Bill
from console.domain.billing.breakdown import Breakdown
from console.domain.billing.calibration import settled
from console.domain.billing.lines import REST, Billed, CostLine, Dimension, Live, lines
from console.domain.billing.periods import Period
from console.domain.billing.questions import METER, RESOURCE, Grouping
from console.domain.billing.ranges import Days, Range, days_of
from console.domain.billing.sums import NOTHING, Sum
from console.domain.billing.tags import TagCosts, by_tag, tag
from console.domain.billing.windows import Window
from console.domain.compute import Compute
from console.domain.figures import Figure
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed

PERIODS = {
    Range.TODAY: Period.TODAY,
    Range.WEEK: Period.WEEK,
    Range.MONTH: Period.MONTH,
    Range.LAST_MONTH: Period.LAST_MONTH,
}


class CostLines(Built[CostLine]):
    """Asks nothing before `begin`. Lines are put together beside the event loop's other work, whenever what they follow from is new.

    They are as old as what is known of the computes; how old the bill is, `CostNow` tells.
    """

    def __init__(
        self,
        cost: CostNow,
        usage: UsageNow,
        standing: StandingNow,
        computes: Feed[Compute],
        workspaces: Feed[Workspace],
        rate: Callable[[Compute], Figure | None],
        tags: Callable[[Compute], Mapping[str, str]],
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
        changed: Callable[[], None],
    ) -> None:
        """`rate` is what a compute burns now, `tags` are those that it is likely billed under, `where` tells which workspaces are open.

        `changed` is called when there are new lines.
        """
        super().__init__(changed, computes)
        self.cost, self.usage, self.standing = cost, usage, standing
        self._computes, self._workspaces, self._where, self._clock = computes, workspaces, where, clock
        self._rate, self._tags_of = rate, tags
        self._dimension, self._over = Dimension.COMPUTE, Range.TODAY
        self._tallied: tuple[tuple[object, ...], Billed] | None = None
        self._tags: tuple[tuple[Bill, ...], TagCosts] | None = None

    # What is shown

    @property
    def dimension(self) -> Dimension:
        return self._dimension

    @property
    def over(self) -> Range:
        return self._over

    def show(self, dimension: Dimension, over: Range) -> None:
        """Tell costs apart by something else, or over another range; the lines before are gone at once."""
        if (dimension, over) != (self._dimension, self._over):
            self._dimension, self._over = dimension, over
            self._reach_back()
            self.forget()

    @property
    def days(self) -> Days:
        """The days (UTC) of the range as they are now."""
        return self._days(self.bills)

    @property
    def bills(self) -> tuple[Bill, ...]:
        """What the lines rest on: this month and the last by resource and meter, or by tag; as far as Azure has told."""
        cost, tags = self.cost, self._dimension is Dimension.TAG
        of = (cost.tagged_before, cost.tagged) if tags else (cost.last_month, cost.this_month)
        return tuple(bill for each in self.cost.subscriptions for read in of if (bill := read(each)) is not None)

    @property
    def grouping(self) -> Grouping:
        """By which of the bill's groupings a line is found."""
        return {Dimension.METER: METER, Dimension.TAG: tag(self.cost.tag)}.get(self._dimension, RESOURCE)

    @property
    def words(self) -> LineWords:
        """What keys are called, and under which key a value of the bill is."""
        return self.words_of(self._dimension)

    def words_of(self, dimension: Dimension) -> LineWords:
        """The same for another dimension."""
        read = [place for place in self._where() if self._computes.reading(place.id) is not None]
        belongings = Belongings(self._workspaces.items)
        return LineWords(dimension, belongings, self._computes.items, read, self._tags[1] if self._tags is not None else None)

    @property
    def lacking(self) -> str:
        """Why there is no line of the dimension over the range, where that lies in what was asked; "" where it does not."""
        days, bills = self.days, self.bills
        if self._over is Range.LAST_MONTH and not bills and not self._dimension.attributed:
            return "Last month is known from the bill alone, and that is not read (yet)."
        if self._dimension is Dimension.TAG and bills and days.billed is not None and not _covers(bills, days.billed):
            return f"By tag the days before {min(bill.question.first for bill in bills):%-d %b} are not read (yet)."
        return ""

    # Source

    @property
    def loaded(self) -> bool:
        """Whether computes, bills and the past were read, or cannot be, and the lines rest on that."""
        answered = all(part.reading is not None or part.trouble is not None for part in self.cost.bills.parts.values())
        return super().loaded and answered and self.usage.loaded and not self.usage.busy and not self.busy

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Why computes are old or not there, else why there is no bill: what burns now needs none. An old bill is still one."""
        return super().troubles or ({} if self.bills else self.cost.troubles)

    @property
    def credits(self) -> Sum:
        """The negative rows of the bill within the range: they are in the amounts."""
        return self._tallied[1].all.credits if self._tallied is not None and self._over is not Range.TODAY else NOTHING

    @property
    def incomplete(self) -> str:
        return super().incomplete or next(iter(self.cost.incomplete), "")

    def refresh(self) -> None:
        """Read anew what costs nothing to ask: the bill is `CostNow.refresh`'s."""
        for feed in (*self.usage.feeds, *self.standing.feeds):
            feed.refresh()

    # Life

    def begin(self) -> None:
        """Somebody asks: read costs and usage from now on."""
        if not self._open:
            self.cost.begin()
            self.usage.begin()
            self.standing.begin()
            self._reach_back()
        super().begin()

    @property
    def fixed(self) -> int:
        return 2

    def follows_from(self) -> tuple[object, ...]:
        pieces = self.usage.pieces(PERIODS[self._over]) if self._dimension.attributed else ()
        live = (self._computes.items, self._workspaces.items, self.standing.items, self.usage.made, pieces)
        return (self._dimension, self._over, self._today, *live, *self.bills)

    async def make(self) -> tuple[CostLine, ...]:
        dimension, over, bills = self._dimension, self._over, self.bills
        days = self._days(bills)
        if dimension is Dimension.TAG and (self._tags is None or not same(self._tags[0], bills)):
            self._tags = bills, await asyncio.to_thread(by_tag, bills, self.cost.tag)
        if self.lacking:
            return ()
        words = self.words
        told = bool(bills) and not dimension.attributed and days.billed is not None
        billed = await self._billed(bills, days, words) if told else None
        live = await self._live(days, told, words.label)
        return lines(dimension, over, days, billed, live, words.of)

    async def _billed(self, bills: tuple[Bill, ...], days: Days, words: LineWords) -> Billed:
        """The bill's part of the lines; kept for as long as it follows from the same."""
        follows_from = (days, self._dimension, self._workspaces.items, *bills)
        kept = self._tallied
        if kept is None or not same(kept[0], follows_from):
            before = days.before if days.before is not None and _covers(bills, days.before) else None
            windows = [each for each in (days.billed, days.whole, before) if each is not None]
            made = dict(zip(windows, await tallied(bills, self.grouping, words.label, windows), strict=True))
            nothing = Breakdown()
            billed = Billed(
                made[days.billed] if days.billed is not None else nothing,
                made[days.whole] if days.whole is not None else nothing,
                made[before] if before is not None else None,
            )
            kept = self._tallied = follows_from, billed
        return kept[1]

    async def _live(self, days: Days, told: bool, label: Callable[[str], str]) -> dict[str, Live]:
        usage, dimension, runs_on = self.usage, self._dimension, self.usage.past.runs_on
        if dimension.attributed:
            pieces = usage.pieces(PERIODS[self._over])
            return alive.by_share(dimension, self._computes.items, self._rate, runs_on, pieces)
        # Of a workspace, meter or tag a bill has more than computes: an estimate of these alone would leave the rest of those days out.
        estimated = not told or dimension in {Dimension.COMPUTE, Dimension.RESOURCE}
        times = days.estimated(usage.as_of) if usage.as_of is not None and estimated else None
        own = await alive.by_compute(
            dimension,
            {scopes.key(each.id): self._tag_of(each) for each in self._computes.items},
            self._computes.items,
            self._rate,
            runs_on,
            usage.timelines,
            usage.prices,
            times,
            compared=self._over is Range.TODAY,
        )
        today = self._over is Range.TODAY
        return with_standing(own, dimension, self.standing.items, usage.prices, label, times, told=told, compared=today)

    def _reach_back(self) -> None:
        """Have read what only some lines rest on."""
        if self._dimension is Dimension.TAG and self._over in {Range.WEEK, Range.LAST_MONTH}:
            self.cost.tags_back = True
        if self._dimension.attributed and self._over is Range.LAST_MONTH:
            self.usage.reach_back()

    def _tag_of(self, compute: Compute) -> str:
        return next((value for name, value in self._tags_of(compute).items() if name.casefold() == self.cost.tag.casefold()), REST)

    @property
    def _today(self) -> date:
        return self._clock.now().date()

    def _days(self, bills: Sequence[Bill]) -> Days:
        asked = min((bill.asked for bill in bills), default=None) if not self._dimension.attributed else None
        return days_of(self._over, self._today, settled(asked) if asked is not None else None)


def _covers(bills: Sequence[Bill], window: Window) -> bool:
    """Whether bills were asked for all days of a window that there have been."""
    first = min(bill.question.first for bill in bills)
    return first <= window.first
