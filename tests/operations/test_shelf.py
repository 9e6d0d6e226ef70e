"""Kept plans: what was not sent when the console ended is offered again, once, to the same person, and never by itself."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.azure import computes
from console.azure.request import Request
from console.azure.slots import name_slot
from console.azure.sources import StorageKey
from console.domain.trouble import TroubleError
from console.operations import computes as plans
from console.operations import pace
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import Concern, Danger, Effect, Hold, Plan, Step
from console.operations.runner import Runner
from console.operations.shelf import Holder, Shelf, secret_in
from tests.gateway import until
from tests.operations.conftest import Bench

ADA = Holder("https://cloud", "tenant", "ada")
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOLD = Hold(label="in 1 h", sentence="in 1 h", after_s=3600, then=("Running",))
NOTHING: frozenset[str] = frozenset()


def step(name: str, body: Any = None) -> Step:
    return Step(target_id=f"/x/{name}", target_name=name, request=Request(method="POST", path=f"/x/{name}", body=body), permission="p")


def operation(*names: str, hold: Hold | None = None, body: Any = None) -> Operation:
    plan = Plan(verb="stop", title="Stop", where="here", steps=tuple(step(name, body) for name in names)).held(hold)
    return Operation(plan, [StepRun(each) for each in plan.steps], begun=NOW)


def shelf(folder: Path, holder: Holder = ADA) -> Shelf:
    return Shelf(folder, lambda: holder)


def kept(folder: Path, made: Operation) -> Path:
    """A plan as a process that is gone left it."""
    gone = shelf(folder)
    gone.keep(made)
    gone.close()
    return folder / f"{made.id}.jsonl"


def test_a_plan_that_waits_is_found_by_the_next_start_and_by_one_only(tmp_path: Path) -> None:
    made = operation("a", "b", hold=HOLD.agreed(NOW))
    path = kept(tmp_path / "plans", made)
    assert made.kept
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    later = shelf(path.parent)
    (found,) = later.left(NOTHING)
    assert (found.id, found.at, found.plan) == (made.id, NOW, made.plan)
    assert found.step_ids == tuple(run.id for run in made.runs)
    assert shelf(path.parent).left(NOTHING) == (), "it is taken"
    later.close()
    again = shelf(path.parent)
    assert len(again.left(NOTHING)) == 1, "it is offered until somebody decides"
    again.drop(made.id)
    assert shelf(path.parent).left(NOTHING) == ()
    assert not path.exists()


def test_a_plan_that_names_what_azure_holds_has_no_secret_and_one_that_tells_it_has() -> None:
    named = {"credentials": {"credentialsType": "AccountKey", "secrets": {"key": str(StorageKey("/x/accounts/a", "key1"))}}}
    told = {"credentials": {"credentialsType": "AccountKey", "secrets": {"key": "0123456789abcdef"}}}
    assert not secret_in(operation("a", body=named).plan) and secret_in(operation("a", body=told).plan)


def test_a_single_step_that_is_sent_at_once_is_not_kept(tmp_path: Path) -> None:
    made = operation("a")
    shelf(tmp_path).keep(made)
    assert not made.kept and not list(tmp_path.iterdir())


def test_what_is_told_of_a_plan_that_was_sent_in_part_is_of_what_is_left(tmp_path: Path) -> None:
    made = operation("a", "b", "c")
    made.plan = msgspec.structs.replace(made.plan, title="Stop 3 instances", totals=(Effect(Concern.MONEY, "$3/h ends in all"),))
    mine = shelf(tmp_path)
    mine.keep(made)
    made.runs[0].progress = Progress.DONE
    mine.over(made, made.runs[0].id)
    mine.close()
    (found,) = shelf(tmp_path).left(frozenset({made.runs[1].id}))
    assert (found.plan.title, found.plan.totals, len(found.plan.steps)) == ("Stop 3 instances (left: 1)", (), 1)


def test_steps_that_are_over_are_not_offered(tmp_path: Path) -> None:
    made = operation("a", "b", "c")
    mine = shelf(tmp_path)
    mine.keep(made)
    made.runs[0].progress = Progress.SENDING
    mine.over(made, made.runs[0].id)
    mine.close()
    (found,) = (other := shelf(tmp_path)).left(frozenset({made.runs[1].id}))
    assert [each.target_name for each in found.plan.steps] == ["c"], "one is over, one is in the journal"
    other.close()
    assert shelf(tmp_path).left(frozenset(run.id for run in made.runs)) == ()
    assert not list(tmp_path.iterdir()), "nothing is left of it"


def test_a_plan_of_which_everything_is_sent_is_gone(tmp_path: Path) -> None:
    made = operation("a", "b")
    mine = shelf(tmp_path)
    mine.keep(made)
    for run in made.runs:
        run.progress = Progress.SENDING
        mine.over(made, run.id)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [{"cloud": "https://other"}, {"tenant_id": "other"}, {"object_id": "bob"}])
def test_nobody_else_is_offered_it(tmp_path: Path, change: dict[str, str]) -> None:
    path = kept(tmp_path, operation("a", hold=HOLD))
    assert shelf(tmp_path, msgspec.structs.replace(ADA, **change)).left(NOTHING) == ()
    assert path.exists()
    assert len(shelf(tmp_path).left(NOTHING)) == 1


SECRET_BODIES: list[Any] = [
    {"properties": {"credentials": {"key": "abc"}}},
    {"password": "abc"},
    {"note": "Bearer abcdefgh1234"},
    {"x": object()},
    {"note": name_slot("tags.note")[1]},
]


@pytest.mark.parametrize("body", SECRET_BODIES)
def test_a_plan_with_a_secret_never_reaches_the_disk(tmp_path: Path, body: Any) -> None:
    made = operation("a", "b", hold=HOLD, body=body)
    assert secret_in(made.plan)
    shelf(tmp_path).keep(made)
    assert not made.kept and not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"nonsense\n", b"[" * 100_000, b"\xff"])
def test_a_damaged_file_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.jsonl").write_bytes(content)
    kept(tmp_path, operation("a", hold=HOLD))
    assert len(shelf(tmp_path).left(NOTHING)) == 1


def test_a_cut_last_line_hides_nothing(tmp_path: Path) -> None:
    path = kept(tmp_path, operation("a", "b"))
    with open(path, "ab") as file:
        file.write(b'{"over":"cu')
    assert len(shelf(tmp_path).left(NOTHING)[0].plan.steps) == 2


def test_what_cannot_be_kept_runs_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    made = operation("a", hold=HOLD)
    shelf(tmp_path / "file" / "plans").keep(made)
    assert not made.kept


def test_what_a_living_console_keeps_is_its_own(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.operations.test_shelf import *\n"
        "mine = shelf(Path(sys.argv[1])); mine.keep(operation('a', hold=HOLD)); print('kept', flush=True); sys.stdin.read()\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", program, str(tmp_path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
    assert other.stdout is not None and other.stdout.readline() == "kept\n"
    assert shelf(tmp_path).left(NOTHING) == ()
    other.kill()
    other.communicate()
    assert len(shelf(tmp_path).left(NOTHING)) == 1


# On the emulator


@pytest.fixture
def keeping(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(pace, "HOLD_LOOK_S", 0.02)
    bench.runner.stages.shelf = shelf(tmp_path / "plans")
    return bench


def next_start(bench: Bench, tmp_path: Path) -> Runner:
    """A runner as the next process makes it, over the same journals and kept plans."""
    journal = Journal(bench.journal.folder)
    journal.path = journal.path.with_name("later.jsonl")
    made = Runner(
        bench.arm, journal, bench.read, bench._heard, cloud=bench.emulator.base_url, who=lambda: "admin", shelf=shelf(tmp_path / "plans")
    )
    assert made.stages.shelf is not None
    for each in made.stages.shelf.left(journal.begun()):
        made.offer(each)
    return made


async def ended(bench: Bench) -> None:
    await bench.runner.close()
    bench.journal.close()


async def test_what_was_not_sent_is_offered_and_goes_on_when_agreed_to(
    keeping: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "AT_ONCE", 1)
    begun = keeping.runner.run(keeping.plan(plans.stop, "nb-ivan", "nb-grace", "nb-noah"))
    await until(lambda: begun.runs[0].progress is Progress.RUNNING)
    await ended(keeping)
    assert len(keeping.changes()) == 1
    later = next_start(keeping, tmp_path)
    (paused,) = later.operations
    assert [run.step.target_name for run in paused.runs] == ["nb-grace", "nb-noah"]
    assert (paused.paused, later.in_flight, later.steps_on) == (True, 0, {})
    assert len(keeping.changes()) == 1, "nothing goes on by itself"
    await keeping.arm.send(computes.stop(keeping.items["nb-noah"].id))
    plan, notes = await later.remaining(paused)
    assert plan is not None and plan.danger is Danger.CONFIRM
    assert [each.target_name for each in plan.steps] == ["nb-grace"]
    assert notes == ("nb-noah is left out: it was Running when the plan was made and is Stopping now",)
    later.drop(paused)
    resumed = later.run(plan)
    await until(lambda: resumed.runs[0].progress is Progress.RUNNING)
    await keeping.advance()
    await until(lambda: resumed.ended)
    assert resumed.runs[0].progress is Progress.DONE
    await later.close()
    assert [change[1] for change in keeping.changes()] == ["stop"] * 3
    assert next_start(keeping, tmp_path).operations == []


async def test_what_holds_keeps_its_moment_over_a_restart(keeping: Bench, tmp_path: Path) -> None:
    begun = keeping.runner.run(keeping.plan(plans.stop, "nb-ivan").held(HOLD))
    await until(lambda: begun.runs[0].progress is Progress.HOLDING)
    await ended(keeping)
    later = next_start(keeping, tmp_path)
    plan, notes = await later.remaining(later.operations[0])
    assert plan is not None and notes == ()
    assert plan.hold is not None and plan.hold == begun.plan.hold and plan.hold.until is not None
    await later.close()


async def test_what_cannot_be_read_again_stays_paused(keeping: Bench, tmp_path: Path) -> None:
    begun = keeping.runner.run(keeping.plan(plans.stop, "nb-ivan").held(HOLD))
    await until(lambda: begun.runs[0].progress is Progress.HOLDING)
    await ended(keeping)
    later = next_start(keeping, tmp_path)
    keeping.strike("503", "GET .*/nb-ivan$")
    with pytest.raises(TroubleError):
        await later.remaining(later.operations[0])
    assert later.operations[0].paused
    await later.close()
    assert len(next_start(keeping, tmp_path).operations) == 1


async def test_a_plan_whose_targets_all_changed_has_nothing_left(keeping: Bench, tmp_path: Path) -> None:
    begun = keeping.runner.run(keeping.plan(plans.delete, "nb-ulrich").held(HOLD))
    await until(lambda: begun.runs[0].progress is Progress.HOLDING)
    await ended(keeping)
    await keeping.arm.send(computes.delete(keeping.items["nb-ulrich"].id))
    await keeping.advance()
    later = next_start(keeping, tmp_path)
    plan, notes = await later.remaining(later.operations[0])
    assert plan is None
    assert "is gone now" in notes[0]
    later.drop(later.operations[0])
    await later.close()
    assert next_start(keeping, tmp_path).operations == []


async def test_a_cancelled_hold_is_not_offered_again(keeping: Bench, tmp_path: Path) -> None:
    begun = keeping.runner.run(keeping.plan(plans.stop, "nb-ivan").held(HOLD))
    await until(lambda: begun.runs[0].progress is Progress.HOLDING)
    keeping.runner.stop(begun)
    await ended(keeping)
    assert next_start(keeping, tmp_path).operations == []
