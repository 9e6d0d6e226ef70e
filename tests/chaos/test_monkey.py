"""A monkey at the keyboard: any key on any screen, with faults on; nothing crashes, and nothing is changed but what was agreed to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from console.azure.request import Request
from console.operations.plan import Plan
from screens.dialogs.confirm import Confirm
from screens.registry import VIEWS
from screens.resource_screen import ResourceScreen
from tests.nets import FAULTS, rule
from tests.screens.conftest import Console, Open

STEPS = 300
#: Keys that mean something nowhere, or anywhere.
ANY = [
    "x",
    "z",
    "%",
    "ü",
    "0",
    "tab",
    "shift+tab",
    "home",
    "end",
    "delete",
    "backspace",
    "left",
    "right",
    "f1",
    "ctrl+l",
    "ctrl+x",
    "pageup",
]
#: What ends the console, which is not asked here.
LEAVING = {"ctrl+q", "ctrl+c", "ctrl+z"}
FILTERS = ["/gpu", "/state:run !idle", "//nb-(", '/"', "/[", "/x:y:z", "/\\", "/ "]
PLACES = ["", " @all", " @fraud-*", " @nowhere", " @", " @,", " @fraud-prod"]
SIZES = [(80, 24), (160, 45), (20, 5), (100, 30), (41, 9)]


class Witness:
    """Hears what is agreed to, and what the screen said was chosen when it was asked for."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.agreed: list[Plan] = []
        run = console.app.changes.run

        def heard(plan: Plan) -> None:
            self.agreed.append(plan)
            run(plan)

        console.app.changes.run = heard  # type: ignore[method-assign]

    def chosen(self) -> set[str] | None:
        """The ids that an action on the screen on top would be about; None where no screen of rows is on top."""
        screen = self.console.app.screen
        if not isinstance(screen, ResourceScreen) or screen.has_class("-filtering"):
            return None
        rows = screen.table.marked_rows or [row for row in (screen.table.cursor_row,) if row is not None]
        return {screen.key_of(row).lower() for row in rows}

    def check_changes(self) -> None:
        """Whatever changed is a target of a plan that was agreed to."""
        allowed = {_path_of(step.request) for plan in self.agreed for step in plan.steps}
        asked = {call["path"].lower() for call in self.console.changes()}
        assert asked <= allowed, f"changed without a word: {asked - allowed}"


def _path_of(request: Request) -> str:
    """The path of a request in the emulator's words, which names a vault first."""
    vault = f"//{urlsplit(request.vault).netloc.partition('.')[0]}" if request.vault else ""
    return f"{vault}{request.path}".lower()


def bound(console: Console) -> list[str]:
    """Every key that does something on what is on top."""
    keys = {key for _, bindings in console.app.screen._modal_binding_chain for key, _ in bindings}
    return sorted(keys - LEAVING)


def line(pick: random.Random, commands: Sequence[str]) -> str:
    word = pick.choice([*commands, "nope", "", ":", "by", "compute"])
    return f"{word}{pick.choice(PLACES)} {pick.choice([*FILTERS, '', 'kind', 'team,kind'])}"


async def act(console: Console, pick: random.Random, witness: Witness, commands: Sequence[str]) -> str:
    """One thing that a monkey does; tells what it was."""
    what = pick.random()
    if what < 0.62:
        key = pick.choice(bound(console))
        before, above = witness.chosen(), console.app.screen
        actions = {action.key for action in above.actions} if isinstance(above, ResourceScreen) else set()
        await console.press(key)
        dialog = console.app.screen
        if key in actions and before is not None and isinstance(dialog, Confirm):
            targets = {step.target_id.lower() for step in dialog.plan.steps}
            assert targets <= before, f"{key} was pressed on {before} and asks about {targets}"
        return key
    if what < 0.72:
        key = pick.choice(ANY)
        await console.press(key)
        return key
    if what < 0.84:
        text = line(pick, commands)
        await console.press(":", *text, "enter")
        return text
    if what < 0.92:
        text = pick.choice(FILTERS)
        await console.press(*text, pick.choice(["enter", "escape"]))
        return text
    if what < 0.95:
        size = pick.choice(SIZES)
        await console.pilot.resize_terminal(*size)
        return f"resize {size}"
    faults: list[dict[str, Any]] = [rule(pick.choice(FAULTS), probability=0.5) for _ in range(pick.randint(0, 2))]
    console.emulator.control("POST", "faults", faults or {})
    return f"faults {[each['kind'] for each in faults]}"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 4))])
async def test_any_key_at_any_time(seed: int, open_console: Open, brisk: None, caplog: pytest.LogCaptureFixture) -> None:
    pick = random.Random(seed)
    async with open_console(pick.choice(list(VIEWS)), identity=pick.choice(["admin", "admin", "data-scientist"])) as console:
        await console.until(lambda: console.session.context.allowances, "a session")
        # It neither quits nor signs out, by command and palette either: nothing would be left to press keys on.
        console.app.action_go_away = lambda: None  # type: ignore[method-assign]
        console.app._sign_out = lambda: None  # type: ignore[method-assign]
        witness = Witness(console)
        commands = sorted({name for name, command in console.app.line.table.items() if command.name not in {"quit", "logout"}})
        done: list[str] = []
        for _ in range(STEPS):
            done.append(await act(console, pick, witness, commands))
            assert console.app.is_running and console.app.failure is None, f"after {done[-12:]}: {console.app.failure!r}"
        witness.check_changes()
        # It is still a console: faults off, out of everything, and the rows come.
        console.emulator.control("POST", "faults", {})
        await console.pilot.resize_terminal(80, 24)
        for _ in range(12):
            await console.press("escape")
        if console.session.scheduler.paused:
            await console.press("p")
        await console.command("workspaces")
        await console.until(lambda: console.screen.kind == "workspaces", "the list of workspaces")
        await console.press("ctrl+r")
        await console.until(
            lambda: console.screen.feed.loaded and not console.screen.feed.troubles, "every workspace, read without trouble"
        )
        await console.command("compute @fraud-prod")
        await console.until(
            lambda: console.screen.kind == "compute" and len(console.session.context.where) == 1, f"a way back after {done[-12:]}"
        )
        await console.press("ctrl+r")
        await console.until(lambda: not console.screen.feed.troubles and console.screen.table.rows, "rows")
        witness.check_changes()
