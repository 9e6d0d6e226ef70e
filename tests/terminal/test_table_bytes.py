"""What the table costs on the wire: counted on a real pty, exactly."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.pty import Terminal

COMMAND = [sys.executable, str(Path(__file__).with_name("table_app.py"))]


@pytest.fixture(scope="module")
def wide() -> Iterator[Terminal]:
    """The table at 160x40, settled."""
    with Terminal(COMMAND, columns=160, rows=40) as terminal:
        terminal.wait_for("gpu-train-30")
        terminal.settle()
        yield terminal


@pytest.mark.parametrize(("columns", "rows", "budget"), [(80, 24, 9_000), (160, 40, 16_000)])
def test_start_to_settled_frame(columns: int, rows: int, budget: int) -> None:
    with Terminal(COMMAND, columns=columns, rows=rows) as terminal:
        terminal.wait_for("gpu-train-15")
        terminal.settle()
        assert terminal.byte_count <= budget
        assert len(re.findall(rb"gpu-train-15(?!\d)", terminal.output)) == 1, "the frame was sent more than once"


def top(terminal: Terminal) -> None:
    """Put the cursor on the first row: the tests share one process and may run in any order."""
    terminal.press("g")
    terminal.wait_for(lambda screen: screen.splitlines()[1].startswith("▶"))
    terminal.settle()


def test_a_changed_cell(wide: Terminal) -> None:
    top(wide)
    line = next(line for line in wide.lines() if line.startswith(" gpu-train-5 "))
    assert 0 < wide.bytes_of("1") <= 160
    assert 0 < wide.bytes_of("3") <= 160
    after = next(line for line in wide.lines() if line.startswith(" gpu-train-5 "))
    assert int(after.split()[-1]) == int(line.split()[-1]) + 1
    assert after.split()[3] != line.split()[3]


def test_nothing_changed(wide: Terminal) -> None:
    assert wide.bytes_of("2") == 0


def test_focus_away_and_back(wide: Terminal) -> None:
    assert wide.bytes_of("5") == 0
    assert wide.bytes_of("5") == 0


def test_a_cursor_move(wide: Terminal) -> None:
    top(wide)
    for key, line in (("down", 2), ("j", 3), ("up", 2), ("k", 1)):
        assert 0 < wide.bytes_of(key) <= 600
        assert [n for n, text in enumerate(wide.lines()) if text.startswith("▶")] == [line]


def test_a_row_that_comes_above_the_cursor_when_it_is_scrolled_down(wide: Terminal) -> None:
    top(wide)
    wide.press("pagedown", "pagedown")
    wide.settle()
    assert wide.bytes_of("4") == 0


def test_a_scroll_by_one_line(wide: Terminal) -> None:
    top(wide)
    wide.press("pagedown")
    wide.settle()
    first, last = wide.lines()[2], wide.lines()[-2]
    assert last.startswith("▶")
    assert 0 < wide.bytes_of("j") <= 8_000
    assert wide.lines()[1] == first
    assert wide.lines()[-2].startswith("▶") and wide.lines()[-3][1:] == last[1:]


def test_hostile_text_is_only_text(wide: Terminal) -> None:
    top(wide)
    before = len(wide.output)
    wide.press("6")
    wide.wait_for("␛]0;owned·␛[2J·31m")
    sent = wide.output[before:]
    assert b"\x1b]0" not in sent and b"\x1b[2J" not in sent and b"\x07" not in sent
    assert "\x9b".encode() not in sent and "\u202e".encode() not in sent


def test_the_screen_is_whole_after_resizes_and_after_another_program_had_the_terminal() -> None:
    with Terminal(COMMAND, columns=80, rows=24) as terminal:
        terminal.wait_for("gpu-train-15")
        terminal.settle()
        narrow = terminal.text()
        terminal.press("7")
        terminal.wait_for(lambda _: b"another program was here" in terminal.output)
        terminal.wait_for(lambda screen: screen == narrow)
        terminal.resize(160, 40)
        terminal.wait_for("gpu-train-37")
        terminal.settle()
        assert all(line.split()[0].lstrip("▶") == f"gpu-train-{n}" for n, line in enumerate(terminal.lines()[1:-1]))
        terminal.resize(80, 24)
        terminal.wait_for(lambda screen: screen == narrow)
