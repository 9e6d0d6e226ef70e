"""From a key to the moved cursor on the terminal while 1,000 rows refresh each second. `python -m tests.benchmarks.keys [keys]`"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path

from tests.benchmarks.program import CONSOLE, Home, Program, emulator, scratch

#: 18 computes of the first workspace times this.
SCALE = "56"
#: Simulated seconds per real one at which the cadence of 30 s falls to its floor of one.
SPEED = "60"
CURSOR = "▶".encode()
DOWN, UP, ENTER, ESC, BACKSPACE = b"\x1b[B", b"\x1b[A", b"\r", b"\x1b", b"\x7f"
#: While azure-ai-ml is imported (some 3 s) there is time for about this many keys; so many consoles give as many as one without it.
KEYS_MEANWHILE, CONSOLES = 25, 20


def pressed(program: Program, key: bytes) -> float:
    """Milliseconds until the cursor stands elsewhere: only a line under the cursor has its glyph."""
    before = program.output.count(CURSOR)
    start = time.perf_counter()
    program.press(key)
    while program.output.count(CURSOR) == before:
        program.read(0.2)
        if time.perf_counter() - start > 10:
            raise RuntimeError("the cursor never moved")
    return (time.perf_counter() - start) * 1000


def measured(program: Program, keys: int) -> list[float]:
    """Press up and down in turn, at moments that no refresh knows of."""
    chance = random.Random(7)
    found = []
    for number in range(keys):
        program.drain(chance.uniform(0.03, 0.09))
        found.append(pressed(program, UP if number % 2 else DOWN))
    return found


def compiler_of(process_id: int) -> bool:
    """Whether a console's compiler child is there."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return any(b"compiler_child" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children)


def while_the_compiler_starts(ready: Path, home: Home) -> list[float]:
    """Open the form of a new instance, which starts the compiler, leave it again, and press keys while that imports."""
    found: list[float] = []
    for _ in range(CONSOLES):
        with Program([*CONSOLE, "--cloud-file", str(ready)], home) as program:
            program.until(CURSOR)
            program.drain(4)
            program.press(b"n")
            program.until(b"what for?")
            program.press(ENTER)
            while not compiler_of(program.process.pid):
                program.read(0.02)
            program.drain(0.3)
            program.press(ESC)
            program.drain(0.3)
            found += measured(program, KEYS_MEANWHILE)
    return found


def in_a_form(ready: Path, home: Home, keys: int) -> list[float]:
    """Type a name into the form of a new instance, and take it back letter by letter: until the first bytes of the frame."""
    chance = random.Random(7)
    found = []
    with Program([*CONSOLE, "--cloud-file", str(ready)], home) as program:
        program.until(CURSOR)
        program.drain(4)
        program.press(b"n")
        program.until(b"what for?")
        program.press(ENTER)
        program.drain(10)  # the compiler is there, all that is asked ahead is answered
        for number in range(keys):
            program.drain(chance.uniform(0.15, 0.25))
            start = time.perf_counter()
            program.press(BACKSPACE if number % 20 >= 10 else b"abcdefghij"[number % 20 : number % 20 + 1])
            while not program.read(5):
                raise RuntimeError("nothing was drawn")
            found.append((time.perf_counter() - start) * 1000)
    return found


def told(name: str, values: list[float]) -> None:
    values = sorted(values)
    p99 = values[int(len(values) * 0.99)]
    print(f"  {name:36} p50 {statistics.median(values):6.1f} ms   p99 {p99:6.1f} ms   most {values[-1]:6.1f} ms   ({len(values)} keys)")


def main() -> None:
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with scratch() as folder:
        print("key to frame, 160x40, 1,008 computes")
        for name, speed in (("a clock that stands (polls of 5 s)", "0"), ("a refresh each second", SPEED)):
            place = folder / f"speed-{speed}"
            place.mkdir()
            with emulator(place, "--scale", SCALE, "--speed", speed) as ready:
                home = Home(place / "home")
                with Program([*CONSOLE, "--cloud-file", str(ready)], home) as program:
                    program.until(CURSOR)
                    program.drain(5)
                    before, cpu = time.perf_counter(), program.cpu()
                    told(name, measured(program, keys))
                    share = (program.cpu() - cpu) / (time.perf_counter() - before) / 10
                    print(f"  {'':36} {share:.0f} % of a core meanwhile")
                if speed == SPEED:
                    told("the same while the compiler starts", while_the_compiler_starts(ready, home))
                else:
                    told("typed into a form", in_a_form(ready, home, keys // 2))


if __name__ == "__main__":
    main()
