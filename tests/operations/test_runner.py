"""The runner on the emulator: what was agreed to is checked, journaled, sent once, followed and verified."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.azure import computes
from console.azure.request import Request
from console.domain.trouble import Kind
from console.operations import computes as plans
from console.operations import pace
from console.operations.journal import Journal, Outcome, Stage
from console.operations.operation import Progress, undo_of
from console.operations.plan import Plan, Settling, Step
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, trouble_of, until
from tests.operations.conftest import Bench

STOP = "POST .*/nb-ivan/stop"
START_TO_END = [Progress.CHECKING, Progress.SENDING, Progress.RUNNING, Progress.DONE]


def lines(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(line) for text in bench.records() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("make", "name", "sent", "ends_in"),
    [
        (plans.stop, "nb-ivan", ("POST", "stop", 202), "Stopped"),
        (plans.start, "nb-mei", ("POST", "start", 202), "Running"),
        (plans.restart, "nb-ivan", ("POST", "restart", 202), "Running"),
        (plans.delete, "nb-ulrich", ("DELETE", "nb-ulrich", 202), None),
        (plans.delete, "gpu-idle", ("DELETE", "gpu-idle", 202), None),
        (plans.delete, "k8s-fraud", ("DELETE", "k8s-fraud", 202), None),
    ],
)
async def test_a_plan_to_its_end(bench: Bench, make: Any, name: str, sent: tuple[str, str, int], ends_in: str | None) -> None:
    plan = bench.plan(make, name)
    run = await bench.carry_out(plan)
    assert (run.progress, run.trouble, run.note) == (Progress.DONE, None, "")
    assert bench.changes() == [sent]
    assert bench.progress == [(name, stage) for stage in START_TO_END]
    if ends_in is None:
        assert (await trouble_of(bench.read(bench.items[name].id))).kind is Kind.NOT_FOUND
    else:
        assert (await bench.read(bench.items[name].id)).shown_state == ends_in

    intended, accepted, settled = lines(bench)
    assert [intended["stage"], accepted["stage"], settled["stage"]] == [Stage.INTENDED, Stage.ACCEPTED, Stage.SETTLED]
    assert {line["operation"] for line in (intended, accepted, settled)} == {run.id}
    step = plan.steps[0]
    assert (intended["method"], intended["path"], intended["target_id"]) == (step.request.method, step.request.path, bench.items[name].id)
    assert (intended["verb"], intended["who"], intended["cloud"]) == (plan.verb, "admin", bench.emulator.base_url)
    assert intended["rests_on"] == bench.items[name].shown_state
    assert "computeOperationsStatus" in accepted["operation_url"]
    assert settled["outcome"] == Outcome.DONE
    (call,) = [each for each in bench.emulator.calls() if each["client_request_id"] == run.id]
    assert (call["method"], call["status"]) == (sent[0], sent[2])


async def test_what_is_attached_is_only_detached(bench: Bench) -> None:
    await bench.carry_out(bench.plan(plans.delete, "k8s-fraud"))
    (call,) = [each for each in bench.emulator.calls() if each["method"] == "DELETE"]
    assert "underlyingResourceAction=Detach" in call["query"]


async def test_the_journal_is_for_its_owner_alone_and_there_before_the_request(bench: Bench) -> None:
    bench.strike("latency", STOP, seconds=1.0)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: operation.runs[0].progress is Progress.SENDING)
    await until(lambda: bool(lines(bench)))
    assert [line["stage"] for line in lines(bench)] == [Stage.INTENDED]
    assert bench.changes() == [], "the emulator logs a request when it has answered it"
    assert stat.S_IMODE(os.stat(bench.journal.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(bench.journal.folder).st_mode) == 0o700
    await bench.to_the_end(operation)


async def test_nothing_secret_is_journaled(bench: Bench) -> None:
    body = {"properties": {"secret": "canary-7f3a"}}
    compute_id = bench.items["nb-ivan"].id
    step = Step(
        target_id=compute_id,
        target_name="nb-ivan",
        request=Request(method="POST", path=f"{compute_id}/stop", api_version=computes.API, body=body),
        permission=plans.STOP,
        settles=Settling(("Stopped",)),
    )
    await bench.carry_out(Plan(verb="stop", title="t", where="w", steps=(step,)))
    token = await bench.arm._tokens.token(bench.arm.audience)
    text = "".join(bench.records())
    assert "canary" not in text
    assert token.token not in text


async def test_several_steps_each_have_their_own_end(bench: Bench) -> None:
    bench.strike("403", "POST .*/nb-noah/stop")
    operation = await bench.to_the_end(bench.runner.run(bench.plan(plans.stop, "nb-ivan", "nb-noah", "nb-grace")))
    assert [run.progress for run in operation.runs] == [Progress.DONE, Progress.FAILED, Progress.DONE]
    assert bench.runner.in_flight == 0
    assert operation.undoable
    undo = undo_of(operation)
    assert undo is not None
    assert [step.target_name for step in undo.steps] == ["nb-ivan", "nb-grace"]


async def test_no_more_than_a_few_steps_at_once_and_none_after_stop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "AT_ONCE", 1)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan", "nb-noah", "nb-grace"))
    await until(lambda: operation.runs[0].progress is Progress.RUNNING)
    assert bench.runner.in_flight == 3
    assert [run.progress for run in operation.runs[1:]] == [Progress.WAITING, Progress.WAITING]
    bench.runner.stop(operation)
    await bench.advance()
    await until(lambda: operation.ended)
    assert [run.progress for run in operation.runs] == [Progress.DONE, Progress.STOPPED, Progress.STOPPED]
    assert bench.changes() == [("POST", "stop", 202)]
    assert "before it was sent" in operation.runs[1].note


# What was agreed to rests on what was seen


async def test_what_changed_under_the_plan_is_not_sent(bench: Bench) -> None:
    plan = bench.plan(plans.stop, "nb-ivan")
    await bench.arm.send(computes.stop(bench.items["nb-ivan"].id))
    run = await bench.carry_out(plan)
    assert run.progress is Progress.STOPPED
    assert "was Running" in run.note
    assert "is Stopping" in run.note
    assert len(bench.changes()) == 1, "only the one from elsewhere"
    assert lines(bench) == []


async def test_what_is_gone_is_not_sent(bench: Bench) -> None:
    plan = bench.plan(plans.delete, "nb-ulrich")
    await bench.arm.send(computes.delete(bench.items["nb-ulrich"].id))
    await bench.advance()
    run = await bench.carry_out(plan)
    assert run.progress is Progress.STOPPED
    assert "is gone now" in run.note
    assert len(bench.changes()) == 1


@pytest.mark.parametrize("fault", ["500", "reset-before", "403", "429"])
async def test_what_cannot_be_read_again_is_not_sent(bench: Bench, fault: str) -> None:
    bench.strike(fault, "GET .*/nb-ivan$")
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.STOPPED
    assert run.trouble is not None
    assert "could not be re-read" in run.note
    assert bench.changes() == []
    assert lines(bench) == []


@pytest.mark.parametrize("fault", ["wrong-types", "malformed", "html"])
async def test_what_can_no_longer_be_understood_is_not_sent(bench: Bench, fault: str) -> None:
    bench.strike(fault, "GET .*/nb-ivan$")
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert (run.progress, bench.changes()) == (Progress.STOPPED, [])
    assert "is unreadable now" in run.note


# The journal


async def test_without_a_journal_nothing_is_sent(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bench.runner.stages.journal = bench.journal = Journal(tmp_path / "file" / "journal")
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.STOPPED
    assert run.trouble is not None
    assert run.trouble.code == "JournalUnwritable"
    assert "Nothing is sent" in run.note
    assert bench.changes() == []


@pytest.mark.parametrize(("fault", "progress"), [("", Progress.DONE), ("403", Progress.FAILED)])
async def test_a_journal_that_fails_after_the_sending_changes_nothing_of_what_happened(
    bench: Bench, fault: str, progress: Progress
) -> None:
    bench.strike(fault or "latency", STOP, **({} if fault else {"seconds": 0.0}))
    send = bench.arm.send

    async def send_and_fill_the_disk(request: Request, **more: Any) -> Any:
        try:
            return await send(request, **more)
        finally:
            if request.method == "POST":
                bench.journal.close()
                bench.journal._file = os.open("/dev/full", os.O_WRONLY)

    bench.arm.send = send_and_fill_the_disk  # type: ignore[method-assign]
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is progress, "it was sent, and nothing else may be said"
    assert "cannot be written" in run.note
    assert [line["stage"] for line in lines(bench)] == [Stage.INTENDED], "the next start looks it up"


# Answers that never come


@pytest.mark.parametrize(("verb", "make"), [("stop", plans.stop), ("restart", plans.restart)])
async def test_a_change_whose_answer_is_lost_is_done_once(bench: Bench, verb: str, make: Any) -> None:
    bench.strike("reset-after", f"POST .*/nb-ivan/{verb}")
    run = await bench.carry_out(bench.plan(make, "nb-ivan"))
    assert (run.progress, run.trouble) == (Progress.DONE, None)
    assert bench.changes() == [("POST", verb, 0)]
    assert [line["stage"] for line in lines(bench)] == [Stage.INTENDED, Stage.SETTLED]


async def test_a_deletion_whose_answer_is_lost_is_done_once(bench: Bench) -> None:
    bench.strike("reset-after", "DELETE .*/nb-ulrich")
    run = await bench.carry_out(bench.plan(plans.delete, "nb-ulrich"))
    assert run.progress is Progress.DONE
    assert bench.changes() == [("DELETE", "nb-ulrich", 0)]


@pytest.mark.parametrize(
    ("make", "name", "route"),
    [(plans.stop, "nb-ivan", STOP), (plans.restart, "nb-ivan", "POST .*/restart"), (plans.delete, "nb-ulrich", "DELETE .*/nb-ulrich")],
)
@pytest.mark.parametrize("fault", ["reset-before", "503", "html"])
async def test_a_change_that_never_arrived_did_not_happen(bench: Bench, make: Any, name: str, route: str, fault: str) -> None:
    bench.strike(fault, route)
    run = await bench.carry_out(bench.plan(make, name))
    assert run.progress is Progress.STOPPED
    assert "did not happen" in run.note
    assert len(bench.changes()) == 1
    assert lines(bench)[-1]["outcome"] == Outcome.NOT_SENT
    assert (await bench.read(bench.items[name].id)).shown_state == bench.items[name].shown_state


async def test_what_never_tells_stays_unknown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_FAILED_LOOKS", 3)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    bench.emulator.control("POST", "faults", [{"route": STOP, "kind": "reset-after"}])
    await until(lambda: bool(bench.changes()))
    bench.emulator.control("POST", "faults", [{"route": "GET .*/nb-ivan$", "kind": "500"}])
    await until(lambda: operation.ended)
    run = operation.runs[0]
    assert run.progress is Progress.UNKNOWN
    assert "no answer came" in run.note
    assert "accepted" not in run.note
    assert lines(bench)[-1]["outcome"] == Outcome.UNKNOWN


# Answers that come


@pytest.mark.parametrize(("fault", "kind"), [("403", Kind.PERMISSION), ("404", Kind.NOT_FOUND), ("401", Kind.SIGN_IN)])
async def test_a_refusal_is_its_end(bench: Bench, fault: str, kind: Kind) -> None:
    bench.strike(fault, STOP)
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.FAILED
    assert run.trouble is not None
    assert run.trouble.kind is kind
    assert run.note == run.trouble.sentence
    assert [line["stage"] for line in lines(bench)] == [Stage.INTENDED, Stage.SETTLED]
    assert lines(bench)[-1]["outcome"] == Outcome.FAILED
    assert undo_of(bench.runner.operations[0]) is None


async def test_a_conflict_says_what_azure_says(bench: Bench) -> None:
    plan = bench.plan(plans.start, "nb-mei")
    running = bench.items["nb-ivan"].id
    step = msgspec.structs.replace(plan.steps[0], target_id=running, request=computes.start(running), rests_on="")
    run = await bench.carry_out(msgspec.structs.replace(plan, steps=(step,)))
    assert run.progress is Progress.FAILED
    assert run.trouble is not None
    assert (run.trouble.kind, run.trouble.code) == (Kind.CONFLICT, "StartComputeInstanceOnlyAllowedInStoppedState")
    assert "'stopped' state" in run.note


async def test_who_may_not_learns_which_permission_is_missing(fresh_emulator: Emulator, tmp_path: Path) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator, "reader"))
    bench = Bench(fresh_emulator, arm, Journal(tmp_path / "journal"))
    await bench.look()
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    await arm.transport.close()
    assert run.progress is Progress.FAILED
    assert plans.STOP in run.note


async def test_a_read_only_console_sends_nothing(fresh_emulator: Emulator, tmp_path: Path) -> None:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator), write=False)
    bench = Bench(fresh_emulator, arm, Journal(tmp_path / "journal"))
    await bench.look()
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    await arm.transport.close()
    assert (run.progress, bench.changes()) == (Progress.FAILED, [])
    assert ":write" in run.note


async def test_what_azure_holds_back_is_sent_again_until_it_is_let_in(bench: Bench) -> None:
    bench.strike("429", STOP, count=2, retry_after=0)
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.DONE
    assert [status for _, _, status in bench.changes()] == [429, 429, 202]


async def test_what_azure_holds_back_for_ever_ends(bench: Bench) -> None:
    bench.strike("429", STOP, retry_after=0)
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.FAILED
    assert run.trouble is not None
    assert run.trouble.kind is Kind.THROTTLED
    assert {status for _, _, status in bench.changes()} == {429}


async def test_what_changed_while_azure_held_it_back_is_not_sent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_HELD_BACK", 1_000_000)
    bench.strike("429", STOP, retry_after=0)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: bool(bench.changes()))
    await bench.arm.send(computes.restart(bench.items["nb-ivan"].id))
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.STOPPED
    assert "is Restarting now" in operation.runs[0].note
    assert lines(bench)[-1]["outcome"] == Outcome.NOT_SENT
    assert 202 not in [status for _, verb, status in bench.changes() if verb == "stop"]


async def test_who_stops_the_plan_need_not_wait_until_azure_lets_it_in(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_HELD_BACK", 1_000_000)
    bench.strike("429", STOP, retry_after=0)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: bool(bench.changes()))
    bench.runner.stop(operation)
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.STOPPED
    assert bench.journal.unfinished() == ()


# Operations on their way


async def test_an_operation_that_fails_says_so(bench: Bench) -> None:
    bench.strike("lro-fails", "computeOperationsStatus")
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.FAILED
    assert run.trouble is not None
    assert run.trouble.code == "InternalServerError"
    assert lines(bench)[-1]["code"] == "InternalServerError"


@pytest.mark.parametrize("fault", ["500", "reset-before", "malformed", "html", "401", "truncated"])
async def test_an_operation_that_cannot_be_asked_for_a_while_goes_on(bench: Bench, fault: str) -> None:
    bench.strike(fault, "computeOperationsStatus", count=1)
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: sum("computeOperationsStatus" in call["path"] for call in bench.emulator.calls()) >= 2)
    await bench.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE


async def test_an_operation_that_is_lost_is_told_by_its_target(bench: Bench) -> None:
    bench.strike("404", "computeOperationsStatus")
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.DONE


async def test_an_operation_that_never_ends_is_told_by_its_target(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.strike("lro-never-ends", "computeOperationsStatus")
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    monkeypatch.setattr(pace, "LONGEST_PASSING_S", 0.2)
    await bench.to_the_end(operation)
    assert operation.runs[0].progress in {Progress.DONE, Progress.UNKNOWN}
    assert (await bench.read(bench.items["nb-ivan"].id)).shown_state == "Stopped"


async def test_done_is_what_is_seen_not_what_is_said(bench: Bench) -> None:
    """The operation says Succeeded while the instance is still on its way."""
    bench.strike("404", "computeOperationsStatus")
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    looks = "GET", "/nb-ivan"
    await until(lambda: sum((call["method"], call["path"][-8:]) == looks for call in bench.emulator.calls()) >= 6)
    assert operation.runs[0].progress is Progress.RUNNING
    await bench.advance()
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.DONE


async def test_leaving_leaves_the_operation_to_azure_and_the_journal_to_the_next_start(bench: Bench) -> None:
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: operation.runs[0].progress is Progress.RUNNING)
    await bench.runner.close()
    bench.journal.close()
    later = Journal(bench.journal.folder)
    later.path = later.path.with_name("later.jsonl")
    (left,) = later.unfinished()
    assert left.accepted is not None
    assert (left.intended.target_name, left.intended.verb) == ("nb-ivan", "stop")


# Undo


async def test_undo_takes_it_back(bench: Bench) -> None:
    operation = await bench.to_the_end(bench.runner.run(bench.plan(plans.stop, "nb-ivan")))
    plan = undo_of(operation)
    assert plan is not None
    assert plan.verb == "undo stop"
    assert plan.permissions == (plans.START,)
    run = await bench.carry_out(plan)
    assert run.progress is Progress.DONE
    assert (await bench.read(bench.items["nb-ivan"].id)).shown_state == "Running"
    assert undo_of(bench.runner.operations[1]) is None, "an undo is not undone"


async def test_undo_rests_on_what_it_undoes(bench: Bench) -> None:
    operation = await bench.to_the_end(bench.runner.run(bench.plan(plans.stop, "nb-ivan")))
    plan = undo_of(operation)
    assert plan is not None
    await bench.arm.send(computes.start(bench.items["nb-ivan"].id))
    run = await bench.carry_out(plan)
    assert run.progress is Progress.STOPPED
    assert "was Stopped" in run.note


async def test_a_deletion_cannot_be_undone(bench: Bench) -> None:
    operation = await bench.to_the_end(bench.runner.run(bench.plan(plans.delete, "nb-ulrich")))
    assert not operation.undoable
    assert undo_of(operation) is None


async def test_a_fault_of_ours_becomes_the_steps_state(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_compute_id: str) -> Any:
        raise ZeroDivisionError("oops")

    bench.runner.stages.reread = broken
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.STOPPED, "nothing was sent yet"
    assert "ZeroDivisionError" in operation.runs[0].note
    assert "Traceback" in caplog.text
    assert bench.changes() == []


async def test_a_fault_of_ours_after_the_sending_leaves_the_fate_open(bench: Bench) -> None:
    looks = 0

    async def broken(compute_id: str) -> Any:
        nonlocal looks
        looks += 1
        if looks > 1:
            raise ZeroDivisionError("oops")
        return await bench.read(compute_id)

    bench.runner.stages.reread = broken
    run = await bench.carry_out(bench.plan(plans.stop, "nb-ivan"))
    assert run.progress is Progress.UNKNOWN
    assert "next start" in run.note
    assert [line["stage"] for line in lines(bench)] == [Stage.INTENDED, Stage.ACCEPTED]
