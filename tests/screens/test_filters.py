"""The filter's grammar."""

from __future__ import annotations

import pytest

from screens.filters import parse
from screens.widgets.columns import Column

Row = tuple[str, str, str]
COLUMNS = (
    Column[Row]("NAME", 10, lambda row: row[0]),
    Column[Row]("STATE", 10, lambda row: row[1]),
    Column[Row]("LAST JOB", 10, lambda row: row[2]),
)
ROWS: list[Row] = [
    ("gpu-train", "Running", "now"),
    ("gpu-idle", "idle", "16d"),
    ("cpu", "Running", "never"),
    ("nb-grace", "Stopped", "low prio"),
    ("a:b", "Running", "x/y"),
]


def shown(text: str) -> list[str]:
    def text_of(row: Row) -> str:
        return "\n".join(column.text(row) for column in COLUMNS).casefold()

    found = parse(text, COLUMNS, text_of)
    assert not found.error
    matches = found.matches or (lambda row: found.text.casefold() in text_of(row))
    return [row[0] for row in ROWS if matches(row)]


EVERY = [row[0] for row in ROWS]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", EVERY),
        ("   ", EVERY),
        ("GPU", ["gpu-train", "gpu-idle"]),
        ("gpu running", ["gpu-train"]),
        ("!gpu", ["cpu", "nb-grace", "a:b"]),
        ("!gpu !nb", ["cpu", "a:b"]),
        ("state:run", ["gpu-train", "cpu", "a:b"]),
        ("ST:idle", ["gpu-idle"]),
        ("lastjob:never", ["cpu"]),
        ("last:16", ["gpu-idle"]),
        ("!state:running", ["gpu-idle", "nb-grace"]),
        ("/^gpu-[ti]/", ["gpu-train", "gpu-idle"]),
        ("!/gpu|cpu/", ["nb-grace", "a:b"]),
        ('"low prio"', ["nb-grace"]),
        ("a:b", ["a:b"]),
        ("!", EVERY),
        ("/x\\/y/", ["a:b"]),
        ("state:", EVERY),
        ("/gpu-t", ["gpu-train"]),
        ("/", EVERY),
    ],
)
def test_what_is_shown(text: str, names: list[str]) -> None:
    assert shown(text) == names


@pytest.mark.parametrize("text", ["/[/", "gpu /(/", "!/*x/"])
def test_a_malformed_expression_says_so_and_hides_nothing(text: str) -> None:
    found = parse(text, COLUMNS, lambda row: row[0])
    assert "regular expression" in found.error
    assert found.matches is not None
    assert all(found.matches(row) for row in ROWS)


@pytest.mark.parametrize(("text", "named"), [("foo:bar", "foo"), ("gpu !Foo:bar", "Foo"), ("state:run foo:bar", "foo")])
def test_a_column_that_is_not_there_is_told_and_searched_as_text(text: str, named: str) -> None:
    found = parse(text, COLUMNS, lambda row: f"{row[0]} foo:bar running".casefold())
    assert found.note == f"no column {named}: searched as text" and not found.error


@pytest.mark.parametrize(
    "text",
    [
        "state:run",
        "12:30",
        "2026-11-02T08:04:00Z",
        "https://ml.azure.com/x",
        "azureml:curated:3",
        "/subscriptions/1/x:y",
        "C:x",
        '"foo:bar"',
        "/foo:bar/",
        "foo:",
    ],
)
def test_what_is_no_column_by_its_look_is_text_without_a_note(text: str) -> None:
    assert not parse(text, COLUMNS, lambda row: row[0]).note
