"""What a bill is made of: who pays, and what was used of which meter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from console.emulator.meters import Meter

_HOUR_MICROSECONDS = Decimal(3_600_000_000)
_MICROSECOND = timedelta(microseconds=1)


class Use(NamedTuple):
    """So many units of a meter, at `price` USD each (the meter's own unless something was paid in advance)."""

    meter: Meter
    quantity: Decimal
    price: Decimal
    charge_type: str = "Usage"
    pricing_model: str = "OnDemand"


@dataclass(frozen=True, slots=True)
class Payer:
    """A resource that pays. `id` and `resource_group` are in lower case; `tags` tells those that counted at a moment.

    `uses` tells what it used between two moments of one day; the flag is whether what was paid in advance is spread over its use.
    """

    id: str
    type: str
    subscription_id: str
    resource_group: str
    location: str
    tags: Callable[[datetime], Mapping[str, str]]
    uses: Callable[[datetime, datetime, bool], Iterable[Use]]


Former = Sequence[tuple[datetime, Mapping[str, str]]]


def tags_at(former: Former, tags: Mapping[str, str], moment: datetime) -> Mapping[str, str]:
    """The tags that were set at a moment: `tags` now, each of `former` until its moment."""
    return next((had for until, had in former if moment <= until), tags) if former else tags


def hours(length: timedelta) -> Decimal:
    """A length of time in hours, exactly."""
    return Decimal(length // _MICROSECOND) / _HOUR_MICROSECONDS


def overlap(start: datetime, end: datetime, since: datetime, until: datetime | None) -> timedelta:
    """How much of `start` to `end` lies between `since` and `until` (None: open)."""
    return max(timedelta(0), (end if until is None else min(end, until)) - max(start, since))


def used(meter: Meter, quantity: Decimal) -> Iterator[Use]:
    """A use at the meter's own price, or none of nothing."""
    if quantity:
        yield Use(meter, quantity, meter.price)
