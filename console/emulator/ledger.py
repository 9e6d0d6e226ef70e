"""The ledger: what everything has cost, by day (UTC), resource and meter, from what the simulation ran.

A day that is over never changes and is worked out once. What Azure knows of the usage at a moment comes late: see `known_until`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from console.emulator.billed import Payer, Use, payers
from console.emulator.chance import chance
from console.emulator.estate import Estate
from console.emulator.world import World

# Cost Management keeps thirteen months.
KEPT = timedelta(days=396)
REFRESHED = timedelta(hours=4)
LATEST_HOURS, EARLIEST_HOURS = 20, 8
CURRENCY = "USD"
_DIGITS = Decimal("1e-10")
_DAY = timedelta(days=1)


class Charge(NamedTuple):
    """What one meter of one resource cost on one day (UTC), in `currency`; `quantity` is in the meter's units.

    Ids and resource groups are in lower case, as Cost Management has them; `tags` those that counted on that day.
    """

    day: date
    payer: Payer
    use: Use
    tags: Mapping[str, str]
    cost: Decimal
    currency: str = CURRENCY

    @property
    def resource_id(self) -> str:
        return self.payer.id

    @property
    def resource_type(self) -> str:
        return self.payer.type

    @property
    def resource_group(self) -> str:
        return self.payer.resource_group

    @property
    def location(self) -> str:
        return self.payer.location

    @property
    def subscription_id(self) -> str:
        return self.payer.subscription_id

    @property
    def meter_category(self) -> str:
        return self.use.meter.category

    @property
    def meter_subcategory(self) -> str:
        return self.use.meter.subcategory

    @property
    def meter(self) -> str:
        return self.use.meter.name

    @property
    def service_name(self) -> str:
        return self.use.meter.service

    @property
    def quantity(self) -> Decimal:
        return self.use.quantity

    @property
    def charge_type(self) -> str:
        return self.use.charge_type

    @property
    def pricing_model(self) -> str:
        return self.use.pricing_model


@dataclass(slots=True)
class _Book:
    """What was worked out about the bill of one estate: who pays, and the charges of days that are over."""

    payers: dict[Hashable, Payer] = field(default_factory=dict)
    days: dict[tuple[date, bool], tuple[Charge, ...]] = field(default_factory=dict)


def known_until(now: datetime) -> datetime:
    """Until when usage is on the bill at a moment: 8 to 24 hours before it, moving on every four hours, never back."""
    slot = int(now.timestamp() // REFRESHED.total_seconds())
    return max(_until(one) for one in range(slot - 5, slot + 1))


def _until(slot: int) -> datetime:
    lag = EARLIEST_HOURS + round(chance("bill", slot) * (LATEST_HOURS - EARLIEST_HOURS))
    return datetime.fromtimestamp(slot * REFRESHED.total_seconds(), UTC) - timedelta(hours=lag)


def charges(world: World, first: date, last: date, until: datetime | None = None, amortized: bool = False) -> Iterator[Charge]:
    """Every charge from the day `first` to the day `last`, both included, of usage up to `until` (default: what is known now).

    By default as billed, with reservations on the day they were bought; `amortized`: spread over the days and what used them.
    """
    estate, now = world.estate, world.clock.now()
    until = min(known_until(now) if until is None else until, now)
    day = max(first, (estate.epoch - KEPT).date())
    last = min(last, until.date())
    book = _book(estate)
    while day <= last:
        yield from _of_day(estate, book, day, until, amortized)
        day += _DAY


def _book(estate: Estate) -> _Book:
    if not isinstance(estate.book, _Book):
        estate.book = _Book()
    payers(estate, estate.book.payers)
    return estate.book


def _of_day(estate: Estate, book: _Book, day: date, until: datetime, amortized: bool) -> Sequence[Charge]:
    key = (day, amortized)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    over = until >= start + _DAY
    if over and key in book.days:
        return book.days[key]
    end = min(until, start + _DAY)
    found: list[Charge] = []
    for payer in book.payers.values() if start < end else ():
        tags: Mapping[str, str] | None = None
        for use in payer.uses(start, end, amortized):
            tags = payer.tags(end) if tags is None else tags
            found.append(Charge(day, payer, use, tags, (use.quantity * use.price).quantize(_DIGITS)))
    if over:
        book.days[key] = tuple(found)
    return found
