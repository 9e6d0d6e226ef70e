"""Keys that arrive together do what they would do one by one: none reaches what had the focus when it was typed."""

from __future__ import annotations

from tests.conftest import Emulator
from tests.terminal.conftest import Open


def test_what_follows_a_slash_in_one_piece_is_filter_and_not_command(open_console: Open, fresh_emulator: Emulator) -> None:
    terminal = open_console()
    terminal.settled("nb-grace")
    # Outside of the filter s starts, S stops, r restarts, p pauses and d describes.
    terminal.type("/nb-sofiaprdS")
    terminal.wait_for("Nothing matches /nb-sofiaprdS")
    terminal.type("\x7f\x7f\x7f\x7f\rd")
    terminal.wait_for("describe nb-sofia")
    assert {call["method"] for call in fresh_emulator.calls() if "/providers/" in call["path"]} == {"GET"}


def test_a_command_typed_in_one_piece_is_obeyed(open_console: Open) -> None:
    terminal = open_console()
    terminal.settled("nb-grace")
    terminal.type(":readonly\r:nonsense\r")
    terminal.wait_for("no command :nonsense")
    terminal.wait_for("read-only ●")
    terminal.type("?q:q\r")
    assert terminal.wait_exit() == 0


def test_enter_right_after_the_key_for_a_plan_meets_cancel(open_console: Open, fresh_emulator: Emulator) -> None:
    terminal = open_console()
    terminal.settled("nb-grace")
    terminal.type("/nb-grace\rS\r/\x15gpu-train\r")
    terminal.wait_for("compute[1/18] /gpu-train")
    assert not [call for call in fresh_emulator.calls() if "/computes/nb-grace" in call["path"] and call["method"] != "GET"]
