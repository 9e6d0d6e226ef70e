"""A terminal that changes its size under the console: the cursor stays on its resource, and everything is drawn anew."""

from __future__ import annotations

import re

import pytest

from tests.terminal.conftest import WHOLE, Home, Open
from tests.terminal.pty import Terminal


def cursor_row(terminal: Terminal) -> str:
    """The name in the one row that the cursor is on."""
    (row,) = [line for line in terminal.lines() if line.startswith("▶")]
    return row[1:].split()[0]


def resized(terminal: Terminal, columns: int, rows: int) -> None:
    terminal.resize(columns, rows)
    terminal.settled(lambda _: any(line.startswith("▶") for line in terminal.lines()))
    assert len(terminal.lines()) == rows


def test_sizes_up_and_down(open_console: Open, home: Home) -> None:
    terminal = open_console(columns=80, rows=24)
    terminal.settled(WHOLE)
    terminal.type("jjjjj")
    terminal.settled(re.compile(r"^▶nb-grace", re.MULTILINE))
    first = terminal.text()
    for columns, rows in ((160, 45), (40, 10), (40, 8), (80, 24)):
        resized(terminal, columns, rows)
        assert cursor_row(terminal) == "nb-grace"
    assert terminal.text() == first
    terminal.press("k")
    terminal.settle()
    assert cursor_row(terminal) == "gpu-resize"
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert "Traceback" not in home.log.read_text()


@pytest.mark.long
def test_every_screen_survives_any_size(open_console: Open, home: Home) -> None:
    terminal = open_console(columns=80, rows=24)
    terminal.settled("nb-grace")
    for keys, seen, back in (
        ("/nb-grace\rd", "describe nb-grace", "\x1b"),
        ("y", "yaml nb-grace", "\x1b"),
        ("?", "help", "\x1b"),
        ("S", "Stop instance nb-grace", "\x1b"),
        (":", ":", "\x1b"),
        ("/", "nb-grace", "\r"),
    ):
        terminal.type(keys)
        terminal.settled(seen)
        before = terminal.text()
        for columns, rows in ((20, 5), (1, 1), (160, 45), (80, 24)) if seen == "help" else ((20, 5), (80, 24)):
            terminal.resize(columns, rows)
            terminal.settle()
        assert terminal.text() == before
        terminal.type(back)
        terminal.settled(re.compile(r"^▶nb-grace", re.MULTILINE))
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert "Traceback" not in home.log.read_text()
