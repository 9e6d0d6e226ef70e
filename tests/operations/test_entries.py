"""What journals tell of past changes, in the form in which the activity is shown."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.domain.activity import Entry, Origin
from console.operations import computes as plans
from console.operations import entries
from console.operations.journal import Journal, Outcome, Record, Stage, settled
from tests.operations.conftest import Bench

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
CLOUD = "https://cloud"
TARGET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/nb"


def begun(name: str, **more: str) -> Record:
    given = {"cloud": CLOUD, "reason": "CHG-1", **more}
    return Record(
        stage=Stage.INTENDED, operation=name, at=NOW, server_time=NOW, verb="stop", target_id=TARGET, target_name="nb", method="POST",
        path=f"{TARGET}/stop", request_id=name, who="ada", **given,
    )  # fmt: skip


def written(folder: Path, name: str, *records: Record) -> Path:
    journal = Journal(folder)
    journal.path = folder / name
    for record in records:
        journal.write(record)
    journal.close()
    return journal.path


def found(folder: Path) -> dict[str, Entry]:
    return {entry.key: entry for entry in entries.of_journals(folder, CLOUD)}


def test_a_change_is_told_with_its_end_wherever_that_is_written(tmp_path: Path) -> None:
    written(tmp_path, "20260101.jsonl", begun("a"), begun("b"), begun("c"))
    end = settled("a", Outcome.DONE, server_time=NOW)
    written(tmp_path, "20260102.jsonl", end, settled("b", Outcome.NOT_SENT, server_time=NOW, note="it did not happen"))
    told = found(tmp_path)
    assert {name: entry.result for name, entry in told.items()} == {"a": "done", "b": "not sent", "c": "unknown"}
    assert told["b"].note == "it did not happen"
    entry = told["a"]
    assert (entry.origin, entry.what, entry.who, entry.reason, entry.at) == (Origin.JOURNAL, "stop compute", "ada", "CHG-1", NOW)
    assert entry.request == f"POST {TARGET}/stop"
    assert [word for word, _ in entry.stages] == ["intended", "settled"]


def test_what_a_living_console_has_under_way_is_told_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(begun("a"))
    assert found(tmp_path)["a"].result == entries.UNDER_WAY
    journal.close()
    assert found(tmp_path)["a"].result == "unknown"


def test_another_clouds_changes_are_not_told_here(tmp_path: Path) -> None:
    written(tmp_path, "a.jsonl", begun("a"), begun("b", cloud="https://other"))
    assert set(found(tmp_path)) == {"a"}


def test_damage_hides_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", begun("a"))
    with open(path, "ab") as file:
        file.write(b'\xff\xfe{"stage":"inten')
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "broken.jsonl").symlink_to(tmp_path / "nowhere")
    assert set(found(tmp_path)) == {"a"}
    assert entries.of_journals(tmp_path / "nowhere", CLOUD) == ()


def test_only_so_much_of_the_past_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_FILES", 2)
    for number in range(4):
        written(tmp_path, f"2026010{number}.jsonl", begun(str(number)))
    assert set(found(tmp_path)) == {"2", "3"}
    path = written(tmp_path, "20260109.jsonl", *(begun(f"long-{number}") for number in range(50)))
    monkeypatch.setattr(entries, "MOST_BYTES", os.stat(path).st_size // 5)
    told = {name for name in found(tmp_path) if name.startswith("long")}
    assert "long-49" in told and "long-0" not in told and len(told) in {9, 10}


async def test_operations_of_this_session_are_told_with_every_stage(bench: Bench) -> None:
    operation = bench.runner.run(bench.plan(plans.stop, "nb-ivan"))
    await bench.to_the_end(operation)
    (here,) = entries.of_operations([operation])
    assert [word for word, _ in here.stages] == ["checking", "sending", "running", "done"]
    assert (here.result, here.what, here.target_name, here.who) == ("done", "stop compute", "nb-ivan", "admin")
    (past,) = entries.of_journals(bench.journal.folder, bench.emulator.base_url)
    assert (past.key, past.request_id, past.result) == (here.key, here.request_id, "done")
