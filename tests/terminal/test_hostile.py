"""Hostile text in every field that Azure fills: the terminal gets text and the console's own sequences, and nothing crashes."""

from __future__ import annotations

import re

import pytest

from console.emulator.distortions import HOSTILE
from tests.conftest import Emulator
from tests.terminal.conftest import Home, Open
from tests.terminal.pty import Terminal

#: All that the console may send besides text: looks, positions, modes, questions about modes, the keyboard protocol, the pointer's shape.
OWN = re.compile(r"\x1b\]22;default\x07|\x1b\[(?:[0-9;]*m|[0-9;]*H|[0-9]*[CEKX]|\?[0-9;]+[hl]|\?2026\$p|\?2048\$p|[<>=][0-9;]*u)")
INVISIBLE = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff\u200d\u200e\u200f"


def assert_inert(terminal: Terminal) -> None:
    rest = OWN.sub("", terminal.output.decode())
    controls = {character for character in rest if (ord(character) < 32 and character not in "\r\n") or 0x7F <= ord(character) < 0xA0}
    assert not controls, [rest[max(0, rest.index(each) - 40) : rest.index(each) + 40] for each in controls]
    assert not set(rest) & set(INVISIBLE)


@pytest.mark.long
def test_every_screen_shows_it_as_mere_text(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    assert len(HOSTILE) == 9
    fresh_emulator.control("POST", "faults", [{"route": "^(GET|POST) /(?!.*/oauth2/)", "kind": "hostile-text"}])
    terminal = open_console("--read-only", columns=100, rows=24)
    terminal.settled("compute[18]")
    for row in range(18):
        # Describe, the plan to delete with its commands, and for some YAML and the other plans; what does not apply says so in a flash.
        for keys in ("d", "q\x04\x14", "qy", "qs", "qS", "qr") if row < 4 else ("d", "q\x04\x14"):
            terminal.type(keys)
            terminal.settle()
        terminal.type("qj")
    terminal.settled("compute[18]")
    terminal.type("/gpu-train\r\r")
    terminal.settled("nodes of ")
    terminal.type("d")
    terminal.settled("describe ")
    terminal.type("qqq")
    terminal.settled("compute[18]")
    fresh_emulator.control("POST", "faults", [{"route": "/computes", "kind": "404"}])
    terminal.press("ctrl+r")
    terminal.settled("! ")
    terminal.type("L")
    terminal.settled("last error")
    terminal.type("q?")
    terminal.settled("help")
    terminal.type("q:ops\r")
    terminal.settle()
    assert_inert(terminal)
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert_inert(terminal)
    log = home.log.read_text()
    assert "Traceback" not in log
    assert "\x1b" not in log
