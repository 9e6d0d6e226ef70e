"""The harness itself: it counts what is written, draws it, answers, and tells how a command ended."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.terminal.pty import Terminal


def script(body: str) -> list[str]:
    """A command that runs `body` in this Python."""
    return [sys.executable, "-c", f"import sys, os, tty\ntty.setraw(0)\n{body}"]


def test_counts_bytes_and_draws_them() -> None:
    with Terminal(script("os.write(1, b'\\x1b[2;3Hhello'); os.read(0, 9)"), columns=20, rows=4) as terminal:
        terminal.wait_for("hello")
        assert terminal.lines()[1] == "  hello             "
        assert terminal.byte_count == len(b"\x1b[2;3Hhello")
        terminal.press("enter")
        assert terminal.wait_exit() == 0


def test_feeds_keys_and_counts_what_they_cost() -> None:
    with Terminal(
        script("os.write(1, b'ready')\nwhile (k := os.read(0, 9)) != b'q': os.write(1, b'<' + k.hex().encode() + b'>')")
    ) as terminal:
        terminal.wait_for("ready")
        assert terminal.bytes_of("down") == len("<1b5b42>")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_answers_the_question_about_synchronised_output() -> None:
    with Terminal(
        script("os.write(1, b'\\x1b[?2026$p'); a = os.read(0, 99); os.write(1, repr(a[1:]).encode()); os.read(0, 1)")
    ) as terminal:
        terminal.wait_for("[?2026;2$y")


def test_resizes_the_terminal_under_the_command() -> None:
    body = "import signal\ndef say(*_): os.write(1, f'{os.get_terminal_size()[0]}x{os.get_terminal_size()[1]}\\r\\n'.encode())\n"
    body += "signal.signal(signal.SIGWINCH, say)\nsay()\nwhile True: signal.pause()"
    with Terminal(script(body), columns=80, rows=24) as terminal:
        terminal.wait_for("80x24")
        terminal.resize(160, 45)
        terminal.wait_for("160x45")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


def test_a_lost_terminal_hangs_the_command_up() -> None:
    with Terminal(script("os.write(1, b'ready')\nwhile True: os.read(0, 1) or sys.exit(7)")) as terminal:
        terminal.wait_for("ready")
        terminal.hang_up()
        assert terminal.wait_exit() in (-signal.SIGHUP, 7, 1)


def test_what_never_comes_fails_with_the_screen() -> None:
    with (
        Terminal(script("os.write(1, b'something else'); os.read(0, 1)")) as terminal,
        pytest.raises(AssertionError, match="something else"),
    ):
        terminal.wait_for("something else")
        terminal.wait_for("never", timeout=0.1)
