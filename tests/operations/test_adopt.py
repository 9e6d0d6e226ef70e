"""After a crash: the next start finds out what became of each change, and leaves another cloud's alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from console.azure import computes
from console.azure.signin import SignIn, SignInConfig
from console.cloud import read_cloud
from console.operations.journal import Journal, Record, Stage
from console.operations.operation import Operation, Progress
from console.session import Session
from console.settings import load
from tests.conftest import Emulator
from tests.gateway import until, workspace
from tests.operations.conftest import Bench


def killed(bench: Bench, when: str, name: str = "nb-ivan") -> None:
    """Have another process begin to stop an instance and be killed at a stage."""
    told = {"ready": bench.emulator.ready, "folder": str(bench.journal.folder), "compute_id": bench.items[name].id, "when": when}
    done = subprocess.run(
        [sys.executable, "-m", "tests.operations.killed"], input=json.dumps(told), text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


async def adopted(bench: Bench) -> Operation:
    (left,) = bench.journal.unfinished()
    return bench.runner.adopt(left)


async def test_killed_before_it_was_sent(bench: Bench) -> None:
    await asyncio.to_thread(killed, bench, "intended")
    operation = await adopted(bench)
    await until(lambda: operation.ended)
    (run,) = operation.runs
    assert run.progress is Progress.STOPPED
    assert "did not happen" in run.note
    assert operation.adopted
    assert "before this start" in operation.plan.title
    assert bench.changes() == []
    assert bench.journal.unfinished() == ()


async def test_killed_before_the_answer_was_written_down(bench: Bench) -> None:
    await asyncio.to_thread(killed, bench, "sent")
    assert bench.changes() == [("POST", "stop", 202)]
    operation = await adopted(bench)
    await bench.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE
    assert len(bench.changes()) == 1, "looking is not sending"
    assert bench.journal.unfinished() == ()


async def test_killed_while_azure_was_at_it(bench: Bench) -> None:
    await asyncio.to_thread(killed, bench, "accepted")
    operation = await adopted(bench)
    await until(lambda: any("computeOperationsStatus" in call["path"] for call in bench.emulator.calls()), "asking after the operation")
    await bench.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE
    assert len(bench.changes()) == 1


async def test_killed_and_it_failed_meanwhile(bench: Bench) -> None:
    await asyncio.to_thread(killed, bench, "accepted")
    await bench.arm.send(computes.delete(bench.items["nb-ivan"].id))
    operation = await adopted(bench)
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.FAILED
    assert operation.runs[0].trouble is not None
    assert operation.runs[0].trouble.code == "OperationPreempted"


async def test_killed_and_it_was_over_long_before_the_next_start(bench: Bench) -> None:
    await asyncio.to_thread(killed, bench, "sent")
    await bench.advance(86_400 / 4)
    operation = await adopted(bench)
    await until(lambda: operation.ended)
    assert operation.runs[0].progress is Progress.DONE


async def test_killed_twice(bench: Bench) -> None:
    """The one that adopts is killed too: the third start knows."""
    await asyncio.to_thread(killed, bench, "accepted")
    await adopted(bench)
    await bench.runner.close()
    assert len(bench.journal.unfinished()) == 1
    operation = await adopted(bench)
    await bench.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE
    assert bench.journal.unfinished() == ()


@pytest.mark.parametrize("url", ["https://evil.example/status", "nonsense", "https://["])
async def test_a_journal_leads_nowhere_else(bench: Bench, url: str) -> None:
    """Its files could be written by another program; a token still goes to Azure alone."""
    compute_id = bench.items["nb-ivan"].id
    await bench.arm.send(computes.stop(compute_id))
    foreign = Journal(bench.journal.folder)
    foreign.path = foreign.folder / "foreign.jsonl"
    common = {"operation": "x", "at": datetime.now(UTC), "server_time": bench.arm.clock.now()}
    foreign.write(
        Record(
            stage=Stage.INTENDED,
            target_id=compute_id,
            target_name="nb-ivan",
            method="POST",
            path=f"{compute_id}/stop",
            verb="stop",
            rests_on="Running",
            settles=("Stopped",),
            **common,
        )
    )
    foreign.write(Record(stage=Stage.ACCEPTED, operation_url=url, **common))
    foreign.close()
    operation = await adopted(bench)
    await bench.to_the_end(operation)
    assert operation.runs[0].progress is Progress.DONE


# A whole session


@pytest.fixture
def home(tmp_path: Path, fresh_emulator: Emulator) -> Path:
    (tmp_path / "cloud.json").write_text(json.dumps(fresh_emulator.ready))
    return tmp_path


@pytest_asyncio.fixture
async def session(home: Path) -> AsyncIterator[Session]:
    settings = load({"cloud_file": str(home / "cloud.json")}, {}, home, home)
    cloud = read_cloud(home / "cloud.json")
    made = Session(settings, cloud, SignIn(SignInConfig.of(settings, cloud)))
    yield made
    await made.close()


async def test_a_session_takes_over_its_own_clouds_changes_alone(bench: Bench, session: Session) -> None:
    own = Journal(session.settings.state_dir / "journal")
    own.path = own.folder / "own.jsonl"
    compute_id = bench.items["nb-ivan"].id
    sent_at = bench.arm.clock.now()
    await bench.arm.send(computes.stop(compute_id))
    for name, cloud in (("here", bench.emulator.base_url), ("elsewhere", "https://management.azure.com")):
        own.write(
            Record(
                stage=Stage.INTENDED,
                operation=name,
                at=datetime.now(UTC),
                server_time=sent_at,
                verb="stop",
                target_id=compute_id,
                target_name=name,
                method="POST",
                path=f"{compute_id}/stop",
                rests_on="Running",
                settles=("Stopped",),
                cloud=cloud,
            )
        )
    own.close()
    heard: list[Progress] = []
    session.listen_to_steps(lambda _operation, run: heard.append(run.progress))
    await session.start()
    assert [operation.runs[0].step.target_name for operation in session.operations] == ["here"]
    assert session.in_flight == 1
    await bench.to_the_end(session.operations[0])
    assert session.operations[0].runs[0].progress is Progress.DONE
    assert heard[-1] is Progress.DONE
    assert [left.intended.operation for left in session.runner.stages.journal.unfinished()] == ["elsewhere"]


async def test_a_session_knows_who_where_and_what_may_be_done(session: Session, fresh_emulator: Emulator) -> None:
    await session.start()
    place = workspace(fresh_emulator)
    await until(lambda: session.computes.loaded and session.prices.loaded)
    assert session.context.who == "admin"
    assert session.context.object_id == fresh_emulator.identity("admin")["object_id"]
    assert session.context.where == (place,)
    assert session.context.allowance(place).known
    assert session.context.refusal(place, "Microsoft.MachineLearningServices/workspaces/computes/stop/action") == ""
    burn = session.money.burn()
    assert burn.now.value
    unknown = [item.name for item in session.computes.items if item.kind.label in {"instance", "cluster"} and item.billed_nodes is None]
    assert burn.now.missing == len(unknown)
    assert burn.waste.value
    assert sum(session.calls.values()) > 0
    one, two = await asyncio.gather(session.connect(), session.connect())
    assert one is two


async def test_look_ups_before_the_connection_wait_for_it(session: Session, fresh_emulator: Emulator) -> None:
    place = workspace(fresh_emulator)
    compute_id = f"{place.id}/computes/gpu-train"
    session.last_runs.want([compute_id])
    await session.start()
    await until(lambda: session.last_runs.known(compute_id))
    run = session.last_runs.get(compute_id)
    assert run is not None
    assert run.active
    await until(lambda: session.computes.loaded)
    owners = [item.owner_id for item in session.computes.items if item.owner_id]
    session.names.want(owners)
    await until(lambda: all(map(session.names.known, owners)))
    assert "grace.okafor@contoso.com" in map(session.names.get, owners)


async def test_the_next_session_shows_what_the_last_one_saw(session: Session, home: Path) -> None:
    await session.start()
    await until(lambda: session.computes.loaded and session.prices.loaded)
    snapshots = home / ".cache" / "aml-console" / "snapshots"
    read = len(session.computes.parts) + len(session.prices.parts)
    await until(lambda: len([*snapshots.glob("computes-*.msgpack"), *snapshots.glob("sizes-*.msgpack")]) == read, "both on disk")
    seen = session.computes.items
    settings = load({"cloud_file": str(home / "cloud.json")}, {}, home, home)
    later = Session(settings, session.cloud, session.signin)
    assert later.computes.items == seen
    assert later.money.burn().now == session.money.burn().now
    stranger = Session(load({"cloud_file": str(home / "cloud.json"), "identity": "reader"}, {}, home, home), session.cloud, session.signin)
    assert stranger.computes.items == ()
    old = snapshots / "computes-old.msgpack"
    old.touch(0o600)
    os.utime(old, (0, 0))
    await later.close()
    assert not old.exists(), "what nobody refreshed for weeks is forgotten"
    files = [path for path in await asyncio.to_thread(lambda: list((home / ".cache").rglob("*"))) if path.is_file()]
    assert files
    assert {os.stat(path).st_mode & 0o777 for path in files} == {0o600}
