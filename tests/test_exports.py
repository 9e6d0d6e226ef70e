"""Exports: private files, inert cells, never over one another."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.domain.trouble import TroubleError
from console.exports import export

NOW = datetime(2026, 11, 2, 8, 0, 0, tzinfo=UTC)
HOSTILE = "=cmd|' /C calc'!A0\x1b]0;owned\x07"


def test_both_files_hold_the_rows_for_their_owner_alone(tmp_path: Path) -> None:
    table, listed = export(tmp_path / "exports", "compute", ["NAME", "$/H"], [["nb,grace", "≈0.35"], [HOSTILE, ""]], NOW)
    assert table.name == "compute-20261102T080000Z.csv"
    assert {path.stat().st_mode & 0o777 for path in (table, listed)} == {0o600}
    assert table.parent.stat().st_mode & 0o777 == 0o700
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[:2] == [["NAME", "$/H"], ["nb,grace", "≈0.35"]]
    assert rows[2][0].startswith("'=cmd")
    assert "\x1b" not in table.read_text("utf-8") + listed.read_text("utf-8")
    assert json.loads(listed.read_text("utf-8"))[0] == {"NAME": "nb,grace", "$/H": "≈0.35"}


def test_two_exports_of_one_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    first, _ = export(tmp_path, "compute", ["NAME"], [["a"]], NOW)
    second, _ = export(tmp_path, "compute", ["NAME"], [["b"]], NOW)
    assert first != second
    assert "a" in first.read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TroubleError, match="cannot be written to"):
        export(tmp_path / "file", "compute", ["NAME"], [], NOW)
