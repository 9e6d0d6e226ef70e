"""The past: what Azure tells of the time in which no console looked, read for the workspaces that are open and kept up to date."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from console.clock import ServerClock
from console.domain import scopes
from console.domain.activity import Event
from console.domain.billing.cluster_past import from_metrics
from console.domain.billing.instance_past import Change
from console.domain.billing.log_changes import LogChange, changes
from console.domain.billing.usage import Span
from console.domain.compute import Compute, Run
from console.domain.cost import OWN_MACHINES
from console.domain.metrics import NodeMetrics
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.feeds.feed import Cadence, Feed
from console.readers import Readers

#: How far back is told what ran: a month, and the seven days before the first of it.
BACK = timedelta(days=38)
#: How far back the month before is told: as long as it may have been when this month is nearly over (metrics are kept for 93 days).
FAR_BACK = timedelta(days=62)
#: Changes are read further back: what was so at the beginning follows from the one before.
CHANGES_BEFORE = timedelta(days=14)
#: What came before is read again: events reach the log minutes late, and runs go on.
AGAIN = timedelta(hours=1)
#: A run that began this long before the time that is looked at may still reach into it.
LONGEST_RUN = timedelta(days=2)
MOST_RUNS = 2_000


class Past:
    """Metrics of clusters, changes and runs, each a feed; nothing is read before `look_at`."""

    def __init__(self, readers: Readers, clock: ServerClock, told_the_time: Callable[[], Awaitable[None]]) -> None:
        """`told_the_time` comes back once the server's time is known: what is asked for depends on it."""
        self._readers, self._clock, self._told_the_time = readers, clock, told_the_time
        #: By the hour for the whole time, by the quarter of an hour for two days, by the minute for the hour before the start.
        self.month: Feed[NodeMetrics] = Feed("machines by the hour", self._read_month, Cadence(3_600, 0, 7_200), clock)
        self.days: Feed[NodeMetrics] = Feed("machines by the quarter", self._read_days, Cadence(300, 0, 1_800), clock)
        self.hour: Feed[NodeMetrics] = Feed("machines by the minute", self._read_hour, Cadence(0, 0, 0), clock)
        self.log: Feed[Event] = Feed("changes of computes", self._read_log, Cadence(600, 0, 1_800), clock)
        self.runs: Feed[Run] = Feed("runs", self._read_runs, Cadence(600, 0, 1_800), clock)
        #: By the hour from the month before on; read once somebody asks for that.
        self.before: Feed[NodeMetrics] = Feed("machines of last month", self._read_before, Cadence(0, 0, 0), clock)
        self.reaches_back = False
        self._log_read: dict[str, tuple[datetime, datetime]] = {}
        #: Of which resource groups the log, and of which computes the runs, were read as far back as the month before.
        self._far: set[str] = set()
        self._changes: dict[str, tuple[object, dict[str, tuple[LogChange, ...]]]] = {}
        self._by_cluster: dict[tuple[str, str], tuple[object, dict[str, NodeMetrics]]] = {}
        self._spans: dict[tuple[str, str, str, bool], tuple[object, tuple[Span, ...]]] = {}

    @property
    def feeds(self) -> tuple[Feed[Any], ...]:
        return (self.month, self.days, self.hour, self.log, self.runs, self.before)

    @property
    def back(self) -> timedelta:
        """How far back is told what ran."""
        return FAR_BACK if self.reaches_back else BACK

    @property
    def read_back(self) -> bool:
        """Whether the month before was read as far as it can be."""
        if not self.reaches_back:
            return False
        troubled = self.log.troubles.keys() | self.runs.troubles.keys()
        reached = {*self.log.parts, *self.runs.parts} <= self._far | troubled
        return reached and all(part.reading is not None or part.trouble is not None for part in self.before.parts.values())

    def reach_back(self) -> None:
        """Read from now on what ran in the month before as well."""
        self.reaches_back = True
        _follow(self.before, list(self.month.parts))
        for feed in (self.log, self.runs):
            feed.refresh()

    def look_at(self, places: Sequence[WorkspaceRef], computes: Sequence[Compute]) -> None:
        """Read and follow these; what is known of those that stay is kept."""
        for feed in (self.month, self.days, self.hour):
            _follow(feed, [place.id for place in places])
        if self.reaches_back:
            _follow(self.before, [place.id for place in places])
        _follow(self.log, list(dict.fromkeys(place.group_id for place in places)))
        _follow(self.runs, [compute.id for compute in computes if compute.kind in OWN_MACHINES])

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self._far.clear()
        for known in (self._log_read, self._changes, self._by_cluster, self._spans):
            known.clear()
        for feed in self.feeds:
            feed.forget()

    def clusters(self, workspace_id: str) -> Mapping[str, str]:
        """Name in lower case → name, of the clusters of a workspace that metrics know; some may be gone."""
        told = {**self._metrics(self.before, workspace_id), **self._metrics(self.month, workspace_id)}
        return {name: each.cluster for name, each in told.items()}

    def machines(self, workspace_id: str, name: str, low_priority: bool) -> tuple[tuple[Span, ...], ...]:
        """What metrics tell of a cluster (name in lower case), the finest first."""
        return tuple(self._told(feed, workspace_id, name, low_priority) for feed in self._by_width)

    def changes(self, group_id: str) -> Mapping[str, tuple[LogChange, ...]]:
        """Compute id in lower case → its changes, the earliest first, as far as the log of its resource group was read."""
        reading = self.log.reading(group_id)
        if reading is None:
            return {}
        kept = self._changes.get(group_id)
        if kept is None or kept[0] is not reading.items:
            found: dict[str, list[LogChange]] = {}
            for each in changes(reading.items):
                found.setdefault(scopes.key(each.compute_id), []).append(each)
            before = kept[1] if kept is not None else {}
            told = {key: tuple(own) for key, own in found.items()}
            # The same object for as long as nothing new is told of a compute: what follows from it is not worked out again.
            kept = self._changes[group_id] = (
                reading.items,
                {key: before[key] if before.get(key) == own else own for key, own in told.items()},
            )
        return kept[1]

    def log_start(self, group_id: str, otherwise: datetime) -> datetime:
        """From when on the log of a resource group is known whole; `otherwise` where it was not read."""
        return self._log_read[group_id][0] if group_id in self._log_read else otherwise

    def runs_on(self, compute_id: str) -> tuple[Run, ...]:
        """The runs on a compute, as far as they were read."""
        reading = self.runs.reading(compute_id)
        return reading.items if reading is not None else ()

    def readings(self, workspace_id: str) -> tuple[object, ...]:
        """What `machines` rests on: other objects once something was read anew."""
        return tuple(reading.items if (reading := feed.reading(workspace_id)) else None for feed in self._by_width)

    @property
    def _by_width(self) -> tuple[Feed[NodeMetrics], ...]:
        return (self.hour, self.days, self.month, self.before)

    async def _read_before(self, workspace_id: str) -> Reading[NodeMetrics]:
        return await self._machines(workspace_id, FAR_BACK, "PT1H")

    async def _read_month(self, workspace_id: str) -> Reading[NodeMetrics]:
        return await self._machines(workspace_id, BACK, "PT1H")

    async def _read_days(self, workspace_id: str) -> Reading[NodeMetrics]:
        return await self._machines(workspace_id, timedelta(days=2), "PT15M")

    async def _read_hour(self, workspace_id: str) -> Reading[NodeMetrics]:
        return await self._machines(workspace_id, timedelta(minutes=61), "PT1M")

    async def _machines(self, workspace_id: str, span: timedelta, interval: str) -> Reading[NodeMetrics]:
        await self._told_the_time()
        return await self._readers.machines(workspace_id, span, interval)

    async def _read_log(self, group_id: str) -> Reading[Event]:
        """All events so far: the first time from the beginning on, then only what may be new, unless it is to reach further back."""
        await self._told_the_time()
        before = self.log.reading(group_id)
        known = self._log_read.get(group_id) if before is not None else None
        now = self._clock.now()
        if far := self.reaches_back and group_id not in self._far:
            known = None
        start, until = known if known is not None else (now - self.back - CHANGES_BEFORE, now)
        reading = await self._readers.compute_events(group_id, until - AGAIN if known is not None else start)
        if not reading.incomplete:
            self._log_read[group_id] = start, now
        if far:
            self._far.add(group_id)
        return _joined(before, reading, lambda event: event.id)

    async def _read_runs(self, compute_id: str) -> Reading[Run]:
        """All runs so far; again only those that were not over, and newer ones."""
        await self._told_the_time()
        before = self.runs.reading(compute_id)
        part = self.runs.parts.get(compute_id)
        now = self._clock.now()
        since = now - self.back - LONGEST_RUN
        far = self.reaches_back and compute_id not in self._far
        if not far and before is not None and part is not None and part.taken_at is not None:
            since = min([part.taken_at - AGAIN, *(run.created for run in before.items if run.active and run.created is not None)])
        read = await self._readers.runs_since(compute_id, since, MOST_RUNS)
        if far:
            self._far.add(compute_id)
        return _joined(before, read, lambda run: run.id)

    def _metrics(self, feed: Feed[NodeMetrics], workspace_id: str) -> Mapping[str, NodeMetrics]:
        reading = feed.reading(workspace_id)
        if reading is None:
            return {}
        kept = self._by_cluster.get((feed.name, workspace_id))
        if kept is None or kept[0] is not reading:
            by_name = {each.cluster.lower(): each for each in reading.items}
            kept = self._by_cluster[feed.name, workspace_id] = reading, by_name
        return kept[1]

    def _told(self, feed: Feed[NodeMetrics], workspace_id: str, name: str, low_priority: bool) -> tuple[Span, ...]:
        part, metrics = feed.parts.get(workspace_id), self._metrics(feed, workspace_id).get(name)
        if part is None or part.taken_at is None or metrics is None:
            return ()
        key, until = (feed.name, workspace_id, name, low_priority), part.taken_at.replace(microsecond=0)
        kept = self._spans.get(key)
        if kept is None or kept[0] is not metrics:
            kept = self._spans[key] = metrics, from_metrics(metrics.series, metrics.step, until, low_priority)
        return kept[1]


def changes_of(told: Sequence[LogChange]) -> list[Change]:
    """The changes without who made them."""
    return [each.change for each in told]


def _follow(feed: Feed[Any], wanted: Sequence[str]) -> None:
    if list(feed.parts) != list(wanted):
        feed.set_scopes(wanted)


def _joined(before: Reading[Any] | None, now: Reading[Any], key: Any) -> Reading[Any]:
    """What was read before with what is read now in its place; the same items where nothing is new."""
    if before is None:
        return now
    known = {key(item): item for item in before.items}
    new = {key(item): item for item in now.items}
    if all(known.get(each) == item for each, item in new.items()):
        return Reading(before.items, {}, now.incomplete)
    return Reading(tuple({**known, **new}.values()), {}, now.incomplete or before.incomplete)
