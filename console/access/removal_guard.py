"""The removal guard: what stands against a removal of role assignments at the moment it is sent, by what Azure lists then.

A plan is judged when it is shown; until it is sent somebody else may have taken away what it counted on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

from console.access.now import AccessNow
from console.context import Context
from console.domain import scopes
from console.domain.access.assignments import is_assignment
from console.domain.access.facts import Facts
from console.domain.access.guards import Refusal, Removal, refusals
from console.domain.trouble import Kind, TroubleError
from console.feeds.answers import answered
from console.operations.operation import Operation, Progress, StepRun

#: What was read serves the steps of one plan for so long (real seconds), unless something else was sent meanwhile.
FRESH_S = 5.0
#: A step in one of these may have taken effect already or not.
_UNDER_WAY = frozenset({Progress.SENDING, Progress.RUNNING})


class RemovalGuard:
    """One for a session. `operations` are all that were begun, `me` of the context is whose own path is kept."""

    def __init__(self, access: Callable[[], AccessNow], context: Context, operations: Callable[[], Sequence[Operation]]) -> None:
        self._access, self._context, self._operations = access, context, operations
        self._reading = asyncio.Lock()
        self._read_for: tuple[object, ...] = ()
        self._read_at = float("-inf")

    async def against(self, operation: Operation, run: StepRun) -> str:
        """Why a step must not be sent now, as sentences ("" where it may). Raises TroubleError where that cannot be told.

        All that the plan still takes away counts as gone, and what other plans are just sending. A doubt that was told when the plan was
        agreed to stands against nothing.
        """
        if not _takes(run):
            return ""
        facts = await self._facts(operation)
        going = {scopes.key(each.step.target_id) for each in self._going(operation)}
        with_it, others = self._found(facts, going), self._found(facts, going - {scopes.key(run.step.target_id)})
        anyway = {(each.scope, each.sure) for each in others}
        mine = [each for each in with_it if (each.scope, each.sure) not in anyway]
        return " ".join(each.sentence for each in mine if each.sure or each.sentence not in operation.plan.despite)

    def _found(self, facts: Facts, targets: set[str]) -> tuple[Refusal, ...]:
        held = frozenset(each.id for each in facts.assignments if scopes.key(each.id) in targets)
        return refusals(facts, Removal(held), self._context.object_id.lower()) if held else ()

    def _going(self, operation: Operation) -> Iterator[StepRun]:
        """The steps by which assignments go, or may have gone without being off the list that was read."""
        for each in self._operations():
            for run in each.runs:
                if _takes(run) and (run.progress in _UNDER_WAY or (each is operation and _counts(run))):
                    yield run

    async def _facts(self, operation: Operation) -> Facts:
        """What decides, the assignments as they are listed now."""
        async with self._reading:
            ended = sum(run.progress.ended for each in self._operations() if each is not operation for run in each.runs)
            wanted = (operation.id, ended)
            if self._read_for != wanted or time.monotonic() - self._read_at > FRESH_S:
                began = time.monotonic()
                await self._read()
                self._read_for, self._read_at = wanted, began
            return self._access().facts()

    async def _read(self) -> None:
        """List the assignments anew, and learn who those are that were not there before. Raises TroubleError."""
        feed = self._access().assignments
        if not self._access().grants.loaded:
            await self._access().read_once()
        else:
            if any(part.running for part in feed.parts.values()):
                await answered((feed,))  # a poll that began before tells of then
            await answered((feed,))
            await self._access().settle()
        for part in feed.parts.values():
            # A list that was never to be had is told as unread, which is judged; one that fails now leaves what was read before.
            if part.trouble is not None and (part.reading is not None or part.trouble.kind is not Kind.PERMISSION):
                raise TroubleError(part.trouble)


def _takes(run: StepRun) -> bool:
    return run.step.request.method == "DELETE" and is_assignment(run.step.target_id)


def _counts(run: StepRun) -> bool:
    """Whether a step of the same plan is to be sent still, or was."""
    return not run.progress.ended or run.progress is Progress.DONE
