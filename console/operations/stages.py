"""Stages: moves steps from one to the next, writes down what became of them, and tells whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from console.domain.scopes import key
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations.journal import Journal, JournalError, Record
from console.operations.operation import Operation, Progress, StepRun
from console.operations.shelf import Shelf
from console.operations.targets import Reread, Target

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

log = logging.getLogger(__name__)


class Stages:
    """What holding, sending and settling share. `reread` gives a target's state now; `changed` hears of every stage."""

    def __init__(
        self, arm: ArmClient, journal: Journal, shelf: Shelf | None, reread: Reread, changed: Callable[[Operation, StepRun], None]
    ) -> None:
        self.arm, self.journal, self.shelf, self.reread, self.changed = arm, journal, shelf, reread, changed
        #: Target (key of its ARM id) → the step that is under way on it.
        self.steps_on: dict[str, tuple[Operation, StepRun]] = {}

    def now(self) -> datetime:
        """The server's time (UTC)."""
        return self.arm.clock.now()

    def move(self, operation: Operation, run: StepRun, progress: Progress) -> None:
        """A step is at another stage from now on."""
        run.progress = progress
        run.history.append((progress, self.now()))
        target = key(run.step.target_id)
        if not progress.ended:
            self.steps_on[target] = (operation, run)
        elif target in self.steps_on and self.steps_on[target][1] is run:
            del self.steps_on[target]
        if progress.ended:
            run.over.set()
            if self.shelf is not None:
                self.shelf.over(operation, run.id)
        self.changed(operation, run)

    def end(self, operation: Operation, run: StepRun, progress: Progress, trouble: Trouble | None = None, note: str = "") -> None:
        """A step has ended; `note` tells how, where it is not the trouble that does."""
        run.trouble = trouble
        run.note = " ".join(part for part in (note or (trouble.sentence if trouble else ""), run.unwritten) if part)
        self.move(operation, run, progress)

    def note(self, run: StepRun, record: Record) -> None:
        """Journal a stage after the sending: what Azure does counts even where it can no longer be written down."""
        try:
            self.journal.write(record)
        except JournalError as error:
            log.error("%s of %s is not in the journal: %s", record.stage, run.step.target_name, error)
            run.unwritten = str(error)

    async def target(self, target_id: str) -> Target | None:
        """The target as it is now; None when it is gone. Raises TroubleError for everything but 'not found'."""
        try:
            return await self.reread(target_id)
        except TroubleError as error:
            if error.trouble.kind is Kind.NOT_FOUND:
                return None
            raise
