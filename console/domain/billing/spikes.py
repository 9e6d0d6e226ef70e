"""Spikes: days on which one resource cost far more than it usually does.

Measured against its own median, whose spread is the median of the distances from it (MAD): neither is moved by the spike itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from statistics import median

import msgspec

from console.domain import scopes
from console.domain.billing.bill import Charge
from console.domain.billing.sums import ZERO
from console.domain.billing.windows import DAY, Window, day_of, number

#: Scaled by this the MAD of normally spread figures is their standard deviation.
MAD_SCALE = Decimal("1.4826")
#: So many deviations above the median (the threshold that Leys et al. 2013 advise with the MAD), and so many times the median, is no
#: ordinary day.
DEVIATIONS = Decimal("2.5")
TIMES_USUAL = 2
#: By this part of what a whole day's bill usually is a spike must exceed its usual: less is nobody's concern.
LEAST_SHARE = Decimal("0.2")
#: Days that a resource must have been on the bill before anything of it is unusual.
LEAST_DAYS = 7
#: A height that is reached more often than this (days in a row count once) is a habit; so much of a spike's excess is its height.
MOST_TIMES = 2
HEIGHT = Decimal(2) / 3

#: One resource in one currency.
Line = tuple[str, str]


class Spike(msgspec.Struct, frozen=True, kw_only=True):
    """Days in a row from `first` to `last` on which a resource (its ARM id, lower case) cost `cost` together, in one currency.

    `usual` is the median of its days. `meter` is the meter that most of the excess is of ("" where the bill does not tell).
    """

    resource_id: str
    currency: str
    first: date
    last: date
    cost: Decimal
    usual: Decimal
    meter: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def excess(self) -> Decimal:
        """What it cost more than it usually does in so many days."""
        return self.cost - self.usual * self.days

    @property
    def times(self) -> Decimal | None:
        """How many times the usual a day of it is; None where it usually costs nothing."""
        return self.cost / self.days / self.usual if self.usual > 0 else None


class DailyCosts:
    """What each resource costs by day, in the making: charges are added some at a time, so that nothing waits for all of them."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        #: By (resource, currency): its days, and of each day its meters.
        self._days: dict[Line, dict[int, Decimal]] = {}
        self._meters: dict[Line, dict[tuple[int, str], Decimal]] = {}

    def add(self, charges: Iterable[Charge], resource_at: int, meter_at: int | None = None) -> None:
        """Count some charges of daily bills; forecasts and charges of no resource are left out.

        The positions are those of the two groupings among a charge's keys; without that of the meter no spike tells its meter.
        """
        for charge in charges:
            spelt, day = charge.keys[resource_at], charge.day
            if charge.forecast or not day or not spelt:
                continue
            resource = self._ids.get(spelt)
            if resource is None:
                resource = self._ids[spelt] = scopes.key(spelt)
            line = (resource, charge.currency)
            days = self._days.get(line)
            if days is None:
                days = self._days[line] = {}
                self._meters[line] = {}
            days[day] = days.get(day, ZERO) + charge.cost
            if meter_at is not None:
                meters, under = self._meters[line], (day, charge.keys[meter_at])
                meters[under] = meters.get(under, ZERO) + charge.cost

    def spikes(self, window: Window) -> tuple[Spike, ...]:
        """The spikes among a window's days, those with the greatest excess first. Let it end with the last day that is whole."""
        return greatest_first(spike for found in self.search(window) for spike in found)

    def search(self, window: Window) -> Iterator[Sequence[Spike]]:
        """The same, resource by resource, for whoever gives the event loop away between them."""
        days = [number(day) for day in window.days]
        least = {currency: LEAST_SHARE * self._usual_day(currency, days) for currency in {line[1] for line in self._days}}
        for line in self._days:
            yield tuple(self._of(line, days, least[line[1]]))

    def _of(self, line: Line, days: Sequence[int], least: Decimal) -> Iterator[Spike]:
        billed = self._days[line]
        begun = min(billed)
        costs = {day: billed.get(day, ZERO) for day in days if day >= begun}
        if len(costs) < LEAST_DAYS:
            return
        usual = median(costs.values())
        spread = median(abs(cost - usual) for cost in costs.values()) * MAD_SCALE
        high = max(usual + DEVIATIONS * spread, usual * TIMES_USUAL, usual + least)
        first = day_of(next(iter(costs)))
        # What a resource costs from its first day on is new, which movers tell: nothing is known of what was usual before.
        runs = [run for run in _runs([day_of(day) for day, cost in costs.items() if cost > high]) if run.first != first]
        heights = [max(costs[number(day)] for day in run.days) - usual for run in runs]
        for run, height in zip(runs, heights, strict=True):
            if sum(other >= height * HEIGHT for other in heights) > MOST_TIMES:
                continue
            cost = sum((costs[number(day)] for day in run.days), ZERO)
            meter = self._meter_of(line, run, costs)
            yield Spike(resource_id=line[0], currency=line[1], first=run.first, last=run.last, cost=cost, usual=usual, meter=meter)

    def _usual_day(self, currency: str, days: Sequence[int]) -> Decimal:
        """The median of what all resources together cost a day."""
        whole = dict.fromkeys(days, ZERO)
        for line, billed in self._days.items():
            if line[1] == currency:
                for day, cost in billed.items():
                    if day in whole:
                        whole[day] += cost
        return median(whole.values()) if whole else ZERO

    def _meter_of(self, line: Line, spike: Window, days: Collection[int]) -> str:
        """The meter that cost most more a day in a spike than on the other days."""
        others = Decimal(max(1, len(days) - spike.length))
        rises: dict[str, Decimal] = {}
        for (day, name), cost in self._meters[line].items():
            if day in days:
                rises[name] = rises.get(name, ZERO) + (cost / spike.length if spike.has(day) else -cost / others)
        return max(rises, key=lambda name: (rises[name], name), default="")


def greatest_first(spikes: Iterable[Spike]) -> tuple[Spike, ...]:
    """By their excess."""
    return tuple(sorted(spikes, key=lambda each: (-each.excess, each.resource_id)))


def _runs(days: Sequence[date]) -> Iterator[Window]:
    """Days in order as runs of days in a row."""
    run: Window | None = None
    for day in days:
        if run is not None and day - run.last == DAY:
            run = Window(run.first, day)
            continue
        if run is not None:
            yield run
        run = Window(day, day)
    if run is not None:
        yield run
