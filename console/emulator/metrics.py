"""Azure Monitor's node metrics of a workspace, from what the simulation recorded and the past before it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from console.emulator.autoscaler import NODE_STATES
from console.emulator.durations import seconds_of
from console.emulator.errors import gateway_error
from console.emulator.estate import PROVIDER, Workspace, workspace_arm_id
from console.emulator.history import DAYS, Point, node_counts
from console.emulator.routing import Call, Reply, Route
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

VERSIONS = frozenset({"2018-01-01", "2024-02-01"})
READ = "Microsoft.Insights/metrics/read"
DIMENSION = "ClusterName"
INTERVALS = ("PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D")
AGGREGATIONS = ("average", "minimum", "maximum", "total", "count")
# Which node states a metric counts. Nodes that are being prepared are in none of Azure's six.
METRICS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "Active Nodes": (("running",), "Nodes that run a job."),
    "Idle Nodes": (("idle",), "Nodes that wait for a job."),
    "Leaving Nodes": (("leaving",), "Nodes that finish and go."),
    "Preempted Nodes": (("preempted",), "Low-priority nodes that were taken away."),
    "Total Nodes": (("running", "idle", "unusable", "preempted", "leaving"), "Nodes in any of the counted states."),
    "Unusable Nodes": (("unusable",), "Nodes that cannot be used."),
}
_CONDITION = re.compile(rf"\s*{DIMENSION}\s+eq\s+'([^']*)'\s*", re.IGNORECASE)
_MINUTE = timedelta(minutes=1)


class _QueryError(Exception):
    """A query option that cannot be answered; the message is the sentence."""


@dataclass(frozen=True, slots=True)
class _Question:
    names: tuple[str, ...]
    start: datetime
    end: datetime
    interval: str
    step: timedelta
    aggregations: tuple[str, ...]
    clusters: tuple[str, ...] | None
    top: int


def _question(query: Mapping[str, str], now: datetime) -> _Question:
    options = {name.lower(): value for name, value in query.items()}
    known = {name.lower(): name for name in METRICS}
    names = tuple(name.strip() for name in options.get("metricnames", "").split(",") if name.strip()) or tuple(METRICS)
    for name in names:
        if name.lower() not in known:
            raise _QueryError(
                f"Failed to find metric configuration for provider: {PROVIDER}, resource Type: workspaces, metric: {name}, "
                f"Valid metrics: {','.join(METRICS)}"
            )
    start, end = _timespan(options.get("timespan"), now)
    interval = options.get("interval", "PT1M").upper()
    if interval != "FULL" and interval not in INTERVALS:
        raise _QueryError(f"Invalid time grain duration: {interval}; supported ones are: {','.join(INTERVALS)}")
    step = end - start if interval == "FULL" else timedelta(seconds=seconds_of(interval))
    aggregations = tuple(part.strip().lower() for part in options.get("aggregation", "average").split(",") if part.strip())
    for aggregation in aggregations:
        if aggregation not in AGGREGATIONS:
            raise _QueryError(f"Invalid aggregation type: {aggregation}")
    top = options.get("top", "10")
    if not top.isdecimal():
        raise _QueryError(f"Invalid value of top: {top}")
    chosen = tuple(known[name.lower()] for name in names)
    return _Question(chosen, start, end, interval, step, aggregations, _clusters(options.get("$filter")), int(top))


def _timespan(text: str | None, now: datetime) -> tuple[datetime, datetime]:
    """A timespan `start/end`, an hour up to now by default, in whole minutes and not older than 93 days."""
    if text is None:
        start, end = now - timedelta(hours=1), now
    else:
        parts = text.split("/")
        try:
            start, end = (_moment(part) for part in parts)
        except ValueError:
            raise _QueryError(f"Invalid timespan: {text}") from None
    if start >= end:
        raise _QueryError(f"The timespan's end must be after its start: {text}")
    if now - start > timedelta(days=DAYS, minutes=5):
        raise _QueryError(f"The start time cannot be more than {DAYS} days in the past.")
    return start.replace(second=0, microsecond=0), end


def _moment(text: str) -> datetime:
    # An unquoted + of an offset arrives as a blank.
    moment = datetime.fromisoformat(text.strip().replace(" ", "+").replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _clusters(text: str | None) -> tuple[str, ...] | None:
    """The clusters that a `$filter` names, `*` for each; None without a filter: all as one series."""
    if text is None:
        return None
    names = []
    for part in re.split(r"\s+or\s+", text, flags=re.IGNORECASE):
        found = _CONDITION.fullmatch(part)
        if found is None:
            raise _QueryError(f"The filter '{part}' is not supported: only {DIMENSION} eq '…', joined by or.")
        names.append(found[1].lower())
    return tuple(names)


@dataclass(slots=True)
class _Bin:
    """What was sampled in one interval, a sample a minute and a cluster."""

    samples: float = 0.0
    total: float = 0.0
    low: float | None = None
    high: float | None = None

    def add(self, value: float, minutes: float) -> None:
        self.samples += minutes
        self.total += value * minutes
        self.low = value if self.low is None else min(self.low, value)
        self.high = value if self.high is None else max(self.high, value)

    def values(self, aggregations: Sequence[str]) -> dict[str, float]:
        if self.low is None or self.high is None or not self.samples:
            return {}
        every = {"average": self.total / self.samples, "minimum": self.low, "maximum": self.high}
        every |= {"total": self.total, "count": max(1.0, float(round(self.samples)))}
        return {name: round(every[name], 6) for name in AGGREGATIONS if name in aggregations}


def _spans(points: Sequence[Point], states: Sequence[int], start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, int]]:
    """The stretches between `start` and `end` over which the counted nodes stayed the same."""
    first = max(0, bisect_right(points, start, key=itemgetter(0)) - 1)
    for index in range(first, len(points)):
        moment, counted = points[index]
        if moment >= end:
            return
        until = points[index + 1][0] if index + 1 < len(points) else end
        begin, finish = max(moment, start), min(until, end)
        if begin < finish:
            yield begin, finish, sum(counted[state] for state in states)


def _bins(question: _Question, series: Sequence[Sequence[Point]], name: str, now: datetime) -> list[dict[str, Any]]:
    """The data points of one time series that takes one or more clusters together; no point lies in the future."""
    states = [NODE_STATES.index(state) for state in METRICS[name][0]]
    end = min(question.end, now)
    count = max(0, -(-(end - question.start) // question.step)) if end > question.start else 0
    bins = [_Bin() for _ in range(count)]
    for points in series:
        for begin, finish, value in _spans(points, states, question.start, end):
            index = (begin - question.start) // question.step
            while begin < finish:
                border = min(finish, question.start + (index + 1) * question.step)
                bins[index].add(value, (border - begin) / _MINUTE)
                begin, index = border, index + 1
    return [
        {"timeStamp": _stamp(question.start + index * question.step), **one.values(question.aggregations)} for index, one in enumerate(bins)
    ]


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _timeseries(call: Call, workspace: Workspace, question: _Question, name: str) -> list[dict[str, Any]]:
    estate, now, key = call.world.estate, call.world.clock.now(), workspace.id.lower()
    clusters = [one for one in estate.computes.values() if one.workspace_id == key and one.allocation_state is not None and one.counts]
    if question.clusters is None:
        return [{"metadatavalues": [], "data": _bins(question, [node_counts(estate, one) for one in clusters], name, now)}]
    label = {"value": DIMENSION.lower(), "localizedValue": DIMENSION.lower()}
    chosen = [one for one in clusters if "*" in question.clusters or one.name.lower() in question.clusters][: question.top]
    return [
        {"metadatavalues": [{"name": label, "value": one.name}], "data": _bins(question, [node_counts(estate, one)], name, now)}
        for one in chosen
    ]


def _metrics(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    try:
        question = _question(call.query, call.world.clock.now())
    except _QueryError as error:
        return gateway_error(400, "BadRequest", str(error))
    value = [
        {
            "id": f"{workspace.id}/providers/Microsoft.Insights/metrics/{name}",
            "type": "Microsoft.Insights/metrics",
            "name": {"value": name, "localizedValue": name},
            "displayDescription": METRICS[name][1],
            "unit": "Count",
            "timeseries": _timeseries(call, workspace, question, name),
            "errorCode": "Success",
        }
        for name in question.names
    ]
    cost = len(value) * (question.end - question.start) // _MINUTE
    interval = question.interval
    body = {"cost": cost, "timespan": f"{_stamp(question.start)}/{_stamp(question.end)}", "interval": interval, "value": value}
    return Reply(200, {**body, "namespace": f"{PROVIDER}/workspaces", "resourceregion": workspace.location})


def routes() -> list[Route]:
    def scope(params: Mapping[str, str]) -> str:
        return workspace_arm_id(params["subscription"], params["group"], params["workspace"])

    template = f"{WORKSPACE}/providers/Microsoft.Insights/metrics"
    return [Route("GET", template, _metrics, "schema", action=READ, api_versions=VERSIONS, scope_of=scope)]
