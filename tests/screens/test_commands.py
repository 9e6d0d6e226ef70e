"""Commands: read, found, completed, remembered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.command_history import KEPT, CommandHistory
from console.domain.trouble import TroubleError
from screens.commands import Command, Invocation, completions, find, parse, table

DONE: list[Invocation] = []
COMMANDS = table(
    [
        Command("compute", "", DONE.append, ("cp",)),
        Command("cost", "", DONE.append),
        Command("by", "", DONE.append, choices=lambda: ("team", "env")),
    ]
)


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("compute", Invocation("compute")),
        (":Compute", Invocation("compute")),
        ("  compute   ", Invocation("compute")),
        ("compute /gpu state:idle", Invocation("compute", filter="gpu state:idle")),
        ("compute @other-ws /gpu", Invocation("compute", workspace="other-ws", filter="gpu")),
        ("by team,env", Invocation("by", ("team,env",))),
        ("compute @", Invocation("compute")),
        ("", Invocation("")),
    ],
)
def test_a_line_is_read(line: str, invocation: Invocation) -> None:
    assert parse(line) == invocation


def test_a_command_is_found_by_name_alias_and_unambiguous_beginning() -> None:
    assert find("compute", COMMANDS).name == "compute"
    assert find("cp", COMMANDS).name == "compute"
    assert find("com", COMMANDS).name == "compute"
    assert find("cos", COMMANDS).name == "cost"


@pytest.mark.parametrize(("name", "told"), [("co", ":compute, :cost"), ("nope", "there is no command :nope"), ("", "may be")])
def test_what_is_no_command_names_those_there_are(name: str, told: str) -> None:
    with pytest.raises(TroubleError, match=told):
        find(name, COMMANDS)


def test_two_commands_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two commands are called :cp"):
        table([COMMANDS["compute"], Command("cp", "", DONE.append)])


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("", []),
        ("co", ["compute", "cost"]),
        ("compute @f", ["compute @fraud-prod"]),
        ("by t", ["by team"]),
        ("by ", []),
        ("nope x", []),
        ("compute x", []),
    ],
)
def test_completion(line: str, lines: list[str]) -> None:
    assert completions(line, COMMANDS, ["fraud-prod", "nlp-dev"]) == lines


def test_history_is_kept_over_restarts_without_repetition_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "command-history"
    history = CommandHistory(path)
    for line in ("compute", "ops", "compute", "  ", *(f"compute /{number}" for number in range(KEPT))):
        history.add(line)
    history.add("ops")
    assert CommandHistory(path).lines == history.lines
    assert history.lines[-1] == "ops"
    assert len(history.lines) == KEPT
    assert "compute" not in history.lines
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["command-history"]


def test_a_history_that_cannot_be_kept_costs_nothing_else(tmp_path: Path) -> None:
    history = CommandHistory(tmp_path / "missing" / "command-history")
    history.add("compute")
    assert history.lines == ["compute"]


@pytest.mark.parametrize(
    ("typed", "told"), [("fidnings", "no command :fidnings (:findings?); there are"), ("xyzzy", "no command :xyzzy; there are")]
)
def test_a_mistyped_command_is_told_with_the_one_that_is_near(typed: str, told: str) -> None:
    commands = table([Command("findings", "", lambda _: None), Command("compute", "", lambda _: None)])
    with pytest.raises(TroubleError) as raised:
        find(typed, commands)
    assert told in raised.value.trouble.sentence
