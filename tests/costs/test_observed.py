"""What a console saw of computes by its own polls: what counts as seen, what the disk keeps, and what two consoles tell together."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.clock import ServerClock
from console.costs.observed import KEPT_DAYS, Observed
from console.costs.polls import Line, Polls
from console.domain.billing.usage import Span
from console.domain.compute import Compute, Kind, NodeCounts
from console.domain.figures import Confidence
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.feeds.feed import Cadence, Feed

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "ws")


def instance(state: str = "Running", name: str = "nb") -> Compute:
    fields: dict[str, Any] = {"workspace": PLACE, "vm_size": "A", "location": "eastus", "owner_id": "grace"}
    return Compute(id=f"{PLACE.id}/computes/{name}", name=name, kind=Kind.INSTANCE, state=state, **fields)


def cluster(name: str = "gpu", **counts: int) -> Compute:
    fields: dict[str, Any] = {"workspace": PLACE, "vm_size": "B", "location": "eastus", "max_nodes": 4}
    return Compute(id=f"{PLACE.id}/computes/{name}", name=name, kind=Kind.CLUSTER, nodes=NodeCounts(**counts), **fields)


class World:
    """A workspace whose computes a test sets, polled at moments that it says."""

    def __init__(self, folder: Path | None, tenant: str = "t") -> None:
        self.now, self.found, self.incomplete = NOON, (instance(),), ""
        self.clock = ServerClock(wall=lambda: self.now.timestamp())
        self.feed: Feed[Compute] = Feed("computes", self._read, Cadence(30, 5, 120), self.clock)
        self.feed.set_scopes([PLACE.id])
        self.observed = Observed(self.feed, folder, "https://cloud", lambda: tenant)

    async def _read(self, _scope: str) -> Reading[Compute]:
        return Reading(self.found, {}, self.incomplete)

    async def poll(self, after: float, *found: Compute) -> None:
        self.now += timedelta(seconds=after)
        self.found = found or self.found
        await self.feed.poll(PLACE.id)

    def spans(self, name: str = "nb") -> list[tuple[float, float, float | None, float | None]]:
        polls = self.observed.live(PLACE.id)
        return told(polls.of(name)) if polls is not None else []

    def on_disk(self, name: str = "nb", since: datetime = NOON) -> list[list[tuple[float, float, float | None, float | None]]]:
        return [told(polls.spans().get(name, ())) for polls in self.observed.read(PLACE.id, since)]


def told(spans: tuple[Span, ...]) -> list[tuple[float, float, float | None, float | None]]:
    """Spans as seconds since noon, machines and idle ones; each is observed."""
    assert all(span.confidence is Confidence.OBSERVED for span in spans)
    return [((span.start - NOON).total_seconds(), (span.end - NOON).total_seconds(), span.machines, span.idle) for span in spans]


async def test_what_lasted_from_poll_to_poll_is_one_span() -> None:
    world = World(None)
    await world.poll(0)
    assert world.spans() == [], "one look tells no length"
    for _ in range(4):
        await world.poll(30)
    assert world.spans() == [(0, 120, 1, None)]
    await world.poll(30, instance("Stopped"), cluster(running=2, idle=1, unusable=1, preempted=3))
    await world.poll(30)
    assert world.spans() == [(0, 150, 1, None), (150, 180, 0, None)]
    assert world.spans("gpu") == [(150, 180, 4, 2)]
    polls = world.observed.live(PLACE.id)
    assert polls is not None
    facts = polls.facts["gpu"]
    assert (facts.vm_size, facts.region, facts.most, facts.instance) == ("B", "eastus", 4, False)


async def test_a_gap_between_polls_was_not_observed() -> None:
    world = World(None)
    await world.poll(0)
    await world.poll(240)
    await world.poll(241)
    await world.poll(10, instance("Stopped"))
    await world.poll(10)
    assert world.spans() == [(0, 240, 1, None), (481, 491, 1, None), (491, 501, 0, None)]


async def test_a_failed_or_partial_poll_tells_nothing_and_what_is_gone_has_no_machine() -> None:
    world = World(None)
    await world.poll(0, instance(), cluster(running=1))
    world.incomplete = "a page is missing"
    await world.poll(30, instance("Stopped"))
    assert world.spans() == []
    world.incomplete = ""
    await world.poll(30, instance())
    await world.poll(30)
    assert world.spans() == [(0, 90, 1, None)]
    assert world.spans("gpu") == [(0, 60, 1, 0), (60, 90, 0, 0)]
    polls = world.observed.live(PLACE.id)
    assert polls is not None and polls.facts["gpu"].vm_size == "B", "its price can still be told"


async def test_what_azure_does_not_tell_is_no_span() -> None:
    world = World(None)
    await world.poll(0, instance("Quiescing"))
    await world.poll(30)
    await world.poll(30, instance())
    await world.poll(30)
    assert world.spans() == [(60, 90, 1, None)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


async def seen(folder: Path, *polls: Callable[[World], Any], tenant: str = "t") -> World:
    world = World(folder, tenant)
    for poll in polls:
        await poll(world)
    await world.observed.close()
    return world


async def test_another_process_reads_what_was_seen_days_before(tmp_path: Path) -> None:
    day = 86_400
    first = await seen(
        tmp_path,
        lambda world: world.poll(0),
        lambda world: world.poll(30, instance("Stopped")),
        lambda world: world.poll(10),
        lambda world: world.poll(100),
        lambda world: world.poll(day, instance()),
        lambda world: world.poll(20),
    )
    later = World(tmp_path)
    assert later.on_disk() == [first.spans()] == [[(0, 30, 1, None), (30, 140, 0, None), (day + 140, day + 160, 1, None)]]
    (polls,) = later.observed.read(PLACE.id, NOON)
    assert polls.facts["nb"].owner_id == "grace"
    assert later.on_disk(since=NOON + timedelta(days=1)) == [[(day + 140, day + 160, 1, None)]], "each day's file tells by itself"
    assert first.on_disk() == [], "its own it knows"


async def test_a_day_that_begins_while_polls_go_on_loses_nothing(tmp_path: Path) -> None:
    polls = [lambda world: world.poll(86_400 / 2 - 50)] + [lambda world: world.poll(20)] * 5
    first = await seen(tmp_path, *polls)
    assert len(files(tmp_path)) == 2
    assert World(tmp_path).on_disk() == [first.spans()] == [[(43_150, 43_250, 1, None)]]


async def test_two_consoles_at_once_tell_each_for_itself(tmp_path: Path) -> None:
    for state in ("Running", "Stopped"):
        await seen(tmp_path, lambda world, state=state: world.poll(0, instance(state)), lambda world: world.poll(30))
    assert sorted(World(tmp_path).on_disk()) == [[(0, 30, 0, None)], [(0, 30, 1, None)]]


async def test_files_are_the_owners_alone_and_of_one_tenant(tmp_path: Path) -> None:
    polls = (lambda world: world.poll(0), lambda world: world.poll(30))
    await seen(tmp_path / "usage", *polls)
    await seen(tmp_path / "usage", *polls, tenant="")
    (path,) = files(tmp_path / "usage")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert World(tmp_path / "usage", "other").on_disk() == []
    stolen = tmp_path / "usage" / World(tmp_path / "usage", "other").observed._folder_of(PLACE.id).name  # type: ignore[union-attr]
    stolen.mkdir()
    (stolen / path.name).write_bytes(path.read_bytes())
    assert World(tmp_path / "usage", "other").on_disk() == [[]], "the file says whose it is"


async def test_a_single_look_writes_nothing_and_quiet_polls_little(tmp_path: Path) -> None:
    await seen(tmp_path, lambda world: world.poll(0))
    assert not files(tmp_path)
    world = World(tmp_path)
    await world.poll(0)
    for _ in range(360):
        await world.poll(10)
    await world.observed.close()
    (path,) = files(tmp_path)
    lines = path.read_text().splitlines()
    assert 60 <= len(lines) <= 64, "a line a minute"
    assert all(len(line) < 80 for line in lines[2:])
    assert World(tmp_path).on_disk() == [[(0, 3600, 1, None)]]


async def test_damaged_files_cost_their_damaged_lines(tmp_path: Path) -> None:
    await seen(tmp_path, lambda world: world.poll(0), lambda world: world.poll(30), lambda world: world.poll(30, instance("Stopped")))
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes() + b'[1762084900.0, {"nb": [1.0\n\xff\xfe\n[')
    assert World(tmp_path).on_disk() == [[(0, 60, 1, None)]]
    path.write_bytes(b"\xff" + path.read_bytes())
    assert World(tmp_path).on_disk() == [[]]


async def test_no_room_to_write_costs_the_files_alone(tmp_path: Path) -> None:
    (tmp_path / "usage").write_text("in the way")
    world = await seen(tmp_path / "usage", lambda world: world.poll(0), lambda world: world.poll(30))
    assert world.spans() == [(0, 30, 1, None)]
    assert World(tmp_path / "usage").on_disk() == []


async def test_old_files_go(tmp_path: Path) -> None:
    world = await seen(tmp_path, lambda world: world.poll(0), lambda world: world.poll(30))
    (path,) = files(tmp_path)
    world.observed.prune()
    assert path.exists()
    old = time.time() - (KEPT_DAYS + 1) * 86_400
    os.utime(path, (old, old))
    world.observed.prune()
    assert not path.exists()


async def test_somebody_else_sees_nothing_of_it() -> None:
    world = World(None)
    await world.poll(0)
    await world.poll(30)
    world.observed.forget()
    assert world.spans() == []
    await world.poll(30)
    await world.poll(30)
    assert world.spans() == [(60, 90, 1, None)]


def test_what_is_older_than_what_is_known_is_not_taken() -> None:
    polls = Polls()
    polls.take([Line(0, {"a": (1, None)}, True), Line(60), Line(30, {"a": (9, None)}), Line(90, {"a": (2, 1)}), Line(120)])
    assert [(span.machines, span.hours * 3600) for span in polls.spans()["a"]] == [(1, 90), (2, 30)]


async def test_what_was_seen_last_lasts_until_the_next_poll_is_overdue() -> None:
    world = World(None)
    assert world.observed.lasts(PLACE.id, NOON) is None
    await world.poll(0)
    soon, late = NOON + timedelta(seconds=200), NOON + timedelta(seconds=300)
    assert (world.observed.lasts(PLACE.id, soon), world.observed.lasts(PLACE.id, late)) == (soon, NOON)
    polls = world.observed.live(PLACE.id)
    assert polls is not None
    assert told(polls.of("nb", until=soon)) == [(0, 200, 1, None)]
    await world.poll(200, instance("Stopped"))
    await world.poll(30)
    assert told(polls.of("nb", since=NOON + timedelta(seconds=200))) == [(200, 230, 0, None)]


async def test_a_compute_that_comes_back_unchanged_is_seen_again() -> None:
    """It is the same object as before it was gone, and what it has is told anew all the same."""
    world, back = World(None), instance()
    for found in ((back,), (back,), (cluster(),), (back, cluster()), (back, cluster())):
        await world.poll(30, *found)
    assert [span[2] for span in world.spans()] == [1.0, 0.0, 1.0]
