"""Booting: the nodes that were being prepared, which are billed and stand in no metric, from the runs that waited for them.

Azure counts a node once it is idle or runs a job. A run that waits is given nodes before it starts, unless the cluster is as large as it
may be: then it waits for those of another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from console.domain.billing.usage import Span
from console.domain.compute import Compute, Run
from console.domain.figures import Confidence

#: What makes a run wait longer than this is not the preparing of its nodes: quota, capacity, or a queue.
LONGEST_BOOT = timedelta(minutes=10)
SOURCE = "node metrics, and runs that waited for nodes"


def with_booting(spans: Sequence[Span], runs: Iterable[Run], compute: Compute | None) -> tuple[Span, ...]:
    """A cluster's spans by its metrics, with the nodes on top that were being prepared, up to the most that it may have.

    Those are the nodes of runs that waited, and those that have been prepared ever since the cluster began to resize, where it still does.
    """
    waits = sorted(
        (max(run.created, run.started - LONGEST_BOOT), run.started, max(run.nodes or 1, 1))
        for run in runs
        if run.created is not None and run.started is not None and run.created < run.started
    )
    most = compute.max_nodes if compute is not None else None
    since, stuck = _resizing(compute)
    found = []
    for span in spans:
        if span.machines is None or span.end <= span.start:
            found.append(span)
            continue
        more = max(_waiting(waits, span), stuck * _overlap(since, span.end, span) if since is not None else 0.0)
        if most is not None:
            more = min(more, max(0.0, most - span.machines))
        found.append(Span(span.start, span.end, span.machines + more, span.idle, Confidence.RECONSTRUCTED, SOURCE) if more > 0 else span)
    return tuple(found)


def _waiting(waits: Sequence[tuple[datetime, datetime, int]], span: Span) -> float:
    """How many nodes were waited for, in the mean over a span."""
    mean = 0.0
    for begin, end, nodes in waits[bisect_left(waits, span.start - LONGEST_BOOT, key=itemgetter(0)) :]:
        if begin >= span.end:
            break
        mean += nodes * _overlap(begin, end, span)
    return mean


def _overlap(begin: datetime, end: datetime, span: Span) -> float:
    """Which share of a span lies between two moments."""
    return max(timedelta(0), min(end, span.end) - max(begin, span.start)) / (span.end - span.start)


def _resizing(compute: Compute | None) -> tuple[datetime | None, int]:
    """Since when a cluster has been resizing, and how many nodes are being prepared now."""
    if compute is None or compute.allocation_state != "Resizing" or compute.nodes is None:
        return None, 0
    return compute.allocation_since, compute.nodes.preparing
