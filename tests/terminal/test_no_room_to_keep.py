"""A home that cannot be written, or a disk that is full: the console opens, says what is not kept, and sends no change."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import Emulator
from tests.terminal.conftest import COMMAND, Home
from tests.terminal.pty import Terminal

# The demo begins now, and its people work by day: the last job before nine quiet days is a little older on some days.
SETTLED = re.compile(r"^.nb-grace .* 23d +(9|1\d)d ", re.MULTILINE)
STOP_DIALOG = "Stop instance nb-grace"

Start = Callable[..., Terminal]


def without_room(home: Home, how: str) -> list[str]:
    """A command that runs the rest of its words where the home is so; nobody else sees it so."""
    if how == "a file in the way":
        for name in ("state", "cache"):
            (home.folder / name).write_text("", "utf-8")
        return []
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount")
    if how == "read-only":
        mounting = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
    else:
        mounting = 'mkdir -p "$0/state" && mount -t tmpfs -o size=64k tmpfs "$0/state" && mkdir -m 700 "$0/state/aml-console"'
        mounting += ' && ! cat /dev/zero > "$0/state/full" 2> /dev/null'
    return ["unshare", "-rm", "sh", "-c", f'{mounting} && exec "$@"', str(home.folder)]


@pytest.fixture
def start(home: Home, ready_file: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def opened(how: str, *flags: str, where: list[str] | None = None, columns: int = 160) -> Terminal:
            place = ["--cloud-file", str(ready_file)] if where is None else where
            command = [*without_room(home, how), *COMMAND, *place, *flags]
            return stack.enter_context(Terminal(command, columns, 24, env=home.environment(), cwd=Path("/")))

        yield opened


HOW = {"read-only": "read-only file system", "full": "no space left on device", "a file in the way": "file exists|not a directory"}


@pytest.mark.parametrize("how", ["read-only", *(pytest.param(how, marks=pytest.mark.long) for how in ("full", "a file in the way"))])
def test_the_console_opens_and_sends_no_change(start: Start, fresh_emulator: Emulator, how: str) -> None:
    terminal = start(how)
    screen = terminal.settled(SETTLED)
    assert re.search(rf"No change will be sent: .*({HOW[how]}), so no journal can be kept", screen), screen
    terminal.type("/nb-grace\r")
    terminal.settled("/nb-grace")
    terminal.type("S")
    terminal.settled(STOP_DIALOG)
    terminal.type("\t\r")
    terminal.settled("Nothing is sent: the journal cannot be written")
    assert not [call for call in fresh_emulator.calls() if call["path"].endswith("/stop")]
    terminal.press("ctrl+s")
    terminal.settled("The export cannot be written to")
    terminal.type("O:theme nord\r:error\r")
    terminal.settled("last error")
    terminal.press("escape")
    terminal.settled("/nb-grace")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert b"Traceback" not in terminal.output and b"Logging error" not in terminal.output


@pytest.mark.parametrize("how", [pytest.param("read-only", marks=pytest.mark.long), "a file in the way"])
def test_the_demo_opens_too(start: Start, how: str) -> None:
    terminal = start(how, where=["--demo", "--speed", "0"])
    terminal.settled(SETTLED)
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0


def test_check_says_what_cannot_be_kept(start: Start) -> None:
    terminal = start("a file in the way", "check", columns=300)
    assert terminal.wait_exit() == 1
    assert len(re.findall(rb"^FAIL folder ", terminal.output, re.MULTILINE)) == 2


def test_a_log_that_was_asked_for_must_be_had(start: Start, home: Home) -> None:
    terminal = start("a file in the way", "--log-file", str(home.folder / "state" / "my.log"), columns=300)
    assert terminal.wait_exit() == 2
    assert b"cannot be a private directory" in terminal.output
