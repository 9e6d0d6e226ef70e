"""A runner on the emulator, with a journal of its own and no patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from console.azure import computes, prices
from console.azure.arm import ArmClient
from console.domain.compute import Compute
from console.domain.cost import PriceList
from console.operations import pace
from console.operations.journal import Journal
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import Plan
from console.operations.runner import Runner
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, until, workspace

#: Longer than the longest boot of the emulator's computes (simulated seconds).
BOOT_S = 300


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's clock is moved by hand: nothing is gained by waiting for it."""
    for name, value in {"POLL_S": 0.02, "FASTEST_S": 0.01, "UNSAID_WAIT_S": 0.01}.items():
        monkeypatch.setattr(pace, name, value)


@dataclass
class Bench:
    """A runner with what is around it, and shortcuts to drive it."""

    emulator: Emulator
    arm: ArmClient
    journal: Journal
    progress: list[tuple[str, Progress]] = field(default_factory=list)
    items: dict[str, Compute] = field(default_factory=dict)
    price_lists: dict[str, PriceList] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.runner = Runner(self.arm, self.journal, self.read, self._heard, cloud=self.emulator.base_url, who=lambda: "admin")

    async def read(self, compute_id: str) -> Compute:
        return await computes.read_one(self.arm, compute_id)

    def _heard(self, _operation: Operation, run: StepRun) -> None:
        self.progress.append((run.step.target_name, run.progress))

    async def look(self, name: str = "fraud-prod") -> None:
        """Read what a screen would show."""
        place = workspace(self.emulator, name)
        self.items = {item.name: item for item in (await computes.read(self.arm, place)).items}
        sizes = (await prices.read(self.arm, place.subscription_id, "westeurope")).items
        self.price_lists = {"westeurope": {size.name.upper(): size for size in sizes}}

    def plan(self, make: Callable[..., Plan], *names: str) -> Plan:
        return make([self.items[name] for name in names], self.price_lists)

    async def advance(self, seconds: float = BOOT_S) -> None:
        await asyncio.to_thread(self.emulator.control, "POST", "clock", {"advance": seconds})

    async def to_the_end(self, operation: Operation) -> Operation:
        """Let simulated time pass, once everything that is to be sent is sent, until the operation has ended."""
        await until(lambda: all(run.progress.ended or run.progress is Progress.RUNNING for run in operation.runs), "the sending")
        if not operation.ended:
            await self.advance()
        await until(lambda: operation.ended, "the end of the operation")
        return operation

    async def carry_out(self, plan: Plan) -> StepRun:
        """Run a plan to its end; its first step."""
        return (await self.to_the_end(self.runner.run(plan))).runs[0]

    def strike(self, kind: str, route: str, **more: object) -> None:
        self.emulator.control("POST", "faults", [{"route": route, "kind": kind, **more}])

    def changes(self) -> list[tuple[str, str, int]]:
        """Every changing request that reached the emulator's ARM: method, last part of the path, status."""
        return [
            (call["method"], call["path"].rpartition("/")[2], call["status"])
            for call in self.emulator.calls()
            if call["method"] in {"POST", "PUT", "PATCH", "DELETE"} and call["path"].startswith("/subscriptions")
        ]

    def records(self) -> list[str]:
        return [path.read_text("utf-8") for path in sorted(self.journal.folder.glob("*.jsonl"))]


@pytest_asyncio.fixture
async def bench(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(fresh_emulator, client(fresh_emulator, EndpointTokens(fresh_emulator)), Journal(tmp_path / "journal"))
    await made.look()
    yield made
    await made.runner.close()
    made.journal.close()
    await made.arm.transport.close()
