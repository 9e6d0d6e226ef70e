"""Found: what is found of costs, looked through anew whenever a bill was read, without keeping anybody waiting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from console.clock import ServerClock
from console.costs.built import same
from console.costs.now import CostNow
from console.domain.billing.bill import Bill
from console.domain.compute import Compute
from console.domain.scopes import segments
from console.domain.workspaces import Workspace
from console.feeds.cost_findings import CostFindings
from console.feeds.feed import Feed

log = logging.getLogger(__name__)


class CostsFound:
    """`finder` tells what is found; `changed` is called when it tells something else. Ends with `close`."""

    def __init__(
        self,
        cost: CostNow,
        workspaces: Feed[Workspace],
        computes: Feed[Compute],
        clock: ServerClock,
        subscription_name: Callable[[str], str],
        changed: Callable[[], None],
    ) -> None:
        self._cost, self._changed = cost, changed
        self._looked: tuple[Bill, ...] = ()
        self._task: asyncio.Task[None] | None = None

        def name(scope: str) -> str:
            parts = segments(scope)
            return parts.get("resourcegroups") or subscription_name(parts.get("subscriptions", "")) or scope

        self.finder = CostFindings(
            lambda: cost.billed,
            lambda: cost.budgets.items,
            cost.budgets_read_of,
            lambda: workspaces.items,
            lambda: computes.items,
            (cost.budgets,),
            clock,
            name,
        )
        self._leave = cost.bills.subscribe(lambda _feed: self._bills_changed())

    async def settle(self) -> None:
        """Come back once all bills that are there were looked through."""
        while self._task is not None or self._is_new(self._cost.billed):
            self._bills_changed()
            if self._task is not None:
                await asyncio.wait({self._task})

    def forget(self) -> None:
        """Somebody else asks from now on: what bills told that are gone is not theirs."""
        self._bills_changed()

    async def close(self) -> None:
        """Follow the bills no longer."""
        self._leave()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _bills_changed(self) -> None:
        if self._task is None and self._is_new(self._cost.billed):
            self._task = asyncio.get_running_loop().create_task(self._look(), name="cost findings")

    async def _look(self) -> None:
        try:
            while self._is_new(bills := self._cost.billed):
                self._looked = bills
                await self.finder.look_through()
                self._changed()
        except Exception:  # a fault of ours costs these findings until the next bill, not the console; the log has the traceback
            log.exception("bills could not be looked through")
        finally:
            self._task = None

    def _is_new(self, bills: tuple[Bill, ...]) -> bool:
        return not same(bills, self._looked)
