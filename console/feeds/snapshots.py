"""Snapshots on disk: the last good answers of the feeds, for an instant start; keyed by who saw them, never raw JSON, never a secret."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")
log = logging.getLogger(__name__)

#: Changes with every change of a stored type; a snapshot of another form is not read.
FORM = 4
KEPT_DAYS = 14


class Owner(msgspec.Struct, frozen=True):
    """Whose eyes saw it: another person, tenant or cloud never reads these files' content."""

    cloud: str
    tenant_id: str
    object_id: str


class Stored(msgspec.Struct, Generic[T], frozen=True):
    """Items as decoded, with the server time (UTC) of the reading."""

    form: int
    owner: Owner
    kind: str
    scope: str
    taken_at: datetime
    items: tuple[T, ...]


class _Whose(msgspec.Struct, frozen=True):
    """Of a stored snapshot only its owner."""

    owner: Owner


class Snapshots:
    """A folder of snapshots for one owner. A file that cannot be read or written costs the warm start, nothing else: it is logged."""

    def __init__(self, folder: Path, owner: Owner, kept_days: int = KEPT_DAYS) -> None:
        self.folder = folder
        self.owner = owner
        self._kept_days = kept_days
        self._encoder = msgspec.msgpack.Encoder()
        self._forgotten = False

    def load(self, kind: str, scope: str, item_type: type[T]) -> Stored[T] | None:
        """The stored items of (kind, scope), or None when there are none that this owner and this form of the program may use."""
        path = self._path(kind, scope)
        try:
            data = path.read_bytes()
            stored: Stored[Any] = msgspec.msgpack.decode(data, type=Stored[item_type])  # type: ignore[valid-type]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError, OverflowError) as error:  # what a damaged file makes of reading and decoding
            log.warning("snapshot %s is not used: %s", path.name, error)
            return None
        if stored.form != FORM or stored.owner != self.owner or stored.kind != kind or stored.scope != scope:
            return None
        return stored

    def save(self, kind: str, scope: str, items: tuple[T, ...], taken_at: datetime) -> None:
        """Replace the snapshot of (kind, scope) in one step: a crash leaves the old or the new one."""
        if self._forgotten:
            return
        stored = Stored(FORM, self.owner, kind, scope, taken_at, items)
        aside = ""
        try:
            content = self._encoder.encode(stored)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(aside, self._path(kind, scope))
        except (OSError, ValueError, OverflowError) as error:  # a full disk; text or a number that msgpack has no form for
            log.warning("snapshot of %s is not kept: %s", kind, error)
            if aside:
                Path(aside).unlink(missing_ok=True)

    def forget(self) -> None:
        """The owner signed out: remove what was kept for them, and keep nothing any more. Raises OSError."""
        self._forgotten = True
        for path in self.folder.glob("*.msgpack"):
            try:
                whose = msgspec.msgpack.decode(path.read_bytes(), type=_Whose).owner
            except (ValueError, RecursionError, OverflowError, FileNotFoundError):
                continue  # nobody reads it, and it goes with the old ones
            if whose == self.owner:
                path.unlink(missing_ok=True)

    def prune(self) -> None:
        """Forget snapshots that nobody refreshed for so many days."""
        oldest = time.time() - self._kept_days * 86_400
        try:
            for path in self.folder.iterdir():
                if path.stat().st_mtime < oldest:
                    path.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("old snapshots stay: %s", error)

    def _path(self, kind: str, scope: str) -> Path:
        named = "\n".join((self.owner.cloud, self.owner.tenant_id, self.owner.object_id, kind, scope))
        return self.folder / f"{kind}-{hashlib.sha256(named.encode()).hexdigest()[:32]}.msgpack"
