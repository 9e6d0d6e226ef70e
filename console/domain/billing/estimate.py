"""Estimate: what computes cost over a time, from the machines that they had and the list prices of their sizes.

All parts are sums of ticks × Decimal prices, so that days, hours and computes sum to the whole exactly. List prices know no discount and
no reservation: every cost is estimated (calibration corrects it by the bill).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from console.domain.billing import fixed_costs
from console.domain.billing.machine_hours import Hours, hours, hours_between
from console.domain.billing.usage import Timeline
from console.domain.cost import PriceList, region_key, size_price
from console.domain.figures import Confidence, Figure, total

USD = "USD"
BY_LIST = "list price × machine-hours"
FIXED = "list prices of OS disk, public IP and load balancer"
_DAY = timedelta(days=1)
_NOTHING = Decimal(0)

#: region (lower case, no blanks: `region_key`) → its price list.
Prices = Mapping[str, PriceList]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What computes cost from `start` to `end` (UTC), in USD.

    `machines` and `fixed` make up `total`. `idle` is the part of the machines that had no work (unusable ones with them); `waste` adds the
    fixed cost of stopped instances. `machine_hours` are those that are known. Each figure's `missing` says of how many computes a part is
    not in it: hours that are not known, or hours of an unknown price.
    """

    start: datetime
    end: datetime
    machines: Figure
    fixed: Figure
    total: Figure
    idle: Figure
    waste: Figure
    machine_hours: Decimal


class Band(msgspec.Struct, frozen=True):
    """An estimate with its bounds in USD: `low` counts no unknown hour, `high` each one with as many machines as the compute may have had.

    `high` is None where these machines, or a price of theirs, are not known.
    """

    figure: Figure
    low: Decimal | None
    high: Decimal | None


class _Sums:
    """What is summed up over computes for one time."""

    __slots__ = ("balancers", "computes", "fixed", "idle", "lost", "machines", "observed", "seen", "stopped", "ticks")

    def __init__(self) -> None:
        self.machines = self.idle = self.balancers = self.fixed = self.stopped = _NOTHING
        self.ticks = self.lost = self.seen = self.computes = 0
        self.observed = True

    def add(self, part: Hours, price: Decimal | None, fixed: Decimal) -> None:
        self.computes += 1
        self.ticks += part.machines
        self.observed = self.observed and not part.reconstructed
        if part.existed and fixed:
            self.fixed += hours(part.existed) * fixed
            self.stopped += hours(part.stopped) * fixed
        elif part.balancers and not fixed:
            self.fixed += hours(part.balancers) * fixed_costs.LOAD_BALANCER
        unpriced = bool(part.machines) and price is None
        self.lost += unpriced or part.unknown > 0
        self.seen += part.known > 0 and not unpriced
        if part.machines and price is not None:
            self.machines += hours(part.machines) * price
            self.idle += hours(part.idle) * price

    def estimate(self, start: datetime, end: datetime) -> Estimate:
        known = self.seen > 0 or self.computes == 0
        machines = self.machines if known else None
        idle = self.idle if known else None
        whole = self.machines + self.fixed if known or self.fixed else None
        waste = self.idle + self.stopped if known or self.stopped else None
        return Estimate(
            start=start,
            end=end,
            machines=self._figure(machines, BY_LIST, end),
            fixed=Figure(self.fixed, USD, FIXED, Confidence.ESTIMATED if self.fixed else Confidence.OBSERVED, end),
            total=self._figure(whole, f"{BY_LIST}, and {FIXED}", end),
            idle=self._figure(idle, "machines without work", end),
            waste=self._figure(waste, "machines without work, and fixed costs of stopped instances", end),
            machine_hours=hours(self.ticks),
        )

    def _figure(self, value: Decimal | None, source: str, end: datetime) -> Figure:
        if value is None:
            return Figure(None, USD, source, Confidence.UNKNOWN, None, self.lost)
        nothing = Confidence.OBSERVED if self.observed else Confidence.RECONSTRUCTED
        return Figure(value, USD, source, Confidence.ESTIMATED if value or self.lost else nothing, end, self.lost)


