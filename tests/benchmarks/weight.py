"""What a console that is left open costs: processor on 500 computes, memory on 1,000. `python -m tests.benchmarks.weight [seconds]`"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.benchmarks.program import CONSOLE, Home, Program, emulator, scratch

CURSOR = "▶".encode()
#: 18 computes of the first workspace times this.
FIVE_HUNDRED, A_THOUSAND = "28", "56"


def children(pid: int) -> list[int]:
    return [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in path.read_text().split()]


def memory(pid: int) -> str:
    """Resident and private megabytes of a process."""
    fields = {line.split(":")[0]: line.split()[1] for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]}
    private = sum(int(fields[name]) for name in ("Private_Clean", "Private_Dirty"))
    return f"{int(fields['Rss']) / 1024:6.1f} MB resident, {private / 1024:6.1f} MB of its own"


def processor(pid: int) -> float:
    """Seconds that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(program: Program, seconds: float) -> None:
    """Let it be, and say what it took."""
    parts = {"console": program.process.pid, **{f"child {pid}": pid for pid in children(program.process.pid)}}
    before = {name: processor(pid) for name, pid in parts.items()}
    exact, start = program.cpu(), time.perf_counter()
    sent = program.drain(seconds)
    spent = time.perf_counter() - start
    print(f"  console       {(program.cpu() - exact) / spent / 10:5.2f} % of a core, {sent} bytes in {spent:.0f} s")
    for name, pid in parts.items():
        if name != "console":
            print(f"  sign-in child {100 * (processor(pid) - before[name]) / spent:5.2f} % of a core")


#: Something is always in transition among hundreds of computes of the demo's story, so that their list is asked for every 5 s. While the
#: emulator's clock stands that is so too, but nothing ever changes.
CASES = (
    ("504 computes, some always in transition, real time", FIVE_HUNDRED, "1"),
    ("504 computes, nothing changes: a clock that stands", FIVE_HUNDRED, "0"),
    ("1,008 computes, some always in transition, real time", A_THOUSAND, "1"),
)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    for title, scale, speed in CASES:
        with (
            scratch() as folder,
            emulator(folder, "--scale", scale, "--speed", speed) as ready,
            Program([*CONSOLE, "--cloud-file", str(ready)], Home(folder / "home")) as program,
        ):
            program.until(CURSOR)
            program.drain(20)
            print(f"{title}, 160x40, left alone")
            idle(program, seconds)
            print(f"  console       {memory(program.process.pid)}")
            for pid in children(program.process.pid):
                print(f"  sign-in child {memory(pid)}")


if __name__ == "__main__":
    main()
