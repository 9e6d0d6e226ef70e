"""The state file: every write with the simulated moment it came at, and what clients remember of the process that served them.

The estate itself is not in it. The same seed tells the same story, and the same writes at the same moments lead to the same state,
so a start repeats them (`console.emulator.replay`).
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

FORMAT = 1
_APPLICATION = 0x414D4C45
_HEADER = b"SQLite format 3\0"
_TABLES = """
create table settings (name text primary key, value text not null) without rowid;
create table writes (
    number integer primary key, moment text not null, method text not null, path text not null, query text not null, headers text not null,
    content blob not null, content_type text not null, object_id text not null, client_id text not null, upn text not null,
    identifier text not null, status integer
);
"""
_REACHED = "insert or replace into settings values ('reached', ?)"
# How far ahead of time, in real seconds, the file is told how late it is: it is written that often while nothing else is.
_LEASE_SECONDS = 1.0


class StateError(Exception):
    """The state file cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Write:
    """One request that may have changed something. `status` is what it was answered with, None if the process ended before that."""

    number: int
    moment: datetime
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    content_type: str
    object_id: str
    client_id: str
    upn: str
    identifier: str
    status: int | None = None


class State:
    """An open state file. Nobody else can open it meanwhile."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._told = False
        self._reached: datetime | None = None
        self._connection = _open(path)
        try:
            self.settings: dict[str, str] = dict(self._connection.execute("select name, value from settings"))
            if "reached" in self.settings:
                self._reached = datetime.fromisoformat(self.settings["reached"])
        except (sqlite3.Error, ValueError) as error:
            self._connection.close()
            raise StateError(f"--state {path} is damaged: {error}.") from None

    @property
    def reached(self) -> datetime | None:
        """A simulated moment that no client has seen the clock go beyond; None before the first start."""
        return self._reached

    def keep(self, settings: Mapping[str, str]) -> None:
        """Remember settings by name. Raises StateError."""
        self.settings |= settings
        self._execute("insert or replace into settings values (?, ?)", *settings.items())

    def note(self, name: str, value: str) -> None:
        """Remember a setting whose loss is no reason to refuse a request."""
        self._try("insert or replace into settings values (?, ?)", (name, value))

    def writes(self) -> Iterator[Write]:
        """Every write since the story began, in their order. Raises StateError for what cannot be read."""
        try:
            for number, moment, method, path, query, headers, *rest in self._connection.execute("select * from writes order by number"):
                yield Write(number, datetime.fromisoformat(moment), method, path, json.loads(query), json.loads(headers), *rest)
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise StateError(f"--state {self.path} is damaged: {error}.") from None

    def begin(self, write: Write) -> None:
        """Remember a write before it is carried out: what is done is in the file, whatever happens to the process. Raises StateError."""
        row = (
            *(write.number, write.moment.isoformat(), write.method, write.path, json.dumps(dict(write.query))),
            *(json.dumps(dict(write.headers)), write.content, write.content_type),
            *(write.object_id, write.client_id, write.upn, write.identifier, write.status),
        )
        self._execute(f"insert into writes values ({', '.join('?' * len(row))})", row)

    def end(self, number: int, status: int) -> None:
        """Remember how a write was answered. It is repeated all the same when that is not known."""
        self._try("update writes set status = ? where number = ?", (status, number))

    def withdraw(self, number: int) -> None:
        """Forget a write that could not be carried out."""
        self._try("delete from writes where number = ?", (number,))

    def restart(self, epoch: datetime) -> None:
        """Forget every write: the story begins again. Raises StateError."""
        self._execute("delete from writes", ())
        self._reach(epoch)

    def seen(self, now: datetime, speed: float) -> None:
        """Tell that clients are about to see the moment `now`, on a clock of that speed."""
        if self._reached is None or now > self._reached:
            self._reached = now + timedelta(seconds=_LEASE_SECONDS * speed)
            self._try(_REACHED, (self._reached.isoformat(),))

    def leave(self, now: datetime) -> None:
        """Leave the file to the next start, which begins at `now`. Raises StateError."""
        self._reach(now)

    def close(self) -> None:
        """Let others open the file."""
        self._connection.close()

    def _reach(self, moment: datetime) -> None:
        self._reached = moment
        self._execute(_REACHED, (moment.isoformat(),))

    def _try(self, statement: str, row: tuple[object, ...]) -> None:
        """Write what the file can do without. That it cannot be written is told once, on standard error."""
        try:
            self._execute(statement, row)
        except StateError as error:
            if not self._told:
                print(f"aml-console emulator: {error}", file=sys.stderr, flush=True)
            self._told = True

    def _execute(self, statement: str, *rows: tuple[object, ...]) -> None:
        try:
            self._connection.execute("begin")
            self._connection.executemany(statement, rows)
            self._connection.execute("commit")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            raise StateError(f"--state {self.path} cannot be written: {error}.") from None


def _open(path: str) -> sqlite3.Connection:
    """The file behind `path`, made if there is none, locked, readable by this user only. Files of others are left as they are."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "rb") as file:
            start = file.read(len(_HEADER))
    except OSError as error:
        raise StateError(f"--state {path} cannot be opened: {error.strerror}.") from None
    if start not in (b"", _HEADER):
        raise StateError(f"--state {path} is not a state file of the emulator.")
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        _prepare(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error):
            raise StateError(f"--state {path} is in use by another emulator.") from None
        raise StateError(f"--state {path} cannot be opened: {error}.") from None
    except sqlite3.Error as error:
        connection.close()
        raise StateError(f"--state {path} is damaged: {error}.") from None
    except StateError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    def number(pragma: str) -> int:
        return int(connection.execute(f"pragma {pragma}").fetchone()[0])

    tables = connection.execute("select count(*) from sqlite_master").fetchone()[0]
    if tables and number("application_id") != _APPLICATION:
        raise StateError(f"--state {path} is not a state file of the emulator.")
    if tables and number("user_version") != FORMAT:
        raise StateError(f"--state {path} was written by another version of the emulator.")
    Path(path).chmod(0o600)
    connection.execute("pragma locking_mode = exclusive")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    if not tables:
        connection.executescript(
            f"begin immediate; pragma application_id = {_APPLICATION}; pragma user_version = {FORMAT}; {_TABLES} commit;"
        )
    else:
        connection.executescript("begin immediate; commit;")
