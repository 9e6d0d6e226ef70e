"""The journal: every change written down before it is sent and at each stage after, so that a crash loses none.

JSON lines, one file per process, append-only, each record on disk before the console goes on. A file is held by a lock while its process
lives; records of files that nobody holds are a past process's, and what they leave open is looked up at the next start.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from console.domain.trouble import Trouble


class Stage(StrEnum):
    """Where a change is: about to be sent; taken on by Azure; ended, well or badly."""

    INTENDED = "intended"
    ACCEPTED = "accepted"
    SETTLED = "settled"


class Outcome(StrEnum):
    """How a change ended. `unknown`: it may or may not have happened, and nothing tells."""

    DONE = "done"
    FAILED = "failed"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. `operation` identifies a step through all its stages; `at` is this machine's time, `server_time` Azure's (UTC).

    Request bodies are not kept: method, path and what it rests on are enough to tell its fate, and a body may hold a secret.
    """

    stage: Stage
    operation: str
    at: datetime
    server_time: datetime | None = None
    verb: str = ""
    target_id: str = ""
    target_name: str = ""
    method: str = ""
    path: str = ""
    request_id: str = ""
    rests_on: str = ""
    aspect: str = ""
    settles: tuple[str, ...] = ()
    settles_gone: bool = False
    settles_aspect: str = ""
    undo_path: str = ""
    cloud: str = ""
    who: str = ""
    operation_url: str = ""
    outcome: Outcome | None = None
    note: str = ""
    code: str = ""
    reason: str = ""


class Unfinished(msgspec.Struct, frozen=True):
    """A change of a past process of which the journal does not tell the end."""

    intended: Record
    accepted: Record | None = None


_encoder = msgspec.json.Encoder()


@cache
def _decoder() -> msgspec.json.Decoder[Record]:
    return msgspec.json.Decoder(Record)


class JournalError(Exception):
    """The journal cannot be written: without it no change is sent."""


class Journal:
    """Appends records to this process's file in `folder` (0700; files 0600) and reads everybody's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"
        self._file: int | None = None

    def write(self, record: Record) -> None:
        """Append one record; it is on disk when this returns. Raises JournalError where that cannot be had."""
        line = _encoder.encode(record) + b"\n"
        try:
            handle = self._open()
            size = os.fstat(handle).st_size
            if os.write(handle, line) < len(line):
                # Half a line would swallow the next one.
                os.ftruncate(handle, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        except OSError as error:
            raise JournalError(f"Nothing is sent: the journal cannot be written ({error.strerror}): {self.path}") from error

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Changes that past processes left open, oldest first. Lines that cannot be read (a crash cuts the last one) are passed over."""
        intended: dict[str, Record] = {}
        accepted: dict[str, Record] = {}
        ended: set[str] = set()
        for path in sorted(self.folder.glob("*.jsonl")):
            living = path != self.path and held(path)
            for record in records(path):
                if record.stage is Stage.SETTLED:
                    ended.add(record.operation)
                elif living or path == self.path:
                    continue
                elif record.stage is Stage.INTENDED:
                    intended[record.operation] = record
                else:
                    accepted[record.operation] = record
        return tuple(Unfinished(record, accepted.get(name)) for name, record in intended.items() if name not in ended)

    def begun(self) -> frozenset[str]:
        """Every change that any process was about to send, whatever became of it."""
        paths = sorted(self.folder.glob("*.jsonl"))
        return frozenset(record.operation for path in paths for record in records(path) if record.stage is Stage.INTENDED)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        if self._file is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file = handle
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return self._file


def settled(
    operation: str, outcome: Outcome, *, server_time: datetime, note: str = "", trouble: Trouble | None = None, **more: Any
) -> Record:
    """The record that ends a change."""
    return Record(
        stage=Stage.SETTLED,
        operation=operation,
        at=datetime.now(UTC),
        server_time=server_time,
        outcome=outcome,
        note=note or (trouble.sentence if trouble else ""),
        code=trouble.code if trouble else "",
        **more,
    )


def records(path: Path, most_bytes: int = 0) -> Iterator[Record]:
    """The records of a file, in order; with `most_bytes` only those at its end. What cannot be read is passed over."""
    try:
        with open(path, "rb") as file:
            if most_bytes:
                file.seek(max(0, file.seek(0, os.SEEK_END) - most_bytes))
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield _decoder().decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # the cut last line of a process that died while writing: what it announced was not sent


def held(path: Path) -> bool:
    """Whether the process that writes a file (a journal's, a kept plan's) still lives."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(handle)
