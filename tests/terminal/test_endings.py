"""However the console ends, the terminal is as it was, nothing stays behind, and the exit code tells why."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable

import pytest

from tests.terminal.conftest import COMMAND, Home, Open, born, descendants, wait_until
from tests.terminal.pty import Terminal

CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
LEAVE = b"\x1b[?1049l"

# Runs the rest of the command line with SIGHUP ignored, as nohup does.
IGNORING = (
    *(sys.executable, "-c"),
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])",
)
# Leads the session and ignores the hang-up, which then reaches nobody else: the console hears no signal at all.
SHIELDING = (
    *(sys.executable, "-c"),
    "import signal, subprocess, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
    "sys.exit(subprocess.run(sys.argv[1:], preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)).returncode)",
)


def text_after_leaving(terminal: Terminal) -> str:
    """What is to be read on the terminal after the console gave it back."""
    assert terminal.output.count(LEAVE) == 1
    return CONTROL.sub(b"", terminal.output.split(LEAVE)[1]).decode().strip()


def assert_restored(terminal: Terminal, attributes: list[object]) -> None:
    """Everything that was switched on is off again, and the line discipline is as it was."""
    modes: dict[bytes, bytes] = {}
    for mode, switch in re.findall(rb"\x1b\[\?(\d+)([hl])", terminal.output):
        modes[mode] = switch
    on = {mode for mode, switch in modes.items() if switch == b"h"}
    assert on == {b"7", b"25"}, f"modes left on: {on}"  # wrapping and the cursor
    assert terminal.output.count(b"\x1b[>") == terminal.output.count(b"\x1b[<u"), "the keyboard protocol was not popped"
    assert not re.search(rb"\x1b\[\?100[0236]h", terminal.output), "the mouse was asked for"
    assert terminal.attributes == attributes


def assert_nothing_left(processes: dict[int, str]) -> None:
    wait_until(lambda: not any(born(pid) == when for pid, when in processes.items()), f"of {list(processes)} some live on")


ENDINGS: dict[str, tuple[Callable[[Terminal], None], int]] = {
    "SIGTERM": (lambda terminal: terminal.signal(signal.SIGTERM), 143),
    "SIGHUP": (lambda terminal: terminal.signal(signal.SIGHUP), 129),
    "SIGINT": (lambda terminal: terminal.signal(signal.SIGINT), 130),
    "ctrl+q": (lambda terminal: terminal.press("ctrl+q"), 0),
    "ctrl+c": (lambda terminal: terminal.press("ctrl+c"), 0),
    ":q": (lambda terminal: terminal.press(":", "q", "enter"), 0),
}


#: They end as another of ENDINGS does, which the shorter run has.
ALIKE = {"SIGINT", ":q"}


@pytest.mark.parametrize("ending", [pytest.param(ending, marks=pytest.mark.long) if ending in ALIKE else ending for ending in ENDINGS])
def test_gives_the_terminal_back(ending: str, open_console: Open, home: Home) -> None:
    end, code = ENDINGS[ending]
    terminal = open_console()
    attributes = terminal.attributes
    terminal.settled("nb-grace")
    below = {pid: born(pid) for pid in descendants(terminal.process.pid)}
    assert below, "the sign-in child was expected"
    end(terminal)
    assert terminal.wait_exit() == code
    assert_restored(terminal, attributes)
    assert text_after_leaving(terminal) == ""
    assert_nothing_left(below)
    assert "Traceback" not in home.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_the_first_byte_gives_the_terminal_back(number: int, open_console: Open) -> None:
    terminal = open_console()
    attributes = terminal.attributes
    wait_until(lambda: terminal.byte_count, "nothing was drawn")
    terminal.signal(number)
    assert terminal.wait_exit() == 128 + number
    assert_restored(terminal, attributes)


def test_quits_out_of_a_dialog(open_console: Open) -> None:
    terminal = open_console()
    attributes = terminal.attributes
    terminal.wait_for("nb-grace")
    terminal.press("/")
    terminal.type("nb-grace")
    terminal.press("enter", "S")
    terminal.wait_for("Cancel")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert_restored(terminal, attributes)


@pytest.mark.parametrize("wrapper", [(), IGNORING, SHIELDING], ids=["hang-up", "nohup", "no signal"])
def test_ends_when_the_terminal_is_gone(wrapper: tuple[str, ...], open_console: Open, home: Home) -> None:
    terminal = open_console(command=(*wrapper, *COMMAND))
    terminal.settled("nb-grace")
    below = {pid: born(pid) for pid in descendants(terminal.process.pid)}
    terminal.hang_up()
    assert terminal.wait_exit() == 129
    assert_nothing_left(below)
    assert "Traceback" not in home.log.read_text()


LATE = """
import select, signal, sys
import console.app

