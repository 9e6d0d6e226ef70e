"""Sums: bounds, burn by the minute and pieces for people and jobs, of many timelines, without keeping anybody waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec

from console.domain.billing.attribution import Piece, attribute
from console.domain.billing.estimate import Band, Prices, band, estimate, price_of
from console.domain.billing.machine_hours import hours, hours_between, ticks_at
from console.domain.billing.usage import Timeline
from console.domain.compute import Run
from console.turns import Turn

MINUTES = 60
_MINUTE = timedelta(minutes=1)


class Burnt(msgspec.Struct, frozen=True):
    """What machines burnt in the minute from `at` (UTC) on, in USD/h; `missing` computes are not in it, for want of a price or a source.

    None: nothing of it is known.
    """

    at: datetime
    rate: Decimal | None
    missing: int = 0


async def bounded(timelines: Sequence[Timeline], prices: Prices, start: datetime, end: datetime) -> Band:
    """The estimate of a time with its bounds, as `estimate.band` has it."""
    low, high = Decimal(0), Decimal(0)
    open_end = not timelines
    turn = Turn()
    for timeline in timelines:
        own = band((timeline,), prices, start, end)
        low += own.low or 0
        high += own.high or 0
        open_end = open_end or own.high is None
        if turn.over:
            await turn.give()
    return Band(estimate(timelines, prices, start, end).total, low if timelines else None, None if open_end else high)


async def burnt(timelines: Iterable[Timeline], prices: Prices, now: datetime) -> tuple[Burnt, ...]:
    """The last sixty whole minutes: of one that is not over, a second or two would be told as if it were all of it."""
    first = now.replace(second=0, microsecond=0) - MINUTES * _MINUTE
    edges = [first + index * _MINUTE for index in range(MINUTES + 1)]
    lengths = [hours(ticks_at(end) - ticks_at(start)) for start, end in pairwise(edges)]
    rates, missing, known = [Decimal(0)] * len(lengths), [0] * len(lengths), [False] * len(lengths)
    turn = Turn()
    for timeline in timelines:
        price = price_of(timeline, prices).value
        for index, part in enumerate(hours_between(timeline, edges)):
            unpriced = bool(part.machines) and price is None
            known[index] = known[index] or (part.known > 0 and not unpriced)
            missing[index] += bool(part.unknown or unpriced)
            if part.machines and price is not None:
                rates[index] += hours(part.machines) * price / lengths[index]
        if turn.over:
            await turn.give()
    told = zip(edges, rates, missing, known, strict=False)
    return tuple(Burnt(at, rate if is_known else None, lacking) for at, rate, lacking, is_known in told)


async def attributed(
    timelines: Iterable[Timeline], runs_on: Callable[[str], Sequence[Run]], prices: Prices, start: datetime, end: datetime
) -> tuple[Piece, ...]:
    """All that ran in a time, in pieces, as `attribution.attribute` has it."""
    found: list[Piece] = []
    turn = Turn()
    for timeline in timelines:
        found += attribute((timeline,), {timeline.compute_id: runs_on(timeline.compute_id)}, prices, start, end)
        if turn.over:
            await turn.give()
    return tuple(found)