def estimate(timelines: Iterable[Timeline], prices: Prices, start: datetime, end: datetime) -> Estimate:
    """What the computes cost together from `start` to `end` (UTC)."""
    return estimates(timelines, prices, (start, end))[0]


def daily(timelines: Iterable[Timeline], prices: Prices, start: datetime, end: datetime) -> tuple[Estimate, ...]:
    """An estimate for each day (UTC), the first and the last as far as the time reaches; none of an empty time."""
    return estimates(timelines, prices, edges(start, end)) if start < end else ()


def estimates(timelines: Iterable[Timeline], prices: Prices, edges: Sequence[datetime]) -> tuple[Estimate, ...]:
    """An estimate between each edge and the next (ascending, UTC); none where there are fewer than two."""
    sums = [_Sums() for _ in edges[1:]]
    for timeline in timelines:
        price, fixed = price_of(timeline, prices).value, fixed_rate(timeline)
        for part, found in zip(hours_between(timeline, edges), sums, strict=True):
            found.add(part, price, fixed)
    return tuple(found.estimate(edges[index], edges[index + 1]) for index, found in enumerate(sums))


def band(timelines: Sequence[Timeline], prices: Prices, start: datetime, end: datetime) -> Band:
    """The estimate of a time with its bounds; see `Band`."""
    figure = estimate(timelines, prices, start, end).total
    if figure.value is None and not timelines:
        return Band(figure, None, None)
    low = figure.value if figure.value is not None else _NOTHING
    high = low
    for timeline in timelines:
        part = hours_between(timeline, (start, end))[0]
        price, most = price_of(timeline, prices).value, most_machines(timeline)
        if price is None and (part.machines or (part.unknown and most != 0)):
            return Band(figure, low, None)
        if part.unknown and price is not None:
            if most is None:
                return Band(figure, low, None)
            high = high + hours(part.unknown) * price * Decimal(repr(float(most)))
    return Band(figure, low, high)


def with_more(known: Band, more: Figure | None) -> Band:
    """A band with a cost in USD that has no bounds of its own; None: there is nothing more."""
    if more is None:
        return known
    figure = total([known.figure, more], USD, f"{known.figure.source}, and {more.source}")
    missing = sum(max(each.missing, 0 if each.known else 1) for each in (known.figure, more))
    figure = msgspec.structs.replace(figure, missing=missing)
    low = None if known.low is None else known.low + (more.value or _NOTHING)
    high = None if known.high is None or more.value is None or more.missing else known.high + more.value
    return Band(figure, low, high)


def price_of(timeline: Timeline, prices: Prices) -> Figure:
    """List price of one of its machines in USD/h."""
    return size_price(timeline.vm_size, timeline.low_priority, prices.get(region_key(timeline.region)))


def fixed_rate(timeline: Timeline) -> Decimal:
    """What it costs in USD/h beside its machines for as long as it exists; a cluster's load balancers go with its nodes."""
    return fixed_costs.of_instance(timeline.public_ip) if timeline.instance else _NOTHING


def most_machines(timeline: Timeline) -> float | None:
    """As many machines as it may have had in an hour that is not known: an instance one, a cluster the most that it was seen to have,
    else its maximum; None where neither is known."""
    if timeline.instance:
        return 1.0
    seen = max((span.machines for span in timeline.spans if span.machines is not None), default=0.0)
    return seen or timeline.most


def edges(start: datetime, end: datetime) -> tuple[datetime, ...]:
    """`start`, the midnights (UTC) after it, and `end`."""
    found, at = [start], start.replace(hour=0, minute=0, second=0, microsecond=0)
    while (at := at + _DAY) < end:
        found.append(at)
    return (*found, end)
