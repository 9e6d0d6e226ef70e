"""The story that the console is for, with the keyboard alone at 80x24: a machine runs for weeks, is stopped, and taken back."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import Emulator
from tests.terminal.conftest import Home, Open
from tests.terminal.pty import Terminal

BOOT_S = 900
"""More than any machine of the estate needs to start or stop."""


def row(terminal: Terminal, state: str) -> re.Match[str] | None:
    return re.search(rf"^▶nb-grace +[!▲·?]? *instance . {state} .*$", terminal.text(), re.MULTILINE)


def changes(emulator: Emulator) -> list[tuple[str, str, int]]:
    """What was sent to change anything: method, last segment of the path, status."""
    return [
        (call["method"], call["path"].rsplit("/", 1)[1], call["status"])
        for call in emulator.calls()
        if call["method"] != "GET" and "/computes/" in call["path"]
    ]


def seen_from_outside(ready_file: Path) -> str:
    script = Path(__file__).with_name("sdk_state.py")
    done = subprocess.run([sys.executable, str(script), str(ready_file), "nb-grace"], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_stop_a_forgotten_machine_and_take_it_back(open_console: Open, fresh_emulator: Emulator, ready_file: Path, home: Home) -> None:
    terminal = open_console("--as", "admin")
    terminal.wait_for("nb-grace")
    terminal.settle()

    terminal.press("/")
    terminal.type("nb-grace")
    terminal.press("enter")
    terminal.settled("compute[1/18] /nb-grace")
    running = row(terminal, "Running")
    assert running and re.search(r" 23d ", running[0]) and re.search(r"0\.\d\d", running[0]), terminal.text()

    terminal.press("S")
    dialog = terminal.settled("Stop instance nb-grace")
    for told in ("fraud-prod", "ml-prod-rg", "contoso-prod", "/h ends", "computes/stop/action", "Undo starts again"):
        assert told in dialog
    terminal.press("enter")  # the focus is on Cancel
    terminal.settled(lambda screen: "Cancel" not in screen)
    assert changes(fresh_emulator) == [] and home.journal() == []

    terminal.press("S", "tab", "enter")
    terminal.wait_for(lambda _: row(terminal, "Stopping"))
    fresh_emulator.control("POST", "clock", {"advance": BOOT_S})
    terminal.wait_for("stop nb-grace: done  (U undoes it)")
    terminal.wait_for(lambda _: row(terminal, "Stopped"))
    assert changes(fresh_emulator) == [("POST", "stop", 202)]
    assert seen_from_outside(ready_file) == "Stopped"

    terminal.press("U")
    dialog = terminal.settled("Undo stop: nb-grace")
    assert "/h begins" in dialog and "computes/start/action" in dialog
    terminal.press("tab", "enter")
    terminal.wait_for(lambda _: row(terminal, "Starting"))
    fresh_emulator.control("POST", "clock", {"advance": BOOT_S})
    terminal.wait_for("undo stop nb-grace: done")
    terminal.wait_for(lambda _: row(terminal, "Running"))
    assert changes(fresh_emulator) == [("POST", "stop", 202), ("POST", "start", 202)]

    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    stages = [(record.get("verb", ""), record["stage"], record.get("outcome", "")) for record in home.journal()]
    told = [("", "accepted", ""), ("", "settled", "done")]
    assert stages == [("stop", "intended", ""), *told, ("undo stop", "intended", ""), *told]
