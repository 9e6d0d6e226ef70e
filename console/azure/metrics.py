"""Metrics of Azure Monitor: `GET {workspace}/providers/Microsoft.Insights/metrics`, api-version as azure-mgmt-monitor sends it.

Names and dimensions: "Supported metrics for Microsoft.MachineLearningServices/workspaces" (Microsoft Learn). Azure samples each minute.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from console.azure import timestamps
from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.metrics import PERCENT, Point, Range, Series
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2024-02-01"
NODES = ("Active Nodes", "Idle Nodes", "Unusable Nodes", "Total Nodes")
#: What is asked for one by one: Azure refuses a whole request for one metric that it has not got there.
OTHERS = ("Quota Utilization Percentage", "CpuUtilizationPercentage", "GpuUtilizationPercentage")


class _Name(msgspec.Struct, frozen=True):
    value: str = "?"


class _Point(msgspec.Struct, rename="camel"):
    time_stamp: str | None = None
    average: float | None = None
    minimum: float | None = None
    maximum: float | None = None


class _Times(msgspec.Struct):
    data: list[_Point] = []


class _Metric(msgspec.Struct):
    name: _Name = _Name()
    unit: str = ""
    timeseries: list[_Times] = []


class _Answer(msgspec.Struct):
    value: list[msgspec.Raw] = []


_decoder = msgspec.json.Decoder(_Metric)


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
