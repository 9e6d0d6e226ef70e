"""Every plan under every fault: what became of it is told as it is, and nothing is ever sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import pytest

from console.domain.vault_secrets import SecretRef
from console.operations.operation import Operation, Progress, StepRun
from screens.actions import Action
from screens.dialogs.confirm import Confirm
from screens.forms.form import Form
from screens.resource_screen import ResourceScreen
from tests.nets import (
    ACTING,
    ANYTHING,
    CHANGES,
    COMPUTING,
    FAILING,
    FAULTS,
    REFUSING,
    SECRETS,
    WHERE,
    actions_of,
    asks,
    carried_out,
    changes,
    rule,
)
from tests.screens.conftest import Console, Open, set_elsewhere

#: What a plan may end in although it was carried out, by fault: Azure itself said otherwise.
BELIED = {"lro-fails"}
#: What a fault strikes, by the beginning of its name, where that is not the change itself.
ROUTES = {"lro": r"operationsstatus|operationresults", "stale": "^GET ", "clock": ANYTHING}
#: Faults that one console goes through, one after another: as many as keep a test short.
AT_ONCE = 7


def targets(console: Console, actions: Sequence[Action[Any]]) -> dict[Action[Any], Any]:
    """A row of its own for each action that the console would ask about, and that it offers."""
    rows, taken = list(console.screen.table.visible_rows), set()
    fitting = {action: [row for row in rows if not console.screen.refusal(action, row)] for action in actions}
    found = {}
    for action in sorted(actions, key=lambda action: len(fitting[action])):  # who has the least to choose from comes first
        for row in fitting[action]:
            if row.id not in taken:
                found[action] = row
                taken.add(row.id)
                break
    assert found.keys() == set(actions), "the story has a row for every action"
    return {action: found[action] for action in actions}


async def go_where(console: Console, view: str) -> None:
    """To the workspaces that have rows enough."""
    if view in WHERE:
        await console.command(f"{view} {WHERE[view]}")
        await console.until(lambda: len(console.session.context.where) > 1 and console.screen.feed.loaded, "the workspaces")
        await console.settled()


def make_ready(console: Console, view: str) -> None:
    """Let the rows of a view take every action of it."""
    if view in SECRETS:
        set_elsewhere(console, *SECRETS[view])


async def agree(console: Console) -> None:
    """Agree to the plan of the dialog, as it wants to be agreed to."""
    dialog = console.dialog
    if dialog.typed:
        await console.press(*dialog.typed, "enter")
    else:
        await console.press("right", "enter")


async def begin(console: Console, action: Action[Any], row: Any) -> Operation:
    """Ask for an action on a row and agree to it."""
    await console.at(console.screen.key_of(row))
    before = len(console.session.operations)
    await console.ask(action)
    # A form that reads may be told to slow down like everybody else: it says so, and is asked again.
    while isinstance(console.app.screen, Form):
        assert "slow down" in console.text, console.text
        await asyncio.sleep(0.2)
        await console.fill()
    while isinstance(console.app.screen, ResourceScreen) and len(console.session.operations) == before:  # so does a plan that reads
        assert "slow down" in console.text, console.text
        await asyncio.sleep(0.2)
        await console.ask(action)
    if isinstance(console.app.screen, Confirm):
        await agree(console)
    assert len(console.session.operations) == before + 1
    return console.session.operations[-1]


async def ended(console: Console, operations: Sequence[Operation]) -> None:
    """Let the emulator's time go on until every plan has ended."""
    for _ in range(20):
        if not all(operation.ended for operation in operations):
            console.emulator.control("POST", "clock", {"advance": 60})
            await asyncio.sleep(0.02)
    await console.until(lambda: all(operation.ended for operation in operations), "an end of every plan")


def runs(operations: Sequence[Operation]) -> Iterator[StepRun]:
    return (run for operation in operations for run in operation.runs)


def under_way(run: StepRun) -> bool:
    """Whether Azure has taken a step on; what is no long-running operation has ended then."""
    return run.progress is Progress.RUNNING or run.progress.ended


def lost(run: StepRun) -> bool:
    """Whether the end of a step is not known and cannot be: its answer is lost, and it leads to nothing that could be looked at."""
    return run.progress is Progress.UNKNOWN and not (run.step.settles.states or run.step.settles.gone)


def is_about(path: str, target_id: str) -> bool:
    """Whether a request was about a target: to it, or, of a secret, to its vault."""
    secret = SecretRef.parse(target_id)
    if secret is None:
        return path.lower().startswith(target_id.lower())
    vault = secret.vault.rsplit("/", 1)[-1]
    return path.lower().startswith((f"//{vault}/secrets/{secret.name}".lower(), f"//{vault}/deletedsecrets/{secret.name}".lower()))


