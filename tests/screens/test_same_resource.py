"""What is pointed at stays what it is: the cursor through every change of the rows, a dialog through every change of the world."""

from __future__ import annotations

from typing import Any

import pytest

from console.operations.operation import Progress
from screens.actions import Action
from tests.nets import COMPUTING, SCREENS, View, actions_of, asks, rule
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_plans import agree, begin, ended

API = "api-version=2023-08-01-preview"
SCALE = {"minNodeCount": 1, "maxNodeCount": 3, "nodeIdleTimeBeforeScaleDown": "PT5M"}
NIGHTLY = {"action": "Stop", "triggerType": "Cron", "cron": {"expression": "5 22 * * *", "timeZone": "UTC"}, "status": "Enabled"}
#: What somebody else does to the target of an action while its dialog is open; else it is deleted. A PUT is of all that it has, and this.
OTHERS: dict[str, tuple[str, str, dict[str, object] | None]] = {
    "start": ("POST", "/start", None),
    "stop": ("POST", "/stop", None),
    "restart": ("POST", "/stop", None),
    "scale": ("PATCH", "", {"properties": {"properties": {"scaleSettings": SCALE}}}),
    "idle-shutdown": ("POST", "/updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT99M"}),
    "schedule": ("PUT", "", {"schedules": {"computeStartStop": [NIGHTLY]}}),
    "resize": ("POST", "/resize", {"targetVMSize": "Standard_DS2_v2"}),
}


def others_body(console: Console, key: str, method: str, body: dict[str, object] | None) -> Any:
    """The body of what somebody else does."""
    if method != "PUT" or body is None:
        return body
    found = console.emulator.request("GET", f"{key}?{API}").json()
    found["properties"]["properties"] |= body
    return found


async def refreshed(console: Console) -> None:
    """Ask anew and wait until the answer is on screen."""
    feed = console.screen.feed
    polls = sum(part.polls for part in feed.parts.values())
    await console.press("ctrl+r")
    await console.until(
        lambda: sum(part.polls for part in feed.parts.values()) > polls and not console.session.scheduler.busy, "another poll"
    )
    await console.settled()


def asked_about(console: Console, action: Action) -> tuple[str, str]:  # type: ignore[type-arg]
    """The first row that an action asks about, and the state it is in."""
    prices = console.session.money.price_lists()
    row = next(row for row in console.screen.table.visible_rows if not console.screen.refusal(action, row) and asks(action, row, prices))
    return console.screen.key_of(row), row.shown_state


def inside_box(console: Console) -> list[str]:
    """What the dialog's box shows."""
    return [line.split("│")[1] for line in console.lines if line.count("│") == 2]


