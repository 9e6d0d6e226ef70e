"""What the console sends over the line, counted exactly: a frozen emulator, so that nothing changes unless a test changes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Emulator, start_emulator, stop_emulator
from tests.terminal.conftest import Open, wait_until
from tests.terminal.pty import Terminal

SIZES = pytest.mark.parametrize(("columns", "rows", "budget"), [(80, 24, 9_000), (160, 40, 16_000)])


def last_jobs_told(screen: str) -> bool:
    """Whether the last job of every machine on the screen has been answered: it is what is looked up last."""
    heading, *below = screen[screen.find(" NAME ") :].splitlines()
    place = heading.find("LAST JOB")
    machines = [line for line in below if " instance " in line or " cluster " in line]
    return bool(machines) and all(line[place : place + len("LAST JOB")].strip() for line in machines)


def still(terminal: Terminal, emulator: Emulator) -> Terminal:
    """Wait until everything that the first screen looks up has been answered and drawn."""
    terminal.wait_for(re.compile(r"^.nb-grace .* 9d ", re.MULTILINE))
    terminal.settled(last_jobs_told)
    return terminal


def polls(emulator: Emulator) -> int:
    return sum(call["path"].endswith("/computes") for call in emulator.calls())


@pytest.mark.long  # a full screen has the same budget and more to send
@SIZES
def test_start_to_settled_frame(columns: int, rows: int, budget: int, open_console: Open, fresh_emulator: Emulator) -> None:
    terminal = still(open_console(columns=columns, rows=rows), fresh_emulator)
    print(f"start at {columns}x{rows}: {terminal.byte_count} bytes")
    assert terminal.byte_count <= budget


@SIZES
def test_start_to_settled_frame_of_a_full_screen(columns: int, rows: int, budget: int, open_console: Open, tmp_path: Path) -> None:
    """More rows than lines, and none of them kept: they come, and then the prices that order them anew."""
    emulator = start_emulator(tmp_path, "--speed", "0", "--scale", "3")
    try:
        where = ["--cloud-file", str(tmp_path / "ready.json")]
        terminal = open_console(columns=columns, rows=rows, where=where)
        terminal.settled(last_jobs_told)
        print(f"start of a full screen at {columns}x{rows}: {terminal.byte_count} bytes")
        assert terminal.byte_count <= budget
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
    finally:
        stop_emulator(emulator)


def test_nothing_changed(open_console: Open, fresh_emulator: Emulator) -> None:
    """Ages move in steps, so polls within the first quarter of a minute that find nothing new are worth no byte."""
    terminal = still(open_console(columns=160, rows=40), fresh_emulator)
    before, asked = terminal.byte_count, polls(fresh_emulator)
    wait_until(lambda: polls(fresh_emulator) >= asked + 2, "nothing was asked")
    terminal.settle()
    assert terminal.byte_count == before, terminal.output[before:]


def test_a_cursor_move(open_console: Open, fresh_emulator: Emulator) -> None:
    terminal = still(open_console(columns=160, rows=40), fresh_emulator)
    costs: dict[str, list[int]] = {}
    for key in ("down", "j", "down", "up", "k", "G", "g"):
        costs.setdefault(key, []).append(terminal.bytes_of(key))
    print(f"cursor moves at 160x40: {costs}")
    assert all(0 < cost <= 600 for each in costs.values() for cost in each)


def test_a_changed_state(open_console: Open, fresh_emulator: Emulator) -> None:
    """A machine of 160x40's list goes down: the cells of its state and of the time that it was up."""
    terminal = still(open_console(columns=160, rows=40), fresh_emulator)
    place = fresh_emulator.ready["workspaces"][0]
    workspace = (
        f"/subscriptions/{place['subscription_id']}/resourceGroups/{place['resource_group']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{place['name']}"
    )
    before = terminal.byte_count
    stop = f"{workspace}/computes/nb-grace/stop?api-version=2024-10-01-preview"
    assert fresh_emulator.request("POST", stop).status == 202
    terminal.settled(re.compile(r"^.nb-grace .* Stopping", re.MULTILINE))
    cost = terminal.byte_count - before
    print(f"a changed state at 160x40: {cost} bytes")
    assert 0 < cost <= 160
