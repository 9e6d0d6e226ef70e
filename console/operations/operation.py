"""Operations: plans under way or ended, and what became of each of their steps."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble
from console.operations.plan import Plan, Step


class Progress(StrEnum):
    """Where a step is, in words for its row. A paused one is of an earlier session and goes on only when somebody agrees again."""

    PAUSED = "paused"
    HOLDING = "holding"
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

    @property
    def unsent(self) -> bool:
        """Whether nothing of it has left, and stopping the plan keeps it so."""
        return self in {Progress.PAUSED, Progress.HOLDING, Progress.WAITING, Progress.CHECKING}


class StepRun(msgspec.Struct):
    """One step under way: what became of it, and since when (monotonic seconds).

    `seen` is the target's state when it was last looked at before the sending. `history` are its stages with their time (UTC, the
    server's clock); `looks_at` is the trouble of the last look while it holds. `already` says that what was wanted was there before:
    then there is nothing to take back. `listed_at` is when Azure was seen to have a change of access, `effective_at` when that was seen
    to be in effect (UTC, the server's clock). `over` is set when it has ended.
    """

    step: Step
    id: str = msgspec.field(default_factory=lambda: str(uuid.uuid4()))
    progress: Progress = Progress.WAITING
    trouble: Trouble | None = None
    note: str = ""
    started: float = 0.0
    sent_at: datetime | None = None
    looked: bool = False
    unwritten: str = ""
    seen: str = ""
    history: list[tuple[Progress, datetime]] = msgspec.field(default_factory=list)
    looks_at: Trouble | None = None
    already: bool = False
    listed_at: datetime | None = None
    effective_at: datetime | None = None
    over: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    @property
    def undoable(self) -> bool:
        return self.progress is Progress.DONE and self.step.undo is not None and not self.already


class Operation(msgspec.Struct):
    """A plan under way, ended, or paused. `begun` is the server's time (UTC), `who` agreed to it.

    `kept` says that what is unsent of it when the console ends is offered again at the next start.
    """

    plan: Plan
    runs: list[StepRun]
    stopping: bool = False
    adopted: bool = False
    id: str = msgspec.field(default_factory=lambda: str(uuid.uuid4()))
    begun: datetime | None = None
    who: str = ""
    kept: bool = False
    stop_said: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    @property
    def ended(self) -> bool:
        return all(run.progress.ended for run in self.runs)

    @property
    def paused(self) -> bool:
        """Of an earlier session, and not resumed."""
        return any(run.progress is Progress.PAUSED for run in self.runs)

    @property
    def unsent(self) -> int:
        """How many of its steps have not left."""
        return sum(run.progress.unsent for run in self.runs)

    @property
    def undoable(self) -> bool:
        return self.ended and any(run.undoable for run in self.runs)


def undo_of(operation: Operation, only: Collection[str] = ()) -> Plan | None:
    """The plan that takes back what an ended operation did, or of it the steps with the ids in `only`; None where nothing can be."""
    done = [run for run in operation.runs if run.undoable and (not only or run.id in only)]
    steps = tuple(run.step.undo for run in done if run.step.undo is not None)
    if not steps:
        return None
    plan = operation.plan
    names = ", ".join(step.target_name for step in steps)
    return Plan(verb=f"undo {plan.verb}", title=f"Undo {plan.verb}: {names}", where=where_of(steps) or plan.where, steps=steps)


def where_of(steps: Sequence[Step]) -> str:
    """The workspaces that steps are about, each with its resource group; "" where their targets are in none."""
    places: dict[str, None] = {}
    for step in steps:
        for place in concerned(step):
            places[f"{place.name} · {place.resource_group}"] = None
    return ", ".join(places)


def concerned(step: Step) -> tuple[WorkspaceRef, ...]:
    """The workspaces that a step is about: those that it names, else the one that its target is in; none where that tells none."""
    if step.about:
        return step.about
    try:
        return (WorkspaceRef.parse(step.target_id),)
    except ValueError:
        return ()


def tally(operation: Operation) -> str:
    """How the steps of an operation ended, in numbers: "4 done, 1 failed"."""
    counts = {progress: sum(run.progress is progress for run in operation.runs) for progress in Progress}
    order = sorted((progress for progress in Progress if counts[progress]), key=lambda progress: progress is not Progress.DONE)
    return ", ".join(f"{counts[progress]} {progress}" for progress in order)
