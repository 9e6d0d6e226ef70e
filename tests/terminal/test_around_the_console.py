"""What happens around an open console: its emulator goes and comes back, clocks are hours apart, a second console uses the same files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import EPOCH, Emulator, start_emulator, stop_emulator
from tests.terminal.conftest import COMMAND, Home, Open
from tests.terminal.pty import Terminal

SETTLED = re.compile(r"^.nb-grace .* 9d ", re.MULTILINE)


def stop(terminal: Terminal, name: str) -> None:
    terminal.type(f"/{name}\r")
    terminal.settled(f"/{name}")
    terminal.press("S")
    terminal.settled(f"Stop instance {name}")
    terminal.type("\t\r")


@pytest.fixture
def emulators(tmp_path: Path) -> Iterator[Callable[[], Emulator]]:
    """Starts emulators one after the other on one state file, so each at the address of the one before it."""
    running: list[Emulator] = []

    def start() -> Emulator:
        running.append(start_emulator(tmp_path, "--state", str(tmp_path / "emulator-state"), "--speed", "0", "--epoch", EPOCH))
        return running[-1]

    yield start
    for emulator in running:
        if emulator.process.poll() is None:
            stop_emulator(emulator)


@pytest.mark.long
def test_an_emulator_that_comes_back_is_found_again_and_its_rows_never_went(
    emulators: Callable[[], Emulator], home: Home, tmp_path: Path
) -> None:
    first = emulators()
    path = tmp_path / "cloud.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(first.ready), "utf-8")
    with Terminal([*COMMAND, "--cloud-file", str(path)], 80, 24, env=home.environment(), cwd=home.folder) as terminal:
        terminal.settled(SETTLED)
        stop_emulator(first)
        terminal.press("ctrl+r")
        screen = terminal.settled(re.compile(r"! .*could not be reached", re.IGNORECASE))
        assert SETTLED.search(screen), "the last good rows stay"
        second = emulators()
        assert second.base_url == first.base_url
        terminal.settled(lambda screen: " live" in screen and "!" not in screen.splitlines()[1])
        stop(terminal, "nb-grace")
        terminal.settled(re.compile(r"nb-grace .*Stopping"))
        second.control("POST", "clock", {"advance": 900})
        terminal.settled("stop nb-grace: done")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    assert "Traceback" not in home.log.read_text("utf-8")


@pytest.mark.parametrize("hours", [-5, pytest.param(7, marks=pytest.mark.long)])
def test_clocks_that_are_hours_apart_change_no_age_and_no_outcome(
    open_console: Open, fresh_emulator: Emulator, home: Home, hours: int
) -> None:
    """Ages come of the server's clock; a change is journaled with its time, and settles."""
    fresh_emulator.control("POST", "faults", [{"route": ".", "kind": "clock-skew", "seconds": hours * 3_600.0}])
    terminal = open_console()
    shown = terminal.settled(re.compile(r"^.nb-grace .* Running ", re.MULTILINE))
    assert " now" in shown.splitlines()[0], "the rows are fresh, whatever this machine's clock says"
    terminal.settled(re.compile(r"^.nb-ulrich .* never ", re.MULTILINE))
    stop(terminal, "nb-grace")
    terminal.settled(re.compile(r"nb-grace .*Stopping"))
    fresh_emulator.control("POST", "clock", {"advance": 900})
    terminal.wait_for("stop nb-grace: done")
    assert [record["stage"] for record in home.journal()] == ["intended", "accepted", "settled"]
    assert {record["server_time"][:10] for record in home.journal()} <= {"2026-11-01", "2026-11-02"}
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0


@pytest.mark.long
def test_two_consoles_on_the_same_files(open_console: Open, home: Home, fresh_emulator: Emulator) -> None:
    """Both work, neither takes over what the other has under way, and what both keep holds what the last one said."""
    one = open_console()
    one.settled(SETTLED)
    stop(one, "nb-grace")
    one.settled(re.compile(r"nb-grace .*Stopping"))
    two = open_console()
    two.settled(re.compile(r"^.nb-grace .*Stopping", re.MULTILINE))
    assert "of an earlier run" not in two.text(), "the first still lives"
    stop(two, "nb-noah")
    two.settled(re.compile(r"nb-noah .*Stopping"))
    fresh_emulator.control("POST", "clock", {"advance": 900})
    one.wait_for("stop nb-grace: done")
    two.wait_for("stop nb-noah: done")
    for terminal, line in ((one, "compute /one"), (two, "compute /two"), (one, "compute /three")):
        terminal.type(f":{line}\r")
        terminal.settled(line.split()[1])
    one.press("O")
    one.settle()
    two.press("shift+right")
    two.settle()
    for terminal in (one, two):
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    journals = sorted((home.state / "journal").glob("*.jsonl"))
    assert len(journals) == 2
    assert sorted(record["target_name"] for record in home.journal() if record["stage"] == "intended") == ["nb-grace", "nb-noah"]
    assert [record["outcome"] for record in home.journal() if record["stage"] == "settled"] == ["done", "done"]
    history = (home.state / "command-history").read_text("utf-8").splitlines()
    assert {"compute /one", "compute /two", "compute /three"} <= set(history)
    assert json.loads((home.state / "views.json").read_bytes())
    assert not [name for name in os.listdir(home.state) if name.startswith(".views") or ".history" in name or name.endswith(".tmp")]
    assert "Traceback" not in home.log.read_text("utf-8")
    three = open_console()
    three.settled(re.compile(r"^.nb-grace .*Stopped", re.MULTILINE))
    assert "of an earlier run" not in three.text()
