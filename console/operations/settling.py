"""Settling: what was sent is followed to its end, and verified at the target itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime

from console.azure.errors import FOREIGN_LINK
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import pace
from console.operations.holding import Allowed
from console.operations.journal import Outcome, settled
from console.operations.operation import Operation, Progress, StepRun
from console.operations.spread import Spread
from console.operations.stages import Stages
from console.operations.targets import changed_since, reached, seen

log = logging.getLogger(__name__)

PROGRESS = {
    Outcome.DONE: Progress.DONE,
    Outcome.FAILED: Progress.FAILED,
    Outcome.NOT_SENT: Progress.STOPPED,
    Outcome.UNKNOWN: Progress.UNKNOWN,
}


class Settlement:
    """`operations` are all that there are, of which those under way share the looks. `spawn` does what goes on after a step has ended."""

    def __init__(
        self,
        stages: Stages,
        allowed: Allowed,
        operations: Callable[[], Iterable[Operation]],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._stages, self._allowed, self._operations, self._spawn = stages, allowed, operations, spawn

    async def settle(self, operation: Operation, run: StepRun, url: str, *, sure: bool = True) -> None:
        """Follow the operation to its end, then look at the target itself: only what is seen there counts as done."""
        self._stages.move(operation, run, Progress.RUNNING)
        if url:
            failed = await self._follow(run, url)
            if failed is not None:
                self._stages.note(run, settled(run.id, Outcome.FAILED, server_time=self._stages.now(), trouble=failed))
                self._stages.end(operation, run, Progress.FAILED, failed)
                return
        outcome, note = await self._verify(run, sure=sure)
        spread = run.step.spread
        if outcome is Outcome.DONE and spread is not None:
            run.listed_at = self._stages.now()
            note = spread.listed(run.listed_at)
        self._stages.note(run, settled(run.id, outcome, server_time=self._stages.now(), note=note, trouble=run.trouble))
        self._stages.end(operation, run, PROGRESS[outcome], run.trouble if outcome is not Outcome.DONE else None, note)
        if run.listed_at is not None and spread is not None and spread.mine:
            self._spawn(self._watch_spread(operation, run, spread, run.listed_at))

    async def _watch_spread(self, operation: Operation, run: StepRun, spread: Spread, listed: datetime) -> None:
        """Ask what the signed-in user may do until that shows a change of their access; the step has ended before."""
        while (self._stages.now() - listed).total_seconds() < pace.LONGEST_SPREAD_S:
            try:
                allowance = await self._allowed(spread.scope)
            except TroubleError as error:
                log.info("permissions at %s: %s", spread.scope, error.trouble.code)
            else:
                if spread.seen_in(allowance):
                    run.effective_at = self._stages.now()
                    run.note = spread.effective(run.effective_at, run.effective_at - listed)
                    self._stages.changed(operation, run)
                    return
            await asyncio.sleep(max(pace.FASTEST_S, self._pace()))
        run.note = spread.overdue()
        self._stages.changed(operation, run)

    async def _follow(self, run: StepRun, url: str) -> Trouble | None:
        """Poll an operation until it ends; its trouble, or None when it went well or can no longer be asked (the target then tells)."""
        failed_looks, end = 0, time.monotonic() + pace.LONGEST_PASSING_S
        while time.monotonic() < end:
            wait = self._pace()
            try:
                status = await self._stages.arm.operation_status(url)
            except TroubleError as error:
                failed_looks += 1
                if error.trouble.kind is Kind.NOT_FOUND or error.trouble.code == FOREIGN_LINK or failed_looks > pace.MOST_FAILED_LOOKS:
                    return None
                wait = max(wait, error.trouble.retry_after or 0.0, min(30.0, 0.5 * 2 ** min(failed_looks, 6)))
            else:
                failed_looks = 0
                if status.done:
                    return status.trouble
                wait = max(wait, status.wait or 0.0)
            await asyncio.sleep(max(pace.FASTEST_S, wait))
        return None

    def _pace(self) -> float:
        """Seconds until the next look at a step: longer where many are under way, so that all of them together stay below ARM's limit."""
        running = sum(run.progress is Progress.RUNNING for operation in self._operations() for run in operation.runs)
        return max(pace.POLL_S / max(self._stages.arm.clock.rate, 1.0), running / pace.LOOKS_A_SECOND)

    async def _verify(self, run: StepRun, *, sure: bool) -> tuple[Outcome, str]:
        """Look at the target until it is as the step wants it.

        `sure` False: the answer never came. Then a target that is as wanted counts only if it changed since, and one that stays as it
        was says that nothing happened.
        """
        step, unchanged = run.step, 0
        before = run.seen or step.rests_on
        if not step.settles.states and not step.settles.gone:
            return (Outcome.DONE, "") if sure else (Outcome.UNKNOWN, "no answer came, and nothing that can be read tells what became of it")
        looks, end = 0, time.monotonic() + pace.LONGEST_PASSING_S
        while looks < pace.MOST_FAILED_LOOKS and time.monotonic() < end:
            if run.looked:
                await asyncio.sleep(max(pace.FASTEST_S, self._pace()))
            run.looked = True
            looks += 1
            try:
                target = await self._stages.target(step.target_id)
            except TroubleError as error:
                log.info("verifying %s: %s", step.target_name, error.trouble.code)
                continue
            if target is not None and target.passing:
                looks = 0
            moved = seen(step, target) != before or changed_since(target, run.sent_at)
            if reached(step, target) and (sure or moved):
                return Outcome.DONE, ""
            unchanged = 0 if moved else unchanged + 1
            if unchanged >= 3 and not sure:
                return Outcome.NOT_SENT, f"no answer came, and it is {before} as before: it did not happen"
        said = "Azure accepted it" if sure else "no answer came"
        return Outcome.UNKNOWN, f"{said}, and the state it leads to was not seen yet"
