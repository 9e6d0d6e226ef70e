"""Snoozes on disk: private, shared between consoles, and never lost because a file was damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from console.domain.findings.snooze import Snooze
from console.domain.trouble import TroubleError
from console.feeds.snoozes import Snoozes
from tests.domain.test_compute import NOON

ANOTHER_CONSOLE = """
import sys
from datetime import timedelta
from pathlib import Path
from console.feeds.snoozes import Snoozes
from tests.feeds.test_snoozes import snooze
store = Snoozes(Path(sys.argv[1]))
for number in range(20):
    store.keep("tenant", snooze(f"{sys.argv[2]}-{number}"))
"""


def snooze(name: str) -> Snooze:
    return Snooze(finding=name, who="ada@contoso.com", reason="TICKET-1", since=NOON, until=NOON + timedelta(days=7))


def test_a_snooze_is_kept_by_tenant_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "snoozes.json"
    store = Snoozes(path)
    assert store.of("tenant") == {}
    store.keep("tenant", snooze("a"))
    store.keep("other", snooze("b"))
    assert Snoozes(path).of("tenant") == store.of("tenant") == {"a": snooze("a")}
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    store.end("tenant", "a")
    store.end("tenant", "never there")
    assert Snoozes(path).of("tenant") == {} and Snoozes(path).of("other").keys() == {"b"}
    assert {each.name for each in path.parent.iterdir()} == {"snoozes.json", "snoozes.lock"}


def test_a_console_sees_what_another_one_wrote(tmp_path: Path) -> None:
    one, other = Snoozes(tmp_path / "snoozes.json"), Snoozes(tmp_path / "snoozes.json")
    assert one.of("tenant") == {}
    other.keep("tenant", snooze("a"))
    assert one.of("tenant").keys() == {"a"}
    one.keep("tenant", snooze("b"))
    other.end("tenant", "a")
    assert one.of("tenant").keys() == other.of("tenant").keys() == {"b"}


def test_consoles_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "snoozes.json"
    words = [sys.executable, "-c", ANOTHER_CONSOLE, str(path)]
    writers = [subprocess.Popen([*words, name], stderr=subprocess.PIPE) for name in ("a", "b", "c")]
    told = [writer.communicate(timeout=60)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0], told
    assert len(Snoozes(path).of("tenant")) == 60


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"tenant": {"a": {"who": 1}}}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_put_aside_and_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "snoozes.json"
    for number in (1, 2):
        path.write_bytes(content)
        store = Snoozes(path)
        assert store.of("tenant") == {}
        aside = tmp_path / f"snoozes.json.damaged-{number}"
        assert aside.read_bytes() == content
        assert str(aside) in store.note
    store.keep("tenant", snooze("a"))
    assert Snoozes(path).of("tenant").keys() == {"a"}
    assert (tmp_path / "snoozes.json.damaged-1").read_bytes() == content


def test_a_file_damaged_meanwhile_is_put_aside_by_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "snoozes.json"
    store = Snoozes(path)
    store.keep("tenant", snooze("a"))
    path.write_bytes(b"half a fi")
    store.keep("tenant", snooze("b"))
    assert store.of("tenant").keys() == {"b"}
    assert (tmp_path / "snoozes.json.damaged-1").read_bytes() == b"half a fi"


def test_what_cannot_be_kept_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = Snoozes(tmp_path / "file" / "snoozes.json")
    assert store.of("tenant") == {}
    with pytest.raises(TroubleError, match=r"^The snooze cannot be kept in \S+: File exists\.$"):
        store.keep("tenant", snooze("a"))


def test_a_directory_in_its_place_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "snoozes.json"
    os.mkdir(path)
    store = Snoozes(path)
    assert store.of("tenant") == {} and "Is a directory" in store.note
    with pytest.raises(TroubleError, match="cannot be kept"):
        store.keep("tenant", snooze("a"))
    assert path.is_dir()
