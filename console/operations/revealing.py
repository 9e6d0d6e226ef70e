"""Revealing: a secret that a person asks for is read by a plan, journaled like a change, and given to whoever asked, to nobody else."""

from __future__ import annotations

from console.azure.answer import Answer
from console.azure.request import Effect
from console.domain.trouble import TroubleError
from console.operations.operation import Operation, StepRun
from console.operations.plan import Plan
from console.operations.runner import Runner


async def reveal(runner: Runner, plan: Plan) -> tuple[Operation, tuple[Answer | None, ...]]:
    """Send each step of a plan that was agreed to: the operation, as the activity has it, and Azure's answer to each step.

    None stands where Azure refused one: its run says why. Every step only reveals: ValueError where one changes something, or just reads.
    Nothing of the answers is kept here. Raises JournalError where a reading cannot be written down: then it is not sent.
    """
    if any(step.request.effect is not Effect.REVEAL for step in plan.steps):
        raise ValueError("a reveal of something that is not revealed")
    operation = runner.begin(plan)
    return operation, tuple([await _answer(runner, operation, run) for run in operation.runs])


async def _answer(runner: Runner, operation: Operation, run: StepRun) -> Answer | None:
    try:
        return await runner.ask(operation, run)
    except TroubleError:
        return None