def assert_truth(console: Console, operation: Operation, kind: str) -> None:
    """What is told of each step is what the emulator says."""
    calls = console.emulator.calls()
    for run in operation.runs:
        step = run.step
        about = [call for call in calls if is_about(call["path"], step.target_id)]
        done = carried_out(about)
        assert len(done) <= 1, "sent twice"
        # A change is repeated only after an answer that says that nothing happened.
        assert sum(call["status"] not in {401, 429} for call in changes(about)) <= 1
        if run.progress is Progress.DONE:
            assert len(done) == 1
            settles = step.settles
            # A test leads to nothing; what a vault has of a secret, its own tests ask it.
            if (settles.states or settles.gone) and SecretRef.parse(step.target_id) is None:
                assert console.aspect(step.target_id, settles.aspect) in (settles.states or ("gone",))
        elif kind not in BELIED and run.progress in {Progress.FAILED, Progress.STOPPED}:
            assert not done
        if run.progress is not Progress.DONE:
            assert len(run.note) > 20 and "\n" not in run.note, "a sentence says why"
            assert run.progress is not Progress.FAILED or run.trouble is not None


async def assert_listed(console: Console, operations: Sequence[Operation]) -> None:
    """`:ops` lists each step with its end, and tells why."""
    view = console.screen.kind
    await console.command("ops")
    for run in runs(operations):
        row = next(row for row in console.screen.feed.items if row.key == run.id)
        assert (row.result, row.target_id) == (run.progress, run.step.target_id)
        await console.at(run.id)
        await console.press("d")
        told = " ".join(" ".join(f"{fact.label} {fact.text}" for fact in console.reader.facts).split())
        assert f"{run.step.target_id} result {run.progress}" in told
        assert " ".join(run.note.split()) in told
        await console.press("escape")
    await console.command(view)


async def strike_changes(console: Console, view: str, kind: str) -> None:
    """Carry out every action of a view while a fault strikes what it sends."""
    make_ready(console, view)
    chosen = targets(console, actions_of(view))
    route = next((route for start, route in ROUTES.items() if kind.startswith(start)), CHANGES)
    console.emulator.control("POST", "faults", [rule(kind, route)])
    operations = [await begin(console, action, row) for action, row in chosen.items()]
    if kind == "lro-never-ends":
        await console.until(lambda: all(under_way(run) for run in runs(operations)), "all under way")
        console.emulator.control("POST", "faults", {})
    await ended(console, operations)
    await console.settled()
    for operation in operations:
        assert_truth(console, operation, kind)
    if kind in REFUSING:
        assert all(run.progress in {Progress.FAILED, Progress.STOPPED} or lost(run) for run in runs(operations))
    elif kind not in BELIED:
        assert all(run.progress is Progress.DONE or lost(run) for run in runs(operations))
    await assert_listed(console, operations)
    if console.app.flashed is not None:
        assert any(run.step.target_name in console.app.flashed.text for run in runs(operations))


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, len(FAULTS), AT_ONCE), ids=lambda first: ",".join(FAULTS[first : first + AT_ONCE]))
@pytest.mark.parametrize("view", ACTING)
async def test_change_struck_by_fault_tells_the_truth(view: str, first: int, open_console: Open, brisk: None) -> None:
    async with open_console(view) as console:
        await console.loaded()
        await go_where(console, view)
        rows = console.screen.feed.items
        for kind in FAULTS[first : first + AT_ONCE]:
            try:
                await strike_changes(console, view, kind)
            except BaseException as error:
                error.add_note(f"while {kind} struck")
                raise
            console.emulator.control("POST", "reset")
            await console.press("ctrl+r")
            await console.until(lambda: console.screen.feed.items == rows, "everything as before")
            await console.settled()


@pytest.mark.parametrize("view", ACTING)
async def test_nothing_is_sent_that_cannot_be_read_again(view: str, open_console: Open, brisk: None) -> None:
    """The state is re-read between yes and sending; while that fails, nothing leaves."""
    turns = cycle(actions_of(view))
    async with open_console(view) as console:
        await console.loaded()
        await go_where(console, view)
        make_ready(console, view)
        changed = len(console.changes())
        chosen = targets(console, actions_of(view))
        # That a role assignment is there is no word of Azure's, which could be another.
        kinds = sorted(FAILING | {"wrong-types", *(("unknown-enum",) if view in COMPUTING else ())})
        for kind in kinds:
            action = next(turns)
            if kind == "unknown-enum":  # what rests on a setting is not touched by a word for a state that nobody knows
                action = next(each for each in turns if each.form is None)
            row = chosen[action]
            await console.at(console.screen.key_of(row))
            asked = bool(console.screen.refusal(action, row)) or asks(action, row, console.session.money.price_lists())
            if asked:
                await console.ask(action)
            console.emulator.control("POST", "faults", [rule(kind, ANYTHING)])
            await (agree(console) if asked else console.press(action.key))
            operation = console.session.operations[-1]
            await console.until(lambda operation=operation: operation.ended, f"an end of {action.name} under {kind}")
            for run in operation.runs:
                assert run.progress is Progress.STOPPED, kind
                assert "not sent" in run.note and len(run.note) > 20
            console.emulator.control("POST", "faults", {})
            await console.press("ctrl+r")
            await console.until(lambda: console.screen.feed.items and not console.screen.feed.troubles, f"rows after {kind}")
            await console.until(lambda row=row: row in console.screen.table.visible_rows, f"the row as before {kind}")
        assert len(console.changes()) == changed
        assert len(console.session.operations) == len(kinds)
