"""The runner: carries out agreed plans, step by step: hold, re-read, journal, send, settle, verify."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from console.azure.answer import Answer
from console.azure.request import Request
from console.domain.scopes import key
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import pace
from console.operations.holding import Allowed, Holding, nothing_known
from console.operations.journal import Journal, JournalError, Outcome, Unfinished, settled
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import Danger, Plan, Settling, Step
from console.operations.sending import Against, Sending, nothing_stands
from console.operations.settling import Settlement
from console.operations.shelf import Kept, Shelf
from console.operations.stages import Stages
from console.operations.targets import Reread, seen
from console.text import redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

log = logging.getLogger(__name__)


class Runner:
    """Runs plans in the background. `reread(target_id)` gives a target's state now (None: it is gone); `changed` hears of every stage.

    `against` is asked right before a step is sent, after its target was looked at.
    """

    def __init__(
        self,
        arm: ArmClient,
        journal: Journal,
        reread: Reread,
        changed: Callable[[Operation, StepRun], None],
        *,
        cloud: str,
        who: Callable[[], str],
        shelf: Shelf | None = None,
        allowed: Allowed = nothing_known,
        against: Against = nothing_stands,
    ) -> None:
        self.operations: list[Operation] = []
        self._who = who
        self._tasks: set[asyncio.Task[None]] = set()
        self.stages = Stages(arm, journal, shelf, reread, changed)
        self._holding = Holding(self.stages, allowed)
        self._sending = Sending(self.stages, self._holding, against, cloud, who)
        self._settlement = Settlement(self.stages, allowed, lambda: self.operations, self._spawn)
        #: Target (key of its ARM id) → the step that is under way on it.
        self.steps_on = self.stages.steps_on

    @property
    def in_flight(self) -> int:
        """Steps that were started and have not ended."""
        runs = (run for operation in self.operations for run in operation.runs)
        return sum(not run.progress.ended and run.progress is not Progress.PAUSED for run in runs)

    def run(self, plan: Plan) -> Operation:
        """Begin; returns at once. What the plan waits for counts from now."""
        operation = self.begin(plan)
        if self.stages.shelf is not None:
            self.stages.shelf.keep(operation)
        self._spawn(self._run_all(operation))
        return operation

    def begin(self, plan: Plan) -> Operation:
        """A plan as an operation of which nothing is sent yet."""
        now = self.stages.now()
        reason = redact_text(plan.reason)
        steps = tuple((step if step.follows else _agreed(step, now)).because(reason) for step in plan.steps)
        plan = msgspec.structs.replace(plan, steps=steps, holds=(), reason=reason)
        operation = Operation(plan, [StepRun(step) for step in steps], begun=now, who=self._who())
        self.operations.append(operation)
        self.steps_on.update({key(run.step.target_id): (operation, run) for run in operation.runs})
        return operation

    async def ask(self, operation: Operation, run: StepRun) -> Answer:
        """Send a step once, for its answer, and end it with that. Raises TroubleError, and JournalError before it is sent."""
        self.stages.move(operation, run, Progress.SENDING)
        try:
            self._sending.intend(operation, run)
        except JournalError as error:
            self.stages.end(operation, run, Progress.STOPPED, Trouble(Kind.UNEXPECTED, str(error), "JournalUnwritable"))
            raise
        try:
            answer = await self._sending.send_once(run)
        except TroubleError as error:
            self.stages.note(run, settled(run.id, Outcome.FAILED, server_time=self.stages.now(), trouble=error.trouble))
            self.stages.end(operation, run, Progress.FAILED, error.trouble)
            raise
        self.stages.note(run, settled(run.id, Outcome.DONE, server_time=self.stages.now()))
        self.stages.end(operation, run, Progress.DONE)
        return answer

    def part(self, now: str) -> None:
        """`now` signs in in place of somebody else: what those agreed to and was not sent ends here, and stays on the shelf for them."""
        if self.stages.shelf is not None:
            self.stages.shelf.close()
        self.operations = [operation for operation in self.operations if not operation.paused]
        for operation in self.operations:
            operation.kept = False
            if not operation.ended and not operation.adopted:
                self.stop(operation, f"not sent: {operation.who} agreed to it, and {now} is signed in now")

    def offer(self, kept: Kept) -> Operation:
        """Show what an earlier session left unsent. Nothing of it goes on until `run` is given what `remaining` says of it."""
        for earlier in self.operations:  # set aside here when somebody else signed in
            earlier.runs = [run for run in earlier.runs if run.id not in kept.step_ids]
        self.operations = [earlier for earlier in self.operations if earlier.runs]
        runs = [StepRun(step, id=name, progress=Progress.PAUSED) for step, name in zip(kept.plan.steps, kept.step_ids, strict=True)]
        operation = Operation(kept.plan, runs, id=kept.id, begun=kept.at, who=self._who(), kept=True)
        self.operations.append(operation)
        return operation

    async def remaining(self, operation: Operation) -> tuple[Plan | None, tuple[str, ...]]:
        """A paused plan as it can be agreed to now: its targets are re-read, and those that are no longer fit for it are left out.

        Returns None where none is left, and a sentence for each target left out. Raises TroubleError where one cannot be read.
        """
        plan = operation.plan
        targets = await asyncio.gather(*(self.stages.target(step.target_id) for step in plan.steps))
        fit, notes = [], []
        for step, target in zip(plan.steps, targets, strict=True):
            now = seen(step, target)
            waited_for = step.hold is not None and now in step.hold.while_states
            if step.fitting and now not in step.fitting and not waited_for:
                notes.append(f"{step.target_name} is left out: it was {step.rests_on} when the plan was made and is {now} now")
            else:
                fit.append(step)
        if not fit:
            return None, tuple(notes)
        typed = (fit[0].target_name if len(fit) == 1 else str(len(fit))) if plan.danger is Danger.TYPED else ""
        danger = max(plan.danger, Danger.CONFIRM)
        return msgspec.structs.replace(plan.only(tuple(fit)), danger=danger, typed=typed), tuple(notes)

    def drop(self, operation: Operation) -> None:
        """Give up a paused plan: nothing of it is sent, and it is not offered again."""
        if operation.paused and operation in self.operations:
            self.operations.remove(operation)
            if self.stages.shelf is not None:
                self.stages.shelf.drop(operation.id)

    def adopt(self, left: Unfinished) -> Operation:
        """Find out the fate of a change that a past process left open, and follow it to its end if it still runs."""
        record = left.intended
        step = Step(
            target_id=record.target_id,
            target_name=record.target_name,
            request=Request(method=record.method, path=record.path),
            permission="",
            rests_on=record.rests_on,
            aspect=record.aspect,
            settles=Settling(record.settles, record.settles_gone, record.settles_aspect),
        )
        title = f"{record.verb} {record.target_name}, begun before this start"
        run = StepRun(step, id=record.operation, started=time.monotonic(), sent_at=record.server_time)
        plan = Plan(verb=record.verb, title=title, where=record.path, steps=(step,), reason=record.reason)
        operation = Operation(plan, [run], adopted=True, begun=record.server_time or record.at, who=record.who)
        self.operations.append(operation)
        url = left.accepted.operation_url if left.accepted is not None else ""
        self._spawn(self._guarded(operation, run, lambda: self._settlement.settle(operation, run, url, sure=left.accepted is not None)))
        return operation

    def stop(self, operation: Operation, note: str = "stopped before it was sent") -> None:
        """Send no further step; those under way go on. What waits or holds ends now, not sent, with `note`."""
        operation.stopping = True
        operation.stop_said.set()
        for run in operation.runs:
            if run.progress in {Progress.WAITING, Progress.HOLDING}:
                self.stages.end(operation, run, Progress.STOPPED, note=note)

    async def close(self) -> None:
        """Leave: what was sent goes on in Azure, and the journal says so to the next start."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.stages.shelf is not None:
            self.stages.shelf.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_all(self, operation: Operation) -> None:
        gate = asyncio.Semaphore(pace.AT_ONCE)

        async def one(run: StepRun) -> None:
            if not await self._after_others(operation, run):
                return
            hold = run.step.hold
            if hold is not None:
                await self._guarded(operation, run, lambda: self._holding.hold(operation, run, hold))
            async with gate:
                await self._run_step(operation, run)

        await asyncio.gather(*(one(run) for run in operation.runs))

    async def _after_others(self, operation: Operation, run: StepRun) -> bool:
        """Wait for the steps that this one follows; if one of them is not done, it ends here, not sent."""
        earlier = [other for other in operation.runs if key(other.step.target_id) in map(key, run.step.follows) and other is not run]
        for other in earlier:
            await other.over.wait()
            if other.progress is not Progress.DONE:
                if not run.progress.ended:
                    self.stages.end(operation, run, Progress.STOPPED, note=f"not sent: {other.step.target_name} was not done before it")
                return False
        if run.step.follows:
            run.step = _agreed(run.step, self.stages.now())
        return True

    async def _run_step(self, operation: Operation, run: StepRun) -> None:
        if run.progress.ended:
            return
        run.started = time.monotonic()
        await self._guarded(operation, run, lambda: self._carry_out(operation, run))

    async def _carry_out(self, operation: Operation, run: StepRun) -> None:
        async with self._sending.turn:
            if run.progress.ended or not await self._sending.may_be_sent(operation, run):
                return
            if operation.stopping:
                self.stages.end(operation, run, Progress.STOPPED, note="stopped before it was sent")
                return
            sent = await self._sending.send(operation, run)
        if sent is not None:
            url, sure = sent
            await self._settlement.settle(operation, run, url, sure=sure)

    async def _guarded(self, operation: Operation, run: StepRun, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do the work; whatever fails in it becomes the step's state."""
        try:
            await work()
        except JournalError as error:
            trouble = Trouble(Kind.UNEXPECTED, str(error), "JournalUnwritable")
            self.stages.end(operation, run, Progress.STOPPED, trouble)
        except Exception as error:  # a fault of ours becomes the step's state; the journal keeps what was sent
            log.exception("step %s on %s failed", operation.plan.verb_of(run.step), run.step.target_id)
            sent = run.progress in {Progress.SENDING, Progress.RUNNING}
            then = "its fate is looked up at the next start" if sent else "nothing was sent"
            sentence = f"The console failed while it ran this step ({type(error).__name__}); {then}."
            trouble = Trouble(Kind.UNEXPECTED, sentence, type(error).__name__, str(error))
            self.stages.end(operation, run, Progress.UNKNOWN if sent else Progress.STOPPED, trouble)


def _agreed(step: Step, now: datetime) -> Step:
    """The step with the moment until which it holds."""
    return step if step.hold is None else msgspec.structs.replace(step, hold=step.hold.agreed(now))