signal.signal(signal.SIGHUP, signal.SIG_IGN)
run = console.app.run

def late(*given):
    print("about to begin", flush=True)
    poller = select.poll()
    poller.register(0, 0)
    poller.poll()  # comes back with the hang-up
    return run(*given)

console.app.run = late
from console.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_ends_when_the_terminal_is_gone_before_it_has_begun(open_console: Open) -> None:
    terminal = open_console(command=(sys.executable, "-c", LATE))
    wait_until(lambda: b"about to begin" in terminal.output, "it never began")
    terminal.hang_up()
    assert terminal.wait_exit() == 129


def test_the_demo_ends_with_its_emulator_and_its_file(open_console: Open, home: Home) -> None:
    terminal = open_console(where=["--demo", "--speed", "0"])
    attributes = terminal.attributes
    terminal.settled("nb-grace")
    (ready,) = home.state.glob("demo-*.json")
    assert ready.stat().st_mode & 0o777 == 0o600
    assert home.state.stat().st_mode & 0o777 == 0o700
    below = {pid: born(pid) for pid in descendants(terminal.process.pid)}
    assert len(below) == 2, "an emulator and a sign-in child were expected"
    terminal.signal(signal.SIGTERM)
    assert terminal.wait_exit() == 143
    assert_restored(terminal, attributes)
    assert_nothing_left(below)
    assert not ready.exists()


def test_a_killed_demo_leaves_neither_emulator_nor_file(open_console: Open, home: Home) -> None:
    terminal = open_console(where=["--demo", "--speed", "0"])
    terminal.wait_for("nb-grace")
    (ready,) = home.state.glob("demo-*.json")
    below = {pid: born(pid) for pid in descendants(terminal.process.pid)}
    terminal.signal(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    assert_nothing_left(below)
    assert not ready.exists()


def test_a_signal_while_the_demo_starts_leaves_nothing(open_console: Open, home: Home) -> None:
    terminal = open_console(where=["--demo"])
    wait_until(lambda: descendants(terminal.process.pid), "the emulator was never started")
    below = {pid: born(pid) for pid in descendants(terminal.process.pid)}
    terminal.signal(signal.SIGTERM)
    assert terminal.wait_exit() == 143
    assert_nothing_left(below)
    assert not list(home.state.glob("demo-*.json"))


BROKEN = """
import sys
from screens.compute import ComputeScreen

def describe(screen, row):
    secret = "local-" + "canary"
    raise RuntimeError("planted for https://x.blob.core.windows.net/c?sig=cGxhbnRlZA%3D%3D")

ComputeScreen.describe = describe
from console.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_an_unhandled_error_is_one_line_and_a_traceback_in_the_log(open_console: Open, home: Home) -> None:
    terminal = open_console(command=(sys.executable, "-c", BROKEN))
    attributes = terminal.attributes
    terminal.wait_for("nb-grace")
    below = {pid: born(pid) for pid in descendants(terminal.process.pid)}
    terminal.press("d")
    assert terminal.wait_exit() == 1
    assert_restored(terminal, attributes)
    said = text_after_leaving(terminal)
    assert said.startswith("aml-console: it failed (RuntimeError: planted for ") and str(home.log) in said.replace("\r\n", "")
    assert "\n" not in said
    log = home.log.read_text()
    assert "Traceback" in log and "in describe" in log
    for text in (terminal.output.decode(), log):
        assert "local-canary" not in text and "cGxhbnRlZA" not in text
    assert_nothing_left(below)
