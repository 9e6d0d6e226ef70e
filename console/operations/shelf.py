"""The shelf: plans that wait, kept on disk, so that the next start can offer what was not sent when the console ended.

One file per plan (0600), held by a lock while its process lives: the plan and whose it is, then a line for each step that is over. What
the journal knows of is never offered again, whatever the file says. A plan with a secret in it is not kept.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from console.azure import sources
from console.azure.slots import SLOT
from console.operations.operation import Operation
from console.operations.plan import Plan, Step
from console.text import redact

log = logging.getLogger(__name__)

#: Changes with every change of what is kept; a file of another form is left alone until it is old.
FORM = 3
KEPT_DAYS = 30


class Holder(msgspec.Struct, frozen=True):
    """Whose plan it is: it is offered to the same person on the same cloud and tenant only."""

    cloud: str
    tenant_id: str
    object_id: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with the ids that its steps have in the journal; `at` is when it was agreed to (UTC, the server's clock)."""

    form: int
    holder: Holder
    id: str
    at: datetime
    plan: Plan
    step_ids: tuple[str, ...]


class _Over(msgspec.Struct, frozen=True):
    over: str


class Shelf:
    """The files of `folder` (0700). What cannot be written or read is logged: the plan runs all the same, and is not offered again."""

    def __init__(self, folder: Path, holder: Callable[[], Holder]) -> None:
        self._folder = folder
        self._holder = holder
        self._files: dict[str, int] = {}

    def keep(self, operation: Operation) -> None:
        """Keep a plan of which steps may still be unsent when the console ends; says so in `operation.kept`."""
        holder = self._holder()
        waits = operation.plan.hold is not None or len(operation.runs) > 1
        if operation.begun is None or not waits or not holder.object_id or secret_in(operation.plan):
            return
        ids = tuple(run.id for run in operation.runs)
        kept = Kept(form=FORM, holder=holder, id=operation.id, at=operation.begun, plan=operation.plan, step_ids=ids)
        try:
            line = msgspec.json.encode(kept) + b"\n"
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._path(operation.id), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._files[operation.id] = handle
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(handle, line)
            os.fsync(handle)
        except (OSError, TypeError) as error:
            log.warning("the plan %s is not kept for the next start: %s", operation.id, error)
            self.drop(operation.id)
        else:
            operation.kept = True

    def over(self, operation: Operation, step_id: str) -> None:
        """A step was sent, or will never be; with the last one the plan is gone."""
        handle = self._files.get(operation.id)
        if handle is None:
            return
        if not operation.unsent:
            self.drop(operation.id)
            return
        try:
            os.write(handle, msgspec.json.encode(_Over(step_id)) + b"\n")
        except OSError as error:
            log.warning("the kept plan %s could not be brought up to date: %s", operation.id, error)

    def drop(self, operation_id: str) -> None:
        """Keep a plan no longer."""
        handle = self._files.pop(operation_id, None)
        if handle is None:
            return
        try:
            os.unlink(self._path(operation_id))
        except OSError as error:
            log.warning("the kept plan %s could not be removed: %s", operation_id, error)
        os.close(handle)

    def left(self, sent: frozenset[str]) -> tuple[Kept, ...]:
        """What ended processes left of this holder's plans, the oldest first, without the steps that are over or in `sent`.

        It is taken over: no other process is offered it while this one lives.
        """
        found = (self._take(path, sent) for path in sorted(self._folder.glob("*.jsonl")))
        return tuple(sorted((kept for kept in found if kept is not None), key=lambda kept: kept.at))

    def close(self) -> None:
        """Let go of the files: what they keep is offered by the next start."""
        for handle in self._files.values():
            os.close(handle)
        self._files.clear()

    def _path(self, operation_id: str) -> Path:
        return self._folder / f"{operation_id}.jsonl"

    def _take(self, path: Path, sent: frozenset[str]) -> Kept | None:
        try:
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)  # its process lives
            return None
        kept = _read(path)
        if kept is None or kept.id != path.stem or kept.holder != self._holder():
            if time.time() - os.fstat(handle).st_mtime > KEPT_DAYS * 86_400:
                with suppress(OSError):  # a folder that cannot be written: it lies there a while longer
                    path.unlink(missing_ok=True)
            os.close(handle)
            return None
        self._files[kept.id] = handle
        remaining = tuple(_remaining(kept, sent))
        if not remaining:
            self.drop(kept.id)
            return None
        steps, ids = zip(*remaining, strict=True)
        return msgspec.structs.replace(kept, plan=kept.plan.only(steps), step_ids=ids)


def _read(path: Path) -> Kept | None:
    """What a file keeps, without the steps that are over; None where it cannot be told. A crash may cut the last line."""
    try:
        first, *rest = path.read_bytes().splitlines()
        kept = msgspec.json.decode(first, type=Kept)
    except (OSError, ValueError, RecursionError) as error:
        log.warning("the kept plan %s cannot be read: %s", path.name, error)
        return None
    if kept.form != FORM or len(kept.step_ids) != len(kept.plan.steps):
        return None
    over = set()
    for line in rest:
        try:
            over.add(msgspec.json.decode(line, type=_Over).over)
        except (ValueError, RecursionError):
            continue
    remaining = list(_remaining(kept, frozenset(over)))
    steps, ids = tuple(step for step, _ in remaining), tuple(name for _, name in remaining)
    return msgspec.structs.replace(kept, plan=kept.plan.only(steps), step_ids=ids)


def _remaining(kept: Kept, over: frozenset[str]) -> Iterator[tuple[Step, str]]:
    return ((step, name) for step, name in zip(kept.plan.steps, kept.step_ids, strict=True) if name not in over)


def secret_in(plan: Plan) -> bool:
    """Whether a plan holds something that must not go to disk: a secret by its key or its form, or what is no plain data."""
    try:
        # What Azure holds is named there, not told: it is read again when it is sent.
        data: Any = sources.without(msgspec.to_builtins(plan))
        text = msgspec.json.encode(data)
        # A slot's secret is in this process's memory alone: the next start could not send it.
        return bool(redact(data) != msgspec.json.decode(text) or SLOT.search(text.decode()))
    except (TypeError, ValueError, RecursionError):
        return True