@pytest.mark.parametrize("view", SCREENS, ids=str)
async def test_cursor_stays_on_its_resource(view: View, open_console: Open) -> None:
    async with open_console(view.opens) as console:
        if str(view).endswith("/activity"):  # that something was done lately to what is entered
            await console.loaded()
            cluster = console.row_keys()[0]
            settled = {"properties": {"properties": {"scaleSettings": SCALE}}}
            assert console.emulator.request("PATCH", f"{cluster}?{API}", settled).status in {200, 202}
            console.emulator.control("POST", "clock", {"advance": 3600})
        await console.enter(view)
        await console.loaded()
        table = console.screen.table
        held = console.row_keys()[len(console.row_keys()) // 2]
        await console.at(held)
        part = next(text for column in table.columns if (text := column.text(table.cursor_row)).strip()).split()[0][-4:]

        async def still(after: str) -> None:
            await console.settled()
            assert table.cursor_key == held, after
            pointed = [line for line in console.lines if line.startswith("▶")]
            assert len(pointed) == 1, after

        await refreshed(console)
        await still("refresh")
        for column in table.columns:
            for reverse in (False, True):
                table.sort_by(column.name, reverse)
                await still(f"order by {column.name}")
        for size in (WIDE, (60, 8), (200, 60), (80, 24)):
            await console.pilot.resize_terminal(*size)
            await still(f"resize to {size}")
        await console.press("/", *part, "enter")
        await still("filter")
        await refreshed(console)
        await still("refresh under a filter")
        await console.press("escape")
        await still("filter cleared")
        console.emulator.control("POST", "faults", [rule("503")])
        await refreshed(console)
        await still("failed refresh")
        for key in ("d", "y", "?"):
            await console.press(key, "escape")
            await still(f"there and back by {key}")


async def test_cursor_goes_to_the_neighbour_of_what_is_gone(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        keys = console.row_keys()
        await console.at(keys[5])
        console.emulator.request("DELETE", f"{keys[5]}?{API}&underlyingResourceAction=Delete")
        console.emulator.control("POST", "clock", {"advance": 3600})
        assert console.state(keys[5]) == "gone"
        order = [key for key in keys if key != keys[5]]
        await refreshed(console)
        assert console.screen.table.cursor_key in order
        assert "is gone; the cursor moved to its neighbour" in console.hints


@pytest.mark.parametrize("view", COMPUTING)
async def test_dialog_keeps_its_target_when_rows_change_beneath(view: str, open_console: Open, brisk: None) -> None:
    async with open_console(view) as console:
        await console.loaded()
        stop = next(action for action in actions_of(view) if action.name == "stop")
        key, _ = asked_about(console, stop)
        await console.at(key)
        await console.press(stop.key)
        dialog, table = console.dialog, console.app.screen_stack[0].table  # type: ignore[attr-defined]
        shown = inside_box(console)
        assert shown
        first = next(row for row in table.visible_rows if row.kind.label == "cluster")
        console.emulator.request("DELETE", f"{first.id}?{API}&underlyingResourceAction=Delete")
        console.emulator.control("POST", "clock", {"advance": 3600})
        console.session.computes.refresh()
        await console.until(lambda: first.id not in {item.id for item in console.session.computes.items}, "another list")
        table.sort_by("NAME", reverse=True)
        await console.settled()
        assert console.dialog is dialog
        assert inside_box(console) == shown
        await agree(console)
        operation = console.session.operations[-1]
        assert [run.step.target_id for run in operation.runs] == [key]
        await ended(console, [operation])
        (change,) = [call for call in console.changes() if call["method"] == "POST"]
        assert change["path"] == f"{key}/stop"


@pytest.mark.parametrize("view", COMPUTING)
async def test_what_changed_under_an_open_dialog_is_told_and_not_overwritten(view: str, open_console: Open, brisk: None) -> None:
    async with open_console(view) as console:
        await console.loaded()
        for action in actions_of(view):
            key, was = asked_about(console, action)
            await console.at(key)
            await console.ask(action)
            step = console.dialog.plan.steps[0]
            assert step.target_id == key
            was = step.rests_on
            # Meanwhile somebody else gets there first.
            method, path, body = OTHERS.get(action.name, ("DELETE", "?underlyingResourceAction=Delete", None))
            path = f"{key}{path}{'&' if '?' in path else '?'}{API}"
            assert console.emulator.request(method, path, others_body(console, key, method, body)).status in {200, 202}
            console.emulator.control("POST", "clock", {"advance": 900})
            now = console.aspect(key, step.aspect)
            assert now != was
            console.emulator.control("DELETE", "calls")
            await agree(console)
            operation = console.session.operations[-1]
            await console.until(lambda operation=operation: operation.ended, "an end")
            await console.settled()
            assert operation.runs[0].progress is Progress.STOPPED
            assert operation.runs[0].note == f"not sent: it was {was} when the plan was made and is {now} now"
            assert not console.changes()
            name = operation.runs[0].step.target_name
            assert console.hints.startswith(f" {action.name} {name}: not sent.")
            # A failure is not blown away by time; a key takes it off.
            assert console.app.flashed is not None and console.app.flashed.stays
            await console.press("g")
            assert console.app.flashed is None
            await refreshed(console)


async def test_done_is_seen_in_the_row_and_undone(open_console: Open, brisk: None) -> None:
    """The whole way: stop, see it stopped, undo, see it run."""
    async with open_console() as console:
        await console.loaded()
        stop = next(action for action in actions_of("compute") if action.name == "stop")
        key, _ = asked_about(console, stop)
        row = next(row for row in console.screen.table.visible_rows if row.id == key)
        operation = await begin(console, stop, row)
        await ended(console, [operation])
        await console.until(lambda: "Stopped" in next(line for line in console.lines if row.name in line), "a row that says so")
        assert console.state(key) == "Stopped"
        await console.press("U")
        await agree(console)
        assert console.session.operations[-1] is not operation
        await ended(console, console.session.operations)
        await console.until(lambda: "Running" in next(line for line in console.lines if row.name in line), "a row that runs again")
        assert [call["path"].rsplit("/", 1)[-1] for call in console.changes()] == ["stop", "start"]
