"""Activity, and what keys do to plans: one list of what was changed, undo, stop, hold, resume after a restart, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.domain.activity import Entry, Origin
from console.operations import pace
from console.operations.operation import Operation, Progress
from screens.dialogs.confirm import Confirm
from tests.gateway import workspace
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_plans import agree, ended

API = "api-version=2023-08-01-preview"


def target(console: Console, name: str) -> str:
    return f"{workspace(console.emulator).id}/computes/{name}"


async def pressed_on(console: Console, name: str, *keys: str) -> None:
    await console.at(target(console, name))
    await console.press(*keys)


async def stopped(console: Console, name: str = "nb-grace") -> Operation:
    """Stop an instance, to its end."""
    await pressed_on(console, name, "S")
    await agree(console)
    operation = console.session.operations[-1]
    await ended(console, [operation])
    return operation


async def held(console: Console, name: str = "nb-grace") -> Operation:
    """Agree to stop an instance in a quarter of an hour."""
    await pressed_on(console, name, "S", "h")
    await agree(console)
    operation = console.session.operations[-1]
    await console.until(lambda: operation.runs[0].progress is Progress.HOLDING, "a hold")
    return operation


async def sent(console: Console, operation: Operation) -> None:
    """Until Azure has taken a change on: the emulator's time may go on from then only."""
    await console.until(lambda: operation.ended or operation.runs[0].progress is Progress.RUNNING, "a change that is under way")


def rows(console: Console) -> list[Entry]:
    return list(console.screen.table.visible_rows)


def row_of(console: Console, fits: Callable[[Entry], bool]) -> Entry:
    return next(row for row in rows(console) if fits(row))


def line_of(console: Console, name: str) -> str:
    return next(line for line in console.lines if name in line)


async def log_asked(console: Console) -> None:
    """Read everything anew."""
    feed = console.session.activity.log
    before = sum(part.polls for part in feed.parts.values())
    await console.press("ctrl+r")
    await console.until(lambda: sum(part.polls for part in feed.parts.values()) > before, "another poll")
    await console.settled()


