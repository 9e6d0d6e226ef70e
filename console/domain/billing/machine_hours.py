"""Machine-hours: a timeline's spans summed up in whole ticks, so that any parts of a time sum to the whole exactly.

A tick is a millionth of an hour (3.6 ms) of one machine: at 100 USD/h a hundredth of a cent. Means are floats; they are rounded to ticks
once, by how much of their span has passed, so that where a span is cut never changes a sum. Money is ticks × a Decimal price.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

import msgspec

from console.domain.figures import Confidence

if TYPE_CHECKING:
    from console.domain.billing.usage import Span, Timeline

#: How many hours a tick is.
TICK_HOURS = Decimal("0.000001")
#: "Every 50 nodes of a compute cluster will have one standard load balancer billed" (Plan to manage costs for Azure Machine Learning).
NODES_PER_BALANCER = 50
_MICROSECONDS_PER_TICK = 3600
_NOTHING = (0, 0, 0, 0, 0, 0)


class Hours(msgspec.Struct, frozen=True, gc=False):
    """What a timeline had over a time, in ticks: of machines, of machines without work, of a cluster's load balancers; and of the clock:
    how long that is observed, reconstructed and unknown, how long the compute existed, and how long of this it is known to have had no
    machine."""

    machines: int
    idle: int
    balancers: int
    observed: int
    reconstructed: int
    unknown: int
    existed: int
    stopped: int

    @property
    def known(self) -> int:
        return self.observed + self.reconstructed


def hours(ticks: int) -> Decimal:
    """Ticks as hours, exactly."""
    return Decimal(ticks) * TICK_HOURS


def ticks_at(moment: datetime) -> int:
    """The clock's ticks up to a moment (aware)."""
    return round(moment.timestamp() * 1e6 / _MICROSECONDS_PER_TICK)


class Account:
    """Running sums over spans in order: what was up to any moment, in the time of a search. Kept with a timeline (`Timeline.account`).

    `basis` is another account whose first `kept` spans are the same: these are not summed up again.
    """

    __slots__ = ("_before", "_ends", "_known", "_starts")

    def __init__(self, spans: Sequence[Span], basis: Account | None = None, kept: int = 0) -> None:
        self._starts: list[int] = basis._starts[:kept] if basis else []
        self._ends: list[int] = basis._ends[:kept] if basis else []
        # Of every span: machines, idle and load balancers at work, and whether it is observed; None where it is not known.
        self._known: list[tuple[float, float, float, bool] | None] = basis._known[:kept] if basis else []
        # Sums before every span: machines, idle, balancers, observed, reconstructed, stopped.
        self._before: list[tuple[int, int, int, int, int, int]] = basis._before[:kept] if basis else []
        last, end = None, self._ends[-1] if self._ends else 0
        sums = self.up_to(end)
        for span in spans[kept:]:
            start = end if span.start == last else ticks_at(span.start)
            last, end = span.end, ticks_at(span.end)
            machines = span.machines
            known = None
            if machines is not None and span.confidence is not Confidence.UNKNOWN:
                idle = min(span.idle, machines) if span.idle else 0.0
                known = machines, idle, _balancers(machines), span.confidence is Confidence.OBSERVED
            self._starts.append(start)
            self._ends.append(end)
            self._known.append(known)
            self._before.append(sums)
            if known is not None:
                sums = _grown(sums, known, end - start)

    def up_to(self, moment: int) -> tuple[int, int, int, int, int, int]:
        """The sums up to a moment (in ticks of the clock): machines, idle, balancers, observed, reconstructed, stopped."""
        at = bisect_right(self._starts, moment) - 1
        if at < 0:
            return _NOTHING
        before, known = self._before[at], self._known[at]
        passed = min(moment, self._ends[at]) - self._starts[at]
        return _grown(before, known, passed) if known is not None and passed else before


def hours_between(timeline: Timeline, edges: Sequence[datetime]) -> list[Hours]:
    """A timeline's hours between each edge and the next (ascending, UTC). What no span covers is unknown."""
    account, clock = timeline.account, [ticks_at(edge) for edge in edges]
    created = ticks_at(timeline.created) if timeline.created is not None else None
    deleted = ticks_at(timeline.deleted) if timeline.deleted is not None else None
    bounded = created is not None or deleted is not None
    found, one = [], account.up_to(clock[0]) if clock else _NOTHING
    for index in range(1, len(clock)):
        begin, end, two = clock[index - 1], clock[index], account.up_to(clock[index])
        existed, stopped = end - begin, two[5] - one[5]
        if bounded:
            first = begin if created is None else max(begin, created)
            last = end if deleted is None else min(end, deleted)
            existed = max(0, last - first)
            stopped = account.up_to(last)[5] - account.up_to(first)[5] if existed else 0
        observed, reconstructed = two[3] - one[3], two[4] - one[4]
        unknown = end - begin - observed - reconstructed
        machines, idle, balancers = two[0] - one[0], two[1] - one[1], two[2] - one[2]
        found.append(Hours(machines, idle, balancers, observed, reconstructed, unknown, existed, stopped))
        one = two
    return found


def _grown(
    sums: tuple[int, int, int, int, int, int], known: tuple[float, float, float, bool], passed: int
) -> tuple[int, int, int, int, int, int]:
    """The sums after so many ticks more of a span."""
    machines, idle, balancers, is_observed = known
    total, nothing_done, balanced, observed, reconstructed, stopped = sums
    if is_observed:
        observed += passed
    else:
        reconstructed += passed
    if not machines:
        return total, nothing_done, balanced, observed, reconstructed, stopped + passed
    nothing_done += round(idle * passed) if idle else 0
    return total + round(machines * passed), nothing_done, balanced + round(balancers * passed), observed, reconstructed, stopped


def _balancers(machines: float) -> float:
    """Load balancers of so many nodes. A mean below one is a node for a part of the time, and so is its load balancer."""
    return machines if machines <= 1 else ceil(machines / NODES_PER_BALANCER)
