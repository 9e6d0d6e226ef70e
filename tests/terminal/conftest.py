"""The real command on a real terminal, in a home of its own, on the run's emulator."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.terminal.pty import DEADLINE, Terminal

#: The frozen estate at 80x24 once all that is looked up has come.
WHOLE = re.compile(
    r"^.nb-grace .* 9d .*^.cpu-score .* now.*^.nb-mei .* 2d .*^.nb-sofia .* 2d .*^.nb-ulrich .* never ", re.MULTILINE | re.DOTALL
)
COMMAND = (sys.executable, "-m", "console")


@dataclass(frozen=True)
class Home:
    """A home directory that nothing else writes to."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state" / "aml-console"

    @property
    def log(self) -> Path:
        return self.state / "aml-console.log"

    def environment(self) -> dict[str, str]:
        """Variables that keep a command inside; the machine's own Azure settings stay outside."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE", "AML_CONSOLE", "XDG_"))}
        places = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("STATE", "CACHE", "CONFIG", "RUNTIME")}
        return {**inherited, "HOME": str(self.folder), "AZURE_CONFIG_DIR": str(self.folder / "azure"), **places}

    def journal(self) -> list[dict[str, Any]]:
        """Every record of every process, file after file in the order of their names."""
        paths = sorted((self.state / "journal").glob("*.jsonl"))
        return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]

    def files(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


@pytest.fixture
def ready_file(tmp_path: Path, fresh_emulator: Emulator) -> Path:
    """The emulator's ready file, as it wrote it: readable by its owner alone."""
    path = tmp_path / "ready.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(fresh_emulator.ready), "utf-8")
    return path


Open = Callable[..., Terminal]


@pytest.fixture
def open_console(home: Home, ready_file: Path) -> Iterator[Open]:
    """Open the console on the emulator; it is closed after the test. `command` replaces what is run before the flags."""
    with ExitStack() as stack:

        def start(
            *flags: str, columns: int = 80, rows: int = 24, command: Sequence[str] = COMMAND, where: Sequence[str] | None = None
        ) -> Terminal:
            place = ["--cloud-file", str(ready_file)] if where is None else list(where)
            return stack.enter_context(Terminal([*command, *place, *flags], columns, rows, env=home.environment(), cwd=home.folder))

        yield start


def descendants(pid: int) -> list[int]:
    """The processes below one, whatever session they are in."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def born(pid: int) -> str:
    """When a process began, which tells it from another of the same number; "" when there is none or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def wait_until(condition: Callable[[], object], complaint: str, timeout: float = DEADLINE) -> None:
    """Wait until a condition holds; AssertionError with `complaint` when the deadline passes."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)