async def test_our_change_and_azures_events_are_one_row(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        operation = await stopped(console)
        await console.press("9")
        await console.loaded()
        first = rows(console)[0]
        assert (first.key, first.origin, first.result) == (operation.runs[0].id, Origin.HERE, "done")
        console.emulator.control("POST", "clock", {"advance": 180})
        await log_asked(console)
        mine = [row for row in rows(console) if row.target_name == "nb-grace"]
        assert [(row.key, row.origin) for row in mine] == [(operation.runs[0].id, Origin.HERE)]
        assert [event.status for event in mine[0].events] == ["Started", "Accepted", "Succeeded"]
        assert "here+log" in line_of(console, "nb-grace")
        await console.at(mine[0].key)
        await console.press("d")
        told = console.reader.facts
        assert {"checking", "sending", "running", "done", "Started", "Succeeded"} <= {fact.label.strip() for fact in told}
        assert "az ml compute stop -n nb-grace" in " ".join(fact.text for fact in told)
        await console.press("escape", "y")
        assert operation.runs[0].id in " ".join(fact.text for fact in console.reader.facts), "Azure's own events"


async def test_the_log_is_asked_only_while_it_is_shown(open_console: Open, brisk: None) -> None:
    def asked() -> int:
        return sum(call["path"].endswith("/eventtypes/management/values") for call in console.emulator.calls())

    async with open_console() as console:
        await console.loaded()
        assert asked() == 0
        await console.press("9")
        await console.loaded()
        assert asked() == 1
        await console.press("2")
        await console.loaded()
        feeds = console.session.scheduler.feeds
        assert console.session.activity.log not in feeds and console.session.activity.journal not in feeds
        assert asked() == 1
        await console.press("9")
        await console.until(lambda: rows(console), "what was known is there at once")


async def test_how_far_back_goes_from_a_day_to_a_month_and_round(open_console: Open, brisk: None) -> None:
    async with open_console("activity") as console:
        await console.loaded()
        counts = []
        for title in ("24 h", "7 days", "30 days", "24 h"):
            assert f"activity of {title}" in console.title
            counts.append(len(rows(console)))
            polls = sum(part.polls for part in console.session.activity.log.parts.values())
            await console.press("t")
            await console.until(
                lambda polls=polls: sum(part.polls for part in console.session.activity.log.parts.values()) > polls, "a poll"
            )
            await console.settled()
        assert counts[0] < counts[1] < counts[2] and counts[3] == counts[0]


async def test_what_others_did_since_the_last_look_is_marked(open_console: Open, brisk: None, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    async with open_console("activity", home=home) as console:
        await console.loaded()
        assert "new since" not in console.title and "•" not in console.text, "the first look has nothing before it"
    async with open_console("activity", home=home) as console:
        await console.loaded()
        assert "new since" not in console.title
        assert console.emulator.request("POST", f"{target(console, 'nb-noah')}/stop?{API}").status == 202
        console.emulator.control("POST", "clock", {"advance": 600})
        await console.press("2")
        await console.loaded()
        await stopped(console)
    async with open_console("activity", home=home) as console:
        await console.loaded()
        console.emulator.control("POST", "clock", {"advance": 180})
        await log_asked(console)
        new = {row.target_name for row in rows(console) if console.screen._is_new(row)}  # type: ignore[attr-defined]
        assert new == {"nb-noah", "nb-grace"}, "the other session's change too"
        assert "2 new since you looked" in console.title
        assert "•" in line_of(console, "nb-noah")


async def test_the_journal_tells_of_earlier_sessions(open_console: Open, brisk: None, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    async with open_console(home=home) as console:
        await console.loaded()
        operation = await stopped(console)
    async with open_console("activity", home=home) as console:
        await console.loaded()
        row = row_of(console, lambda row: row.key == operation.runs[0].id)
        assert (row.origin, row.result, row.who) == (Origin.JOURNAL, "done", "admin")
        await console.at(row.key)
        await console.press("U")
        assert "not of this session" in console.hints
        assert isinstance(console.app.screen, type(console.screen)), "no dialog"


async def test_any_change_of_this_session_is_undone_from_its_row(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        first, second = await stopped(console, "nb-grace"), await stopped(console, "nb-noah")
        await console.press("9")
        await console.loaded()
        await console.at(first.runs[0].id)
        await console.press("U")
        assert "Undo stop: nb-grace" in console.text
        assert "fraud-prod · ml-prod-rg" in console.text
        await agree(console)
        await ended(console, console.session.operations)
        assert console.state(first.runs[0].step.target_id) == "Running"
        assert console.state(second.runs[0].step.target_id) == "Stopped"


# Progress


async def test_the_row_of_a_target_tells_what_is_done_to_it(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        operation = await held(console)
        await console.settled()
        assert "⟳ stop holding" in line_of(console, "nb-grace")
        await console.press("d")
        told = {fact.label: fact.text for fact in console.reader.facts}
        assert told["operation"] == "stop: holding" and told["waits"].startswith("in 15 min")
        await console.press("escape")
        console.session.runner.stop(operation)
        await console.settled()
        assert "● Running" in line_of(console, "nb-grace")


async def test_a_plan_of_several_tells_its_end_in_one_line(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        console.emulator.control("POST", "faults", [{"route": "POST .*/nb-ivan/stop", "kind": "403"}])
        for name in ("nb-grace", "nb-ivan", "nb-noah"):
            await pressed_on(console, name, "space")
        await console.press("S")
        await agree(console)
        operation = console.session.operations[-1]
        await ended(console, [operation])
        await console.settled()
        assert "stop: 2 done, 1 failed (9 shows them; U undoes it)" in console.hints
        await console.press("9")
        await console.loaded()
        await console.at(operation.runs[0].id)
        await console.press("d")
        told = [fact.label.strip() for fact in console.reader.facts]
        assert told.count("failed") == 1 and told.count("done") >= 2


async def test_a_plan_is_stopped_between_its_targets(open_console: Open, brisk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "AT_ONCE", 1)
    async with open_console() as console:
        await console.loaded()
        for name in ("nb-grace", "nb-ivan"):
            await pressed_on(console, name, "space")
        await console.press("S")
        await agree(console)
        operation = console.session.operations[-1]
        await console.until(lambda: Progress.RUNNING in [run.progress for run in operation.runs], "the first is under way")
        await console.press("9")
        await console.until(lambda: console.screen.feed.loaded, "rows")
        await console.settled()
        await console.at(operation.runs[1].id)
        await console.press("X")
        assert sorted(run.progress for run in operation.runs) == ["not sent", "running"]
        await ended(console, [operation])
        assert len(console.changes()) == 1
        await console.press("X")
        assert "has ended" in console.hints


# Hold, reason, transcript


async def test_the_dialog_goes_through_what_can_be_waited_for(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        await pressed_on(console, "nb-grace", "S")
        seen = []
        for _ in range(4):
            found = re.search(r"when +(\S.*?) *│", console.text)
            assert found is not None
            seen.append(found[1])
            await console.press("h")
        assert seen[0] == seen[3] == "now (h: in 15 min, in 1 h)"
        assert [text.partition(":")[0] for text in seen[1:3]] == ["in 15 min", "in 1 h"]
        await console.press("escape")
        await pressed_on(console, "nb-mei", "d", "escape")
        assert not console.session.operations


async def test_a_hold_ends_and_the_change_is_sent(open_console: Open, brisk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.05)
    async with open_console() as console:
        await console.loaded()
        operation = await held(console)
        assert not console.changes()
        console.emulator.control("POST", "clock", {"advance": 901})
        await console.press("ctrl+r")
        await sent(console, operation)
        await ended(console, [operation])
        assert operation.runs[0].progress is Progress.DONE
        assert [call["path"].rsplit("/", 1)[-1] for call in console.changes()] == ["stop"]


async def test_a_reason_is_asked_for_journaled_and_shown(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        await pressed_on(console, "nb-grace", "S", "ctrl+e")
        assert "Azure keeps none" in console.text
        await console.press(*"CHG-42", "enter", "right", "enter")
        operation = console.session.operations[-1]
        await ended(console, [operation])
        folder = console.session.settings.state_dir / "journal"
        told = [json.loads(line) for path in folder.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
        assert told[0]["reason"] == "CHG-42"
        await console.press("9")
        await console.loaded()
        await console.at(operation.runs[0].id)
        await console.press("d")
        assert any(
            fact.label == "reason" and fact.text.startswith("CHG-42 (kept in this machine's journal") for fact in console.reader.facts
        )


async def test_the_commands_go_to_the_clipboard(open_console: Open) -> None:
    async with open_console(config='clipboard = "file"\n') as console:
        await console.loaded()
        for name in ("nb-grace", "nb-ivan"):
            await pressed_on(console, name, "space")
        await console.press("S", "ctrl+y")
        assert isinstance(console.app.screen, Confirm)
        path = console.session.settings.state_dir / "clipboard.txt"
        await console.until(lambda: console.app.flashed and str(path) in console.app.flashed.text, "what was done with it")
        assert sorted(line.split(" -g ")[0] for line in path.read_text("utf-8").splitlines()) == [
            "az ml compute stop -n nb-grace",
            "az ml compute stop -n nb-ivan",
        ]


# Over a restart


async def left_holding(open_console: Open, home: Path) -> Operation:
    """A session that ends while a plan of it holds."""
    async with open_console(home=home) as console:
        await console.loaded()
        operation = await held(console)
        await console.press("ctrl+q")
        assert "1 plan waits; it is offered again at the next start" in console.hints
    return operation


async def on_paused_row(console: Console, operation: Operation) -> None:
    await console.loaded()
    await console.until(lambda: console.app.flashed is not None and "resumes it" in console.app.flashed.text, "the offer")
    assert [(each.id, each.paused) for each in console.session.operations] == [(operation.id, True)]
    assert "⟳" not in console.lines[0]
    await console.press("9")
    await console.loaded()
    await console.at(operation.runs[0].id)
    assert "paused" in line_of(console, "nb-grace")


async def test_a_plan_that_held_is_offered_again_and_resumed_when_agreed_to(
    open_console: Open, brisk: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.05)
    home = tmp_path / "one-home"
    operation = await left_holding(open_console, home)
    async with open_console(home=home) as console:
        await on_paused_row(console, operation)
        await console.press("X")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the dialog")
        assert "not sent when the console ended" in console.dialog.notes[0]
        await console.press("escape")
        assert console.session.operations[0].paused and not console.changes(), "it stays paused"
        await console.press("X")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the dialog again")
        await agree(console)
        (resumed,) = console.session.operations
        assert resumed.id != operation.id
        console.emulator.control("POST", "clock", {"advance": 901})
        await console.press("2", "ctrl+r")
        await sent(console, resumed)
        await ended(console, [resumed])
        assert resumed.runs[0].progress is Progress.DONE
        assert len(console.changes()) == 1
    async with open_console(home=home) as console:
        await console.loaded()
        assert not console.session.operations


async def test_a_paused_plan_is_given_up_by_two_keys(open_console: Open, brisk: None, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    operation = await left_holding(open_console, home)
    async with open_console(home=home) as console:
        await on_paused_row(console, operation)
        await console.press("ctrl+d")
        assert console.session.operations
        await console.press("ctrl+d")
        assert not console.session.operations and not console.changes()
        assert not list((console.session.settings.state_dir / "plans").iterdir())


async def test_a_paused_plan_whose_target_changed_has_nothing_left(open_console: Open, brisk: None, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    operation = await left_holding(open_console, home)
    async with open_console(home=home) as console:
        await on_paused_row(console, operation)
        assert console.emulator.request("POST", f"{target(console, 'nb-grace')}/stop?{API}").status == 202
        console.emulator.control("DELETE", "calls")
        await console.press("X")
        await console.until(lambda: not console.session.operations, "the end of the plan")
        assert not console.changes()
        assert console.app.flashed is not None and "is Stopping now" in console.app.flashed.text


@pytest.mark.parametrize("identity", ["operator", "reader"])
async def test_nobody_else_is_offered_a_plan(identity: str, open_console: Open, brisk: None, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    await left_holding(open_console, home)
    async with open_console(home=home, identity=identity) as console:
        await console.loaded()
        assert not console.session.operations


async def test_a_resumed_plan_may_no_longer_be_run(open_console: Open, brisk: None, tmp_path: Path) -> None:
    home = tmp_path / "one-home"
    operation = await left_holding(open_console, home)
    flags: dict[str, Any] = {"read_only": True}
    async with open_console(home=home, **flags) as console:
        await on_paused_row(console, operation)
        await console.press("X")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the dialog")
        assert "read-only" in console.dialog.refusal and not console.dialog.query("#go")
        await console.press("right", "enter")
        assert console.session.operations[0].paused and not console.changes()


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_over_several_workspaces_each_change_tells_where_it_was(open_console: Open, brisk: None, size: tuple[int, int]) -> None:
    async with open_console(size=size) as console:
        await console.loaded()
        operation = await stopped(console)
        await console.command("activity @fraud-prod,vision-prod")
        await console.until(lambda: len(console.session.context.where) == 2, "both")
        await console.until(lambda: operation.runs[0].id in console.row_keys(), "our change")
        await log_asked(console)
        await console.at(operation.runs[0].id)
        assert "fraud-prod" in line_of(console, "nb-grace") and "stop" in line_of(console, "nb-grace")
        assert all(name in console.text for name in ("WORKSPACE", "WHO", "RESULT"))
        of_group = next((row for row in rows(console) if "/workspaces/" not in row.target_id.lower()), None)
        assert of_group is None or console.screen.workspace_of(of_group) is None
        await console.command("activity @fraud-prod")
        await console.until(lambda: len(console.session.context.where) == 1, "one")
        await console.settled()
        assert "WORKSPACE" not in console.text
