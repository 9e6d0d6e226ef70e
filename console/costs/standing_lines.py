"""Standing lines: what registries and online deployments add to cost lines, under the line that their cost is billed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from console.domain.billing.estimate import Prices
from console.domain.billing.lines import REST, Dimension, Live
from console.domain.billing.standing import Kind, Standing, cost, rate
from console.domain.figures import Confidence, Figure, total

#: Dimensions that know what they are billed to.
KNOWN = frozenset({Dimension.COMPUTE, Dimension.RESOURCE, Dimension.WORKSPACE})
_DAY = timedelta(days=1)


def with_standing(
    live: Mapping[str, Live],
    dimension: Dimension,
    standing: Iterable[Standing],
    prices: Prices,
    label: Callable[[str], str],
    times: tuple[datetime, datetime] | None,
    *,
    told: bool,
    compared: bool,
) -> dict[str, Live]:
    """`live` with what they cost now and, where it is all that a line would be billed, over `times` (UTC); `label` gives a line's key.

    `told`: there is a bill, whose partial days stand for lines of which an estimate knows but a part. Where there is none, such an
    estimate says that something is missing. With `compared` the same time a day before is estimated as well.
    """
    found, partly = dict(live), set[str]()
    for each in standing if dimension in KNOWN else ():
        hourly = rate(each, prices)
        if hourly is None:
            continue
        key = label(each.billed_to)
        before = found.get(key, Live())
        whole = each.kind is Kind.REGISTRY and dimension is Dimension.RESOURCE
        of_time = cost(each, prices, *times) if times is not None and (whole or not told) else None
        earlier = cost(each, prices, times[0] - _DAY, times[1] - _DAY) if times is not None and compared else None
        if not whole and (key == REST or dimension is Dimension.RESOURCE):
            partly.add(key)
        estimated, was = _plus(before.estimated, of_time), _plus(before.before, earlier)
        found[key] = msgspec.structs.replace(before, now=_plus(before.now, hourly), estimated=estimated, before=was)
    return {key: _partial(each) if key in partly else each for key, each in found.items()}


def _partial(line: Live) -> Live:
    """A line of whose cost only a part is estimated: that something is missing is told."""
    if line.estimated is None:
        return line
    estimated = msgspec.structs.replace(line.estimated, missing=line.estimated.missing or 1)
    return msgspec.structs.replace(line, estimated=estimated)


def _plus(one: Figure | None, other: Figure | None) -> Figure | None:
    """Both together, with all that is missing in them."""
    if one is None or other is None:
        return one or other
    whole = total([one, other], one.unit, one.source)
    missing = sum(max(each.missing, 0 if each.known else 1) for each in (one, other))
    return Figure(whole.value, whole.unit, whole.source, Confidence.ESTIMATED if whole.known else whole.confidence, whole.as_of, missing)
