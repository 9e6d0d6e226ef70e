"""Costs of a session: all that tells of them, each made when it is first asked for, and living as long as the session does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from console.clock import ServerClock
from console.context import Context
from console.costs.observed import Observed
from console.domain.compute import Compute
from console.domain.cost import PriceList
from console.domain.figures import Figure
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed
from console.feeds.findings import Findings
from console.feeds.scheduler import Scheduler
from console.feeds.snapshots import Owner, Snapshots
from console.readers import Readers
from console.settings import Settings

if TYPE_CHECKING:
    from console.azure.cost_compiler import CostCompiler
    from console.costs.budgets_listed import BudgetsListed
    from console.costs.day_lines import DaysOfLine, PartsOfDay
    from console.costs.desk import BudgetDesk
    from console.costs.found import CostsFound
    from console.costs.lines import CostLines
    from console.costs.month_now import MonthNow
    from console.costs.now import CostNow
    from console.costs.standing_now import StandingNow
    from console.costs.usage_now import UsageNow
    from console.domain.billing.cost_days import CostDay
    from console.domain.billing.estimate import Band
    from console.domain.billing.lines import CostLine
    from console.domain.billing.month import Month

Changed = Callable[[], None]


class Costs:
    """Nothing is asked of Azure before `now.begin`; what the open console sees of computes is observed from the start, as it costs nothing.

    `price_lists` are by region, `rate` is what one compute burns now, `tags` are those that it has or takes from its workspace.
    `follow_prices` has more prices read, by a subscription's id and a region's name. `owner` is whose answers are kept on disk, `changed`
    is called when there is more to tell.
    """

    def __init__(
        self,
        settings: Settings,
        readers: Readers,
        scheduler: Scheduler,
        context: Context,
        clock: ServerClock,
        computes: Feed[Compute],
        workspaces: Feed[Workspace],
        price_lists: Callable[[], Mapping[str, PriceList]],
        rate: Callable[[Compute], Figure | None],
        follow_prices: Callable[[Iterable[tuple[str, str]]], None],
        findings: Callable[[], Findings],
        owner: Callable[[], Owner],
        tags: Callable[[Compute], Mapping[str, str]],
        learn_the_time: Callable[[], Awaitable[None]],
        changed: Changed,
        *,
        resource_manager: str,
    ) -> None:
        self._settings, self._readers, self._scheduler, self._context, self._clock = settings, readers, scheduler, context, clock
        self._computes, self._workspaces, self._findings = computes, workspaces, findings
        self._price_lists, self._rate, self._follow_prices = price_lists, rate, follow_prices
        self._owner, self._tags, self._learn_the_time, self._changed = owner, tags, learn_the_time, changed
        folder = None if settings.demo else settings.state_dir / "usage"
        self.observed = Observed(computes, folder, resource_manager, lambda: context.tenant_id)
        self._compiler: CostCompiler | None = None
        self._now: CostNow | None = None
        self._lines: CostLines | None = None
        self._found: CostsFound | None = None
        self._usage: UsageNow | None = None
        self._standing: StandingNow | None = None
        self._month: MonthNow | None = None

    # What screens read

    @property
    def now(self) -> CostNow:
        """What Azure has billed, budgets and alerts; nothing is asked before its `begin`."""
        if self._now is None:
            from console.costs.now import CostNow
            from console.domain.billing.opening import TAG

            told = self._settings.cost
            self._now = CostNow(
                self._readers,
                self._scheduler,
                lambda: self._context.where,
                self._clock,
                lambda: self.compiler,
                lambda: None if self._settings.demo else self._kept(),
                self._learn_the_time,
                self._changed,
                cap=told.qpu_per_hour,
                tag=told.tag or next(iter(self._settings.required_tags), TAG),
            )
            _ = self.found  # from the first bill on it is looked at what is found in them
        return self._now

    @property
    def begun(self) -> bool:
        """Whether somebody has asked for costs."""
        return self._now is not None and self._now.begun

    @property
    def usage(self) -> UsageNow:
        """What ran in the open workspaces and what it will come to; reads nothing until its `begin`."""
        if self._usage is None:
            from console.costs.past import Past
            from console.costs.usage_now import UsageNow

            self._usage = UsageNow(
                self._computes,
                self.observed,
                Past(self._readers, self._clock, self._learn_the_time),
                self._price_lists,
                lambda: self._now.latest if self._now is not None else (),
                lambda: self._context.where,
                self._scheduler,
                self._clock,
                self._changed,
            )
        return self._usage

    @property
    def busy(self) -> bool:
        """Whether what ran is still being read or put together."""
        return self._usage is not None and self._usage.begun and (self._usage.busy or not self._usage.loaded)

    @property
    def today(self) -> Band | None:
        """What today has cost so far; None before somebody asked for costs."""
        if self._usage is None or self._usage.today is None or self._usage.as_of is None:
            return None
        from console.domain.billing.estimate import with_more

        return with_more(self._usage.today, self.beside_today)

    @property
    def beside_today(self) -> Figure | None:
        """What registries and online deployments have cost today, in USD; None where none are known."""
        now = self._usage.as_of if self._usage is not None else None
        if self._standing is None or now is None:
            return None
        from console.domain.billing.periods import Period

        return self._standing.cost(Period.TODAY.start(now), now)

    @property
    def standing(self) -> StandingNow:
        """What is paid beside computes for as long as it is there; reads nothing until its `begin`."""
        if self._standing is None:
            from console.costs.standing_now import StandingNow

            self._standing = StandingNow(
                self._readers,
                self._workspaces,
                lambda: self._context.where,
                self._price_lists,
                self._follow_prices,
                self._scheduler,
                self._clock,
                self._changed,
            )
        return self._standing

    @property
    def month(self) -> Month | None:
        """What this month has come to, as far as that is known without asking Azure; None where nothing is."""
        if self._month is None and self.begun:
            self._month = self._month_now()
        return self._month.month if self._month is not None else None

    @property
    def lines(self) -> CostLines:
        """What costs how much, by compute, person, meter …; nothing is read before its `begin`."""
        if self._lines is None:
            from console.costs.lines import CostLines

            self._lines = CostLines(
                self.now,
                self.usage,
                self.standing,
                self._computes,
                self._workspaces,
                self._rate,
                self._tags,
                lambda: self._context.where,
                self._clock,
                self._changed,
            )
        return self._lines

    def days(self, line: CostLine) -> DaysOfLine:
        """The days of a cost line, for as long as somebody shows them; to be ended."""
        from console.costs.day_lines import DaysOfLine

        return DaysOfLine(self.lines, line, self._changed, self.now.bills)

    def parts(self, day: CostDay) -> PartsOfDay:
        """What a day of a cost line came to by meter or resource, for as long as somebody shows it; to be ended."""
        from console.costs.day_lines import PartsOfDay

        return PartsOfDay(self.lines, day, self._changed, self.now.bills)

    @property
    def found(self) -> CostsFound:
        """What is found of costs; nothing before they were asked for."""
        if self._found is None:
            from console.costs.found import CostsFound

            names = self._context.subscription_names
            self._found = CostsFound(
                self.now, self._workspaces, self._computes, self._clock, lambda each: names.get(each, each), self._changed
            )
            self._findings().add(self._found.finder)
        return self._found

    def budgets(self) -> BudgetsListed:
        """Budgets as rows, and the workspaces that have none."""
        from console.costs.budgets_listed import BudgetsListed

        return BudgetsListed(self.now, lambda: self._workspaces.items, lambda: self._context.where, self._clock)

    @property
    def budget_desk(self) -> BudgetDesk:
        """What changes of budgets are made with."""
        from console.costs.desk import BudgetDesk

        return BudgetDesk(self._readers, self._context, self._clock, lambda: self.compiler)

    @property
    def compiler(self) -> CostCompiler:
        """Turns questions of cost and budgets into requests, in a child of its own that is started at the first need."""
        if self._compiler is None:
            from console.azure.cost_compiler import CostCompiler

            log_file = self._settings.log_file
            self._compiler = CostCompiler(log_file if log_file.parent.is_dir() else None)
        return self._compiler

    # What follows from what

    def look(self) -> None:
        """Something was learnt."""
        if self._lines is not None:
            self._lines.look()

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        if self._now is not None:
            self._now.places_changed()
        if self._standing is not None:
            self._standing.places_changed()
        self.computes_changed()

    def computes_changed(self) -> None:
        """Computes were read."""
        if self._usage is not None:
            self._usage.places_changed()

    def prices_changed(self) -> None:
        """Prices were read."""
        if self._usage is not None:
            self._usage.touch()

    def hurry(self, target_id: str) -> None:
        """A plan of ours changes something there."""
        if self._now is not None:
            self._now.hurry(target_id)

    # Life

    async def recall(self) -> None:
        """What an earlier console was told of this month: it costs no question."""
        if not self._settings.demo and await asyncio.to_thread(self._kept().folder.is_dir):
            await self._learn_the_time()
            self._month = self._month or self._month_now()
            await self._month.recall()

    def forget(self) -> None:
        """Somebody else asks from now on."""
        if self._now is not None:
            self._now.forget()
            self.found.forget()
        if self._standing is not None:
            self._standing.forget()
        if self._lines is not None:
            self._lines.forget()
        if self._month is not None:
            self._month.forget()
        (self.observed if self._usage is None else self._usage).forget()

    async def forget_kept(self) -> None:
        """Nothing of what was answered may stay on disk. Raises OSError."""
        if self._now is not None:
            self._now.forget()
        await asyncio.to_thread(self._kept().forget)

    async def close(self) -> None:
        if self._lines is not None:
            await self._lines.close()
        if self._found is not None:
            await self._found.close()
        if self._month is not None:
            self._month.forget()
        if self._now is not None:
            await self._now.close()
        await (self.observed if self._usage is None else self._usage).close()
        if self._compiler is not None:
            await self._compiler.close()

    def _month_now(self) -> MonthNow:
        from console.costs.kept import KeptBills
        from console.costs.month_now import MonthNow

        return MonthNow(
            self.now,
            self.usage,
            self._workspaces,
            lambda: self._context.where,
            self._clock,
            lambda: KeptBills(None if self._settings.demo else self._kept()),
            self._changed,
        )

    def _kept(self) -> Snapshots:
        """Where bills are kept for whoever is signed in."""
        from console.domain.billing.opening import KEPT_SETTLED

        return Snapshots(self._settings.cache_dir / "costs", self._owner(), KEPT_SETTLED.days)
