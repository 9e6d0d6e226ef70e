"""A screen as text that can be compared and read in a diff: what stands where, and in which look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from string import ascii_letters
from typing import Any

from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.strip import Strip

#: What differs from run to run, each replaced by as many cells: ids that requests are sent with, ports, seconds of the clock.
CHANGING = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), lambda found: re.sub("[0-9a-f]", "0", found[0])),
    (re.compile(r"127\.0\.0\.1:\d+"), lambda found: re.sub(r"\d+$", "#", found[0]).ljust(len(found[0]), "#")),
    (re.compile(r"(\d\d:\d\d):\d\d"), lambda found: f"{found[1]}:00"),
)
PLAIN = "."


class LooksExtension(SingleFileSnapshotExtension):
    """One text file for each snapshot."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **_: Any) -> str:
        return str(data)


def looks(strips: Sequence[Strip]) -> str:
    """The lines of a screen; below, for each line, runs of a letter and its cells; below, what the letters stand for, `.` the commonest."""
    cells = [[(name_of(style), len(text)) for text, style, _ in strip if text] for strip in strips]
    counts: dict[str, int] = {}
    for name, length in (run for line in cells for run in line):
        counts[name] = counts.get(name, 0) + length
    order = sorted(counts, key=lambda name: -counts[name])
    letters = dict(zip(order, PLAIN + ascii_letters, strict=False))
    drawn = [_coded(line, letters) for line in cells]
    text = [_steady(strip.text).rstrip() for strip in strips]
    numbered = [(number, line) for number, line in enumerate(drawn, 1)]
    runs = []
    for line, group in groupby(numbered, key=lambda each: each[1]):
        numbers = [number for number, _ in group]
        runs.append(f"{numbers[0]:>2}-{numbers[-1]:<2} {line}" if len(numbers) > 1 else f"{numbers[0]:>2}    {line}")
    legend = [f"{letters[name]} {name}" for name in order]
    return "\n".join([*text, "", "looks", *runs, "", *legend, ""])


def name_of(style: Style | None) -> str:
    """What a look is called: its attributes, then colours as they reach a terminal of true colours."""
    if style is None:
        return "plain"
    attributes = [name for name in ("bold", "dim", "italic", "underline", "reverse", "strike", "blink") if getattr(style, name)]
    colours = [f"{word}{colour.get_truecolor().hex}" for word, colour in (("", style.color), ("on ", style.bgcolor)) if colour is not None]
    return " ".join([*attributes, *colours]) or "plain"


def _coded(line: Sequence[tuple[str, int]], letters: dict[str, str]) -> str:
    merged = [(name, sum(length for _, length in runs)) for name, runs in groupby(line, key=lambda run: run[0])]
    return " ".join(f"{letters[name]}{length}" for name, length in merged)


def _steady(text: str) -> str:
    for pattern, replacement in CHANGING:
        text = pattern.sub(replacement, text)
    return text
