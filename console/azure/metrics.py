"""Metrics of Azure Monitor: `GET {workspace}/providers/Microsoft.Insights/metrics`, api-version as azure-mgmt-monitor sends it.

Names and dimensions: "Supported metrics for Microsoft.MachineLearningServices/workspaces" (Microsoft Learn). Azure samples each minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.azure import timestamps
from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.durations import parse as parse_duration
from console.domain.metrics import PERCENT, NodeMetrics, Point, Range, Series
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, TroubleError
from console.turns import Turn

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2024-02-01"
NODES = ("Active Nodes", "Idle Nodes", "Unusable Nodes", "Total Nodes")
#: What is asked for one by one: Azure refuses a whole request for one metric that it has not got there.
OTHERS = ("Quota Utilization Percentage", "CpuUtilizationPercentage", "GpuUtilizationPercentage")

#: What tells how many machines a cluster had, and which of them did nothing. Total has the preempted nodes in it, which are not billed.
MACHINES = ("Total Nodes", "Idle Nodes", "Unusable Nodes", "Preempted Nodes")
CLUSTER = "ClusterName"
#: How many clusters of a workspace are asked for: without `top` Azure gives ten (Metrics - List).
MOST_CLUSTERS = 1000


class _Name(msgspec.Struct, frozen=True):
    value: str = "?"


class _Point(msgspec.Struct, rename="camel"):
    time_stamp: str | None = None
    average: float | None = None
    minimum: float | None = None
    maximum: float | None = None


class _Label(msgspec.Struct):
    name: _Name = _Name()
    value: str = ""


class _Times(msgspec.Struct):
    data: list[_Point] = []
    labels: list[_Label] = msgspec.field(name="metadatavalues", default_factory=list)

    def label(self, name: str) -> str:
        """The value of a dimension; "" where it has none. Azure writes the names of dimensions in lower case."""
        return next((label.value for label in self.labels if label.name.value.lower() == name.lower()), "")


class _Metric(msgspec.Struct):
    name: _Name = _Name()
    unit: str = ""
    timeseries: list[_Times] = []


class _Split(msgspec.Struct):
    """A metric by the values of a dimension, each still to be decoded: a month of a large workspace is a megabyte."""

    name: _Name = _Name()
    timeseries: list[msgspec.Raw] = []


class _Answer(msgspec.Struct):
    value: list[msgspec.Raw] = []


_decoder = msgspec.json.Decoder(_Metric)
_split_decoder = msgspec.json.Decoder(_Split)
_times_decoder = msgspec.json.Decoder(_Times)


def request(compute_id: str, names: tuple[str, ...], over: Range, now: datetime) -> Request:
    """Metrics of one cluster up to `now` (UTC)."""
    name = compute_id.rsplit("/", 1)[-1].replace("'", "''")
    return Request(
        method="GET",
        path=f"{WorkspaceRef.parse(compute_id).id}/providers/Microsoft.Insights/metrics",
        api_version=API,
        query={
            "metricnames": ",".join(names),
            "timespan": f"{now - over.span:%Y-%m-%dT%H:%M:%SZ}/{now:%Y-%m-%dT%H:%M:%SZ}",
            "interval": over.interval,
            "aggregation": "average,minimum,maximum",
            "$filter": f"ClusterName eq '{name}'",
        },
    )


async def read(arm: ArmClient, compute_id: str, over: Range) -> Reading[Series]:
    """How a cluster's nodes, quota and load went. Raises TroubleError where its nodes cannot be read.

    Metrics beside those of nodes that Azure refuses become series that say why.
    """
    now = arm.clock.now()
    found = await _read(arm, compute_id, NODES, over, now)
    for name in OTHERS:
        try:
            found |= await _read(arm, compute_id, (name,), over, now) or {name: (Series(name=name, unit=PERCENT), b"{}")}
        except TroubleError as error:
            if error.trouble.kind not in {Kind.INVALID, Kind.NOT_FOUND}:
                raise
            found[name] = Series(name=name, unit=PERCENT, fault=error.trouble.message or error.trouble.sentence), b"{}"
    return Reading(tuple(each for each, _ in found.values()), {name.lower(): raw for name, (_, raw) in found.items()})


async def _read(arm: ArmClient, compute_id: str, names: tuple[str, ...], over: Range, now: datetime) -> dict[str, tuple[Series, bytes]]:
    """Metrics by name, each with its JSON; Azure gives them in the order in which they were asked for."""
    asked = request(compute_id, names, over, now)
    answer = await arm.send(asked)
    try:
        metrics = msgspec.json.decode(answer.body, type=_Answer).value
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {asked.path}", arm.clock.now()) from error
    found = (decode(bytes(raw), name) for name, raw in zip(names, metrics, strict=False))
    return {series.name: (series, bytes(raw)) for series, raw in zip(found, metrics, strict=False)}


def decode(raw: bytes, name: str) -> Series:
    """One metric; never raises: what does not fit the schema becomes one of that name which says why."""
    try:
        metric = _decoder.decode(raw)
    except UNDECODABLE as error:
        return Series(name=name, fault=str(error))
    return Series(
        name=metric.name.value,
        unit={"Percent": PERCENT, "Count": ""}.get(metric.unit, metric.unit),
        # A filter on one dimension value gives one series, or none where nothing was sampled.
        points=tuple(point for times in metric.timeseries[:1] for wire in times.data if (point := _point(wire)) is not None),
    )


def _point(wire: _Point) -> Point | None:
    at = timestamps.parse(wire.time_stamp)
    return None if at is None else Point(at, wire.average, wire.minimum, wire.maximum)


def machines_request(workspace_id: str, start: datetime, end: datetime, interval: str) -> Request:
    """The nodes of all clusters of a workspace from `start` to `end` (UTC), a mean for each `interval` (one of Azure's, ISO 8601)."""
    return Request(
        method="GET",
        path=f"{WorkspaceRef.parse(workspace_id).id}/providers/Microsoft.Insights/metrics",
        api_version=API,
        query={
            "metricnames": ",".join(MACHINES),
            "timespan": f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
            "interval": interval,
            "aggregation": "average",
            "$filter": f"{CLUSTER} eq '*'",
            "top": str(MOST_CLUSTERS),
        },
    )


def aligned(moment: datetime, interval: str) -> datetime:
    """The beginning of the interval that a moment (UTC) is in: Azure's own intervals begin there."""
    step = parse_duration(interval) or timedelta(hours=1)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step


async def read_machines(arm: ArmClient, workspace_id: str, start: datetime, end: datetime, interval: str) -> Reading[NodeMetrics]:
    """How the nodes of each cluster of a workspace went, by one request. Raises TroubleError.

    `incomplete` tells where Azure may have left clusters out, and how many series could not be read.
    """
    asked = machines_request(workspace_id, start, end, interval)
    answer = await arm.send(asked)
    found: dict[str, list[Series]] = {}
    faults, most, turn = 0, 0, Turn()
    try:
        metrics = [_split_decoder.decode(raw) for raw in msgspec.json.decode(answer.body, type=_Answer).value]
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {asked.path}", arm.clock.now()) from error
    for metric in metrics:
        most = max(most, len(metric.timeseries))
        for raw in metric.timeseries:
            try:
                times = _times_decoder.decode(raw)
            except UNDECODABLE:
                faults += 1
                continue
            points = tuple(point for wire in times.data if (point := _point(wire)) is not None)
            found.setdefault(times.label(CLUSTER), []).append(Series(name=metric.name.value, points=points))
            if turn.over:
                await turn.give()
    told = [f"{faults} series of metrics could not be read"] if faults else []
    if most >= MOST_CLUSTERS:
        told.append(f"metrics of more than {MOST_CLUSTERS} clusters")
    step = parse_duration(interval) or timedelta(hours=1)
    return Reading(tuple(NodeMetrics(name, step, tuple(series)) for name, series in found.items() if name), {}, "; ".join(told))
