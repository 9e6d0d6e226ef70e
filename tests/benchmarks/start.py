"""From exec to rows on the terminal, beside a bare Textual app. `python -m tests.benchmarks.start [rounds]`"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

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


def main() -> None:
    with scratch() as folder, emulator(folder) as ready:
        numbers = itertools.count()

        def fresh(like: Home | None = None) -> Home:
            place = folder / f"home-{next(numbers)}"
            return Home(place) if like is None else like.copy(place)

        opened = [*CONSOLE, "--cloud-file", str(ready)]
        seen, demoed = fresh(), fresh()
        warm_up(opened, seen)
        timed([*CONSOLE, "--demo"], demoed, ROW)
        cases = {
            "bare Textual app": lambda: timed(BARE, fresh(), bare_app.MARK.encode()),
            "first paint, cached rows": lambda: timed(opened, fresh(seen), ROW),
            "first live rows, emulator up": lambda: timed(opened, fresh(), ROW),
            "--demo, live rows": lambda: timed([*CONSOLE, "--demo"], fresh(demoed), ROW),
            "--demo, the very first (makes TLS)": lambda: timed([*CONSOLE, "--demo"], fresh(), ROW),
        }
        report("exec to rows, 160x40", interleaved(cases, asked_rounds()), over="bare Textual app")


def warm_up(command: Sequence[str], home: Home) -> None:
    """Let a console keep its rows and its prices."""
    with Program(command, home) as program:
        program.until(ROW)
        program.settle(1.0)


if __name__ == "__main__":
    main()
