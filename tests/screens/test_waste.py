"""`:waste`: what costs money for nothing, the dearest first; several of it are ended in one plan, of whatever kind they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from console.domain.findings.finding import Finding
from console.domain.findings.waste import saving
from console.operations.waste import saved
from screens.dialogs.confirm import Confirm
from screens.waste import WasteScreen
from tests.conftest import Emulator
from tests.nets import changes
from tests.screens.conftest import Console, Open
from tests.screens.test_plans import agree, ended


def rows(console: Console) -> list[Finding]:
    return list(console.screen.table.visible_rows)


async def marked(console: Console, *names: str) -> None:
    for name in names:
        await console.at(next(each.id for each in rows(console) if each.subject_name == name))
        await console.press("space")


def burnt_by(console: Console, name: str) -> Decimal:
    """What a compute burns now, USD/h."""
    figure = console.session.money.rate(next(each for each in console.session.computes.items if each.name == name))
    assert figure is not None and figure.value is not None
    return figure.value


async def test_the_dearest_comes_first_and_the_title_says_what_is_to_be_saved(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("waste")
        await console.loaded()
        assert isinstance(console.app.screen, WasteScreen)
        assert [row.subject_name for row in rows(console)] == ["gpu-idle", "etl-nightly", "gpu-resize", "nb-grace", "nb-ulrich"]
        assert f"{saved(rows(console))} to be saved" in console.title and "≈$7,861/month" in console.title
        first = console.lines[3]
        assert "≈8.67" in first and "≈6,328" in first
        assert not [call for call in fresh_emulator.calls() if "CostManagement" in call["path"]], "what is billed is not asked for it"


async def test_marks_of_several_kinds_are_one_plan_and_the_burn_falls(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    async with open_console("waste") as console:
        await console.loaded()
        assert burnt_by(console, "gpu-idle") > 8 and burnt_by(console, "nb-grace") > 0
        wasted = saving(rows(console)).value
        await marked(console, "gpu-idle", "nb-grace", "nb-ulrich", "gpu-resize")
        await console.press("f")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await console.settled()
        plan, notes = console.dialog.plan, " ".join(console.dialog.notes)
        assert {(step.target_name, step.request.method) for step in plan.steps} == {
            *(("nb-grace", "POST"), ("gpu-idle", "PATCH"), ("nb-ulrich", "DELETE")),
        }
        assert "saved in all" in plan.totals[0].sentence and "1 of the 4 marked left out: gpu-resize (nothing is suggested" in notes
        assert console.dialog.typed == "3"
        await agree(console)
        # Machines need their time to stop; the emulator's clock gives it.
        await console.until(lambda: len(changes(fresh_emulator.calls())) == 3, "three requests")
        fresh_emulator.control("POST", "clock", {"advance": 900})
        operation: Any = console.session.operations[-1]
        await ended(console, [operation])
        assert [run.progress for run in operation.runs] == ["done"] * 3
        await console.session.activity.journal.poll("journal")
        told = {entry.target_name: entry.what for entry in console.session.activity.journal.items}
        assert told == {"nb-grace": "stop compute", "gpu-idle": "scale compute", "nb-ulrich": "delete compute"}, "each by what it did"
        await console.until(lambda: not burnt_by(console, "gpu-idle") + burnt_by(console, "nb-grace"), "less burn")
        ended_waste = {"gpu-idle", "nb-grace", "nb-ulrich"}
        await console.until(lambda: not ended_waste & {row.subject_name for row in rows(console)}, "less waste")
        assert "gpu-resize" in {row.subject_name for row in rows(console)}
        assert saving(rows(console)).value < wasted / 2
