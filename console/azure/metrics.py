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
    value: list[_Metric] = []


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
    found = list(await _read(arm, request(compute_id, NODES, over, now)))
    for name in OTHERS:
        try:
            found += await _read(arm, request(compute_id, (name,), over, now)) or [Series(name=name, unit=PERCENT)]
        except TroubleError as error:
            if error.trouble.kind not in {Kind.INVALID, Kind.NOT_FOUND}:
                raise
            found.append(Series(name=name, unit=PERCENT, fault=error.trouble.message or error.trouble.sentence))
    return Reading(tuple(found))


async def _read(arm: ArmClient, asked: Request) -> tuple[Series, ...]:
    answer = await arm.send(asked)
    try:
        metrics = msgspec.json.decode(answer.body, type=_Answer).value
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {asked.path}", arm.clock.now()) from error
    return tuple(
        Series(
            name=metric.name.value,
            unit={"Percent": PERCENT, "Count": ""}.get(metric.unit, metric.unit),
            # A filter on one dimension value gives one series, or none where nothing was sampled.
            points=tuple(point for times in metric.timeseries[:1] for wire in times.data if (point := _point(wire)) is not None),
        )
        for metric in metrics
    )


def _point(wire: _Point) -> Point | None:
    at = timestamps.parse(wire.time_stamp)
    return None if at is None else Point(at, wire.average, wire.minimum, wire.maximum)
