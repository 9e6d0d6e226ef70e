"""What an administrator does with compute in a morning: by keys alone, on a small terminal; azure-ai-ml from outside agrees."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.domain.compute import IDLE_SHUTDOWN, Compute, Kind
from console.operations.operation import Operation, Progress
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.dialogs.flaws import FlawsFound
from screens.forms.form import Form
from screens.forms.new_cluster import NewClusterForm
from screens.forms.new_instance import NewInstanceForm
from screens.holders import HoldersScreen
from screens.nodes import NodesScreen
from tests.screens.conftest import Console, Open
from tests.screens.test_plans import agree

SCRIPT = Path(__file__).parent.parent / "emulator" / "azure_ai_ml_computes_now.py"
PEOPLE = "grace.okafor@contoso.com, ivan.petrov@contoso.com, mei.tanaka@contoso.com"
A100 = "standardncadsa100v4family"


async def outside(console: Console, folder: Path) -> dict[str, Any]:
    """What azure-ai-ml, in a process of its own, sees in the first workspace."""
    ready = folder / "outside.json"
    ready.write_text(json.dumps(console.emulator.ready), "utf-8")
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": console.emulator.ready["ca_file"], "NO_PROXY": "127.0.0.1,localhost"}
    command = [sys.executable, str(SCRIPT), str(ready)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(console: Console, name: str) -> Compute | None:
    return next((each for each in console.session.computes.items if each.name == name), None)


async def at(console: Console, name: str) -> None:
    await console.until(lambda: any(key.endswith(f"/{name}") for key in console.row_keys()), f"a row {name}")
    await console.at(next(key for key in console.row_keys() if key.endswith(f"/{name}")))


async def planned(console: Console, *keys: str) -> None:
    """Press what makes the plan, and wait until it is shown."""
    await console.press(*keys)
    await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
    await console.settled()


async def done(console: Console, *, end: Progress = Progress.DONE) -> Operation:
    """Agree to the plan that is shown and let the emulator's clock go on until it has ended."""
    await agree(console)
    operation = console.session.operations[-1]

    def over() -> bool:
        console.emulator.control("POST", "clock", {"advance": 60})
        return operation.ended

    await console.until(over, "the end of the plan")
    assert {run.progress for run in operation.runs} == {end}, [run.note for run in operation.runs]
    await console.settled()
    return operation


async def passing(console: Console, condition: Any, what: str) -> None:
    """Let the emulator's time go on, refreshing, until something is to be seen."""

    def seen() -> bool:
        if not condition():
            console.emulator.control("POST", "clock", {"advance": 60})
            console.session.computes.refresh()
        return bool(condition())

    await console.until(seen, what)
    await console.settled()


async def new(console: Console, what: str, form: type[Form]) -> None:
    await console.press("n")
    assert isinstance(console.app.screen, Choose)
    await console.press(*what, "enter")
    made: Any = console.app.screen
    assert isinstance(made, form)
    await console.until(lambda: made.preflight.sizes is not None, "the sizes")
    await console.settled()


async def to_field(console: Console, name: str) -> None:
    """Down to a field."""
    form = console.app.screen
    assert isinstance(form, Form)
    for _ in form._fields:
        if form.focused is not None and form.focused.id == name:
            return
        await console.press("tab")
    assert form.focused is not None and form.focused.id == name


async def to_review(console: Console) -> None:
    """Down to the last field, and from there to the plan."""
    form = console.app.screen
    assert isinstance(form, Form)
    await to_field(console, form._fields[-1].name)
    await planned(console, "enter")


