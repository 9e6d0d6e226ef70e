"""A broker on a server whose answers a test writes, with the real compiler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
import trustme

from console.azure.arm import ArmClient
from console.azure.cost_compiler import CostCompiler
from console.clock import ServerClock
from console.costs.broker import Broker
from console.costs.kept import KeptBills
from console.feeds.snapshots import Owner, Snapshots
from console.readers import Readers
from tests.azure.cost_answers import SCOPE
from tests.azure.scripted import Server, client_of, serving

Brokers = Callable[..., Broker]
DAY_S = 86_400.0


class Machine:
    """A wall clock that a test turns; the monotonic one of a `ServerClock` stands still."""

    def __init__(self) -> None:
        self.seconds = 1_796_500_000.0  # 2026-12-05

    def clock(self) -> ServerClock:
        return ServerClock(monotonic=lambda: 0.0, wall=lambda: self.seconds)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


@pytest.fixture(scope="module")
def azure(authority: tuple[trustme.CA, Path]) -> Iterator[Server]:
    with serving(authority[0]) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def compiler() -> AsyncIterator[CostCompiler]:
    made = CostCompiler()
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def arm(azure: Server, authority: tuple[trustme.CA, Path]) -> AsyncIterator[ArmClient]:
    azure.seen.clear()
    client = client_of(azure, authority[1])
    yield client
    await client.transport.close()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest_asyncio.fixture(loop_scope="module")
async def broker(arm: ArmClient, compiler: CostCompiler, machine: Machine, tmp_path: Path) -> AsyncIterator[Brokers]:
    """Makes brokers as consoles do that start one after the other, of whoever `owner` is."""
    made: list[Broker] = []

    async def gateway() -> ArmClient:
        return arm

    def one(*, owner: str = "ada", groups: Sequence[str] = (), cap: int = 100) -> Broker:
        kept = KeptBills(Snapshots(tmp_path / "costs", Owner("https://arm", "tenant", owner)))
        made.append(
            Broker(
                Readers(gateway, ""),
                lambda: compiler,
                lambda: kept,
                lambda scope: groups if scope == SCOPE else (),
                machine.clock(),
                lambda: None,
                cap,
            ),
        )
        return made[-1]

    yield one
    await asyncio.gather(*(each.close() for each in made))
