"""Reviews as files: written inert, read strictly; what is wrong is told at its line and the rest is kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from console.domain.access import review
from console.domain.access.review import COLUMNS, Decision

EVIDENCE = (("made by", "ada"), ("made at", "2026-11-02T08:00:00Z"))


def grant(number: int, name: str = "") -> list[str]:
    cells = dict.fromkeys(COLUMNS, "") | {"PRINCIPAL": name or f"user{number}", "ROLE": "Reader", "ASSIGNMENT": f"/a/{number}"}
    return list(cells.values())


HOSTILE = "=cmd|' /C calc'!A0\x1b]0;x\x07\n|[a](b)`<b>;,\""
ROWS = [grant(1), grant(2, HOSTILE), grant(3)]
TEXT = review.as_csv(EVIDENCE, ROWS)


def edited(change: Callable[[list[list[str]]], object], delimiter: str = ",") -> str:
    """The file as a spreadsheet would save it, after a change to its lines."""
    lines = list(csv.reader(io.StringIO(TEXT)))
    width = max(map(len, lines))
    lines = [[*line, *[""] * (width - len(line))] for line in lines]
    change(lines)
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return text.getvalue()


def mark(number: int, word: str) -> Callable[[list[list[str]]], object]:
    def change(lines: list[list[str]]) -> None:
        lines[6 + number - 1][0] = word

    return change


def test_what_is_written_is_read_again() -> None:
    found = review.read(TEXT)
    assert found.faults == () and len(found.rows) == 3
    assert found.evidence["made by"] == "ada" and found.evidence["rows"] == "3"
    assert [row.decision for row in found.rows] == [Decision.UNDECIDED] * 3
    assert review.difference(found, review.rows_of(ROWS)) == ((), ())


def test_no_cell_calculates_or_reaches_the_terminal() -> None:
    for text in (TEXT, review.as_markdown(EVIDENCE, ROWS, ["told \x1b[31m"])):
        assert "\x1b" not in text and "\x07" not in text
    assert all(not cell.startswith(review.FORMULA) for line in csv.reader(io.StringIO(TEXT)) for cell in line)
    table = [line for line in review.as_markdown(EVIDENCE, ROWS).splitlines() if line.startswith("|")]
    unescaped = {line.replace("\\\\", "").replace("\\|", "").count("|") for line in table}
    assert len(table) == 5 and unescaped == {len(COLUMNS) - 3 + 1}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(("word", "decision"), [("REMOVE", Decision.REMOVE), (" keep ", Decision.KEEP), ("", Decision.UNDECIDED)])
def test_a_mark_is_read_however_a_spreadsheet_saved_it(delimiter: str, word: str, decision: Decision) -> None:
    found = review.read("\ufeff" + edited(mark(2, word), delimiter))
    assert found.faults == ()
    assert [row.decision for row in found.rows] == [Decision.UNDECIDED, decision, Decision.UNDECIDED]
    assert found.rows[1].line == 8


def edit_cell(lines: list[list[str]]) -> None:
    lines[6][1] = "somebody else"
    lines[8][0] = "REMOVE"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edit_cell, {7: "a cell other than DECISION was edited in the row of somebody else", 0: "as many as there were"}),
        (mark(1, "maybe"), {7: "DECISION is 'maybe'"}),
        (lambda lines: lines.append(list(lines[6])), {10: "is in line 7 already: neither counts", 0: "was made with 3 and has 4"}),
        (lambda lines: lines.pop(6), {0: "was made with 3 and has 2"}),
        (lambda lines: lines[6].append("x"), {7: "cells, and"}),
        (lambda lines: lines.pop(5), {6: "columns are missing"}),
        (lambda lines: lines.__delitem__(slice(5, None)), {0: "the line with the names of the columns is missing"}),
        (lambda lines: lines.pop(0), {1: "this is no review"}),
        (lambda lines: lines[0].__setitem__(1, "2"), {1: "it is of version '2'"}),
        (lambda lines: lines[5].__setitem__(2, "KIN"), {6: "columns are missing: KIND"}),
    ],
    ids=["edited", "decision", "duplicate", "lost", "cells", "heading", "empty", "title", "version", "columns"],
)
def test_what_a_hand_did_wrong_is_told_at_its_line(change: Callable[[list[list[str]]], object], told: dict[int, str]) -> None:
    found = review.read(edited(change))
    said = {fault.line: fault.message for fault in found.faults}
    for line, words in told.items():
        assert words in said.get(line, ""), said


def test_rows_that_are_fine_stay_when_another_is_not() -> None:
    found = review.read(edited(edit_cell))
    assert [(row.assignment, row.decision) for row in found.rows] == [("/a/2", Decision.UNDECIDED), ("/a/3", Decision.REMOVE)]


@pytest.mark.parametrize("text", ["", "\n\n", '"unclosed', "\x00", "a,b\n", "x" * 300_000])
def test_what_is_no_review_is_said(text: str) -> None:
    found = review.read(text)
    assert not found.rows and len(found.faults) == 1


def test_what_came_and_what_went() -> None:
    found = review.difference(review.read(TEXT), review.rows_of([grant(1), grant(9)]))
    assert [row.assignment for row in found.came] == ["/a/9"]
    assert [row.assignment for row in found.went] == ["/a/2", "/a/3"]
