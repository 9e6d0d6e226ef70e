"""Bytes to the settled frame, for a cursor move, for a page, for nothing. `python -m tests.benchmarks.bytes_sent`"""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.program import CONSOLE, Home, Program, emulator, scratch

CURSOR = "▶".encode()
DOWN, UP, PAGE_DOWN = b"\x1b[B", b"\x1b[A", b"\x1b[6~"


def bytes_of(program: Program, key: bytes) -> int:
    before = len(program.output)
    program.press(key)
    program.settle()
    return len(program.output) - before


def opened(ready: Path, home: Home, size: tuple[int, int], kept: str) -> None:
    """Open the console once and say what it sent."""
    with Program([*CONSOLE, "--cloud-file", str(ready)], home, size) as program:
        program.until(CURSOR)
        program.settle(2.0)
        start = len(program.output)
        moves = [bytes_of(program, key) for key in (DOWN, DOWN, UP, UP)]
        page = bytes_of(program, PAGE_DOWN)
        idle = program.drain(20)
    told = f"settled frame {start:6,}   cursor move {min(moves)} to {max(moves)}   page {page:,}   20 s of nothing {idle}"
    print(f"  {size[0]}x{size[1]}, {kept:14} {told}")


def main() -> None:
    # The clock stands: nothing changes that nobody changes.
    for computes, scale in ((18, "1"), (54, "3")):
        print(f"bytes, {computes} computes")
        with scratch() as folder, emulator(folder, "--scale", scale, "--speed", "0") as ready:
            for kept in ("no rows kept", "rows kept"):
                for size in ((80, 24), (160, 40)):
                    opened(ready, Home(folder / f"home-{size[0]}"), size, kept)


if __name__ == "__main__":
    main()
