"""Snoozes on disk: which findings somebody accepted, in a file of its owner's alone (0600) that several consoles may write."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from console import private_file
from console.domain.findings.snooze import Snooze
from console.domain.trouble import Kind, Trouble, TroubleError

log = logging.getLogger(__name__)

#: Tenant → finding's id → snooze.
Kept = dict[str, dict[str, Snooze]]


class Snoozes:
    """Reads the file when it has changed, and changes it as it then is, under a lock: no console undoes what another one did.

    A file that cannot be understood is put aside under another name and told in `note`; nothing of it is thrown away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: Kept = {}
        self._stamp: tuple[int, int, int] | None = None
        self.note = ""

    def of(self, tenant: str) -> Mapping[str, Snooze]:
        """Finding's id → snooze, those that have woken up included; as the file has it now."""
        stamp = self._look()
        if stamp != self._stamp:
            try:
                self._kept = {} if stamp is None else self._read()
            except OSError as error:
                self.note = f"accepted findings cannot be read from {self._path}: {error.strerror}"
                log.warning("%s", self.note)
            self._stamp = self._look()
        return self._kept.get(tenant, {})

    def keep(self, tenant: str, snooze: Snooze) -> None:
        """Remember a snooze. Blocks while another console writes; raises TroubleError where it cannot be kept."""
        with self._changing() as kept:
            kept.setdefault(tenant, {})[snooze.finding] = snooze

    def end(self, tenant: str, finding: str) -> None:
        """Forget a snooze, whether it is there or not. Blocks while another console writes; raises TroubleError where that fails."""
        with self._changing() as kept:
            kept.get(tenant, {}).pop(finding, None)

    @contextmanager
    def _changing(self) -> Iterator[Kept]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                kept = self._read()
                yield kept
                private_file.replace(self._path, msgspec.json.format(msgspec.json.encode(kept)))
                self._kept, self._stamp = kept, self._look()
            finally:
                os.close(lock)
        except OSError as error:
            sentence = f"The snooze cannot be kept in {self._path}: {error.strerror}."
            raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "SnoozesUnwritable", str(error))) from error

    def _read(self) -> Kept:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return {}
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._put_aside(error)
            return {}

    def _put_aside(self, error: Exception) -> None:
        """Rename a damaged file to a name that is free; nothing else is done to it."""
        for number in range(1, 1_000):
            aside = self._path.with_name(f"{self._path.name}.damaged-{number}")
            try:
                os.link(self._path, aside)
            except FileExistsError:
                continue
            except FileNotFoundError:
                return  # another console put it aside at the same moment
            self._path.unlink(missing_ok=True)
            self.note = f"accepted findings could not be read ({error}); the file is kept as {aside}"
            log.warning("%s", self.note)
            return

    def _look(self) -> tuple[int, int, int] | None:
        """What changes when the file does; None while there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
