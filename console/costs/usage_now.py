"""Usage now: what ran in the open workspaces and what it will come to, live, and for the time in which nobody looked."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from console.clock import ServerClock
from console.costs.built import same
from console.costs.observed import Observed
from console.costs.past import Past
from console.costs.sums import Burnt, attributed, bounded, burnt
from console.costs.timelines import Timelines
from console.domain.billing.attribution import Piece
from console.domain.billing.bill import Bill
from console.domain.billing.calibration import Calibration
from console.domain.billing.compared import calibration
from console.domain.billing.estimate import Band, Estimate, Prices, daily, estimate
from console.domain.billing.merging import Coverage, coverage
from console.domain.billing.periods import Period
from console.domain.billing.usage import Timeline
from console.domain.compute import Compute
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.feeds.feed import Feed
from console.feeds.scheduler import Scheduler

log = logging.getLogger(__name__)

#: Seconds between two times of putting all together: workspaces are polled one after the other.
PAUSE_S = 0.5
#: Seconds for which the pieces of a long period are good: what one more poll adds to a week changes no line of it.
PIECES_S = 30.0
#: Charges that are compared at once; more are on a thread, as they would keep a key waiting.
AT_ONCE = 5_000
#: Seconds between two looks at what other consoles wrote.
OTHERS_S = 600.0


class UsageNow:
    """Nothing is read until `begin`: a console that nobody asks for costs asks Azure for none.

    All answers are of the moment `as_of` (UTC), and of the workspaces that are open.
    """

    def __init__(
        self,
        computes: Feed[Compute],
        observed: Observed,
        past: Past,
        prices: Callable[[], Prices],
        bills: Callable[[], Sequence[Bill]],
        where: Callable[[], Sequence[WorkspaceRef]],
        scheduler: Scheduler,
        clock: ServerClock,
        changed: Callable[[], None],
    ) -> None:
        """`prices` are the price lists by region, `bills` what Cost Management told of this month and the last by resource and meter, as
        far as it was asked. `changed` is called when there are new answers.
        """
        self.past = past
        self.as_of: datetime | None = None
        #: How often all was put together: whoever keeps what follows from it compares this. The moment does not do, where a clock stands.
        self.made = 0
        #: What today has cost so far, with its bounds; None before anything is known.
        self.today: Band | None = None
        #: How the burn went in the last hour, by the minute.
        self.hour_history: tuple[Burnt, ...] = ()
        self._computes, self._observed, self._prices, self._bills, self._where = computes, observed, prices, bills, where
        self._scheduler, self._clock, self._changed = scheduler, clock, changed
        self._timelines = Timelines(observed, past)
        self._pieces: dict[Period, tuple[float, tuple[Piece, ...]]] = {}
        self._wanted: set[Period] = set()
        self._calibration: tuple[tuple[object, ...], tuple[Calibration, dict[str, Calibration]] | None] | None = None
        self._comparing: asyncio.Task[None] | None = None
        self._others_read = float("-inf")
        self._begun = self._again = self._building = False
        self._task: asyncio.Task[None] | None = None
        self._leave: list[Callable[[], None]] = []

    # What screens read

    @property
    def begun(self) -> bool:
        return self._begun

    @property
    def feeds(self) -> tuple[Feed[Any], ...]:
        """What has to be polled while the figures are on screen."""
        return (self._computes, *self.past.feeds)

    @property
    def loaded(self) -> bool:
        """Whether the past was read as far as it can be."""
        parts = [part for feed in self.past.feeds for part in feed.parts.values()]
        read = all(part.reading is not None or part.trouble is not None for part in parts)
        return self.as_of is not None and read and (self.past.read_back or not self.past.reaches_back)

    @property
    def busy(self) -> bool:
        """Whether something is being put together, as something was read."""
        return self._again or self._building

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """What of the past could not be read last time: `feed of scope` → why."""
        return {f"{feed.name} of {scope}": trouble for feed in self.past.feeds for scope, trouble in feed.troubles.items()}

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """What each compute had since a month and a week ago; those that are gone are among them where something tells of them."""
        return self._timelines.all

    @property
    def prices(self) -> Prices:
        return self._prices()

    def cost(self, period: Period) -> Estimate | None:
        """What all computes come to in a period; None before anything is known."""
        return None if self.as_of is None else estimate(self.timelines, self.prices, *self._between(period, self.as_of))

    def by_compute(self, period: Period) -> Mapping[str, Estimate]:
        """The same by compute id."""
        if self.as_of is None:
            return {}
        between, prices = self._between(period, self.as_of), self.prices
        return {each.compute_id: estimate((each,), prices, *between) for each in self.timelines}

    def daily(self, period: Period) -> tuple[Estimate, ...]:
        """An estimate for each day of a period, today as far as it went."""
        return () if self.as_of is None else daily(self.timelines, self.prices, *self._between(period, self.as_of))

    def coverage(self, period: Period) -> Coverage:
        """How a period is known: observed, reconstructed, not at all."""
        return Coverage() if self.as_of is None else coverage(self.timelines, *self._between(period, self.as_of))

    def pieces(self, period: Period) -> tuple[Piece, ...]:
        """For whom and for what machines ran in a period: `showback` sums them up by user, job, experiment and compute.

        They are worked out once somebody has asked; until then there are none.
        """
        if period not in self._wanted:
            self._wanted.add(period)
            self.touch()
        return self._pieces[period][1] if period in self._pieces else ()

    @property
    def calibration(self) -> Calibration | None:
        """k over the last full days, of all computes together; None where no bill was read."""
        found = self._compared()
        return found[0] if found is not None else None

    @property
    def calibrations(self) -> Mapping[str, Calibration]:
        """k by ARM id in lower case: of a compute, or of a workspace whose computes are not billed by themselves."""
        found = self._compared()
        return found[1] if found is not None else {}

    # Life

    def begin(self) -> None:
        """Somebody asks: read the past, and follow the live end from now on."""
        if self._begun:
            return
        self._begun = True
        for feed in self.past.feeds:
            self._scheduler.add(feed)
            self._leave.append(feed.subscribe(lambda _feed: self.touch()))
        self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are open, or their computes were polled."""
        if not self._begun:
            return
        places = self._where()
        own = [compute for place in places if (reading := self._computes.reading(place.id)) is not None for compute in reading.items]
        self.past.look_at(places, own)
        self.touch()

    def reach_back(self) -> None:
        """Somebody asks for the month before: read what Azure tells of it, which is about as much again."""
        if not self.past.reaches_back:
            self.past.reach_back()
            self._others_read = float("-inf")
            self.touch()

    def touch(self) -> None:
        """Something that the answers rest on is other than before: put them together anew."""
        if not self._begun:
            return
        self._again = True
        if self._task is None:
            try:
                self._task = asyncio.get_running_loop().create_task(self._run(), name="usage")
            except RuntimeError:
                return  # no loop runs any more: nobody reads it

    def forget(self) -> None:
        """Somebody else asks from now on: what was read or worked out before is not theirs."""
        self._observed.forget()
        self.past.forget()
        self._timelines.forget()
        self.made += 1
        self.as_of, self.today, self.hour_history = None, None, ()
        self._compare_no_more()
        self._pieces.clear()
        self._others_read = float("-inf")
        self.touch()

    async def settle(self) -> None:
        """Come back once everything that was read is put together."""
        while self._task is not None:
            await asyncio.wait({self._task})

    async def compared(self) -> Calibration | None:
        """`calibration`, once also long bills are gone through."""
        _ = self.calibration
        if self._comparing is not None:
            await asyncio.wait({self._comparing})
        return self.calibration

    async def close(self) -> None:
        """Follow nothing any longer, and write what was observed."""
        self._begun = False
        for leave in self._leave:
            leave()
        self._compare_no_more()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._observed.close()

    async def _run(self) -> None:
        try:
            while self._again:
                self._again, self._building = False, True
                await self._build()
                self._building = False
                await asyncio.sleep(PAUSE_S)
        except Exception:  # a fault of ours costs these figures until the next change, not the console; the log has the traceback
            log.exception("what ran could not be put together")
        finally:
            self._task, self._building = None, False

    async def _build(self) -> None:
        places = self._where()
        readings = {place: known for place in places if (known := self._reading(place)) is not None}
        if time.monotonic() - self._others_read >= OTHERS_S:
            self._others_read = time.monotonic()
            await self._read_others(readings)
        now = self._clock.now().replace(microsecond=0)
        await self._timelines.build(readings, now)
        if list(places) != list(self._where()):
            self._again = True  # other workspaces are open meanwhile
            return
        timelines, prices = self._timelines.all, self._prices()
        today = await bounded(timelines, prices, Period.TODAY.start(now), now) if readings else None
        history = await burnt(timelines, prices, now)
        for period in tuple(self._wanted):
            made = self._pieces.get(period)
            if made is None or period is Period.TODAY or time.monotonic() - made[0] >= PIECES_S:
                if period is Period.LAST_MONTH and not self.past.read_back:
                    continue
                pieces = await attributed(timelines, self.past.runs_on, prices, *self._between(period, now))
                self._pieces[period] = time.monotonic(), pieces
        self.today, self.hour_history = today, history
        self.as_of = now if readings else None
        self.made += 1
        self._changed()

    def _between(self, period: Period, now: datetime) -> tuple[datetime, datetime]:
        return period.start(now), period.end(now)

    def _reading(self, place: WorkspaceRef) -> tuple[Reading[Compute], datetime] | None:
        part = self._computes.parts.get(place.id)
        if part is None or part.reading is None or part.taken_at is None:
            return None
        return part.reading, part.taken_at.replace(microsecond=0)

    async def _read_others(self, readings: Mapping[WorkspaceRef, Any]) -> None:
        month = Period.LAST_MONTH if self.past.reaches_back else Period.MONTH
        since = month.start(self._clock.now()) - timedelta(days=7)
        for place in readings:
            self._timelines.others[place.id] = await asyncio.to_thread(self._observed.read, place.id, since)

    def _compared(self) -> tuple[Calibration, dict[str, Calibration]] | None:
        """What bills and estimates are to each other; while long bills are gone through, what they were before."""
        bills = tuple(self._bills())
        rests_on = (self._timelines.version, self._prices(), *bills)
        known = self._calibration
        if known is not None and same(known[0], rests_on):
            return known[1]
        if sum(len(bill.charges) for bill in bills) <= AT_ONCE:
            known = self._calibration = rests_on, calibration(bills, self.timelines, self.prices)
        elif self._comparing is None:
            self._comparing = asyncio.get_running_loop().create_task(self._compare(rests_on, bills), name="calibration")
        return known[1] if known is not None else None

    async def _compare(self, rests_on: tuple[object, ...], bills: Sequence[Bill]) -> None:
        found = None
        try:
            found = await asyncio.to_thread(calibration, bills, self.timelines, self.prices)
        except Exception:  # a fault of ours costs this figure until the next bill, not the console; the log has the traceback
            log.exception("bills could not be compared with what ran")
        self._calibration, self._comparing = (rests_on, found), None
        self._changed()

    def _compare_no_more(self) -> None:
        self._calibration = None
        if self._comparing is not None:
            self._comparing.cancel()
            self._comparing = None
