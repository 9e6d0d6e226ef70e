"""Favourites: the workspaces that somebody wants at the top, kept over restarts (0600)."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from console import private_file

log = logging.getLogger(__name__)


class Favourites:
    """A set of ARM ids (lower case). A file that cannot be read or written costs the memory, nothing else: it is logged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: frozenset[str] | None = None

    def __contains__(self, arm_id: str) -> bool:
        return arm_id.lower() in self._read()

    def toggle(self, arm_id: str) -> bool:
        """Add or take away; says whether it is one now. The file is read anew before: another console may have written it."""
        self._ids = None
        self._ids = self._read() ^ {arm_id.lower()}
        try:
            private_file.replace(self._path, msgspec.json.encode(sorted(self._ids)))
        except OSError as error:
            log.warning("the favourites are not kept: %s", error)
        return arm_id.lower() in self._ids

    def _read(self) -> frozenset[str]:
        if self._ids is None:
            try:
                self._ids = frozenset(msgspec.json.decode(self._path.read_bytes(), type=list[str]))
            except FileNotFoundError:
                self._ids = frozenset()
            except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
                log.warning("the favourites are not read: %s", error)
                self._ids = frozenset()
        return self._ids
