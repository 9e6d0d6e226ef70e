"""Operations: plans under way or ended, and what became of each of their steps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from console.domain.trouble import Trouble
from console.operations.plan import Plan, Step


class Progress(StrEnum):
    """Where a step is, in words for its row."""

    WAITING = "waiting"
    CHECKING = "checking"
    SENDING = "sending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "not sent"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        return self in {Progress.DONE, Progress.FAILED, Progress.STOPPED, Progress.UNKNOWN}


@dataclass(slots=True)
class StepRun:
    """One step under way: what became of it, and since when (monotonic seconds)."""

    step: Step
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    progress: Progress = Progress.WAITING
    trouble: Trouble | None = None
    note: str = ""
    started: float = 0.0
    sent_at: datetime | None = None
    looked: bool = False
    unwritten: str = ""


@dataclass(slots=True)
class Operation:
    """A plan under way or ended."""

    plan: Plan
    runs: list[StepRun]
    stopping: bool = False
    adopted: bool = False

    @property
    def ended(self) -> bool:
        return all(run.progress.ended for run in self.runs)

    @property
    def undoable(self) -> bool:
        return self.ended and any(run.progress is Progress.DONE and run.step.undo is not None for run in self.runs)


def undo_of(operation: Operation) -> Plan | None:
    """The plan that takes back what an ended operation did; None where nothing can be taken back."""
    steps = tuple(run.step.undo for run in operation.runs if run.progress is Progress.DONE and run.step.undo is not None)
    if not steps:
        return None
    plan = operation.plan
    names = ", ".join(step.target_name for step in steps)
    return Plan(verb=f"undo {plan.verb}", title=f"Undo {plan.verb}: {names}", where=plan.where, steps=steps)
