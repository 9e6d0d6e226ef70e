"""Sending: a step is looked at again, journaled, and sent once; what was held back or refused for now is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from console.azure.answer import Answer, is_page, operation_url
from console.azure.errors import unreachable
from console.azure.quotas import refused
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import pace
from console.operations.holding import Holding
from console.operations.journal import Outcome, Record, Stage, settled
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import GONE, Step
from console.operations.stages import Stages
from console.operations.targets import reached, seen

#: What stands against sending a step now, as a sentence ("" where nothing does). Raises TroubleError where that cannot be told.
Against = Callable[[Operation, StepRun], Awaitable[str]]


async def nothing_stands(_operation: Operation, _run: StepRun) -> str:
    """For a runner whose plans nothing but their targets decides about."""
    return ""


def all_against(*judges: Against) -> Against:
    """What any of these has against a step."""

    async def against(operation: Operation, run: StepRun) -> str:
        return " ".join([why for judge in judges if (why := await judge(operation, run))])

    return against


class Sending:
    """`against` is asked right before a step is sent, after its target was looked at. `cloud` and `who` are for the journal.

    A step is looked at and sent while it has its `turn`, so that not too many are at once.
    """

    def __init__(self, stages: Stages, holding: Holding, against: Against, cloud: str, who: Callable[[], str]) -> None:
        self._stages, self._holding, self._against = stages, holding, against
        self._cloud, self._who = cloud, who
        self.turn = asyncio.Semaphore(pace.SENDING_AT_ONCE)

    async def may_be_sent(self, operation: Operation, run: StepRun) -> bool:
        """Whether the target is still as it was when the plan was shown, and nothing stands against it now; if not, the step ends here."""
        if not await self._rests_still(operation, run):
            return False
        try:
            why = await self._against(operation, run)
        except TroubleError as error:
            why = f"whether it may be sent could not be told. {error.trouble.sentence}"
            self._stages.end(operation, run, Progress.STOPPED, error.trouble, note=f"not sent: {why}")
            return False
        if why:
            self._stages.end(operation, run, Progress.STOPPED, note=f"not sent: {why}")
        return not why

    async def _rests_still(self, operation: Operation, run: StepRun) -> bool:
        """Whether the target is still as it was when the plan was shown; if not, the step ends here and says what changed."""
        step = run.step
        if not step.rests_on:
            return True
        self._stages.move(operation, run, Progress.CHECKING)
        try:
            target = await self._stages.target(step.target_id)
        except TroubleError as error:
            self._stages.end(
                operation, run, Progress.STOPPED, error.trouble, note=f"not sent: it could not be re-read. {error.trouble.sentence}"
            )
            return False
        now = run.seen = seen(step, target)
        if now in step.fitting:
            return True
        if step.already and reached(step, target):
            run.already = True
            self._stages.end(operation, run, Progress.DONE, note="it was there already: nothing was sent")
            return False
        was = "there was none" if step.rests_on == GONE else f"it was {step.rests_on}"
        self._stages.end(operation, run, Progress.STOPPED, note=f"not sent: {was} when the plan was made and is {now} now")
        return False

    async def send(self, operation: Operation, run: StepRun) -> tuple[str, bool] | None:
        """Write the intention, then send once: where the operation's end is told ("": nowhere), and whether an answer came.

        None where the step has ended. An answer that never came is not a failure: whether it happened is then found out.
        """
        step = run.step
        self._stages.move(operation, run, Progress.SENDING)
        self.intend(operation, run)
        if self._stages.shelf is not None:
            self._stages.shelf.over(operation, run.id)
        try:
            answer = await self._send_when_let(operation, run)
        except TroubleError as error:
            if error.trouble.kind is Kind.UNREACHABLE:
                run.trouble = error.trouble
                return "", False
            if error.trouble.code in step.already:
                run.already, note = True, f"it was there already: {error.trouble.message}"
                self._stages.note(run, settled(run.id, Outcome.DONE, server_time=self._stages.now(), note=note))
                self._stages.end(operation, run, Progress.DONE, note=note)
                return None
            self._stages.note(run, settled(run.id, Outcome.FAILED, server_time=self._stages.now(), trouble=error.trouble))
            self._stages.end(operation, run, Progress.FAILED, error.trouble)
            return None
        if answer is None:
            self._stages.note(run, settled(run.id, Outcome.NOT_SENT, server_time=self._stages.now(), note=run.note))
            return None
        self._stages.note(
            run,
            Record(
                stage=Stage.ACCEPTED,
                operation=run.id,
                at=datetime.now(UTC),
                server_time=self._stages.now(),
                operation_url=operation_url(answer),
            ),
        )
        return operation_url(answer), True

    def intend(self, operation: Operation, run: StepRun) -> None:
        """Journal that a step is about to be sent. Raises JournalError."""
        step = run.step
        run.sent_at = self._stages.now()
        self._stages.journal.write(
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
                return await self.send_once(run)
            except TroubleError as error:
                trouble = error.trouble
                if trouble.kind is Kind.THROTTLED and held_back < pace.MOST_HELD_BACK:
                    held_back += 1
                    if not operation.stopping:
                        await asyncio.sleep(trouble.retry_after or pace.UNSAID_WAIT_S)
                elif (wait := _wait_for_now(run.step, trouble, refused_for_now)) is not None:
                    refused_for_now += 1
                    await self._hold_for_now(operation, run, trouble, wait)
                else:
                    raise
            if operation.stopping:
                if not run.progress.ended:
                    self._stages.end(operation, run, Progress.STOPPED, note="stopped while Azure held it back")
                return None
            if not await self.may_be_sent(operation, run):
                return None
            self._stages.move(operation, run, Progress.SENDING)

    async def _hold_for_now(self, operation: Operation, run: StepRun, trouble: Trouble, wait: float) -> None:
        """Wait before a step is sent again that Azure refused for now; others are sent meanwhile."""
        run.looks_at = trouble
        self._stages.move(operation, run, Progress.HOLDING)
        self.turn.release()
        try:
            await self._holding.wait_unless_stopped(operation, wait)
        finally:
            await self.turn.acquire()
            run.looks_at = None

    async def send_once(self, run: StepRun) -> Answer:
        """Azure's answer; a web page in its stead (a proxy's, a sign-in's) says as little as none. Raises TroubleError."""
        request = run.step.request
        answer = await self._stages.arm.send(request, request_id=run.id)
        if is_page(answer):
            host = urlsplit(self._stages.arm.base_url).netloc
            raise unreachable("a web page came in Azure's stead", host, f"{request.method} {request.path}", self._stages.now())
        if (refusal := refused(request, answer.body, self._stages.now())) is not None:
            raise TroubleError(refusal)
        return answer


def _wait_for_now(step: Step, trouble: Trouble, turn: int) -> float | None:
    """Seconds until a step is sent again that was refused for now; None where it was refused for good, or too often."""
    if step.retry is None or trouble.code not in step.retry.codes:
        return None
    return step.retry.wait(turn)
