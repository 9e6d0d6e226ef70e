"""Timelines from all that tells of a compute: polls here and elsewhere, metrics, the log and runs; also of what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from console.clock import ServerClock
from console.costs.observed import Observed
from console.costs.past import AGAIN, BACK, CHANGES_BEFORE, Past
from console.costs.polls import Facts, Line, Polls
from console.costs.sums import attributed, bounded, burnt
from console.costs.timelines import Timelines
from console.domain.activity import Event
from console.domain.billing.estimate import band, estimate
from console.domain.billing.usage import Timeline
from console.domain.compute import Compute, Kind, LastOperation, NodeCounts, Run, VmSize
from console.domain.figures import Confidence
from console.domain.metrics import NodeMetrics, Point, Series
from console.domain.readings import Reading
from console.domain.scopes import ML, WorkspaceRef
from console.domain.trouble import Kind as KindOfTrouble
from console.domain.trouble import Trouble, TroubleError
from console.feeds.feed import Cadence, Feed
from console.readers import Readers

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "ws")
PRICES = {"eastus": {"A": VmSize(name="A", dedicated=Decimal(1))}}
HOUR = timedelta(hours=1)


def identity(name: str) -> str:
    return f"{PLACE.id}/computes/{name}"


def compute(name: str, kind: Kind = Kind.INSTANCE, **fields: Any) -> Compute:
    fields = {"vm_size": "A", "location": "East US", "created_on": NOW - timedelta(days=90), **fields}
    return Compute(id=identity(name), name=name, workspace=PLACE, kind=kind, **fields)


def event(verb: str, at: datetime, name: str, status: str = "Succeeded") -> Event:
    operation = f"{ML}/workspaces/computes/{verb}"
    return Event(
        id=f"{verb}{at}{name}", at=at, operation=operation, resource_id=identity(name), status=status, correlation_id=f"{verb}{at}"
    )


class Records(Readers):
    """What Azure has on record; `asked` remembers since when."""

    def __init__(self) -> None:
        self.nodes: dict[str, Sequence[float]] = {}
        self.events: list[Event] = []
        self.runs: dict[str, list[Run]] = {}
        self.asked: list[tuple[str, datetime]] = []
        self.refused = False

    async def machines(self, workspace_id: str, span: timedelta, interval: str) -> Reading[NodeMetrics]:
        if self.refused or interval != "PT1H":
            raise TroubleError(Trouble(KindOfTrouble.PERMISSION, "You may not read metrics."))
        found = []
        for name, means in self.nodes.items():
            first = NOW - len(means) * HOUR
            points = tuple(Point(first + index * HOUR, mean) for index, mean in enumerate(means))
            idle = tuple(Point(point.at, 0.0) for point in points)
            series = (Series(name="Total Nodes", points=points), Series(name="Idle Nodes", points=idle))
            found.append(NodeMetrics(name, HOUR, (*series, Series(name="Unusable Nodes", points=idle))))
        return Reading(tuple(found))

    async def compute_events(self, group_id: str, since: datetime) -> Reading[Event]:
        self.asked.append(("log", since))
        return Reading(tuple(each for each in self.events if each.at is not None and each.at >= since))

    async def runs_since(self, compute_id: str, since: datetime, most: int) -> Reading[Run]:
        self.asked.append((compute_id, since))
        return Reading(tuple(each for each in self.runs.get(compute_id, ()) if each.created is not None and each.created >= since))


class World:
    """A workspace of computes that a test sets, and what tells of its past."""

    def __init__(self, *computes: Compute) -> None:
        self.now, self.computes, self.records = NOW, computes, Records()
        self.clock = ServerClock(monotonic=lambda: 0.0, wall=lambda: self.now.timestamp())
        self.feed: Feed[Compute] = Feed("computes", self._read, Cadence(30, 5, 120), self.clock)
        self.feed.set_scopes([PLACE.id])
        self.observed = Observed(self.feed, None, "cloud", lambda: "tenant")
        self.past = Past(self.records, self.clock, self._told)
        self.timelines = Timelines(self.observed, self.past)

    async def _read(self, _scope: str) -> Reading[Compute]:
        return Reading(self.computes)

    async def _told(self) -> None:
        """The clock is the test's."""

    async def look(self, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        await self.feed.poll(PLACE.id)
        await self.build()

    async def read(self) -> None:
        """Read the past as the scheduler does."""
        self.past.look_at([PLACE], self.computes)
        for feed in self.past.feeds:
            for scope in tuple(feed.parts):
                await feed.poll(scope)
        await self.build()

    async def build(self) -> None:
        part = self.feed.parts[PLACE.id]
        assert part.reading is not None and part.taken_at is not None
        await self.timelines.build({PLACE: (part.reading, part.taken_at)}, self.now)

    @property
    def all(self) -> Mapping[str, Timeline]:
        return {each.name: each for each in self.timelines.all}

    def known(self, name: str, back: timedelta = timedelta(days=1)) -> list[tuple[float, float | None, Confidence]]:
        """Spans of the last time: hours, machines, how known."""
        return [
            (round((span.end - max(span.start, self.now - back)) / HOUR, 3), span.machines, span.confidence)
            for span in self.all[name].spans
            if span.end > self.now - back
        ]


SEEN, TOLD, DARK = Confidence.OBSERVED, Confidence.RECONSTRUCTED, Confidence.UNKNOWN


async def test_polls_hold_over_what_azure_tells_and_the_rest_says_that_it_is_not_known() -> None:
    world = World(compute("gpu", Kind.CLUSTER, nodes=NodeCounts(running=2)))
    world.records.nodes["GPU"] = [1.0] * 4
    await world.look()
    assert world.known("gpu") == [(24, None, DARK)]
    await world.read()
    assert world.known("gpu") == [(20, None, DARK), (4, 1, TOLD)]
    version = world.timelines.version
    await world.look(120)
    assert world.known("gpu", 5 * HOUR) == [(pytest.approx(1 - 120 / 3600, abs=0.001), None, DARK), (4, 1, TOLD), (0.033, 2, SEEN)]
    assert world.timelines.version == version, "only the live end grew"
    world.computes = (compute("gpu", Kind.CLUSTER, nodes=NodeCounts(running=3)),)
    await world.look(120)
    await world.look(120)
    assert [machines for _, machines, _ in world.known("gpu", HOUR)][-2:] == [2, 3]


async def test_an_instance_was_up_as_the_log_has_it() -> None:
    last = LastOperation("Stop", "Succeeded", "User", NOW - HOUR)
    world = World(compute("nb", state="Stopped", last_operation=last))
    world.records.events = [event("start/action", NOW - 5 * HOUR, "nb"), event("stop/action", NOW - HOUR, "nb")]
    await world.look()
    await world.read()
    assert world.known("nb") == [(19, 0, TOLD), (4, 1, TOLD), (1, 0, TOLD)]


async def test_what_is_gone_is_told_by_whoever_knew_it() -> None:
    world = World()
    seen = Polls()
    facts = Facts(identity("Old"), "Old", "A", "East US", instance=True)
    seen.take([Line((NOW - 3 * HOUR).timestamp(), {"old": (1.0, None)}, True, {"old": facts}), Line((NOW - 2 * HOUR).timestamp())])
    world.timelines.others[PLACE.id] = [seen]
    world.records.nodes["Burst"] = [4.0, 4.0, 0.0]
    world.records.nodes["Empty"] = [0.0, 0.0, 0.0]
    world.records.events = [
        event("start/action", NOW - 9 * HOUR, "Gone"),
        event("delete", NOW - 2 * HOUR, "Old"),
        event("delete", NOW - 6 * HOUR, "Gone"),
        event("delete", NOW - 6 * HOUR, "attached"),
    ]
    await world.look()
    await world.read()
    assert set(world.all) == {"Old", "Burst", "Gone"}, "what cost nothing is nobody's loss"
    old = world.all["Old"]
    assert old.deleted == NOW - 2 * HOUR and old.owner_id == ""
    assert estimate([old], PRICES, NOW - 3 * HOUR, NOW).machines.value == 1
    burst = estimate([world.all["Burst"]], PRICES, NOW - 3 * HOUR, NOW)
    assert burst.machine_hours == 8 and burst.total.missing == 1, "its size, and so its price, is not known: said, not zero"
    assert estimate([world.all["Gone"]], PRICES, NOW - 9 * HOUR, NOW).machine_hours == 3


async def test_what_could_not_be_made_never_had_a_machine() -> None:
    world = World(
        compute("never", state="CreateFailed", created_on=NOW - 2 * HOUR),
        compute("a100", Kind.CLUSTER, provisioning_state="Failed", created_on=NOW - 2 * HOUR),
    )
    world.records.refused = True
    await world.look()
    await world.read()
    for name in ("never", "a100"):
        assert {machines for _, machines, _ in world.known(name)} == {0}
    assert estimate(world.timelines.all, PRICES, NOW - 5 * HOUR, NOW).total.value == 0


async def test_the_log_is_read_whole_once_and_then_only_what_may_be_new() -> None:
    world = World(compute("nb", state="Running"))
    world.records.events = [event("start/action", NOW - 5 * HOUR, "nb")]
    world.records.runs[identity("nb")] = [
        Run(id="old", status="Completed", created=NOW - 30 * HOUR, started=NOW - 30 * HOUR, ended=NOW - 29 * HOUR),
        Run(id="on", status="Running", created=NOW - 4 * HOUR, started=NOW - 4 * HOUR),
    ]
    await world.look()
    await world.read()
    assert [since for what, since in world.records.asked if what == "log"] == [NOW - BACK - CHANGES_BEFORE]
    before, changes = world.past.log.items, world.past.changes(PLACE.group_id)[identity("nb").lower()]
    world.records.asked.clear()
    world.now += HOUR
    world.records.events.append(event("stop/action", NOW + HOUR / 2, "other"))
    world.records.runs[identity("nb")][1] = Run(id="on", status="Completed", created=NOW - 4 * HOUR, started=NOW - 4 * HOUR, ended=NOW)
    await world.look()
    await world.read()
    assert world.records.asked == [("log", NOW - AGAIN), (identity("nb"), NOW - 4 * HOUR)], "back to the run that was not over"
    assert len(world.past.log.items) == len(before) + 1
    assert world.past.changes(PLACE.group_id)[identity("nb").lower()] is changes, "nothing new of this one"
    assert [run.status for run in world.past.runs_on(identity("nb"))] == ["Completed", "Completed"]
    world.past.forget()
    assert world.past.log.items == () and world.past.changes(PLACE.group_id) == {}


async def test_sums_made_in_turns_are_those_made_at_once() -> None:
    world = World(compute("nb", state="Running"), compute("gpu", Kind.CLUSTER, nodes=NodeCounts(running=2), max_nodes=4))
    world.records.nodes["gpu"] = [2.0, 1.0]
    await world.look()
    await world.read()
    await world.look(90)
    lines, end = world.timelines.all, world.now
    assert await bounded(lines, PRICES, NOW - 9 * HOUR, end) == band(lines, PRICES, NOW - 9 * HOUR, end)
    assert (await bounded((), PRICES, NOW, end)).low is None
    history = await burnt(lines, PRICES, end)
    assert len(history) == 60 and history[0].at == NOW - timedelta(minutes=59) and history[-1].at == NOW, "whole minutes alone"
    assert history[-1].rate == 3 and history[-2].rate == 2
    assert (history[0].rate, history[0].missing) == (2, 0), "one node by the hour's metrics, and the instance, which nobody stopped"
    assert all(minute.rate is None for minute in await burnt((), PRICES, end))
    pieces = await attributed(lines, lambda _id: (), PRICES, NOW - 9 * HOUR, end)
    total = estimate(lines, PRICES, NOW - 9 * HOUR, end).total.value
    assert sum(piece.cost.value for piece in pieces if piece.cost.value is not None) == total
