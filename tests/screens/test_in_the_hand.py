"""What a k9s user does, told nothing: over all workspaces, by keys alone, on a small terminal."""

from __future__ import annotations

from typing import Any

from console.operations.operation import Operation, Progress
from tests.nets import carried_out
from tests.screens.conftest import Console, Open

WANTED = "kind:instance state:running !nb-emil"


def operation_of(console: Console) -> Operation:
    return console.session.operations[-1]


async def over_all_workspaces(console: Console) -> None:
    await console.press("W")
    await console.until(lambda: console.screen.kind == "workspaces" and console.screen.feed.loaded, "every workspace")
    await console.press("ctrl+o")
    await console.until(lambda: console.screen.kind == "compute" and console.screen.feed.loaded, "all computes")
    await console.idle()


async def ended(console: Console) -> None:
    """The newest plan's end; the emulator's clock, which stands, is moved on."""

    def over() -> bool:
        console.emulator.control("POST", "clock", {"advance": 60})
        return operation_of(console).ended

    await console.until(over, "the end of the plan")


async def filtered(console: Console, text: str) -> list[Any]:
    await console.press("/", "ctrl+u", *text, "enter")
    await console.idle()
    return list(console.screen.table.visible_rows)


async def test_the_story(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        await over_all_workspaces(console)
        assert len(console.session.context.where) == 12

        gpus = await filtered(console, "gpu kind:cluster")
        assert gpus and {row.kind.label for row in gpus} == {"cluster"}
        dearest = next(column for column in console.screen.table.columns if column.name == "$/H").sort_value
        rates = [rate for row in gpus if (rate := dearest(row)) is not None]
        assert len(rates) > 2 and rates == sorted(rates, reverse=True)

        # Five are marked, two of them hidden, one plan stops all.
        running = await filtered(console, WANTED)
        assert len(running) >= 5, "the estate has five running instances"
        await console.press("g", *["space"] * 5)
        marked = [row for row in running if row.id in console.screen.table.marks]
        assert len(marked) == 5
        await filtered(console, f"{WANTED} !{marked[0].name} !{marked[1].name}")
        assert "5 marked, 2 hidden" in console.title
        await console.press("S")
        assert "2 of the marked are hidden by the filter" in " ".join(console.text.split())
        assert {step.target_name for step in console.dialog.plan.steps} == {row.name for row in marked}
        await console.press("right", "enter")

        # Away and back to the result.
        await console.command("workspaces")
        await console.press("9")
        await ended(console)
        assert {run.progress for run in operation_of(console).runs} == {Progress.DONE}
        stopped = carried_out(console.emulator.calls())
        assert {call["path"].split("/")[-2].lower() for call in stopped} == {row.name.lower() for row in marked}
        await console.loaded()

        # One of the five is taken back.
        run = operation_of(console).runs[2]
        await console.until(lambda: run.id in console.row_keys(), "its row")
        await console.at(run.id)
        await console.press("U")
        assert [step.target_name for step in console.dialog.plan.steps] == [run.step.target_name]
        await console.press("right", "enter")
        await console.until(lambda: len(console.session.operations) == 2, "the undo")
        await ended(console)
        assert console.state(run.step.target_id) == "Running"
        others = [each.step.target_id for each in console.session.operations[0].runs if each is not run]
        assert {console.state(target) for target in others} == {"Stopped"}

        # The table, the reason, the snooze.
        await console.press("2")
        await console.until(lambda: console.screen.kind == "compute", "the computes")
        await console.press("ctrl+s")
        folder = console.session.settings.state_dir / "exports"
        assert {path.suffix for path in folder.iterdir()} == {".csv", ".json"}
        while console.screen.table.filter_text or console.screen.table.marks:
            await console.press("escape" if console.screen.table.filter_text else "ctrl+backslash")
        await console.at(next(key for key in console.row_keys() if key.endswith("/gpu-idle")))
        await console.idle()
        await console.press("w")
        told = " ".join(console.text.split())
        assert "gpu-idle keeps 2 idle nodes" in told
        await console.press("escape", "z")
        await console.type("training starts on Monday")
        await console.press("enter", "enter")
        await console.until(lambda: console.session.findings.accepted, "the snooze")
        assert console.session.findings.accepted[0].snooze.reason == "training starts on Monday"
        if console.app.screen is not console.app.screen_stack[0]:
            await console.press("escape")

        # A run id that somebody sent.
        grace = next(row for row in console.screen.table.rows if row.name == "nb-grace")
        await console.at(console.screen.key_of(grace))
        await console.until(lambda: console.session.last_runs.get(grace.id), "its last run")
        found = console.session.last_runs.get(grace.id)
        assert found is not None
        await console.press("g")
        await console.command(f"find {found.id}")
        await console.until(lambda: console.screen.table.cursor_key == console.screen.key_of(grace), "the cursor on the compute of the run")
