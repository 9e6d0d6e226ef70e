"""Machine-hours: a timeline's spans as whole ticks, so that any parts of a time sum to the whole exactly.

A tick is a millionth of an hour (3.6 ms) of one machine: at 100 USD/h a hundredth of a cent. Means are floats; they are rounded to ticks
once, by how much of their span has passed, so that where a span is cut never changes a sum. Money is ticks × a Decimal price.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil

import msgspec

from console.domain.billing.usage import Span, Timeline
from console.domain.figures import Confidence

TICK = timedelta(microseconds=3600)
#: How many hours a tick is.
TICK_HOURS = Decimal("0.000001")
#: "Every 50 nodes of a compute cluster will have one standard load balancer billed" (Plan to manage costs for Azure Machine Learning).
NODES_PER_BALANCER = 50
_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


class Hours(msgspec.Struct, gc=False):
    """What a timeline had over a time, in ticks: of machines, of machines without work, of a cluster's load balancers; and of the clock:
    how long that is observed, reconstructed and unknown, how long the compute existed, and how long of this it had no machine."""

    machines: int = 0
    idle: int = 0
    balancers: int = 0
    observed: int = 0
    reconstructed: int = 0
    unknown: int = 0
    existed: int = 0
    stopped: int = 0

    @property
    def known(self) -> int:
        return self.observed + self.reconstructed


def hours(ticks: int) -> Decimal:
    """Ticks as hours, exactly."""
    return Decimal(ticks) * TICK_HOURS


def clock_ticks(start: datetime, end: datetime) -> int:
    """Ticks of the clock between two moments; those of adjoining times sum to those of the whole."""
    return max(0, (end - _ZERO) // TICK - (start - _ZERO) // TICK)


def amount(mean: float, span: Span, start: datetime, end: datetime) -> int:
    """Ticks that `mean` machines make of the part of a span from `start` to `end`; those of adjoining parts sum to those of the whole."""
    until = round(mean * ((end - span.start) / TICK))
    return until - round(mean * ((start - span.start) / TICK)) if start > span.start else until


def hours_between(timeline: Timeline, edges: Sequence[datetime]) -> list[Hours]:
    """A timeline's hours between each edge and the next (ascending, UTC). What no span covers is unknown.

    Raises ValueError where there are fewer than two edges.
    """
    if len(edges) < 2:
        raise ValueError("hours lie between two edges at least")
    found = [Hours() for _ in edges[1:]]
    first, last, final, at = edges[0], edges[-1], len(edges) - 2, 0
    for span in timeline.spans:
        begin, end = max(span.start, first), min(span.end, last)
        if begin >= end:
            continue
        at = bisect_right(edges, begin, at) - 1
        while begin < end:
            until = end if at == final else min(end, edges[at + 1])
            _add(found[at], span, timeline, begin, until)
            begin = until
            if begin < end:
                at += 1
    for index, part in enumerate(found):
        begin, end = edges[index], edges[index + 1]
        part.unknown = clock_ticks(begin, end) - part.known
        part.existed = clock_ticks(max(begin, timeline.created or begin), min(end, timeline.deleted or end))
    return found


def _add(part: Hours, span: Span, timeline: Timeline, begin: datetime, end: datetime) -> None:
    machines = span.machines
    if machines is None or span.confidence is Confidence.UNKNOWN:
        return
    clock = clock_ticks(begin, end)
    if span.confidence is Confidence.OBSERVED:
        part.observed += clock
    else:
        part.reconstructed += clock
    if machines:
        part.machines += amount(machines, span, begin, end)
        if span.idle:
            part.idle += amount(min(span.idle, machines), span, begin, end)
        if not timeline.instance:
            part.balancers += amount(_balancers(machines), span, begin, end)
    elif timeline.instance:
        part.stopped += clock_ticks(max(begin, timeline.created or begin), min(end, timeline.deleted or end))


def _balancers(machines: float) -> float:
    """Load balancers of so many nodes. A mean below one is a node for a part of the time, and so is its load balancer."""
    return machines if machines < 1 else ceil(machines / NODES_PER_BALANCER)
