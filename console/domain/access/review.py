"""Reviews: the rows of access as a file that people decide in (KEEP or REMOVE), with the evidence of when, by whom and of what it was made.

A file is CSV: lines that begin with `#` are the evidence, then come the names of the columns, then a row for each grant. `CHECK` is a
digest of a row, so that an edited cell is found; the evidence has one of all rows, so that a lost row is. Neither is a seal: who wants to
forge a review can.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from console.text import safe

TITLE, VERSION = "# aml-console access review", "1"
COLUMNS = (
    *("PRINCIPAL", "KIND", "ROLE", "SCOPE", "WHERE", "PIM", "UNTIL", "CONDITION", "DESCRIPTION", "GRANTED", "BY", "FLAGS"),
    *("PRINCIPAL_ID", "ROLE_ID", "ASSIGNMENT"),
)
DECISION, CHECK = "DECISION", "CHECK"
#: What a spreadsheet takes for a formula when a cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MADE_AT, MADE_BY, ROWS, HASH = "made at", "made by", "rows", "sha-256 of the rows"
LONGEST_CELL = 8_000
#: What a spreadsheet puts in front of what it saves as UTF-8.
BYTE_ORDER_MARK = codecs.BOM_UTF8.decode()


class Decision(StrEnum):
    """What a person says of a row; UNDECIDED where they said nothing."""

    UNDECIDED = ""
    KEEP = "KEEP"
    REMOVE = "REMOVE"


class Fault(msgspec.Struct, frozen=True):
    """What is wrong in a file, at a line from 1 (0: the whole), as a clause."""

    line: int
    message: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a review: what was said of a grant, its cells by column, and its line in the file."""

    cells: Mapping[str, str]
    decision: Decision = Decision.UNDECIDED
    line: int = 0

    @property
    def assignment(self) -> str:
        return self.cells["ASSIGNMENT"]


class Review(NamedTuple):
    """A file that was read: its evidence, the rows that are as they were written, and what is wrong with the rest."""

    evidence: Mapping[str, str]
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...] = ()


class Difference(NamedTuple):
    """What came and what went between two reviews."""

    came: tuple[Row, ...]
    went: tuple[Row, ...]


class _Lines(list[str]):
    """What a writer of CSV writes to."""

    write = list.append


def inert(text: str) -> str:
    """A text as a cell: no control characters, nothing that a spreadsheet would calculate."""
    cell = safe(text, LONGEST_CELL)
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def digest(cells: Sequence[str]) -> str:
    """A digest of a row: twelve hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(list(cells))).hexdigest()[:12]


def digest_of_all(rows: Sequence[Sequence[str]]) -> str:
    """A digest of all rows (sha-256, hexadecimal), whatever their order."""
    return hashlib.sha256(msgspec.json.encode(sorted(list(row) for row in rows))).hexdigest()


def as_csv(evidence: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> str:
    """The file; `rows` have a text for each of COLUMNS. An id that repeats in them is the caller's fault."""
    written = [[inert(cell) for cell in row] for row in rows]
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow((TITLE, VERSION))
    writer.writerows((f"# {name}", inert(value)) for name, value in (*evidence, *_told(written)))
    writer.writerow((DECISION, *COLUMNS, CHECK))
    writer.writerows(("", *row, digest(row)) for row in written)
    return "".join(lines)


def as_markdown(evidence: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], told: Sequence[str] = ()) -> str:
    """The same to be read: the evidence, what else is `told`, and a table without the ids."""
    written = [[inert(cell) for cell in row] for row in rows]
    lines = ["# Access review", "", *(f"- **{name}**: {_cell(inert(value))}" for name, value in (*evidence, *_told(written))), ""]
    lines += [*(f"- {_cell(safe(each, LONGEST_CELL))}" for each in told), ""] if told else []
    shown = COLUMNS[:-3]
    lines += [f"| {' | '.join(shown)} |", f"|{'---|' * len(shown)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row[: len(shown)])} |" for row in written]
    return "\n".join(lines) + "\n"


