"""The month now: what the open workspaces' account has come to this month; asks nothing by itself, and knows old bills from the disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import chain

from console.clock import ServerClock
from console.costs.built import same
from console.costs.kept import KeptBills
from console.costs.now import CostNow
from console.costs.usage_now import UsageNow
from console.domain.billing.account import Account, account_of
from console.domain.billing.account_bill import AccountBill, bill_of
from console.domain.billing.bill import Bill
from console.domain.billing.month import Month, month_of
from console.domain.billing.opening import Part, question_of
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed

log = logging.getLogger(__name__)

#: Days back for whose question of this month a kept answer is looked up: an older one says little of the month.
BACK = 3
#: Charges that are summed up at once; more are on a thread, as they would keep a key waiting.
AT_ONCE = 5_000


class MonthNow:
    """`month` is worked out when somebody asks and something that it rests on is other than before.

    Before costs were asked for (`CostNow.begin`) it rests on the bills that an earlier console left on disk: what they say is as old as
    they are, and nothing since is estimated. `kept` are the bills of whoever is signed in; `changed` is called when there is more to tell.
    """

    def __init__(
        self,
        cost: CostNow,
        usage: UsageNow,
        workspaces: Feed[Workspace],
        where: Callable[[], Sequence[WorkspaceRef]],
        clock: ServerClock,
        kept: Callable[[], KeptBills],
        changed: Callable[[], None],
    ) -> None:
        self._cost, self._usage, self._workspaces, self._where = cost, usage, workspaces, where
        self._clock, self._kept, self._changed = clock, kept, changed
        self._remembered: dict[str, tuple[Bill, ...]] = {}
        self._rests_on: tuple[object, ...] = ()
        self._month: Month | None = None
        self._summed: tuple[tuple[object, ...], AccountBill] | None = None
        self._summing: tuple[tuple[object, ...], asyncio.Task[None]] | None = None

    async def recall(self) -> None:
        """Look up on disk what was billed this month when it was last asked for; the server's time has to be known."""
        # Who asks may change meanwhile: what is found then goes nowhere.
        kept, found, today = self._kept(), self._remembered, self._clock.now().date()
        for subscription in self._cost.subscriptions:
            scope = f"/subscriptions/{subscription}"
            before = await asyncio.to_thread(kept.load, question_of(Part.LAST_MONTH, scope, today))
            for back in range(min(BACK + 1, today.day)):
                bill = await asyncio.to_thread(kept.load, question_of(Part.THIS_MONTH, scope, today - timedelta(days=back)))
                if bill is not None:
                    found[subscription] = (bill,) if before is None else (before, bill)
                    break
        self._changed()

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self._remembered = {}
        self._rests_on, self._month, self._summed = (), None, None
        if self._summing is not None:
            self._summing[1].cancel()
            self._summing = None

    @property
    def month(self) -> Month | None:
        """The month of the workspaces that are open; None while nothing is known of it."""
        places, bills, usage, cost = tuple(self._where()), self._bills(), self._usage, self._cost
        if not places or (not bills and usage.as_of is None):
            return None
        forecasts = [found for each in cost.subscriptions if (found := cost.forecast(each)) is not None]
        minute = self._clock.now().replace(second=0, microsecond=0)
        others = (self._workspaces.items, cost.budgets.items, usage.prices, usage.made, usage.calibration, minute)
        rests_on = (*places, *bills, *forecasts, *others)
        if not same(rests_on, self._rests_on):
            self._rests_on = rests_on
            self._month = self._work_out(places, bills, forecasts)
        return self._month

    def _work_out(self, places: Sequence[WorkspaceRef], bills: Sequence[Bill], forecasts: Sequence[Bill]) -> Month | None:
        usage, now = self._usage, self._clock.now()
        account = account_of(places, self._workspaces.items, self._cost.budgets.items, now.date())
        timelines = usage.timelines if usage.as_of is not None else None
        computes = frozenset(each.compute_id for each in timelines or () if account.has(each.compute_id))
        billed = self._bill(account, bills, computes)
        if billed is None:
            return None
        calibrated = usage.calibration
        k = calibrated.k.value if calibrated is not None else None
        return month_of(account, billed, forecasts, timelines, usage.prices, usage.as_of or now, k)

    def _bill(self, account: Account, bills: Sequence[Bill], computes: frozenset[str]) -> AccountBill | None:
        """The bill of the account; None while a long one is summed up."""
        today = self._clock.now().date()
        rests_on = (*bills, account, computes, today)
        if self._summed is not None and same(rests_on, self._summed[0]):
            return self._summed[1]
        if sum(len(bill.charges) for bill in bills) <= AT_ONCE:
            self._summed = rests_on, bill_of(account, bills, computes, today)
            return self._summed[1]
        if self._summing is None or not same(rests_on, self._summing[0]):
            if self._summing is not None:
                self._summing[1].cancel()
            summing = asyncio.get_running_loop().create_task(self._sum(rests_on, account, bills, computes, today), name="month")
            self._summing = rests_on, summing
        return None

    async def _sum(
        self, rests_on: tuple[object, ...], account: Account, bills: Sequence[Bill], computes: frozenset[str], today: date
    ) -> None:
        try:
            summed = await asyncio.to_thread(bill_of, account, bills, computes, today)
        except Exception:  # a fault of ours costs this figure until the next bill, not the console; the log has the traceback
            log.exception("the bill could not be summed up")
            return
        self._summed, self._summing, self._rests_on = (rests_on, summed), None, ()
        self._changed()

    def _bills(self) -> tuple[Bill, ...]:
        """Bills by resource of all subscriptions; none where one of them is not there: a part would look like the whole."""
        cost = self._cost
        if not cost.begun:
            kept = [self._remembered[each] for each in cost.subscriptions if each in self._remembered]
            return tuple(chain.from_iterable(kept)) if len(kept) == len(cost.subscriptions) else ()
        this_month = [cost.this_month(each) for each in cost.subscriptions]
        read = [bill for bill in this_month if bill is not None]
        if len(read) < len(this_month):
            return ()
        before = (cost.last_month(each) for each in cost.subscriptions)
        return (*(bill for bill in before if bill is not None), *read)
