"""The story of the money, by a new administrator with the keyboard alone at 80x24: what is dear, what is waste, what is allowed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.gateway import workspace
from tests.nets import changes
from tests.terminal.conftest import Home, Open
from tests.terminal.pty import Terminal

pytestmark = pytest.mark.long
#: The seven whole days before the story's epoch, and the day of its spike: eleven days ago.
FIRST, LAST, SPIKE = "2026-10-25", "2026-10-31", "2026-10-22"


def command(terminal: Terminal, line: str) -> None:
    terminal.press(":")
    terminal.type(line)
    terminal.press("enter")


def to_row(terminal: Terminal, name: str) -> None:
    """Filter to a row of a name, and take the cursor there."""
    terminal.press("/")
    terminal.type(name)
    terminal.press("enter")
    terminal.wait_for(re.compile(rf"^▶{re.escape(name)} ", re.MULTILINE))


def escape(terminal: Terminal, times: int = 1) -> None:
    """Back, as often; esc alone is told from the beginning of a key only once nothing follows it."""
    for _ in range(times):
        terminal.press("escape")
        terminal.settle()


def from_outside(ready_file: Path, scope: str, budget: str) -> dict[str, Any]:
    script = Path(__file__).with_name("sdk_costs.py")
    done = subprocess.run(
        [sys.executable, str(script), str(ready_file), scope, budget, FIRST, LAST], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_new_administrator_and_the_money(open_console: Open, fresh_emulator: Emulator, ready_file: Path, home: Home) -> None:
    group = workspace(fresh_emulator, "fraud-prod").group_id
    terminal = open_console("--as", "admin")
    terminal.wait_for("nb-grace")

    # The dearest thing that runs now, whose it is, and what it has cost today.
    command(terminal, "cost")
    dearest = re.compile(r"^▶gpu-train +≈\$14\.\d\d +≈\$\d+\.\d\d .* ivan\.petrov", re.MULTILINE)
    terminal.wait_for(dearest)

    # Billed figures are Azure's to the cent.
    terminal.press("t")
    week = terminal.settled("billed whole to 31 Oct")
    billed = from_outside(ready_file, group, "none")["costs"]
    for name in ("nb-mei", "etl-nightly", "nb-sofia"):
        shown = next(each for each in week.splitlines() if each[1:].startswith(f"{name} "))
        assert f"${Decimal(billed[name]):,.2f}" in shown, (name, billed[name], shown)

    # The spike eleven days ago, and what it was of.
    command(terminal, "findings @nlp-research")
    terminal.wait_for("cost spike")
    to_row(terminal, "gpu-a100")
    terminal.press("w")
    why = " ".join(terminal.settled(SPIKE).split())
    assert "times its usual" in why and "Virtual Machines" in why
    escape(terminal, 2)

    # Half of the waste ends in one plan, and the burn falls.
    command(terminal, "waste @fraud-prod")
    terminal.wait_for("to be saved")
    terminal.wait_for("nb-grace")
    for name in ("gpu-idle", "nb-grace"):
        to_row(terminal, name)
        terminal.press("space")
        escape(terminal)
    terminal.press("f")
    dialog = " ".join(terminal.settled("End the waste of 2 computes").split())
    assert "saved in all" in dialog
    terminal.press("tab", "enter")
    terminal.wait_for(lambda _: len(carried_out(fresh_emulator)) == 2)
    fresh_emulator.control("POST", "clock", {"advance": 900})
    terminal.wait_for(lambda text: "gpu-idle" not in text and "nb-grace" not in text)
    assert sorted(carried_out(fresh_emulator)) == [("PATCH", "gpu-idle"), ("POST", "stop")]

    # One finding is accepted until a date.
    to_row(terminal, "gpu-resize")
    terminal.press("z")
    terminal.settled("Snooze")
    terminal.type("TICKET-6")
    terminal.press("enter", "enter")
    terminal.wait_for("snoozed until")
    escape(terminal)

    # A budget with two alerts, seen from outside; and when the forecast passes the one that there is.
    command(terminal, "budgets")
    terminal.wait_for("ml-prod")
    terminal.press("w")
    terminal.wait_for("if days go on like the last week's")
    escape(terminal)
    terminal.press("n")
    terminal.settled("A budget for fraud-prod")
    terminal.press("tab", "ctrl+u")
    terminal.type("fraud-story")
    terminal.press("tab")
    terminal.type("12,000")
    terminal.press("tab", "tab", "tab", "tab", "ctrl+u")
    terminal.type("80, 100")
    terminal.press("tab", "ctrl+u", "tab", "ctrl+u")
    terminal.type("ada.lindqvist@contoso.com")
    terminal.press("enter")
    terminal.settled("Create budget fraud-story")
    terminal.press("tab", "enter")
    terminal.wait_for("create budget fraud-story: done")
    seen = from_outside(ready_file, group, "fraud-story")["budget"]
    ada = ["ada.lindqvist@contoso.com"]
    assert (seen["amount"], seen["grain"]) == (12_000, "Monthly")
    assert sorted(seen["alerts"].values()) == [[80, ada], [100, ada]]
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0

    # The Monday report, without a terminal, says the same.
    words = ["report", "cost", "--by", "compute", "--cloud-file", str(ready_file), "-w", "fraud-prod"]
    done = subprocess.run(
        [sys.executable, "-m", "console", *words], capture_output=True, text=True, timeout=100, env=home.environment(), check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{FIRST} to {LAST}" in done.stdout and "fraud-story" in done.stdout
    for name in ("nb-mei", "etl-nightly"):
        assert f"${Decimal(billed[name]):,.2f}" in next(each for each in done.stdout.splitlines() if each.startswith(f"| {name} "))


def carried_out(emulator: Emulator) -> list[tuple[str, str]]:
    """What was asked to be changed of computes: method and the last word of the path."""
    return [(call["method"], call["path"].rsplit("/", 1)[1]) for call in changes(emulator.calls()) if "/computes/" in call["path"]]
