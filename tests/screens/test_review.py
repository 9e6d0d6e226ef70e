"""`:review`: files for people to decide in, and one plan of what they marked."""

from __future__ import annotations

import csv
from pathlib import Path

from console.domain.access.review import COLUMNS
from screens.dialogs.confirm import Confirm
from screens.reader import Reader
from tests.screens.conftest import WIDE, Console, Open


async def made(console: Console) -> Path:
    """Make a review; returns its CSV."""
    await console.loaded()
    await console.command("review")
    await console.until(lambda: isinstance(console.app.screen, Reader), "the review")
    await console.settled()
    return Path(next(fact.text for fact in console.reader.facts if fact.label == "CSV"))


async def plan_shown(console: Console) -> None:
    await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
    await console.settled()


def marked(path: Path, *names: str, word: str = "REMOVE") -> Path:
    """The same file with the rows of these principals marked, as a spreadsheet saves it."""
    lines = list(csv.reader(path.open(encoding="utf-8", newline="")))
    for line in lines:
        if len(line) > 2 and line[1].startswith(names):
            line[0] = word
    other = path.with_name("marked.csv")
    with other.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    return other


async def test_a_review_is_written_with_its_evidence(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        path = await made(console)
        said = {fact.label: fact.text for fact in console.reader.facts}
        assert "admin" in said["made by"] and "all was read" in said["not read"] and "no earlier review" in said["changes"]
        assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
        lines = list(csv.reader(path.open(encoding="utf-8", newline="")))
        rows = [line for line in lines if line and line[0] == ""]
        assert len(rows) == len(console.session.access.now.grants.items) == int(said["rows"])
        text = path.with_suffix(".md").read_text("utf-8")
        assert text.startswith("# Access review") and "**conditions**: 0 not evaluated" in text
        assert any("ml-platform" in line or "@contoso.com" in line for line in text.splitlines())
        await console.press("escape")
        again = await made(console)
        assert again != path
        assert "0 came, 0 went" in {fact.label: fact.text for fact in console.reader.facts}["changes"]


async def test_what_is_marked_becomes_one_plan_and_the_next_review_tells(open_console: Open, brisk: None) -> None:
    async with open_console(size=WIDE) as console:
        path = await made(console)
        await console.press("escape")
        orphans = [each for each in console.session.access.now.grants.items if each.orphan]
        plain = [each for each in console.session.access.now.grants.items if each.label.startswith("hackathon-2023")]
        other = marked(path, *(each.label for each in (*orphans, *plain)))
        await console.command(f"review {other}")
        await plan_shown(console)
        plan = console.dialog.plan
        assert {step.target_id for step in plan.steps} == {each.id for each in (*orphans, *plain)}
        assert plan.typed == str(len(plan.steps)) and "as marked in marked.csv" in console.dialog.notes[0]
        await console.type(plan.typed)
        await console.press("enter")
        await console.until(lambda: console.session.operations and console.session.operations[-1].ended, "an end")
        assert {run.progress for run in console.session.operations[-1].runs} == {"done"}
        await made(console)
        said = " ".join(fact.text for fact in console.reader.facts)
        assert f"0 came, {len(plan.steps)} went" in said and "- hackathon-2023" in said
        await console.press("escape")
        await console.command(f"review {other}")
        await console.until(lambda: isinstance(console.app.screen, Reader), "why not")
        await console.settled()
        assert "there is no such assignment now" in console.text and "Nothing is marked REMOVE" in console.text


async def test_a_file_edited_by_hand_says_where_and_the_rest_goes_on(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        path = await made(console)
        await console.press("escape")
        other = marked(path, "hackathon-2023")
        lines = list(csv.reader(other.open(encoding="utf-8", newline="")))
        first = next(number for number, line in enumerate(lines) if line and line[0] == "" and len(line) > len(COLUMNS))
        lines[first][1] = "=HYPERLINK(1)"
        with other.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
        await console.command(f"review {other}")
        await plan_shown(console)
        notes = " ".join(console.dialog.notes)
        assert f"marked.csv line {first + 1}: a cell other than DECISION was edited" in notes
        assert "its rows are not those that it was made with" in notes
        await console.press("escape")
        await console.command("review nowhere.csv")
        await console.until(
            lambda: console.app.flashed is not None and "cannot be read" in console.app.flashed.text, "that it is not there"
        )


async def test_the_last_administrator_stays_whatever_a_file_says(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        path = await made(console)
        await console.press("escape")
        other = marked(path, *{each.label for each in console.session.access.now.grants.items})
        await console.command(f"review {other}")
        await plan_shown(console)
        assert "would be left who can assign roles" in console.dialog.refusal or "your own last" in console.dialog.refusal
