"""Holds: what a step waits for before it is sent, how that is cancelled, and what must still be so when it ends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from console.azure import computes
from console.operations import computes as plans
from console.operations import pace
from console.operations.operation import Progress, tally, undo_of
from console.operations.plan import Hold
from tests.gateway import until
from tests.operations.conftest import Bench

GRACE = Hold(label="in 15 min", sentence="in 15 min", after_s=900, then=("Running", "JobRunning"))


@pytest.fixture(autouse=True)
def watchful(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.02)


def lines(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(line) for text in bench.records() for line in text.splitlines()]


async def told_the_time(bench: Bench) -> None:
    """Let the console hear of the server's clock, as polls do."""
    await bench.look()


async def test_a_grace_period_is_waited_for_on_the_servers_clock(bench: Bench) -> None:
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan").held(GRACE))
    run = operation.runs[0]
    await until(lambda: run.progress is Progress.HOLDING)
    assert operation.begun is not None
    assert run.step.hold is not None and run.step.hold.until == operation.begun + timedelta(seconds=900)
    await bench.advance(880)
    await told_the_time(bench)
    assert (run.progress, bench.changes(), lines(bench)) == (Progress.HOLDING, [], [])
    await bench.advance(30)
    await told_the_time(bench)
    await bench.to_the_end(operation)
    assert run.progress is Progress.DONE
    assert [change[1] for change in bench.changes()] == ["stop"]
    assert [progress for progress, _ in run.history][:3] == [Progress.HOLDING, Progress.CHECKING, Progress.SENDING]


async def test_a_state_is_waited_out(bench: Bench) -> None:
    """An instance on its way down: its start waits until it has arrived."""
    await bench.arm.send(computes.stop(bench.items["nb-ivan"].id))
    plan = bench.plan(plans.start, "nb-mei")
    target = bench.items["nb-ivan"]
    step = msgspec.structs.replace(plan.steps[0], target_id=target.id, target_name=target.name, request=computes.start(target.id))
    hold = Hold(label="when it is down", sentence="when it is down", while_states=("Stopping",), then=("Stopped",))
    operation = bench.runner.run(msgspec.structs.replace(plan, steps=(msgspec.structs.replace(step, hold=hold),)))
    looks = len(bench.emulator.calls())
    await until(lambda: len(bench.emulator.calls()) > looks + 3)
    assert operation.runs[0].progress is Progress.HOLDING
    assert len(bench.changes()) == 1, "the stop from elsewhere"
    await bench.advance()
    await bench.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE
    assert [change[1] for change in bench.changes()] == ["stop", "start"]


async def test_what_holds_goes_on_holding_while_its_target_cannot_be_read(bench: Bench) -> None:
    hold = Hold(label="x", sentence="x", while_states=("Running",), then=("Stopped",))
    bench.strike("500", "GET .*/nb-ivan$")
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan").held(hold))
    run = operation.runs[0]
    await until(lambda: run.looks_at is not None)
    assert (run.progress, bench.changes()) == (Progress.HOLDING, [])
    bench.strike("latency", "GET .*/nb-ivan$", seconds=0.0)
    await until(lambda: run.looks_at is None)
    assert run.progress is Progress.HOLDING
    bench.runner.stop(operation)
    assert operation.ended


async def test_a_hold_is_cancelled_at_once_and_nothing_is_sent(bench: Bench) -> None:
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan").held(GRACE))
    await until(lambda: operation.runs[0].progress is Progress.HOLDING)
    bench.runner.stop(operation)
    assert operation.runs[0].progress is Progress.STOPPED
    assert "stopped before it was sent" in operation.runs[0].note
    await bench.advance(1000)
    await told_the_time(bench)
    assert (bench.changes(), lines(bench), bench.runner.in_flight) == ([], [], 0)
    assert bench.runner.steps_on == {}


async def test_what_changed_while_it_held_is_not_sent(bench: Bench) -> None:
    operation = bench.runner.run(bench.plan(plans.restart, "nb-ivan").held(GRACE))
    await until(lambda: operation.runs[0].progress is Progress.HOLDING)
    await bench.arm.send(computes.stop(bench.items["nb-ivan"].id))
    await bench.advance(1000)
    await told_the_time(bench)
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.STOPPED
    assert "is Stopped now" in operation.runs[0].note
    assert [change[1] for change in bench.changes()] == ["stop"], "only the one from elsewhere"


async def test_what_holds_takes_no_place_of_what_does_not(bench: Bench) -> None:
    plan = bench.plan(plans.stop, "nb-grace", "nb-noah", "nb-ivan")
    held = plan.held(GRACE).steps[:2]
    operation = bench.runner.run(msgspec.structs.replace(plan, steps=(*held, *held, *held, plan.steps[2])))
    await until(lambda: [run.progress for run in operation.runs].count(Progress.RUNNING) >= 1)
    assert [run.progress for run in operation.runs].count(Progress.HOLDING) == 6
    bench.runner.stop(operation)


@pytest.mark.parametrize(("state", "labels"), [("Running", 2), ("JobRunning", 3), ("SetupFailed", 0), ("Stopped", 0)])
@pytest.mark.parametrize("make", [plans.stop, plans.restart, plans.delete])
async def test_who_may_be_busy_may_be_waited_for(bench: Bench, make: Any, state: str, labels: int) -> None:
    item = msgspec.structs.replace(bench.items["nb-ivan"], state=state)
    plan = make([item], bench.price_lists)
    assert len(plan.holds) == labels
    for hold in plan.holds:
        step = plan.held(hold).steps[0]
        assert "Running" in step.fitting
        assert ("JobRunning" in step.fitting) is not bool(hold.while_states)
    assert plan.hold is None


# Between targets


async def test_a_stopped_plan_sends_no_further_and_says_so_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "AT_ONCE", 1)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan", "nb-grace", "nb-noah"))
    await until(lambda: operation.runs[0].progress is Progress.RUNNING)
    bench.runner.stop(operation)
    assert [run.progress for run in operation.runs] == [Progress.RUNNING, Progress.STOPPED, Progress.STOPPED]
    await bench.advance()
    await until(lambda: operation.ended)
    assert tally(operation) == "1 done, 2 not sent"
    assert len(bench.changes()) == 1
    plan = undo_of(operation)
    assert plan is not None and [step.target_name for step in plan.steps] == ["nb-ivan"], "what was done, and no more"
    assert plan.where == "fraud-prod · ml-prod-rg"


async def test_what_is_looked_at_when_the_plan_is_stopped_is_not_sent(bench: Bench) -> None:
    bench.strike("latency", "GET .*/nb-ivan$", seconds=0.5)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: operation.runs[0].progress is Progress.CHECKING)
    bench.runner.stop(operation)
    await until(lambda: operation.ended)
    assert (operation.runs[0].progress, bench.changes()) == (Progress.STOPPED, [])


# Why


async def test_the_reason_is_in_the_journal_without_secrets(bench: Bench) -> None:
    plan = msgspec.structs.replace(bench.plan(plans.stop, "nb-ivan"), reason="CHG-42 password=hunter2hunter2")
    await bench.carry_out(plan)
    assert lines(bench)[0]["reason"] == "CHG-42 password=•••"
    assert "hunter2" not in "".join(bench.records())
