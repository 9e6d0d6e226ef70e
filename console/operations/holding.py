"""Holding: a step waits for what its plan says, or until Azure lets it be sent again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance
from console.domain.trouble import TroubleError
from console.operations import pace
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import Hold
from console.operations.stages import Stages

#: What the signed-in user may do at an ARM scope, as Azure tells now. Raises TroubleError.
Allowed = Callable[[str], Awaitable[Allowance]]


async def nothing_known(_scope: str) -> Allowance:
    """For a runner that is told of no way to ask."""
    return UNKNOWN_ALLOWANCE


class Holding:
    """Nothing of a step is sent while it holds. `allowed` tells whether access that it waits for is there."""

    def __init__(self, stages: Stages, allowed: Allowed) -> None:
        self._stages, self._allowed = stages, allowed

    async def hold(self, operation: Operation, run: StepRun, hold: Hold) -> None:
        """Wait as the step says. The step has ended after it where the plan was stopped meanwhile."""
        run.started = time.monotonic()
        while not run.progress.ended and (wait := await self._holds_for(run, hold)) > 0 and not run.progress.ended:
            if run.progress is not Progress.HOLDING:
                self._stages.move(operation, run, Progress.HOLDING)
            await self.wait_unless_stopped(operation, wait)

    async def wait_unless_stopped(self, operation: Operation, seconds: float) -> None:
        """Let so many seconds of the server's time pass, fewer where the plan is stopped meanwhile."""
        try:
            async with asyncio.timeout(max(pace.FASTEST_S, seconds / max(self._stages.arm.clock.rate, 1.0))):
                await operation.stop_said.wait()
        except TimeoutError:
            return

    async def _holds_for(self, run: StepRun, hold: Hold) -> float:
        """Server-time seconds until the next look at what a step holds for; 0 when it holds no longer."""
        if hold.until is not None and (left := (hold.until - self._stages.now()).total_seconds()) > 0:
            return min(left, pace.HOLD_LOOK_S)
        try:
            if hold.granted is not None and not hold.granted.seen_in(await self._allowed(hold.granted.scope)):
                run.looks_at = None
                return pace.HOLD_LOOK_S
            if not hold.while_states:
                return 0.0
            target = await self._stages.target(run.step.target_id)
        except TroubleError as error:
            run.looks_at = error.trouble
            return max(pace.HOLD_LOOK_S, error.trouble.retry_after or 0.0)
        run.looks_at = None
        return pace.HOLD_LOOK_S if target is not None and target.aspect("") in hold.while_states else 0.0
