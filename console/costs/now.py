"""Costs now: what Azure has billed to the subscriptions of the open workspaces, what budgets allow them, and which alerts there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from console.clock import ServerClock
from console.costs.allowance import Status
from console.costs.broker import Broker
from console.costs.budget_reads import BudgetReads
from console.costs.kept import KeptBills
from console.costs.questioner import Asking
from console.domain import scopes
from console.domain.billing.bill import Bill
from console.domain.billing.budgets import Alert, Budget, is_alert, is_budget
from console.domain.billing.opening import OPENING, SPREAD, TAG, Part, question_of
from console.domain.billing.questions import Grain, Question
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.feeds.answers import answered
from console.feeds.feed import Cadence, Feed
from console.feeds.scheduler import Scheduler
from console.feeds.snapshots import Snapshots
from console.readers import Readers

#: After a plan of ours budgets are read at the transition's pace for so long (real seconds).
HURRY_S = 30.0
#: Until this day of a month some of the last three settled days are of the month before.
EARLY = 5


class CostNow:
    """Nothing is asked until `begin`: a console that nobody asks for costs asks Azure for none.

    `learn_the_time` has the server tell it, on which the days depend; `snapshots` is where bills are kept (None: nowhere); `changed`
    is called whenever something came.
    """

    def __init__(
        self,
        readers: Readers,
        scheduler: Scheduler,
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
        compiler: Callable[[], Asking],
        snapshots: Callable[[], Snapshots | None],
        learn_the_time: Callable[[], Awaitable[None]],
        changed: Callable[[], None],
        *,
        cap: int,
        tag: str = TAG,
    ) -> None:
        self.tag = tag
        self._where, self._clock, self._changed = where, clock, changed
        self._learn_the_time = learn_the_time
        self._snapshots = snapshots
        reads = self._reads = BudgetReads(readers, where)
        self.broker = Broker(readers, compiler, self._kept, reads.groups_of, clock, changed, cap)
        self._begun = False
        self._amortized = self._tags_back = False
        # The broker decides what is asked of Azure: it is looked at often, so that a new day is asked for soon after it began.
        self.bills: Feed[Bill] = Feed("costs", self._read_bill, Cadence(300, 0, 300), clock)
        self.budgets: Feed[Budget] = Feed("budgets", reads.budgets, Cadence(600, 5, 0), clock)
        self.alerts: Feed[Alert] = Feed("cost alerts", reads.alerts, Cadence(600, 5, 0), clock)
        self.feeds: tuple[Feed[Any], ...] = (self.bills, self.budgets, self.alerts)
        apart = Scheduler()
        apart.add(self.bills)
        scheduler.add_beside(apart)
        for feed in self.feeds:
            feed.subscribe(lambda _feed: changed())
            if feed is not self.bills:
                scheduler.add(feed)

    def begin(self) -> None:
        """Ask what the subscriptions of the open workspaces cost, from now on."""
        self._begun = True
        self.places_changed()

    @property
    def begun(self) -> bool:
        return self._begun

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        if not self._begun:
            return
        subscriptions = self.subscriptions
        for feed, wanted in (
            (self.bills, [f"{each}/{part}" for each in subscriptions for part in self._parts]),
            (self.budgets, list(subscriptions)),
            (self.alerts, list(subscriptions)),
        ):
            if wanted != list(feed.parts):
                feed.set_scopes(wanted)
        self._changed()

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """The ids (GUIDs in lower case) of the subscriptions that are asked about."""
        return tuple(dict.fromkeys(place.subscription_id.lower() for place in self._where()))

    @property
    def amortized(self) -> bool:
        """Whether reservations are spread over what used them."""
        return self._amortized

    @amortized.setter
    def amortized(self, spread: bool) -> None:
        self._amortized = spread
        self.places_changed()

    @property
    def tags_back(self) -> bool:
        """Whether last month is asked for by tag as well: nobody opens Cost for that, so that it is a question of its own."""
        return self._tags_back

    @tags_back.setter
    def tags_back(self, wanted: bool) -> None:
        if wanted != self._tags_back:
            self._tags_back = wanted
            self.places_changed()

    # What was answered

    def this_month(self, subscription: str) -> Bill | None:
        """Daily, by resource and meter category, up to today."""
        return self._bill(subscription, self._shown(Part.THIS_MONTH))

    def last_month(self, subscription: str) -> Bill | None:
        """The month before, in the same way."""
        return self._bill(subscription, self._shown(Part.LAST_MONTH))

    def tagged(self, subscription: str) -> Bill | None:
        """This month, daily, by the value of `tag` and resource: tags are as they were when the cost arose."""
        return self._bill(subscription, Part.TAGGED)

    def tagged_before(self, subscription: str) -> Bill | None:
        """The month before, in the same way; None unless `tags_back`."""
        return self._bill(subscription, Part.TAGGED_BEFORE)

    def forecast(self, subscription: str) -> Bill | None:
        """From today to the end of the month, daily, as Azure forecasts it."""
        return self._bill(subscription, Part.FORECAST)

    @property
    def billed(self) -> tuple[Bill, ...]:
        """This month's and last month's of all subscriptions, as on the bill, also while costs are shown amortized."""
        read = (self._bill(each, part) for each in self.subscriptions for part in (Part.LAST_MONTH, Part.THIS_MONTH))
        return tuple(bill for bill in read if bill is not None)

    def budgets_read_of(self, workspace: WorkspaceRef) -> bool:
        """Whether all budgets that may be a workspace's were read: those of its subscription, and those of its group."""
        reading = self.budgets.reading(workspace.subscription_id.lower())
        groups = self._reads.groups_of(f"/subscriptions/{workspace.subscription_id}")
        return reading is not None and not reading.incomplete and any(scopes.same_id(workspace.group_id, each) for each in groups)

    @property
    def latest(self) -> tuple[Bill, ...]:
        """The bills that have the latest days: this month's, and in its first days the last one's too. An older one is asked for seldom,
        and what is compared with it would be of days as old.
        """
        early = self._clock.now().day <= EARLY
        parts = (Part.THIS_MONTH, Part.LAST_MONTH) if early else (Part.THIS_MONTH,)
        read = (self._bill(each, part) for each in self.subscriptions for part in parts)
        return tuple(bill for bill in read if bill is not None)

    @property
    def asked(self) -> datetime | None:
        """When Azure was asked (UTC) for the oldest of what is shown; None while there is nothing."""
        return min((bill.asked for bill in self.bills.items), default=None)

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Why rows are missing, a sentence each."""
        told = (bill.incomplete for bill in self.bills.items)
        return tuple(dict.fromkeys(each for each in (*told, self.budgets.incomplete, self.alerts.incomplete) if each))

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Why something is old or not there, by subscription and question."""
        stale = {scope: self.broker.troubles.get(self._question(scope).key) for scope in self.bills.parts}
        told = {scope: trouble for scope, trouble in stale.items() if trouble is not None} | self.bills.troubles
        for feed in (self.budgets, self.alerts):
            told |= {f"{scope}/{feed.name}": trouble for scope, trouble in feed.troubles.items()}
        return told

    @property
    def busy(self) -> int:
        """Questions that are being asked."""
        return self.status.asking

    @property
    def status(self) -> Status:
        """What was asked, and how much of the allowance is used."""
        return self.broker.status

    # Life

    async def read_once(self) -> None:
        """Everything once: what is still good is not asked for again."""
        self.begin()
        await answered(self.feeds)

    async def refresh(self) -> None:
        """Ask for everything anew, however good it still is: four query units or so for each subscription."""
        questions = [self._question(scope) for scope in self.bills.parts]
        await asyncio.gather(*(self.broker.ask(each, anew=True) for each in questions), return_exceptions=True)
        for feed in self.feeds:
            feed.refresh()

    async def probe(self, subscription: str) -> Bill:
        """What a subscription cost this month, as one sum: whether costs may be read at all. Raises TroubleError."""
        await self._learn_the_time()
        today = self._clock.now().date()
        whole = Question(scope=f"/subscriptions/{subscription}", first=today.replace(day=1), last=today, grain=Grain.TOTAL)
        return await self.broker.ask(whole)

    def hurry(self, target_id: str) -> None:
        """A plan of ours changes a budget or an alert there."""
        feeds: tuple[Feed[Any], ...] = (self.budgets,) if is_budget(target_id) else (self.alerts,) if is_alert(target_id) else ()
        for feed in feeds:
            for scope in feed.parts:
                if scopes.key(target_id).startswith(f"/subscriptions/{scope}/"):
                    feed.hurry(scope, HURRY_S)

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self.broker.forget()
        for feed in self.feeds:
            feed.forget()

    async def close(self) -> None:
        await self.broker.close()
        await asyncio.to_thread(self._kept().prune)

    def _kept(self) -> KeptBills:
        """The bills on disk of whoever is signed in now."""
        return KeptBills(self._snapshots())

    # What is asked

    @property
    def _parts(self) -> tuple[Part, ...]:
        more = (Part.TAGGED_BEFORE,) if self._tags_back else ()
        return (*OPENING, *more, *(SPREAD.values() if self._amortized else ()))

    def _shown(self, part: Part) -> Part:
        return SPREAD[part] if self._amortized else part

    def _bill(self, subscription: str, part: Part) -> Bill | None:
        reading = self.bills.reading(f"{subscription.lower()}/{part}")
        return reading.items[0] if reading is not None else None

    def _question(self, scope: str) -> Question:
        """The question of a part of `bills`, as it is today."""
        subscription, part = scope.split("/")
        return question_of(Part(part), f"/subscriptions/{subscription}", self._clock.now().date(), self.tag)

    async def _read_bill(self, scope: str) -> Reading[Bill]:
        await self._learn_the_time()
        bill = await self.broker.ask(self._question(scope))
        return Reading((bill,), incomplete=bill.incomplete)
