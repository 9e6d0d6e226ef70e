"""Keeping: which of the console's folders can be written, and what is lost where they cannot."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from console.settings import Settings, SettingsError, private_dir


def unkept(settings: Settings) -> tuple[str, ...]:
    """What cannot be kept, a sentence for each folder that cannot be written; the folders are made where they are missing."""
    return tuple(_sentences(settings))


def why_not(folder: Path) -> str:
    """Why a folder of the console's cannot be written ("" when it can): a file is written and taken away again."""
    try:
        with tempfile.NamedTemporaryFile(dir=private_dir(folder), prefix=".probe-") as probe:
            probe.write(b"-" * 4096)
            probe.flush()
    except (SettingsError, OSError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        return str(getattr(cause, "strerror", None) or error).lower()
    return ""


def _sentences(settings: Settings) -> Iterator[str]:
    if reason := why_not(settings.state_dir):
        what = "no journal can be kept, nor the log, exports, commands and orders"
        yield f"No change will be sent: {reason}, so {what}: {settings.state_dir}"
    if reason := why_not(settings.cache_dir):
        yield f"The next start begins without rows: {reason}: {settings.cache_dir}"
