"""--help and --version beside an interpreter that does nothing. `python -m tests.benchmarks.flags [rounds]`"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.benchmarks.program import CONSOLE, Home, scratch
from tests.benchmarks.rounds import asked_rounds, interleaved, report


def timed(command: Sequence[str], home: Home) -> dict[str, float]:
    """Milliseconds of a process."""
    environment = home.environment()
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return {"wall": (time.perf_counter() - start) * 1000}


def main() -> None:
    with scratch() as folder:
        home = Home(folder / "home")
        nothing = [sys.executable, "-c", "pass"]
        cases = {
            "python -c pass": lambda: timed(nothing, home),
            "--version": lambda: timed([*CONSOLE, "--version"], home),
            "--help": lambda: timed([*CONSOLE, "--help"], home),
        }
        report("the whole process", interleaved(cases, asked_rounds()), over="python -c pass")


if __name__ == "__main__":
    main()
