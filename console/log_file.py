"""The log: to a file of the owner's alone, every line redacted, never to the screen."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from console.config_file import SettingsError
from console.settings import private_dir
from console.text import redact_text, safe

MOST_BYTES = 1_000_000
MOST_LINE = 4_000


class Redacted(logging.Formatter):
    """Formats as usual, then hides what looks like a secret and makes Azure's text safe for whoever pages through the file."""

    def format(self, record: logging.LogRecord) -> str:
        lines = redact_text(super().format(record)).split("\n")
        return "\n".join(safe(line, MOST_LINE) for line in lines)


def open_log(path: Path) -> None:
    """Send the console's log to `path` (0600, rotated at 1 MB). Raises SettingsError where it cannot be written."""
    private_dir(path.parent)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        handler = RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=2, encoding="utf-8", delay=True)
    except OSError as error:
        raise SettingsError(str(path), f"the log cannot be written: {error.strerror}") from error
    handler.setFormatter(Redacted("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("console").setLevel(logging.INFO)
