"""Findings of what is loaded: made when somebody looks, anew when what they rest on changes, and silent while snoozed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from console.clock import ServerClock
from console.domain.compute import Compute, Run
from console.domain.cost import PriceList
from console.domain.readings import Reading
from console.feeds import compute_findings
from console.feeds.compute_findings import ComputeFindings
from console.feeds.feed import Cadence, Feed
from console.feeds.findings import AcceptedFindings, Findings, OpenFindings
from console.feeds.lookup import Lookup
from console.feeds.snoozes import Snoozes
from tests.domain.findings.test_compute_rules import SIZES, cluster, instance, job
from tests.domain.test_compute import NOON, WORKSPACE
from tests.gateway import until


class World:
    """Computes of one workspace, their last runs, and a clock that stands still."""

    def __init__(self, folder: Path, *computes: Compute) -> None:
        self.computes = computes
        self.prices: PriceList = SIZES
        self.wall = NOON.timestamp()
        self.runs: dict[str, Run] = {}
        self.told = 0
        self.clock = ServerClock(wall=lambda: self.wall)
        self.feed: Feed[Compute] = Feed("computes", self.read, Cadence(30, 5, 120), self.clock)
        self.feed.set_scopes([WORKSPACE.id])
        self.lookup: Lookup[Run] = Lookup(self.fetch, self.clock, self.changed, keep=300)
        self.snoozes = Snoozes(folder / "snoozes.json")
        self.finder = ComputeFindings(self.feed, self.lookup, lambda _: self.prices, self.clock)
        self.findings = Findings((self.finder,), self.snoozes, self.clock, lambda: "tenant", self.changed)
        self.feed.subscribe(lambda _feed: self.changed())

    async def read(self, _scope: str) -> Reading[Compute]:
        return Reading(
            tuple(msgspec.structs.replace(compute) for compute in self.computes), {compute.id.lower(): b"{}" for compute in self.computes}
        )

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, Run]:
        return {key: self.runs[key] for key in keys if key in self.runs}

    def changed(self) -> None:
        self.told += 1
        self.findings.changed()

    def rules(self) -> list[str]:
        return [finding.rule for finding in self.findings.open]


def named(name: str, item: Compute) -> Compute:
    return msgspec.structs.replace(item, id=f"{WORKSPACE.id}/computes/{name}", name=name)


GRACE = named("nb-grace", instance(up_days=23))
IDLE = named("gpu-idle", cluster(2, min_nodes=2))
FINE = named("nb-ivan", instance())


async def test_a_compute_is_judged_again_only_when_what_it_rests_on_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, GRACE, IDLE, FINE)
    asked: list[str] = []

    def counted(subject: compute_findings.Subject) -> object:
        asked.append(subject.compute.name)
        return judge(subject)

    judge = compute_findings.findings_of
    monkeypatch.setattr(compute_findings, "findings_of", counted)
    await world.feed.poll(WORKSPACE.id)
    assert not asked, "before anybody looks"
    first = world.findings.open
    assert sorted(asked) == ["gpu-idle", "nb-grace", "nb-ivan"]
    assert world.findings.open is first
    asked.clear()
    await world.feed.poll(WORKSPACE.id)
    assert world.findings.open == first and not asked, "the same rows came again"
    world.computes = (GRACE, IDLE, msgspec.structs.replace(FINE, idle_shutdown=""))
    await world.feed.poll(WORKSPACE.id)
    assert "no-idle-shutdown" in world.rules() and asked == ["nb-ivan"]
    asked.clear()
    world.runs[GRACE.id] = job(9)
    world.lookup.want([GRACE.id])
    await until(lambda: world.lookup.known(GRACE.id))
    assert world.findings.open[0].rule == "quiet-instance" and asked == ["nb-grace"]
    asked.clear()
    world.prices = dict(SIZES)
    world.changed()
    assert world.findings.open and len(asked) == 3
    world.computes = (FINE,)
    await world.feed.poll(WORKSPACE.id)
    assert world.findings.open == () and world.finder._judged.keys() == {FINE.id}


async def test_last_jobs_are_not_looked_up_by_rules(tmp_path: Path) -> None:
    world = World(tmp_path, GRACE, IDLE)
    await world.feed.poll(WORKSPACE.id)
    assert {finding.known for finding in world.findings.open if finding.rule in {"quiet-instance", "held-nodes"}} == {False}
    assert not world.lookup.busy and not world.lookup.values


async def test_a_snoozed_finding_is_accepted_until_it_wakes(tmp_path: Path) -> None:
    world = World(tmp_path, IDLE)
    await world.feed.poll(WORKSPACE.id)
    (finding,) = world.findings.open
    rows, accepted = OpenFindings(world.findings), AcceptedFindings(world.findings)
    await world.findings.accept(finding, "ada", "TICKET-1", NOON + timedelta(days=7))
    assert rows.items == () == world.findings.open_among(world.finder.of(world.feed.items[0]))
    assert accepted.items == (finding,)
    (one,) = world.findings.accepted
    assert (one.snooze.who, one.snooze.reason, one.snooze.since) == ("ada", "TICKET-1", NOON)
    assert World(tmp_path, IDLE).snoozes.of("tenant").keys() == {finding.id}
    world.wall += 7 * 86_400 + 1
    world.changed()
    assert [each.id for each in rows.items] == [finding.id] and accepted.items == ()


async def test_a_snooze_can_be_ended(tmp_path: Path) -> None:
    world = World(tmp_path, IDLE)
    await world.feed.poll(WORKSPACE.id)
    (finding,) = world.findings.open
    await world.findings.accept(finding, "ada", "TICKET-1", NOON + timedelta(days=7))
    told = world.told
    await world.findings.wake(finding)
    assert world.findings.open == (finding,) and world.told > told


async def test_rows_are_as_old_as_what_they_follow_from(tmp_path: Path) -> None:
    world = World(tmp_path, IDLE)
    rows = OpenFindings(world.findings)
    assert not rows.loaded and rows.age is None
    await world.feed.poll(WORKSPACE.id)
    assert rows.loaded and rows.age is not None and rows.parts == world.feed.parts and rows.feeds == (world.feed,)
    assert rows.raw(rows.items[0].id) == b"{}"
    assert rows.items[0].subject_id == IDLE.id and world.finder.subject(rows.items[0].id) == IDLE
    (tmp_path / "snoozes.json").write_bytes(b"?")
    world.changed()
    assert rows.items and "accepted findings could not be read" in rows.incomplete
