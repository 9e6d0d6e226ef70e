"""The editor: a text is handed to $VISUAL or $EDITOR in a private file, and the terminal is lent to it meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from console import private_file
from console.domain.trouble import Kind, Trouble, TroubleError
from screens.frame import FrugalApp

#: Tried where neither variable names one.
USUAL = ("vi", "nano", "emacs")
#: Editors that go to a line when they are started with +LINE.
GO_TO_LINE = frozenset({"vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "joe", "ne", "mg", "kak", "pico"})
NOT_OF_FILES = re.compile(r"[^\w-]")
MOST_BYTES = 1_000_000


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """The command that edits a file. Raises TroubleError where there is none, or none that can be understood."""
    for name in ("VISUAL", "EDITOR"):
        told = environ.get(name, "").strip()
        if told:
            try:
                words = shlex.split(told)
            except ValueError as error:
                raise _trouble(f"{name} is {told!r}, which is no command: {error}") from error
            if shutil.which(words[0], path=environ.get("PATH")) is None:
                raise _trouble(f"{name} names {words[0]!r}, which is not there")
            return words
    found = next((name for name in USUAL if shutil.which(name, path=environ.get("PATH"))), None)
    if found is None:
        raise _trouble("no editor is found: set VISUAL or EDITOR")
    return [found]


async def edit_text(app: FrugalApp, text: str, name: str, *, line: int = 0, rescue: Path, suffix: str = ".yml") -> str:
    """The text as the user left it; the cursor begins at `line` (0: where the editor likes) where the editor can be told.

    The file (0600, its folder 0700; `suffix` ends its name) is gone afterwards. Where the console ends meanwhile, what was saved is put
    into the folder `rescue`.
    Raises TroubleError where there is no editor, or it fails.
    """
    command = editor_of(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="aml-console-"))  # 0700 by mkdtemp
    path = folder / f"{NOT_OF_FILES.sub('_', name)[:60]}{suffix}"
    try:
        _write(path, text)
        if line and Path(command[0]).name in GO_TO_LINE:
            command = [*command, f"+{line}"]
        try:
            await _run(app, [*command, str(path)])
        except asyncio.CancelledError:
            _rescue(path, text, rescue)
            raise
        return _read(path)
    except OSError as error:
        raise _trouble(f"the file for the editor cannot be written or read: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(app: FrugalApp, command: list[str]) -> None:
    with app.lending_terminal():
        process = await asyncio.create_subprocess_exec(*command)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            if process.returncode is None:
                process.terminate()
            raise
    if code:
        raise _trouble(f"the editor ({command[0]}) ended with {code}")


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _read(path: Path) -> str:
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _trouble(f"what was saved is no UTF-8 text: {error.reason} at byte {error.start}") from error


def _rescue(path: Path, text: str, rescue: Path) -> None:
    """Keep what was saved and would be lost; that nothing can be kept any more is no reason not to end."""
    try:
        saved = path.read_bytes()
        if saved != text.encode():
            private_file.replace(rescue / path.name, saved)
    except OSError:
        return


def _trouble(sentence: str) -> TroubleError:
    return TroubleError(Trouble(Kind.INVALID, f"{sentence[:1].upper()}{sentence[1:]}; nothing was changed.", "Editor"))
