"""Entries: operations of this session, and what journals tell of past ones, in the form in which the activity is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from console.domain.activity import Entry, Origin, kind_of
from console.operations.journal import Outcome, Record, Stage, held, records
from console.operations.operation import Operation, StepRun

#: How much of the past is read: the newest files, and the end of each.
MOST_FILES = 60
MOST_BYTES = 400_000

UNDER_WAY = "under way"
"""What is told of a change that another console is carrying out."""


def of_operations(operations: Iterable[Operation]) -> Iterator[Entry]:
    """An entry for each step, also for those that were not sent."""
    return (_of_run(operation, run) for operation in operations for run in operation.runs)


def of_journals(folder: Path, cloud: str) -> tuple[Entry, ...]:
    """An entry for each change on a cloud that the newest journals in `folder` tell of; damaged lines and files are passed over.

    A change whose end no journal tells is "under way" while the process that sent it lives, else "unknown".
    """
    begun: dict[str, Record] = {}
    accepted: dict[str, Record] = {}
    ended: dict[str, Record] = {}
    living: set[str] = set()
    for path in sorted(folder.glob("*.jsonl"))[-MOST_FILES:]:
        alive = held(path)
        for record in records(path, MOST_BYTES):
            stage = {Stage.INTENDED: begun, Stage.ACCEPTED: accepted, Stage.SETTLED: ended}[record.stage]
            stage[record.operation] = record
            if alive:
                living.add(record.operation)
    mine = (name for name, record in begun.items() if record.cloud == cloud)
    return tuple(_of_records(begun[name], accepted.get(name), ended.get(name), name in living) for name in mine)


def _of_run(operation: Operation, run: StepRun) -> Entry:
    step = run.step
    return Entry(
        key=run.id,
        origin=Origin.HERE,
        what=_what(operation.plan.verb_of(step), step.target_id),
        result=run.progress,
        at=run.sent_at or operation.begun,
        who=operation.who,
        target_id=step.target_id,
        target_name=step.target_name,
        request_id=run.id,
        request=f"{step.request.method} {step.request.url}",
        reason=operation.plan.reason,
        note=run.note,
        code=run.trouble.code if run.trouble is not None else "",
        stages=tuple((str(progress), at) for progress, at in run.history),
    )


def _of_records(begun: Record, accepted: Record | None, ended: Record | None, alive: bool) -> Entry:
    result = ended.outcome if ended is not None and ended.outcome is not None else UNDER_WAY if alive else Outcome.UNKNOWN
    told = (record for record in (begun, accepted, ended) if record is not None)
    return Entry(
        key=begun.operation,
        origin=Origin.JOURNAL,
        what=_what(begun.verb, begun.target_id),
        result=str(result),
        at=begun.server_time or begun.at,
        who=begun.who,
        target_id=begun.target_id,
        target_name=begun.target_name,
        request_id=begun.request_id or begun.operation,
        request=f"{begun.method} {begun.path}",
        reason=begun.reason,
        note=ended.note if ended is not None else "",
        code=ended.code if ended is not None else "",
        stages=tuple((str(record.stage), record.server_time or record.at) for record in told),
    )


def _what(verb: str, target_id: str) -> str:
    return f"{verb} {kind_of(target_id)}".rstrip()
