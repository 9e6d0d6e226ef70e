"""The journal on disk: whole lines, in order, found again by the next start, whatever happened to the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.operations.journal import Journal, JournalError, Outcome, Record, Stage, settled
from tests.properties import steady

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def intended(name: str, **more: str) -> Record:
    return Record(stage=Stage.INTENDED, operation=name, at=NOW, verb="stop", target_name=name, cloud="https://cloud", **more)


def accepted(name: str) -> Record:
    return Record(stage=Stage.ACCEPTED, operation=name, at=NOW, operation_url=f"https://cloud/{name}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    made = Journal(folder)
    yield made
    made.close()


def left_by_the_dead(folder: Path, *records: Record, name: str = "20260101T000000-1.jsonl") -> Path:
    """A file as a process that is gone left it."""
    journal = Journal(folder)
    journal.path = folder / name
    for record in records:
        journal.write(record)
    journal.close()
    return journal.path


def names(journal: Journal) -> list[str]:
    return [left.intended.operation for left in journal.unfinished()]


def test_what_a_dead_process_left_open_is_found_in_order(folder: Path, journal: Journal) -> None:
    left_by_the_dead(
        folder,
        intended("a"),
        intended("b"),
        accepted("b"),
        intended("c"),
        settled("c", Outcome.DONE, server_time=NOW),
        intended("d"),
        accepted("d"),
        settled("d", Outcome.FAILED, server_time=NOW),
    )
    left_by_the_dead(folder, intended("e"), name="20260102T000000-1.jsonl")
    found = journal.unfinished()
    assert [left.intended.operation for left in found] == ["a", "b", "e"]
    assert [left.accepted.operation_url if left.accepted else None for left in found] == [None, "https://cloud/b", None]


def test_nothing_is_left_where_there_was_nothing(journal: Journal) -> None:
    assert journal.unfinished() == ()


def test_what_a_later_process_settled_is_settled(folder: Path, journal: Journal) -> None:
    left_by_the_dead(folder, intended("a"))
    journal.write(settled("a", Outcome.DONE, server_time=NOW))
    assert names(journal) == []
    journal.close()
    later = Journal(folder)
    later.path = folder / "later.jsonl"
    assert names(later) == []


def test_ones_own_changes_are_not_adopted(journal: Journal) -> None:
    journal.write(intended("mine"))
    assert names(journal) == []


def test_what_a_living_process_has_under_way_is_left_to_it(folder: Path, journal: Journal) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from console.operations.journal import *\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "journal.write(Record(stage=Stage.INTENDED, operation='theirs', at=datetime.now(UTC)))\n"
        "print('written', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "written\n"
    assert names(journal) == [], "two consoles at once are normal"
    other.kill()
    other.communicate()
    assert names(journal) == ["theirs"]


@pytest.mark.parametrize(
    "tail", [b'{"stage":"intended","operation":"cut', b"\xff\xfe\xfa", b'"\xff"', b"[" * 100_000, b"\x00" * 512, b"null", b"{}"]
)
def test_a_cut_or_damaged_line_hides_no_other(folder: Path, journal: Journal, tail: bytes) -> None:
    path = left_by_the_dead(folder, intended("a"))
    with open(path, "ab") as file:
        file.write(tail)
    assert names(journal) == ["a"]
    with open(path, "ab") as file:
        file.write(b"\n")
    left_by_the_dead(folder, intended("b"), name=path.name)
    assert names(journal) == ["a", "b"]


@steady
@given(cut=st.integers(0, 400))
def test_a_file_cut_anywhere_tells_of_every_whole_line(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("journal")
    path = left_by_the_dead(folder, intended("a"), intended("b"), accepted("b"))
    content = path.read_bytes()[:cut]
    path.write_bytes(content)
    journal = Journal(folder)
    journal.path = folder / "mine.jsonl"
    whole = [json.loads(line) for line in content.split(b"\n") if line.endswith(b"}") and line.count(b"{") == line.count(b"}")]
    assert names(journal) == [line["operation"] for line in whole if line["stage"] == "intended"]


def test_what_is_no_journal_is_no_hindrance(folder: Path, journal: Journal) -> None:
    left_by_the_dead(folder, intended("a"))
    (folder / "folder.jsonl").mkdir()
    (folder / "broken.jsonl").symlink_to(folder / "nowhere")
    (folder / "notes.txt").write_text("not mine")
    assert names(journal) == ["a"]


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "journal")
    with pytest.raises(JournalError, match="Nothing is sent"):
        journal.write(intended("a"))


def test_a_full_disk_is_an_error_and_leaves_no_half_line(folder: Path) -> None:
    """RLIMIT_FSIZE stands for the disk: a write beyond it is cut short before it fails."""
    program = (
        "import resource, sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from console.operations.journal import *\n"
        "def write(name):\n"
        "    journal.write(Record(stage=Stage.INTENDED, operation=name, at=datetime(2026, 1, 1, tzinfo=UTC)))\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "write('a')\n"
        "size = journal.path.stat().st_size\n"
        "hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))\n"
        "try:\n"
        "    write('b')\n"
        "except JournalError as error:\n"
        "    print(error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n"
        "write('c')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True, timeout=60)
    assert "Nothing is sent" in done.stdout
    (path,) = folder.iterdir()
    assert [json.loads(line)["operation"] for line in path.read_text().splitlines()] == ["a", "c"]


def test_a_record_takes_what_any_name_holds(folder: Path, journal: Journal) -> None:
    name = "nb\n\x1b[2J\u2028“"
    left_by_the_dead(folder, intended("a", note=name, target_id=name))
    (left,) = journal.unfinished()
    assert (left.intended.note, left.intended.target_id) == (name, name)


def test_every_line_is_on_disk_when_write_returns(journal: Journal) -> None:
    journal.write(intended("a"))
    assert len(journal.path.read_bytes().splitlines()) == 1
    journal.write(accepted("a"))
    assert len(journal.path.read_bytes().splitlines()) == 2
    assert oct(os.stat(journal.path).st_mode & 0o777) == "0o600"
