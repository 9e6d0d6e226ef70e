"""The runner: carries out agreed plans, step by step: hold, re-read, journal, send, settle, verify."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import msgspec

from console.azure.answer import Answer, is_page, operation_url
from console.azure.errors import FOREIGN_LINK, UNSAID_WAIT_S, unreachable
from console.azure.quotas import refused
from console.azure.request import Request
from console.domain.permissions import UNKNOWN_ALLOWANCE, Allowance
from console.domain.scopes import key
from console.domain.trouble import Kind, Trouble, TroubleError, UnsentError
from console.operations.journal import Journal, JournalError, Outcome, Record, Stage, Unfinished, settled
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import GONE, Danger, Hold, Plan, Settling, Step
from console.operations.shelf import Kept, Shelf
from console.operations.spread import Spread
from console.text import redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

log = logging.getLogger(__name__)

#: Steps of one plan under way at once: what Azure does at the same time ends with the slowest of it.
AT_ONCE = 128
#: Steps that are looked at and sent at once: ARM's write bucket refills at 10 per second, others need it too.
SENDING_AT_ONCE = 4
#: Looks a second at all that is under way: ARM's read bucket refills at 25 per second, and what is on screen needs it too.
LOOKS_A_SECOND = 10.0
#: Server-time seconds between looks at an operation that does not say when to look again.
POLL_S = 5.0
FASTEST_S = 1.0
#: Server-time seconds between looks at a target that a step holds for: the pace of a feed on screen.
HOLD_LOOK_S = 30.0
#: How long a target may be on its way from one state to another before its end is called unknown.
LONGEST_PASSING_S = 3600.0
#: Times that Azure may hold a change back (429) before that is called its end.
MOST_HELD_BACK = 5
#: How long it is asked whether a change of one's own access is in effect (the server's time): three times what Azure documents.
LONGEST_SPREAD_S = 1800.0
#: Looks that may fail in a row before a step's end is called unknown.
MOST_FAILED_LOOKS = 40


PROGRESS = {
    Outcome.DONE: Progress.DONE,
    Outcome.FAILED: Progress.FAILED,
    Outcome.NOT_SENT: Progress.STOPPED,
    Outcome.UNKNOWN: Progress.UNKNOWN,
}


class Target(Protocol):
    """How the runner sees what a step changes: its state or a setting in words, and when it last changed (UTC, Azure's clock)."""

    def aspect(self, name: str) -> str: ...

    @property
    def last_changed(self) -> datetime | None: ...

    @property
    def passing(self) -> bool: ...


Reread = Callable[[str], Awaitable[Target]]
#: A Date header is cut to the second, and so may be a resource's own time.
CLOCK_GRAIN = timedelta(seconds=2)
#: What the signed-in user may do at an ARM scope, as Azure tells now. Raises TroubleError.
Allowed = Callable[[str], Awaitable[Allowance]]


#: What stands against sending a step now, as a sentence ("" where nothing does). Raises TroubleError where that cannot be told.
Against = Callable[[Operation, StepRun], Awaitable[str]]


async def nothing_known(_scope: str) -> Allowance:
    """For a runner that is told of no way to ask."""
    return UNKNOWN_ALLOWANCE


async def nothing_stands(_operation: Operation, _run: StepRun) -> str:
    """For a runner whose plans nothing but their targets decides about."""
    return ""


def all_against(*judges: Against) -> Against:
    """What any of these has against a step."""

    async def against(operation: Operation, run: StepRun) -> str:
        return " ".join([why for judge in judges if (why := await judge(operation, run))])

    return against


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
        self.arm = arm
        self.journal = journal
        self.shelf = shelf
        self.operations: list[Operation] = []
        #: Target (key of its ARM id) → the step that is under way on it.
        self.steps_on: dict[str, tuple[Operation, StepRun]] = {}
        self._reread = reread
        self._changed = changed
        self._cloud = cloud
        self._who = who
        self._allowed = allowed
        self._against = against
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Semaphore(SENDING_AT_ONCE)

    @property
    def in_flight(self) -> int:
        """Steps that were started and have not ended."""
        runs = (run for operation in self.operations for run in operation.runs)
        return sum(not run.progress.ended and run.progress is not Progress.PAUSED for run in runs)

    def run(self, plan: Plan) -> Operation:
        """Begin; returns at once. What the plan waits for counts from now."""
        operation = self.begin(plan)
        if self.shelf is not None:
            self.shelf.keep(operation)
        self._spawn(self._run_all(operation))
        return operation

    def begin(self, plan: Plan) -> Operation:
        """A plan as an operation of which nothing is sent yet."""
        now = self.arm.clock.now()
        reason = redact_text(plan.reason)
        steps = tuple((step if step.follows else _agreed(step, now)).because(reason) for step in plan.steps)
        plan = msgspec.structs.replace(plan, steps=steps, holds=(), reason=reason)
        operation = Operation(plan, [StepRun(step) for step in steps], begun=now, who=self._who())
        self.operations.append(operation)
        self.steps_on.update({key(run.step.target_id): (operation, run) for run in operation.runs})
        return operation

    async def ask(self, operation: Operation, run: StepRun) -> Answer:
        """Send a step once, for its answer, and end it with that. Raises TroubleError, and JournalError before it is sent."""
        self._move(operation, run, Progress.SENDING)
        try:
            self._intend(operation, run)
        except JournalError as error:
            self._end(operation, run, Progress.STOPPED, Trouble(Kind.UNEXPECTED, str(error), "JournalUnwritable"))
            raise
        try:
            answer = await self._send_once(run)
        except TroubleError as error:
            self._note(run, settled(run.id, Outcome.FAILED, server_time=self.arm.clock.now(), trouble=error.trouble))
            self._end(operation, run, Progress.FAILED, error.trouble)
            raise
        self._note(run, settled(run.id, Outcome.DONE, server_time=self.arm.clock.now()))
        self._end(operation, run, Progress.DONE)
        return answer

    def part(self, now: str) -> None:
        """`now` signs in in place of somebody else: what those agreed to and was not sent ends here, and stays on the shelf for them."""
        if self.shelf is not None:
            self.shelf.close()
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
        targets = await asyncio.gather(*(self._target(step.target_id) for step in plan.steps))
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
            if self.shelf is not None:
                self.shelf.drop(operation.id)

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
        self._spawn(self._guarded(operation, run, lambda: self._settle(operation, run, url, sure=left.accepted is not None)))
        return operation

    def stop(self, operation: Operation, note: str = "stopped before it was sent") -> None:
        """Send no further step; those under way go on. What waits or holds ends now, not sent, with `note`."""
        operation.stopping = True
        operation.stop_said.set()
        for run in operation.runs:
            if run.progress in {Progress.WAITING, Progress.HOLDING}:
                self._end(operation, run, Progress.STOPPED, note=note)

    async def close(self) -> None:
        """Leave: what was sent goes on in Azure, and the journal says so to the next start."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.shelf is not None:
            self.shelf.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_all(self, operation: Operation) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(run: StepRun) -> None:
            if not await self._after_others(operation, run):
                return
            hold = run.step.hold
            if hold is not None:
                await self._guarded(operation, run, lambda: self._hold(operation, run, hold))
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
                    self._end(operation, run, Progress.STOPPED, note=f"not sent: {other.step.target_name} was not done before it")
                return False
        if run.step.follows:
            run.step = _agreed(run.step, self.arm.clock.now())
        return True

    async def _hold(self, operation: Operation, run: StepRun, hold: Hold) -> None:
        """Wait as the step says. The step has ended after it where the plan was stopped meanwhile."""
        run.started = time.monotonic()
        while not run.progress.ended and (wait := await self._holds_for(run, hold)) > 0 and not run.progress.ended:
            if run.progress is not Progress.HOLDING:
                self._move(operation, run, Progress.HOLDING)
            await self._wait_unless_stopped(operation, wait)

    async def _wait_unless_stopped(self, operation: Operation, seconds: float) -> None:
        """Let so many seconds of the server's time pass, fewer where the plan is stopped meanwhile."""
        try:
            async with asyncio.timeout(max(FASTEST_S, seconds / max(self.arm.clock.rate, 1.0))):
                await operation.stop_said.wait()
        except TimeoutError:
            return

    async def _holds_for(self, run: StepRun, hold: Hold) -> float:
        """Server-time seconds until the next look at what a step holds for; 0 when it holds no longer."""
        if hold.until is not None and (left := (hold.until - self.arm.clock.now()).total_seconds()) > 0:
            return min(left, HOLD_LOOK_S)
        try:
            if hold.granted is not None and not hold.granted.seen_in(await self._allowed(hold.granted.scope)):
                run.looks_at = None
                return HOLD_LOOK_S
            if not hold.while_states:
                return 0.0
            target = await self._target(run.step.target_id)
        except TroubleError as error:
            run.looks_at = error.trouble
            return max(HOLD_LOOK_S, error.trouble.retry_after or 0.0)
        run.looks_at = None
        return HOLD_LOOK_S if target is not None and target.aspect("") in hold.while_states else 0.0

    async def _run_step(self, operation: Operation, run: StepRun) -> None:
        if run.progress.ended:
            return
        run.started = time.monotonic()
        await self._guarded(operation, run, lambda: self._carry_out(operation, run))

    async def _carry_out(self, operation: Operation, run: StepRun) -> None:
        async with self._sending:
            if run.progress.ended or not await self._may_be_sent(operation, run):
                return
            if operation.stopping:
                self._end(operation, run, Progress.STOPPED, note="stopped before it was sent")
                return
            sent = await self._send(operation, run)
        if sent is not None:
            url, sure = sent
            await self._settle(operation, run, url, sure=sure)

    async def _guarded(self, operation: Operation, run: StepRun, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do the work; whatever fails in it becomes the step's state."""
        try:
            await work()
        except JournalError as error:
            trouble = Trouble(Kind.UNEXPECTED, str(error), "JournalUnwritable")
            self._end(operation, run, Progress.STOPPED, trouble)
        except Exception as error:  # a fault of ours becomes the step's state; the journal keeps what was sent
            log.exception("step %s on %s failed", operation.plan.verb_of(run.step), run.step.target_id)
            sent = run.progress in {Progress.SENDING, Progress.RUNNING}
            then = "its fate is looked up at the next start" if sent else "nothing was sent"
            sentence = f"The console failed while it ran this step ({type(error).__name__}); {then}."
            trouble = Trouble(Kind.UNEXPECTED, sentence, type(error).__name__, str(error))
            self._end(operation, run, Progress.UNKNOWN if sent else Progress.STOPPED, trouble)

    async def _may_be_sent(self, operation: Operation, run: StepRun) -> bool:
        """Whether the target is still as it was when the plan was shown, and nothing stands against it now; if not, the step ends here."""
        if not await self._rests_still(operation, run):
            return False
        try:
            why = await self._against(operation, run)
        except TroubleError as error:
            why = f"whether it may be sent could not be told. {error.trouble.sentence}"
            self._end(operation, run, Progress.STOPPED, error.trouble, note=f"not sent: {why}")
            return False
        if why:
            self._end(operation, run, Progress.STOPPED, note=f"not sent: {why}")
        return not why

    async def _rests_still(self, operation: Operation, run: StepRun) -> bool:
        """Whether the target is still as it was when the plan was shown; if not, the step ends here and says what changed."""
        step = run.step
        if not step.rests_on:
            return True
        self._move(operation, run, Progress.CHECKING)
        try:
            target = await self._target(step.target_id)
        except TroubleError as error:
            self._end(operation, run, Progress.STOPPED, error.trouble, note=f"not sent: it could not be re-read. {error.trouble.sentence}")
            return False
        now = run.seen = seen(step, target)
        if now in step.fitting:
            return True
        if step.already and reached(step, target):
            run.already = True
            self._end(operation, run, Progress.DONE, note="it was there already: nothing was sent")
            return False
        was = "there was none" if step.rests_on == GONE else f"it was {step.rests_on}"
        self._end(operation, run, Progress.STOPPED, note=f"not sent: {was} when the plan was made and is {now} now")
        return False

    async def _send(self, operation: Operation, run: StepRun) -> tuple[str, bool] | None:
        """Write the intention, then send once: where the operation's end is told ("": nowhere), and whether an answer came.

        None where the step has ended. An answer that never came is not a failure: whether it happened is then found out.
        """
        step = run.step
        self._move(operation, run, Progress.SENDING)
        self._intend(operation, run)
        if self.shelf is not None:
            self.shelf.over(operation, run.id)
        try:
            answer = await self._send_when_let(operation, run)
        except TroubleError as error:
            sent = not isinstance(error, UnsentError)
            if sent and error.trouble.kind is Kind.UNREACHABLE:
                run.trouble = error.trouble
                return "", False
            if sent and error.trouble.code in step.already:
                run.already, note = True, f"it was there already: {error.trouble.message}"
                self._note(run, settled(run.id, Outcome.DONE, server_time=self.arm.clock.now(), note=note))
                self._end(operation, run, Progress.DONE, note=note)
                return None
            self._note(run, settled(run.id, Outcome.FAILED, server_time=self.arm.clock.now(), trouble=error.trouble))
            self._end(operation, run, Progress.FAILED, error.trouble)
            return None
        if answer is None:
            self._note(run, settled(run.id, Outcome.NOT_SENT, server_time=self.arm.clock.now(), note=run.note))
            return None
        self._note(
            run,
            Record(
                stage=Stage.ACCEPTED,
                operation=run.id,
                at=datetime.now(UTC),
                server_time=self.arm.clock.now(),
                operation_url=operation_url(answer),
            ),
        )
        return operation_url(answer), True

    def _intend(self, operation: Operation, run: StepRun) -> None:
        """Journal that a step is about to be sent. Raises JournalError."""
        step = run.step
        run.sent_at = self.arm.clock.now()
        self.journal.write(
            Record(
                stage=Stage.INTENDED,
                operation=run.id,
                at=datetime.now(UTC),
                server_time=run.sent_at,
                verb=operation.plan.verb_of(step),
                target_id=step.target_id,
                target_name=step.target_name,
                method=step.request.method,
                path=step.request.path,
                request_id=run.id,
                rests_on=run.seen or step.rests_on,
                aspect=step.aspect,
                settles=step.settles.states,
                settles_gone=step.settles.gone,
                settles_aspect=step.settles.aspect,
                undo_path=step.undo.request.path if step.undo else "",
                cloud=self._cloud,
                who=self._who(),
                reason=operation.plan.reason,
            )
        )

    async def _send_when_let(self, operation: Operation, run: StepRun) -> Answer | None:
        """Send; a 429, and a refusal that the step calls one for now, say that nothing happened: then it is sent again later.

        None where the target changed, or the plan was stopped, meanwhile: then the step has ended. Raises TroubleError.
        """
        held_back = refused_for_now = 0
        while True:
            try:
                return await self._send_once(run)
            except TroubleError as error:
                trouble = error.trouble
                if trouble.kind is Kind.THROTTLED and held_back < MOST_HELD_BACK:
                    held_back += 1
                    if not operation.stopping:
                        await asyncio.sleep(trouble.retry_after or UNSAID_WAIT_S)
                elif (wait := _wait_for_now(run.step, trouble, refused_for_now)) is not None:
                    refused_for_now += 1
                    await self._hold_for_now(operation, run, trouble, wait)
                else:
                    raise
            if operation.stopping:
                if not run.progress.ended:
                    self._end(operation, run, Progress.STOPPED, note="stopped while Azure held it back")
                return None
            if not await self._may_be_sent(operation, run):
                return None
            self._move(operation, run, Progress.SENDING)

    async def _hold_for_now(self, operation: Operation, run: StepRun, trouble: Trouble, wait: float) -> None:
        """Wait before a step is sent again that Azure refused for now; others are sent meanwhile."""
        run.looks_at = trouble
        self._move(operation, run, Progress.HOLDING)
        self._sending.release()
        try:
            await self._wait_unless_stopped(operation, wait)
        finally:
            await self._sending.acquire()
            run.looks_at = None

    def _note(self, run: StepRun, record: Record) -> None:
        """Journal a stage after the sending: what Azure does counts even where it can no longer be written down."""
        try:
            self.journal.write(record)
        except JournalError as error:
            log.error("%s of %s is not in the journal: %s", record.stage, run.step.target_name, error)
            run.unwritten = str(error)

    async def _send_once(self, run: StepRun) -> Answer:
        """Azure's answer; a web page in its stead (a proxy's, a sign-in's) says as little as none. Raises TroubleError."""
        request = run.step.request
        answer = await self.arm.send(request, request_id=run.id)
        if is_page(answer):
            host = urlsplit(self.arm.base_url).netloc
            raise unreachable("a web page came in Azure's stead", host, f"{request.method} {request.path}", self.arm.clock.now())
        if (refusal := refused(request, answer.body, self.arm.clock.now())) is not None:
            raise TroubleError(refusal)
        return answer

    async def _settle(self, operation: Operation, run: StepRun, url: str, *, sure: bool = True) -> None:
        """Follow the operation to its end, then look at the target itself: only what is seen there counts as done."""
        self._move(operation, run, Progress.RUNNING)
        if url:
            failed = await self._follow(run, url)
            if failed is not None:
                self._note(run, settled(run.id, Outcome.FAILED, server_time=self.arm.clock.now(), trouble=failed))
                self._end(operation, run, Progress.FAILED, failed)
                return
        outcome, note = await self._verify(run, sure=sure)
        spread = run.step.spread
        if outcome is Outcome.DONE and spread is not None:
            run.listed_at = self.arm.clock.now()
            note = spread.listed(run.listed_at)
        self._note(run, settled(run.id, outcome, server_time=self.arm.clock.now(), note=note, trouble=run.trouble))
        self._end(operation, run, PROGRESS[outcome], run.trouble if outcome is not Outcome.DONE else None, note)
        if run.listed_at is not None and spread is not None and spread.mine:
            self._spawn(self._watch_spread(operation, run, spread, run.listed_at))

    async def _watch_spread(self, operation: Operation, run: StepRun, spread: Spread, listed: datetime) -> None:
        """Ask what the signed-in user may do until that shows a change of their access; the step has ended before."""
        while (self.arm.clock.now() - listed).total_seconds() < LONGEST_SPREAD_S:
            try:
                allowance = await self._allowed(spread.scope)
            except TroubleError as error:
                log.info("permissions at %s: %s", spread.scope, error.trouble.code)
            else:
                if spread.seen_in(allowance):
                    run.effective_at = self.arm.clock.now()
                    run.note = spread.effective(run.effective_at, run.effective_at - listed)
                    self._changed(operation, run)
                    return
            await asyncio.sleep(max(FASTEST_S, self._pace()))
        run.note = spread.overdue()
        self._changed(operation, run)

    async def _follow(self, run: StepRun, url: str) -> Trouble | None:
        """Poll an operation until it ends; its trouble, or None when it went well or can no longer be asked (the target then tells)."""
        failed_looks, end = 0, time.monotonic() + LONGEST_PASSING_S
        while time.monotonic() < end:
            wait = self._pace()
            try:
                status = await self.arm.operation_status(url)
            except TroubleError as error:
                failed_looks += 1
                if error.trouble.kind is Kind.NOT_FOUND or error.trouble.code == FOREIGN_LINK or failed_looks > MOST_FAILED_LOOKS:
                    return None
                wait = max(wait, error.trouble.retry_after or 0.0, min(30.0, 0.5 * 2 ** min(failed_looks, 6)))
            else:
                failed_looks = 0
                if status.done:
                    return status.trouble
                wait = max(wait, status.wait or 0.0)
            await asyncio.sleep(max(FASTEST_S, wait))
        return None

    def _pace(self) -> float:
        """Seconds until the next look at a step: longer where many are under way, so that all of them together stay below ARM's limit."""
        running = sum(run.progress is Progress.RUNNING for operation in self.operations for run in operation.runs)
        return max(POLL_S / max(self.arm.clock.rate, 1.0), running / LOOKS_A_SECOND)

    async def _verify(self, run: StepRun, *, sure: bool) -> tuple[Outcome, str]:
        """Look at the target until it is as the step wants it.

        `sure` False: the answer never came. Then a target that is as wanted counts only if it changed since, and one that stays as it
        was says that nothing happened.
        """
        step, unchanged = run.step, 0
        before = run.seen or step.rests_on
        if not step.settles.states and not step.settles.gone:
            return (Outcome.DONE, "") if sure else (Outcome.UNKNOWN, "no answer came, and nothing that can be read tells what became of it")
        looks, end = 0, time.monotonic() + LONGEST_PASSING_S
        while looks < MOST_FAILED_LOOKS and time.monotonic() < end:
            if run.looked:
                await asyncio.sleep(max(FASTEST_S, self._pace()))
            run.looked = True
            looks += 1
            try:
                target = await self._target(step.target_id)
            except TroubleError as error:
                log.info("verifying %s: %s", step.target_name, error.trouble.code)
                continue
            if target is not None and target.passing:
                looks = 0
            moved = seen(step, target) != before or _changed_since(target, run.sent_at)
            if reached(step, target) and (sure or moved):
                return Outcome.DONE, ""
            unchanged = 0 if moved else unchanged + 1
            if unchanged >= 3 and not sure:
                return Outcome.NOT_SENT, f"no answer came, and it is {before} as before: it did not happen"
        said = "Azure accepted it" if sure else "no answer came"
        return Outcome.UNKNOWN, f"{said}, and the state it leads to was not seen yet"

    async def _target(self, target_id: str) -> Target | None:
        """The target as it is now; None when it is gone. Raises TroubleError for everything but 'not found'."""
        try:
            return await self._reread(target_id)
        except TroubleError as error:
            if error.trouble.kind is Kind.NOT_FOUND:
                return None
            raise

    def _move(self, operation: Operation, run: StepRun, progress: Progress) -> None:
        run.progress = progress
        run.history.append((progress, self.arm.clock.now()))
        target = key(run.step.target_id)
        if not progress.ended:
            self.steps_on[target] = (operation, run)
        elif target in self.steps_on and self.steps_on[target][1] is run:
            del self.steps_on[target]
        if progress.ended:
            run.over.set()
            if self.shelf is not None:
                self.shelf.over(operation, run.id)
        self._changed(operation, run)

    def _end(self, operation: Operation, run: StepRun, progress: Progress, trouble: Trouble | None = None, note: str = "") -> None:
        run.trouble = trouble
        run.note = " ".join(part for part in (note or (trouble.sentence if trouble else ""), run.unwritten) if part)
        self._move(operation, run, progress)


def _agreed(step: Step, now: datetime) -> Step:
    """The step with the moment until which it holds."""
    return step if step.hold is None else msgspec.structs.replace(step, hold=step.hold.agreed(now))


def _wait_for_now(step: Step, trouble: Trouble, turn: int) -> float | None:
    """Seconds until a step is sent again that was refused for now; None where it was refused for good, or too often."""
    if step.retry is None or trouble.code not in step.retry.codes:
        return None
    return step.retry.wait(turn)


def seen(step: Step, target: Target | None) -> str:
    """What a step rests on, as the target has it now."""
    return GONE if target is None else target.aspect(step.aspect)


def reached(step: Step, target: Target | None) -> bool:
    """Whether a target is what a step leads to."""
    return step.settles.gone if target is None else target.aspect(step.settles.aspect) in step.settles.states


def _changed_since(target: Target | None, moment: datetime | None) -> bool:
    return target is not None and moment is not None and target.last_changed is not None and target.last_changed >= moment - CLOCK_GRAIN
