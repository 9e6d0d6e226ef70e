"""How the table grows with its rows: run by hand, prints ratios and milliseconds. `python tests/benchmarks/table.py [rounds]`

Cases run interleaved in one process, headless at 160x40; minima are compared, medians printed beside them.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from textual.app import App, ComposeResult

from screens.widgets.columns import Column
from screens.widgets.resource_table import ResourceTable

SIZE = (160, 40)
STATES = ("running", "stopped", "steady", "failed")
LOOKS = {"running": "ok", "steady": "ok", "stopped": "muted", "failed": "bad"}


@dataclass(frozen=True)
class Machine:
    """A row like a compute's."""

    key: str
    name: str
    state: str
    price: float
    owner: str


COLUMNS = (
    Column[Machine]("NAME", 24, lambda m: m.name, priority=0, lasting=True),
    Column[Machine]("STATE", 11, lambda m: f"● {m.state}", style=lambda m: LOOKS[m.state], priority=0, lasting=True),
    Column[Machine]("$/H", 8, lambda m: f"{m.price:.2f}", style=lambda m: "money", sort=lambda m: m.price, align="right", lasting=True),
    Column[Machine]("OWNER", 24, lambda m: m.owner, lasting=True),
    Column[Machine]("SIZE", 24, lambda m: "Standard_NC24ads_A100_v4", priority=2, lasting=True),
    Column[Machine]("ID", 20, lambda m: m.key, priority=3, stretch=True, lasting=True),
)


def machines(count: int) -> list[Machine]:
    """`count` rows in a fixed random order."""
    chance = random.Random(7)
    return [
        Machine(
            f"/computes/{n}", f"gpu-{chance.randrange(10**6)}", chance.choice(STATES), chance.random() * 30, f"owner{n % 97}@contoso.com"
        )
        for n in range(count)
    ]


class Bench(App[None]):
    """One table, its rows handed over before it is composed."""

    def __init__(self, rows: list[Machine], prepare: Callable[[ResourceTable[Machine]], None] | None = None) -> None:
        super().__init__()
        self.table = ResourceTable(COLUMNS, lambda m: m.key)
        self.table.apply(rows)
        if prepare:
            prepare(self.table)

    def compose(self) -> ComposeResult:
        """Only the table."""
        yield self.table


async def first_frame(rows: list[Machine], prepare: Callable[[ResourceTable[Machine]], None] | None = None) -> float:
    """Milliseconds from rows in memory to a settled first frame."""
    gc.collect()
    start = time.perf_counter()
    app = Bench(rows, prepare)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        return (time.perf_counter() - start) * 1000


def ordered(table: ResourceTable[Machine]) -> None:
    """Sort by price."""
    table.sort_by("$/H", reverse=True)


def ordered_and_filtered(table: ResourceTable[Machine]) -> None:
    """Sort by price and filter, as a remembered view does."""
    table.sort_by("$/H", reverse=True)
    table.filter("run")


async def steps(rows: list[Machine]) -> dict[str, float]:
    """Milliseconds of what a person or a refresh does to a table that is on screen."""
    app = Bench(rows)
    async with app.run_test(size=SIZE) as pilot:
        table = app.table
        changed = [replace(m, price=m.price + 1) if n % 100 == 0 else m for n, m in enumerate(rows)]
        decoded = [replace(m) for m in rows]

        async def timed(step: Callable[[], object]) -> float:
            gc.collect()
            start = time.perf_counter()
            step()
            spent = (time.perf_counter() - start) * 1000
            await pilot.pause()
            return spent

        return {
            "filter, first keystroke": await timed(lambda: table.filter("r")),
            "filter, second keystroke": await timed(lambda: table.filter("ru")),
            "filter, third keystroke": await timed(lambda: table.filter("run")),
            "filter cleared": await timed(lambda: table.filter("")),
            "sort by number": await timed(lambda: table.sort_by("$/H", reverse=True)),
            "sort by text": await timed(lambda: table.sort_by("NAME")),
            "apply, 1 % changed, sorted": await timed(lambda: table.apply(changed)),
            "apply, all new objects, sorted": await timed(lambda: table.apply(decoded)),
            "cursor down": await timed(lambda: table.action_move(1)),
            "page down": await timed(lambda: table.action_page(1)),
        }


async def arriving(rows: list[Machine], prepare: Callable[[ResourceTable[Machine]], None] | None) -> float:
    """The longest milliseconds of processor for which a table on screen keeps the loop while `rows` arrive, 5,000 more each time."""
    app = Bench([], prepare)
    longest = 0.0
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for count in range(5_000, len(rows) + 1, 5_000):
            some = rows[:count]
            start = time.thread_time()
            app.table.apply(some)
            longest = max(longest, (time.thread_time() - start) * 1000)
            await pilot.pause()
    return longest


async def main(rounds: int) -> None:
    """Run every case `rounds` times in turn."""
    few, many, middle = machines(50), machines(50_000), machines(10_000)
    frames: dict[str, Callable[[], Awaitable[float]]] = {
        "50 rows": lambda: first_frame(few),
        "50,000 rows": lambda: first_frame(many),
        "50 rows, sorted and filtered": lambda: first_frame(few, ordered_and_filtered),
        "50,000 rows, sorted and filtered": lambda: first_frame(many, ordered_and_filtered),
    }
    times: dict[str, list[float]] = {name: [] for name in frames}
    await first_frame(few)
    for _ in range(rounds):
        for name, run in frames.items():
            times[name].append(await run())
    floor = min(times["50 rows"])
    print("first frame, headless 160x40", f"({rounds} rounds)")
    for name, spent in times.items():
        print(f"  {name:36} min {min(spent):7.1f} ms ({min(spent) - floor:+6.1f})  median {statistics.median(spent):7.1f} ms")
    print("50,000 rows that arrive 5,000 at a time: the longest that the table keeps the loop, of processor")
    for name, prepare in (("as they come", None), ("sorted", ordered), ("sorted and filtered", ordered_and_filtered)):
        kept = [await arriving(many, prepare) for _ in range(rounds)]
        print(f"  {name:36} min {min(kept):7.1f} ms           median {statistics.median(kept):7.1f} ms")
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, milliseconds in (await steps(middle)).items():
            taken.setdefault(name, []).append(milliseconds)
    print("on 10,000 rows, without the frame")
    for name, spent in taken.items():
        print(f"  {name:36} min {min(spent):7.2f} ms           median {statistics.median(spent):7.2f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
