"""A cluster's past: what its node metrics tell of the machines that it had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from console.domain.billing.usage import Span
from console.domain.figures import Confidence
from console.domain.metrics import Series

SOURCE = "node metrics"
#: Metrics of Azure Monitor ("Supported metrics for Microsoft.MachineLearningServices/workspaces"). Total holds the preempted nodes, which
#: are not billed, and lacks those that are being prepared, which are in no metric.
TOTAL, PREEMPTED = "Total Nodes", "Preempted Nodes"
IDLE, UNUSABLE = "Idle Nodes", "Unusable Nodes"
BILLED_PARTS = ("Active Nodes", IDLE, UNUSABLE, "Leaving Nodes")


def from_metrics(series: Iterable[Series], step: timedelta, until: datetime, low_priority: bool = False) -> tuple[Span, ...]:
    """A reconstructed span for each interval of `step` in which the billed nodes are known, the last one up to `until` (UTC), when Azure
    was asked.

    Billed are Total Nodes less Preempted Nodes, else the sum of all other states; only a low-priority cluster is ever preempted. An
    interval that misses what this takes has no span: it is not known. Idle are Idle and Unusable Nodes, None where one is missing.
    """
    means = {each.name: {point.at: point.average for point in each.points if point.average is not None} for each in series}
    found = []
    for at in sorted({at for points in means.values() for at in points}):
        machines, end = _billed(means, at, low_priority), min(at + step, until)
        if machines is not None and at < end:
            idle = _sum(means, (IDLE, UNUSABLE), at)
            found.append(Span(at, end, machines, min(idle, machines) if idle is not None else None, Confidence.RECONSTRUCTED, SOURCE))
    return tuple(found)


def _billed(means: Mapping[str, Mapping[datetime, float]], at: datetime, low_priority: bool) -> float | None:
    total = means.get(TOTAL, {}).get(at)
    preempted = means.get(PREEMPTED, {}).get(at, None if low_priority else 0.0)
    if total is not None and preempted is not None:
        return max(0.0, total - preempted)
    return _sum(means, BILLED_PARTS, at)


def _sum(means: Mapping[str, Mapping[datetime, float]], names: tuple[str, ...], at: datetime) -> float | None:
    values = [means.get(name, {}).get(at) for name in names]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
