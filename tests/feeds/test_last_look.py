"""The last look: kept for the next session, each owner's own, and worth nothing when the file is no good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.feeds.last_look import MOST_KEPT, LastLook
from console.feeds.snapshots import Owner

ADA, BOB = Owner("https://cloud", "t", "ada"), Owner("https://cloud", "t", "bob")
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_a_look_is_known_to_the_next_session_and_does_not_change_this_one(tmp_path: Path) -> None:
    path = tmp_path / "state" / "look.json"
    first = LastLook(path)
    assert first.before(ADA) is None
    first.keep(ADA, NOW)
    assert first.before(ADA) is None
    second = LastLook(path)
    second.keep(ADA, NOW + timedelta(hours=1))
    assert second.before(ADA) == NOW
    assert second.before(BOB) is None
    assert LastLook(path).before(ADA) == NOW + timedelta(hours=1)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"[]", b'{"x": 1}', b'{"https://cloud t ada": "2026-11-02T08:00:00"}', b"\xff"])
def test_a_damaged_file_costs_the_mark_only(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "look.json"
    path.write_bytes(content)
    look = LastLook(path)
    assert look.before(ADA) is None
    look.keep(ADA, NOW)
    assert LastLook(path).before(ADA) == NOW


def test_what_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    LastLook(tmp_path / "file" / "look.json").keep(ADA, NOW)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "look.json"
    for number in range(MOST_KEPT + 5):
        LastLook(path).keep(Owner(str(number), "t", "o"), NOW + timedelta(minutes=number))
    kept = LastLook(path)
    assert kept.before(Owner("4", "t", "o")) is None
    assert kept.before(Owner("5", "t", "o")) is not None
