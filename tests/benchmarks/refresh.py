"""A refresh of 1,000 computes on screen: processor, and how long the event loop was not free. `python -m tests.benchmarks.refresh [rounds]`

One process, headless at 160x40: the real session and app over HTTPS; the processor of this process alone, the emulator's is not in it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from asyncio import events
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from console.app import ConsoleApp
from console.azure.signin import SignIn, SignInConfig
from console.session import Session
from console.settings import load, read_cloud
from tests.benchmarks.program import SIZE, emulator, scratch
from tests.benchmarks.rounds import asked_rounds

#: 18 computes of the first workspace times this.
SCALE = "56"


class Stalls:
    """How long each turn of the event loop kept everybody else waiting, in milliseconds: of time, and of processor.

    On a machine that has other work the time holds what others did meanwhile; the processor does not.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.longest = self.longest_cpu = 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        run = events.Handle._run  # type: ignore[attr-defined]

        def timed(handle: events.Handle) -> None:
            start, cpu = time.perf_counter(), time.thread_time()
            run(handle)
            self.longest_cpu = max(self.longest_cpu, (time.thread_time() - cpu) * 1000)
            self.longest = max(self.longest, (time.perf_counter() - start) * 1000)

        with mock.patch.object(events.Handle, "_run", timed):
            yield


def session_on(ready: Path, home: Path) -> Session:
    settings = load({"cloud_file": str(ready)}, {}, home)
    cloud = read_cloud(ready)
    signin = SignIn(SignInConfig.of(settings, cloud))
    signin.start()
    return Session(settings, cloud, signin)


def told(name: str, unit: str, values: list[float]) -> None:
    print(f"  {name:44} min {min(values):7.1f} {unit}   median {statistics.median(values):7.1f} {unit}   most {max(values):7.1f} {unit}")


async def measure(ready: Path, home: Path, rounds: int) -> None:
    session = session_on(ready, home)
    app = ConsoleApp(session)
    stalls = Stalls()
    async with app.run_test(size=SIZE) as pilot:
        while session.computes.age is None or not session.prices.loaded:
            await pilot.pause(0.1)
        await pilot.pause(3)
        session.scheduler.pause(True)
        (scope,) = session.computes.parts
        cpu: dict[str, list[float]] = {"read": [], "read and drawn": []}
        longest: list[float] = []
        longest_cpu: list[float] = []
        for _ in range(rounds):
            await pilot.pause(1)  # faster, and ARM's limits would hold it back
            stalls.forget()
            with stalls.watched():
                start = time.process_time()
                await session.computes.read(scope)
                cpu["read"].append((time.process_time() - start) * 1000)
                start = time.process_time()
                await session.computes.poll(scope)
                await pilot.pause()
                cpu["read and drawn"].append((time.process_time() - start) * 1000)
            longest.append(stalls.longest)
            longest_cpu.append(stalls.longest_cpu)
        print(f"a refresh of {len(session.computes.items):,} computes ({rounds} rounds)")
        told("fetched and decoded", "ms of processor", cpu["read"])
        told("fetched, decoded, told apart, priced, drawn", "ms of processor", cpu["read and drawn"])
        told("longest turn of the event loop", "ms of processor", longest_cpu)
        told("longest time the event loop was not free", "ms", longest)
        app.exit(0)


def main() -> None:
    with scratch() as folder, emulator(folder, "--scale", SCALE, "--speed", "20") as ready:
        home = folder / "home"
        home.mkdir()
        asyncio.run(measure(ready, home, asked_rounds()))


if __name__ == "__main__":
    main()
