"""What each key and each refresh costs on a slow line: 64 kbit/s each way, 200 ms there and back, at the user's end of it.

    python -m tests.benchmarks.throttled [--bits 64000] [--round-trip 200] [--size 80x24] [--ssh on|off]

The line is a queue in each direction: a byte leaves once those before it have, and arrives half a round trip later. What SSH adds
(its headers, its encryption) is not in it, nor what `ssh -C` saves. Times are from the press of a key to the last byte of what it
drew, as the user sees it; the least that a line can do is the round trip.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pyte

from tests.benchmarks.program import CONSOLE, DEADLINE_S, Home, Program, emulator, scratch
from tests.conftest import Emulator

_SYNC_QUERY, _SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
#: The line is quiet once nothing came for this long (seconds) while the program had nothing to do.
QUIET_S = 1.2
STOPPED = "nb-grace"


class Direction:
    """One way of the line."""

    def __init__(self, bytes_per_second: float, delay: float) -> None:
        self._rate, self._delay = bytes_per_second, delay
        self._free_at = 0.0
        self._under_way: deque[tuple[float, bytes]] = deque()

    def put(self, data: bytes) -> None:
        self._free_at = max(self._free_at, time.perf_counter()) + len(data) / self._rate
        self._under_way.append((self._free_at + self._delay, data))

    def take(self) -> bytes:
        """What has arrived by now."""
        arrived = b""
        while self._under_way and self._under_way[0][0] <= time.perf_counter():
            arrived += self._under_way.popleft()[1]
        return arrived

    @property
    def empty(self) -> bool:
        return not self._under_way


class SlowProgram(Program):
    """A program at the far end of a slow line; `screen` is the user's."""

    def __init__(self, home: Home, command: list[str], size: tuple[int, int], bits: int, round_trip: float) -> None:
        super().__init__(command, home, size)
        self.down, self.up = (Direction(bits / 8, round_trip / 2) for _ in range(2))
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.last_arrival = self.started

    def read(self, wait: float) -> bool:
        """Move what is due, for at most `wait` seconds; whether something came to the user."""
        if sent := self.up.take():
            os.write(self._master, sent)
        if select.select([self._master], [], [], min(wait, 0.002))[0]:
            try:
                # Small pieces: of a long one the beginning is seen before its end has come.
                data = os.read(self._master, 64)
            except OSError:
                raise RuntimeError(f"the program ended with {self.process.wait()}: {bytes(self.output[-2000:])!r}") from None
            self.output += data
            self.down.put(data)
        arrived = self.down.take()
        if arrived:
            self._stream.feed(arrived)
            self.last_arrival = time.perf_counter()
            if _SYNC_QUERY in arrived:
                self.up.put(_SYNC_ANSWER)
        return bool(arrived)

    def press(self, keys: bytes) -> None:
        self.up.put(keys)

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def calm(self, shows: Callable[[str], bool] = lambda _: True) -> None:
        """Until the screen shows what it is to show, and then nothing comes any more."""
        deadline, since, spent = time.perf_counter() + DEADLINE_S, time.perf_counter(), self.cpu()
        while time.perf_counter() - since < QUIET_S or not shows(self.text()):
            busy = self.read(0.002) or not (self.down.empty and self.up.empty)
            if time.perf_counter() - since > QUIET_S / 2 and self.cpu() - spent > 20:
                busy, spent = True, self.cpu()
            if busy:
                since = time.perf_counter()
            if time.perf_counter() > deadline:
                raise RuntimeError(f"it never came:\n{self.text()}")


def cost(program: SlowProgram, does: Callable[[], object], shows: Callable[[str], bool] = lambda _: True) -> tuple[int, float]:
    """Bytes to the user, and milliseconds from now until the last of them; 0 where none came."""
    before, start = len(program.output), time.perf_counter()
    program.last_arrival = start
    does()
    program.calm(shows)
    return len(program.output) - before, (program.last_arrival - start) * 1000


def measure(folder: Path, ready: Path, size: tuple[int, int], bits: int, round_trip: float, ssh: str) -> list[tuple[str, int, float]]:
    home = Home(folder / f"home-{ssh}-{size[0]}")
    program = SlowProgram(home, [*CONSOLE, "--cloud-file", str(ready), "--ssh", ssh], size, bits, round_trip)
    rows: list[tuple[str, int, float]] = []

    def row(what: str, keys: bytes = b"", shows: Callable[[str], bool] = lambda _: True, does: Callable[[], object] | None = None) -> None:
        rows.append((what, *cost(program, does or (lambda: program.press(keys)), shows)))

    with program:
        row("start, nothing in the cache, to the settled screen", shows=lambda text: "nb-grace" in text and " 9d" in text)
        rows[-1] = (rows[-1][0], rows[-1][1], (program.last_arrival - program.started) * 1000)
        row("cursor one row down", b"j")
        row("cursor ten rows down and up, typed at once", b"j" * 10 + b"k" * 10)
        row("filter: /", b"/")
        row("filter: a letter (g)", b"g")
        row("filter: a letter more (p)", b"p")
        row("filter: esc, all rows again", b"\x1b")
        row("describe: d", b"d", lambda text: "describe" in text)
        row("back: esc", b"\x1b")
        row("help: ?", b"?", lambda text: "help" in text)
        row("back: esc", b"\x1b")
        row("command line: :", b":")
        row("command line: a letter", b"c")
        row("back: esc", b"\x1b")
        program.press(b"/" + STOPPED.encode() + b"\r")
        program.calm(lambda text: f"/{STOPPED}" in text)
        row("confirm: S", b"S", lambda text: "Stop instance" in text)
        row("back: esc", b"\x1b")
        program.press(b"\x1b")
        program.calm()
        row("drill into a cluster's nodes: g enter", b"g\r", lambda text: "nodes of" in text)
        row("back: esc", b"\x1b")
        row("refresh with nothing changed: ctrl+r, its two notes", b"\x12")
        program.calm()
        known = Emulator(json.loads(ready.read_text("utf-8")), program.process)
        place = known.ready["workspaces"][0]
        stop = (
            f"/subscriptions/{place['subscription_id']}/resourceGroups/{place['resource_group']}/providers/"
            f"Microsoft.MachineLearningServices/workspaces/{place['name']}/computes/{STOPPED}/stop?api-version=2024-10-01-preview"
        )
        row("a state changes", does=lambda: known.request("POST", stop), shows=lambda text: "Stopping" in text)
        before = len(program.output)
        program.drain(30.0)
        rows.append(("half a minute in which nothing changes", len(program.output) - before, 0.0))
    return rows


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--bits", type=int, default=64_000, help="bits a second, each way")
    given.add_argument("--round-trip", type=float, default=200, help="milliseconds")
    given.add_argument("--size", default="80x24")
    given.add_argument("--ssh", choices=("on", "off"), default="on")
    told = given.parse_args()
    columns, _, lines = told.size.partition("x")
    with scratch() as folder, emulator(folder, "--speed", "0") as ready:
        rows = measure(folder, ready, (int(columns), int(lines)), told.bits, told.round_trip / 1000, told.ssh)
    print(f"{told.size}, {told.bits // 1000} kbit/s, {told.round_trip:g} ms there and back, SSH profile {told.ssh}")
    print(f"| {'what':<56} | {'bytes':>6} | {'ms':>6} |")
    print(f"| {'-' * 56} | {'-' * 5}: | {'-' * 5}: |")
    for what, count, spent in rows:
        print(f"| {what:<56} | {count:>6,} | {spent:>6,.0f} |")


if __name__ == "__main__":
    main()