def read(text: str) -> Review:
    """A file as a person saved it; never raises: what is wrong is in `faults`, and rows that are fine are there."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    first = text.partition("\n")[0]
    delimiter = ";" if first.startswith((f"{TITLE};", f'"{TITLE}";')) else "\t" if first.startswith(f"{TITLE}\t") else ","
    # Not by splitlines, which ends a line at more than CSV does.
    reader = csv.reader((f"{line}\n" for line in text.split("\n")), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        return Review({}, (), (Fault(reader.line_num, f"this is no CSV: {error}"),))
    if not lines or not lines[0][1] or lines[0][1][0].strip() != TITLE:
        return Review({}, (), (Fault(1, f"this is no review: its first line has to begin with {TITLE!r}"),))
    if (version := (lines[0][1][1:] or [""])[0].strip()) != VERSION:
        return Review({}, (), (Fault(1, f"it is of version {version!r}, and this console reads version {VERSION}"),))
    evidence = {cells[0][1:].strip(): (cells[1:] or [""])[0] for _, cells in lines[1:] if cells and cells[0].startswith("#")}
    rest = [(line, cells) for line, cells in lines[1:] if any(cells) and not cells[0].startswith("#")]
    if not rest:
        return Review(evidence, (), (Fault(0, "the line with the names of the columns is missing, and so are the rows"),))
    (heading, names), *body = rest
    if missing := [name for name in (DECISION, *COLUMNS, CHECK) if name not in names]:
        return Review(evidence, (), (Fault(heading, f"columns are missing: {', '.join(missing)}"),))
    return _checked(evidence, names, body)


def difference(before: Review, after: Sequence[Row]) -> Difference:
    """What came since `before`, and what went, by the ids of the grants."""
    was, now = ({row.assignment.lower(): row for row in rows} for rows in (before.rows, after))
    return Difference(
        tuple(row for each, row in now.items() if each not in was), tuple(row for each, row in was.items() if each not in now)
    )


def rows_of(texts: Sequence[Sequence[str]]) -> tuple[Row, ...]:
    """Rows of texts, one for each of COLUMNS, as they are in a file."""
    return tuple(Row(cells=dict(zip(COLUMNS, (inert(cell) for cell in row), strict=True))) for row in texts)


def _told(written: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return ((ROWS, str(len(written))), (HASH, digest_of_all(written)))


def _checked(evidence: Mapping[str, str], names: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> Review:
    rows: dict[str, Row] = {}
    faults: list[Fault] = []
    seen: list[list[str]] = []
    for line, values in body:
        if len(values) != len(names):
            faults.append(Fault(line, f"it has {len(values)} cells, and {len(names)} columns are named: left out"))
            continue
        told = dict(zip(names, values, strict=True))
        cells = {name: told[name] for name in COLUMNS}
        seen.append(list(cells.values()))
        if digest(list(cells.values())) != told[CHECK].strip():
            faults.append(Fault(line, f"a cell other than DECISION was edited in the row of {_who(cells)}: left out"))
            continue
        decision = _decision(told[DECISION])
        if decision is None:
            faults.append(
                Fault(line, f"DECISION is {safe(told[DECISION], 40)!r} for {_who(cells)}; it is KEEP, REMOVE or nothing: left out")
            )
            continue
        row = Row(cells=cells, decision=decision, line=line)
        if (earlier := rows.get(row.assignment.lower())) is not None:
            faults.append(Fault(line, f"{_who(cells)} is in line {earlier.line} already: neither counts"))
            rows[row.assignment.lower()] = msgspec.structs.replace(earlier, decision=Decision.UNDECIDED)
            continue
        rows[row.assignment.lower()] = row
    faults += _of_the_whole(evidence, seen)
    return Review(evidence, tuple(rows.values()), tuple(faults))


def _of_the_whole(evidence: Mapping[str, str], seen: Sequence[Sequence[str]]) -> Iterator[Fault]:
    told, count = evidence.get(HASH, "").strip(), evidence.get(ROWS, "").strip()
    if not told:
        yield Fault(0, f"its evidence lacks {HASH!r}: whether rows were taken away is not known")
    elif told != digest_of_all(seen):
        lost = f"it was made with {safe(count, 20)} and has {len(seen)}" if count != str(len(seen)) else "as many as there were"
        yield Fault(0, f"its rows are not those that it was made with ({lost})")


def _decision(text: str) -> Decision | None:
    try:
        return Decision(text.strip().upper())
    except ValueError:
        return None


def _who(cells: Mapping[str, str]) -> str:
    return safe(f"{cells['PRINCIPAL']} · {cells['ROLE']}", 80)


def _cell(text: str) -> str:
    """A text inside a table of Markdown: no column, code, link or markup begins in it."""
    return "".join(f"\\{each}" if each in "\\|`*_[]<>" else each for each in text) or " "