@pytest.mark.long
async def test_the_story(open_console: Open, brisk: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_console() as console:
        await console.loaded()
        seen = await outside(console, tmp_path)
        assert seen["gpu-idle"]["scale"] == [2, 4] and "cpu-new" not in seen

        # A cluster is made.
        await new(console, "training", NewClusterForm)
        await to_field(console, "name")
        await console.press(*"cpu-new")
        await to_field(console, "size")
        await console.press(*"Standard_DS3_v2")
        await to_review(console)
        await done(console)
        assert (await outside(console, tmp_path))["cpu-new"] == {
            "type": "amlcompute",
            "state": "Succeeded",
            "scale": [0, 4],
            "size": "STANDARD_DS3_V2",
        }

        # It is scaled to 2..4, and its nodes boot before one's eyes.
        await passing(console, lambda: row(console, "cpu-new"), "the cluster in the list")
        await at(console, "cpu-new")
        await console.press("C", "ctrl+u", "2", "tab", "ctrl+u", "4")
        await to_review(console)
        await done(console)
        await passing(console, lambda: getattr(row(console, "cpu-new"), "billed_nodes", 0) == 2, "two nodes")
        assert "2/4" in next(line for line in console.lines if "cpu-new" in line)
        await console.press("enter")
        assert isinstance(console.screen, NodesScreen)
        await console.until(lambda: len(console.row_keys()) == 2, "both nodes")
        await console.press("escape")
        assert (await outside(console, tmp_path))["cpu-new"]["scale"] == [2, 4]

        # It is deleted by typing its name.
        await at(console, "cpu-new")
        await planned(console, "ctrl+d")
        assert console.dialog.typed == "cpu-new"
        await done(console)
        assert "cpu-new" not in await outside(console, tmp_path)

        # Instances for three people, in one plan.
        await passing(console, lambda: row(console, "cpu-new") is None, "the cluster gone from the list")
        await new(console, "interactive", NewInstanceForm)
        await console.press(*PEOPLE)
        await to_field(console, "size")
        await console.press(*"Standard_DS3_v2")
        await to_review(console)
        assert len(console.dialog.plan.steps) == 3
        await done(console)
        seen = await outside(console, tmp_path)
        made = {name: seen[name] for name in ("nb-grace-okafor", "nb-ivan-petrov", "nb-mei-tanaka")}
        assert {each["state"] for each in made.values()} == {"Running"} and len({each["for"] for each in made.values()}) == 3

        # Idle shutdown on every instance that lacks it.
        await passing(console, lambda: row(console, "nb-mei-tanaka"), "the instances in the list")
        await console.press("/", *"kind:instance", "enter")
        action = next(each for each in console.screen.actions if each.name == "idle-shutdown")
        lacking = [
            each
            for each in console.screen.table.visible_rows
            if each.kind is Kind.INSTANCE and each.aspect(IDLE_SHUTDOWN) == "none" and not console.screen.refusal(action, each)
        ]
        assert len(lacking) >= 3
        for each in lacking:
            await console.at(each.id)
            await console.press("space")
        await planned(console, "I", "ctrl+u", *"90m", "enter")
        assert {step.target_name for step in console.dialog.plan.steps} == {each.name for each in lacking}
        await done(console)
        seen = await outside(console, tmp_path)
        assert {seen[each.name]["idle"] for each in lacking} == {"PT90M"}
        await console.press("escape")
        while console.screen.table.filter_text or console.screen.table.marks:
            await console.press("escape" if console.screen.table.filter_text else "ctrl+backslash")

        # 24 cores of the family at 96 % are freed: from the family to who holds them, and a node less there.
        await console.command("quota")
        await console.loaded()
        family = console.screen.table.visible_rows[0]
        assert (family.place.family, family.used, family.limit) == (A100, 48, 50)
        await console.at(family.id)
        await console.press("enter")
        assert isinstance(console.screen, HoldersScreen)
        await at(console, "gpu-idle")
        await console.press("enter")
        await console.until(lambda: console.screen.kind == "compute", "the computes")
        assert str(console.screen.table.cursor_key).endswith("/gpu-idle")
        await console.press("C", "ctrl+u", "1")
        await to_review(console)
        assert "24 cores" in " ".join(effect.sentence for step in console.dialog.plan.steps for effect in step.effects)
        await done(console)
        assert (await outside(console, tmp_path))["gpu-idle"]["scale"] == [1, 4]
        await passing(console, lambda: getattr(row(console, "gpu-idle"), "billed_nodes", 2) == 1, "a node less")
        await console.command("quota")
        await console.press("ctrl+r")
        used = lambda: next(each for each in console.session.quota.families.items if each.id == family.id).used  # noqa: E731
        await console.until(lambda: used() == 24, "freed cores")

        # Why the instance that has run for weeks was never shut down.
        await console.press("2")
        await console.until(lambda: console.screen.kind == "compute", "the computes")
        await at(console, "nb-grace")
        await console.idle()
        await console.press("w")
        told = " ".join(f"{fact.label} {fact.text}" for fact in console.reader.facts)
        assert "Why is it still running?" in told and "Its idle shutdown (30 min) never came in 23 d" in told
        await console.press("escape")

        # A cluster as YAML, broken: the line is told.
        script = tmp_path / "vi"
        script.write_text('#!/bin/sh\nfor last; do :; done\nsed -i "s/max_instances: .*/max_instances: many/" "$last"\n')
        script.chmod(0o700)
        monkeypatch.setenv("VISUAL", str(script))
        await at(console, "gpu-idle")
        before = (await outside(console, tmp_path))["gpu-idle"]
        await console.press("e")
        await console.until(lambda: isinstance(console.app.screen, FlawsFound), "what is wrong with it")
        await console.settled()
        assert "max_instances" in console.text and "line" in console.text
        await console.press("escape")
        assert (await outside(console, tmp_path))["gpu-idle"] == before
