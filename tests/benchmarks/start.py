"""From exec to rows on the terminal, beside a bare Textual app. `python -m tests.benchmarks.start [rounds] [PROGRAM=TEXT …]`

Each PROGRAM is the path of another console, in an environment of its own, measured from exec to a TEXT of its first frame
(`/path/bin/posting=Collection`); the console's first paint is then told as its share too.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks import bare_app
from tests.benchmarks.program import BARE, CONSOLE, Home, Program, emulator, scratch
from tests.benchmarks.rounds import asked_rounds, interleaved, report

#: A row of the demo estate that every view of it shows first.
ROW = b"nb-grace"


def timed(command: Sequence[str], home: Home, mark: bytes) -> dict[str, float]:
    """Milliseconds from exec to the mark, and of processor until then (the process alone, without emulator and sign-in)."""
    with Program(command, home) as program:
        spent, cpu = program.until(mark), program.cpu()
        program.settle(0.1)
        return {"wall": spent, "cpu": cpu}


def peers(words: Sequence[str]) -> dict[str, tuple[str, bytes]]:
    """The other programs of the command line: their path and a text of their first frame, by name."""
    asked = [word.rpartition("=") for word in words]
    return {Path(path).name: (path, text.encode()) for path, _, text in asked}


def main() -> None:
    others = peers(sys.argv[2:])
    with scratch() as folder, emulator(folder) as ready:
        numbers = itertools.count()

        def fresh(like: Home | None = None) -> Home:
            place = folder / f"home-{next(numbers)}"
            return Home(place) if like is None else like.copy(place)

        opened = [*CONSOLE, "--cloud-file", str(ready)]
        seen, demoed = fresh(), fresh()
        warm_up(opened, seen)
        timed([*CONSOLE, "--demo"], demoed, ROW)
        cases: dict[str, Callable[[], dict[str, float]]] = {
            "bare Textual app": lambda: timed(BARE, fresh(), bare_app.MARK.encode()),
            "first paint, cached rows": lambda: timed(opened, fresh(seen), ROW),
            "first live rows, emulator up": lambda: timed(opened, fresh(), ROW),
            "--demo, live rows": lambda: timed([*CONSOLE, "--demo"], fresh(demoed), ROW),
            "--demo, the very first (makes TLS)": lambda: timed([*CONSOLE, "--demo"], fresh(), ROW),
        }
        for name, (path, text) in others.items():
            cases[name] = partial(lambda path, text: timed([path], fresh(), text), path, text)
        found = interleaved(cases, asked_rounds())
        report("exec to rows, 160x40", found, over="bare Textual app")
        for name in others:
            share = min(found["first paint, cached rows"]["wall"]) / min(found[name]["wall"])
            print(f"  first paint, cached rows: {share:.2f} x {name}")


def warm_up(command: Sequence[str], home: Home) -> None:
    """Let a console keep its rows and its prices."""
    with Program(command, home) as program:
        program.until(ROW)
        program.settle(1.0)


if __name__ == "__main__":
    main()
