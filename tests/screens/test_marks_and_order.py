"""Marks, bulk plans, remembered order and commands, in the whole app on the emulator."""

from __future__ import annotations

from pathlib import Path

from screens.dialogs.confirm import Confirm
from tests.screens.conftest import Open


def names(keys: list[str]) -> list[str]:
    return [key.rsplit("/", 1)[-1] for key in keys]


async def test_marked_rows_are_acted_on_together_and_the_dialog_tells_what_is_hidden_or_left_out(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        for name in ("nb-grace", "nb-ivan", "nb-mei"):
            await console.press("/", *name, "enter", "space", "escape")
        assert "3 marked" in console.title
        await console.press("/", *"nb-ivan", "enter")
        assert "3 marked, 2 hidden" in console.title
        await console.press("S")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "a dialog")
        plan = console.dialog.plan
        assert {step.target_name for step in plan.steps} == {"nb-grace", "nb-ivan"}
        hidden, left = console.dialog.notes
        assert hidden == "1 of the marked is hidden by the filter: nb-grace", "of those that the plan is about"
        assert left.startswith("1 of the 3 marked is left out: nb-mei; nb-mei is Stopped")
        assert any("in all" in effect.sentence for effect in plan.totals)
        await console.press("right", "enter")
        await console.until(lambda: len(console.changes()) == 2, "two stops sent")
        assert {change["path"].rsplit("/", 2)[-2] for change in console.changes()} == {"nb-grace", "nb-ivan"}
        assert not console.screen.table.marks
        console.emulator.control("POST", "clock", {"advance": 600})
        await console.until(lambda: not console.session.in_flight, "both stopped")
        assert [run.progress for run in console.session.operations[0].runs] == ["done", "done"]


async def test_an_action_that_fits_none_of_the_marked_says_so_and_sends_nothing(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("/", *"kind:cluster", "enter", "space", "space", "S")
        assert "applies to none of the 2 marked" in console.hints
        assert not console.changes()
        await console.press("ctrl+backslash")
        assert not console.screen.table.marks


async def test_a_range_is_marked_from_the_last_mark_to_the_cursor(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("g", "space", "j", "j", "v")
        marked = names(sorted(console.screen.table.marks, key=console.row_keys().index))
        assert marked == names(console.row_keys())[:4]


async def test_a_chosen_order_is_kept_over_a_restart(open_console: Open, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    async with open_console(home=home) as console:
        await console.loaded()
        before = console.screen.table.sort_column
        await console.press("shift+left")
        chosen = console.screen.table.sort_column
        assert chosen != before
        await console.press("O")
        reverse = console.screen.table.sort_reverse
    async with open_console(home=home) as console:
        await console.loaded()
        assert (console.screen.table.sort_column, console.screen.table.sort_reverse) == (chosen, reverse)
        assert f"sort: {chosen}" in console.title


async def test_a_command_opens_a_screen_with_its_filter_and_wrong_ones_are_told(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("cp @fraud-prod /kind:instance !state:stopped")
        assert set(names(console.row_keys())) == {"nb-grace", "nb-ivan", "nb-noah", "nb-audit"}
        await console.command("cp @elsewhere")
        await console.until(lambda: "there is no workspace @elsewhere" in console.hints, "the refusal")
        await console.command("nonsense")
        assert "there is no command :nonsense" in console.hints
        await console.press(":", "up", "up", "up", "enter")
        assert set(names(console.row_keys())) == {"nb-grace", "nb-ivan", "nb-noah", "nb-audit"}


async def test_a_malformed_filter_says_why_and_hides_nothing(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        every = len(console.row_keys())
        await console.press("/", *"/[/")
        assert len(console.row_keys()) == every
        assert "no regular expression" in console.title
        await console.press("escape")
        assert "no regular expression" not in console.title


async def test_a_name_that_is_asked_for_is_typed_at_once_and_no_letter_of_it_is_a_key(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("/", *"nb-noah", "enter", "ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "a dialog")
        plan = console.dialog.plan
        await console.type("nb-noa")
        await console.press("enter")
        assert isinstance(console.app.screen, Confirm) and console.dialog.plan is plan and not console.changes()
        await console.press("h", "enter")
        await console.until(lambda: console.changes(), "the deletion")
        assert [change["method"] for change in console.changes()] == ["DELETE"]
        console.emulator.control("POST", "clock", {"advance": 900})
        await console.until(lambda: not console.session.in_flight, "its end")
