"""The command history: the lines typed after `:`, kept over restarts (0600)."""

from __future__ import annotations

import logging
from pathlib import Path

from console import private_file

log = logging.getLogger(__name__)

KEPT = 200


class CommandHistory:
    """Oldest first, without repetition. A file that cannot be read or written costs the history, nothing else: it is logged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        if self._lines is None:
            self._lines = self._read()
        return self._lines

    def add(self, line: str) -> None:
        """Remember a line as the newest."""
        line = line.strip()
        if not line:
            return
        # Another console may have added to the file since; what it could not keep is only here.
        kept = self._read()
        known = kept + [each for each in self.lines if each not in kept]
        self._lines = [*(each for each in known if each != line), line][-KEPT:]
        self._write()

    def _read(self) -> list[str]:
        try:
            return self._path.read_text("utf-8", "replace").splitlines()[-KEPT:]
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("the command history is not read: %s", error)
            return []

    def _write(self) -> None:
        try:
            private_file.replace(self._path, "".join(f"{line}\n" for line in self.lines).encode())
        except OSError as error:
            log.warning("the command history is not kept: %s", error)
