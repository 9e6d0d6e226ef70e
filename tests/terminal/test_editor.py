"""The terminal is lent to the editor whole: its own keys, ctrl+c among them, go there, and the console draws itself anew afterwards."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.conftest import Emulator
from tests.terminal.conftest import Home, Open, descendants, wait_until
from tests.terminal.pty import Terminal

#: Says that it is there, takes ctrl+c as a key of its own, changes the file, and leaves at a line.
EDITOR = """\
#!/bin/sh
trap 'echo INTERRUPTED' INT
for last; do :; done
grep -n max_instances "$last"
sed -i 's/max_instances: 4/max_instances: 6/' "$last"
echo EDITING
until read line; do :; done
[ "$line" = hang ] && sleep 600
exit 0
"""


@pytest.fixture
def opened(open_console: Open, home: Home, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A console that has opened the editor on gpu-idle."""
    script = home.folder / "editor"
    script.write_text(EDITOR)
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    terminal = open_console()
    terminal.wait_for("gpu-idle")
    terminal.press("/")
    terminal.type("gpu-idle")
    terminal.press("enter")
    terminal.wait_for("/gpu-idle")
    terminal.press("e")
    terminal.wait_for("EDITING")
    return terminal


def test_the_editor_has_the_terminal_and_gives_it_back(opened: Terminal, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "clock", {"advance": 3600})  # what the feeds draw must not get onto the editor's screen
    opened.write(b"\x03")
    opened.wait_for("INTERRUPTED")
    assert "fraud-prod" not in opened.text()
    assert "max_instances: 4" in opened.text()
    opened.write(b"done\r")
    opened.wait_for("+max_instances: 6")
    assert "INTERRUPTED" not in opened.text() and "EDITING" not in opened.text()
    opened.press("escape")
    opened.wait_for("filter")
    opened.press("ctrl+q")
    assert opened.wait_exit() == 0


def test_what_was_saved_outlives_a_console_that_is_ended_meanwhile(opened: Terminal, home: Home) -> None:
    children = descendants(opened.process.pid)
    opened.signal(signal.SIGTERM)
    assert opened.wait_exit() == 128 + signal.SIGTERM
    kept = home.state / "edits" / "gpu-idle.yml"
    assert "max_instances: 6" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "something lives on")
