"""A hundred at once: within ARM's limits, none twice, and over when the slowest is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.azure import computes
from console.emulator.limits import BUCKETS
from console.operations import computes as plans
from console.operations import pace
from console.operations.journal import Journal
from console.operations.operation import Progress
from tests.conftest import EPOCH, Emulator, start_emulator, stop_emulator
from tests.gateway import EndpointTokens, client, until, workspace
from tests.operations.conftest import Bench

HUNDRED = 100


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator whose first workspace has more than a hundred instances that run."""
    running = start_emulator(tmp_path, "--speed", "0", "--epoch", EPOCH, "--scale", "40")
    yield running
    assert stop_emulator(running) == 0


@pytest.mark.long
async def test_a_hundred_are_stopped_at_once(crowded: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "FASTEST_S", 1.0)  # the pace of a real console: reads are counted too
    bench = Bench(crowded, client(crowded, EndpointTokens(crowded)), Journal(tmp_path / "journal"))
    try:
        found = (await computes.read(bench.arm, workspace(crowded))).items
        running = [item for item in found if not plans.can_stop(item)][:HUNDRED]
        assert len(running) == HUNDRED
        crowded.control("DELETE", "calls")
        operation = bench.runner.run(plans.stop(running, {}))
        await until(lambda: all(run.progress is Progress.RUNNING for run in operation.runs), "all of them under way")
        for _ in range(60):
            await bench.advance(10)
            left = [run for run in operation.runs if not run.progress.ended]
            assert operation.ended is (not left)
            if len(left) < HUNDRED:
                break
        await bench.advance(600)
        await until(lambda: operation.ended, "the end")
        assert {run.progress for run in operation.runs} == {Progress.DONE}, Counter(run.note for run in operation.runs)
        calls = [call for call in crowded.calls() if call["path"].startswith("/subscriptions")]
        writes = [call for call in calls if call["method"] == "POST"]
        assert len(writes) == len({call["path"] for call in writes}) == HUNDRED < BUCKETS["writes"][0]
        assert {call["status"] for call in writes} == {202}
        assert not [call for call in calls if call["status"] == 429], "neither writes nor looks are more than ARM lets in"
    finally:
        await bench.runner.close()
        bench.journal.close()
        await bench.arm.transport.close()
