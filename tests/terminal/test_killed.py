"""A console that is killed at any point of a change tells its fate at the next start."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.terminal.conftest import Home, Open, wait_until
from tests.terminal.pty import Terminal

STOP = "POST .*/computes/nb-grace/stop"
EARLIER = "stop nb-grace (of an earlier run; :ops lists them)"
BOOT_S = 900


def agree_to_stop(terminal: Terminal) -> None:
    terminal.settled("nb-grace")
    terminal.type("/nb-grace\rS")
    terminal.settled("Stop instance nb-grace")
    terminal.type("\t\r")


def kill(terminal: Terminal) -> None:
    terminal.signal(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL


def stops(emulator: Emulator) -> list[int]:
    """The status of every request to stop; 0 where the connection was cut before an answer."""
    return [call["status"] for call in emulator.calls() if call["method"] == "POST" and call["path"].endswith("/nb-grace/stop")]


def state(emulator: Emulator) -> str:
    place = emulator.ready["workspaces"][0]
    path = (
        f"/subscriptions/{place['subscription_id']}/resourceGroups/{place['resource_group']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{place['name']}/computes/nb-grace?api-version=2024-10-01-preview"
    )
    answer = emulator.request("GET", path)
    if answer.status == 429:  # it is asked here as fast as it can be
        return "?"
    found: str = answer.json()["properties"]["properties"]["state"]
    return found


def stages(home: Home) -> list[tuple[str, Any]]:
    return [(record["stage"], record.get("outcome")) for record in home.journal()]


@pytest.mark.long
def test_killed_before_the_request_arrived(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    fresh_emulator.control("POST", "faults", [{"route": STOP, "kind": "reset-before"}])
    terminal = open_console()
    agree_to_stop(terminal)
    wait_until(lambda: stops(fresh_emulator), "it was never sent")
    kill(terminal)
    fresh_emulator.control("POST", "faults", [])
    assert stages(home) == [("intended", None)]

    terminal = open_console()
    terminal.wait_for(f"{EARLIER}: not sent")
    wait_until(lambda: stages(home) == [("intended", None), ("settled", "not sent")], "its end was never written")
    assert stops(fresh_emulator) == [0]
    assert state(fresh_emulator) == "Running"


@pytest.mark.long
def test_killed_while_the_request_is_under_way(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    fresh_emulator.control("POST", "faults", [{"route": STOP, "kind": "latency", "seconds": 600}])
    terminal = open_console()
    agree_to_stop(terminal)
    wait_until(lambda: stages(home) == [("intended", None)], "the intention was never written")
    assert stops(fresh_emulator) == []
    kill(terminal)
    # Killed before the bytes had left, it did not happen; after that it did. Either is told as it is.
    terminal = open_console()

    def told(screen: str) -> object:
        if state(fresh_emulator) == "Stopping":
            fresh_emulator.control("POST", "clock", {"advance": BOOT_S})
        return re.search(re.escape(EARLIER) + ": (done|not sent)", screen)

    terminal.wait_for(told)
    wait_until(lambda: len(stages(home)) == 2, "its end was never written")
    fates = {("settled", "done"): ("Stopped", [0]), ("settled", "not sent"): ("Running", [])}
    assert (state(fresh_emulator), [0] * len(stops(fresh_emulator))) == fates[stages(home)[1]]


@pytest.mark.long
def test_killed_while_the_answer_is_awaited_of_what_did_happen(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    fresh_emulator.control("POST", "faults", [{"route": STOP, "kind": "reset-after"}])
    terminal = open_console()
    agree_to_stop(terminal)
    wait_until(lambda: stops(fresh_emulator), "it was never sent")
    kill(terminal)
    fresh_emulator.control("POST", "faults", [])
    fresh_emulator.control("POST", "clock", {"advance": BOOT_S})

    terminal = open_console()
    terminal.wait_for(f"{EARLIER}: done")
    wait_until(lambda: stages(home) == [("intended", None), ("settled", "done")], "its end was never written")
    assert stops(fresh_emulator) == [0]
    assert state(fresh_emulator) == "Stopped"


def test_killed_while_the_operation_runs(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    terminal = open_console()
    agree_to_stop(terminal)
    wait_until(lambda: stages(home) == [("intended", None), ("accepted", None)], "it was never accepted")
    kill(terminal)

    terminal = open_console()
    terminal.wait_for(f"{EARLIER}: running")
    fresh_emulator.control("POST", "clock", {"advance": BOOT_S})
    terminal.wait_for(f"{EARLIER}: done")
    wait_until(lambda: stages(home)[-1] == ("settled", "done"), "its end was never written")
    assert stages(home) == [("intended", None), ("accepted", None), ("settled", "done")]
    assert stops(fresh_emulator) == [202]
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0

    terminal = open_console()  # what is settled is told once
    terminal.settled("nb-grace")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert b"stop nb-grace" not in terminal.output
    assert len(stages(home)) == 3


def test_quitting_while_an_operation_runs_asks_once_and_leaves_it_to_azure(
    open_console: Open, fresh_emulator: Emulator, home: Home
) -> None:
    terminal = open_console()
    agree_to_stop(terminal)
    terminal.wait_for("stop nb-grace: running")
    terminal.press("ctrl+q")
    terminal.wait_for("ctrl+q again quits")
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert stages(home) == [("intended", None), ("accepted", None)]
    fresh_emulator.control("POST", "clock", {"advance": BOOT_S})

    terminal = open_console()
    terminal.wait_for(f"{EARLIER}: done")
    wait_until(lambda: stages(home)[-1] == ("settled", "done"), "its end was never written")
