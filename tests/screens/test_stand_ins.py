"""ASCII stand-ins: every glyph of the console's own has one, each of one column."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.text import cells
from screens.stand_ins import STAND_INS, in_ascii

ROOT = Path(__file__).parents[2]
#: Rooms whose texts may be drawn; the emulator's names and texts are Azure's.
ROOMS = ("screens", "console")
#: The table itself, and the one of characters that are never drawn.
NOT_DRAWN = {"stand_ins.py", "text.py"}
TOLD = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
#: Pictures of control characters, which stand for what cannot be shown in any case.
PICTURES = "␛"


def glyphs() -> Iterator[tuple[str, str]]:
    """Each character beyond ASCII in a text of the program, with the file that has it."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "emulator" in path.parts or path.name in NOT_DRAWN:
                continue
            tree = ast.parse(path.read_text("utf-8"))
            said = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, TOLD) and isinstance(node.body[0], ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                    yield from ((character, path.name) for character in node.value if not character.isascii())


def test_every_glyph_of_the_console_has_a_stand_in() -> None:
    found = set(glyphs())
    assert {"▶", "●", "…", "█", "≈"} <= {glyph for glyph, _ in found}
    assert not {(glyph, name) for glyph, name in found if glyph not in STAND_INS and glyph not in PICTURES}


def test_borders_have_stand_ins() -> None:
    from textual._border import BORDER_CHARS

    drawn = {
        character
        for name in ("round", "solid", "heavy", "double", "ascii")
        for row in BORDER_CHARS[name]
        for text in row
        for character in text
    }
    assert all(character.isascii() or character in STAND_INS for character in drawn)


def test_each_has_one_column_and_so_has_its_stand_in() -> None:
    assert all(stand_in.isascii() and len(stand_in) == 1 and stand_in.isprintable() for stand_in in STAND_INS.values())
    assert all(cells(glyph) == 1 for glyph in STAND_INS)


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        (list("▶gpu ●"), ">gpu *"),
        (["宽", "", "x"], "??x"),
        (["é", "e\u0301", "\u200b"], "???"),
        ([], ""),
    ],
)
def test_what_is_drawn(drawn: list[str], shown: str) -> None:
    assert "".join(in_ascii(drawn)) == shown
