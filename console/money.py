"""Money: what the computes that are looked at burn now, by the prices of their regions, and how that went since the start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from console.clock import ServerClock
from console.domain.compute import Compute, VmSize
from console.domain.cost import OWN_MACHINES, Burn, PriceList, burn, by_name, region_key, summed, tier_of, waste, with_retail
from console.domain.figures import Figure
from console.feeds.feed import Feed
from console.feeds.history import History
from console.readers import REGION, price_scope

#: What a size's name looks like (published swagger: `vmSize`); another one would end up in a filter.
SIZE = re.compile(r"^[A-Za-z0-9_-]+$")


class Money:
    """Follows the feeds of computes and of prices; each answer is kept until what it rests on changes, as every cell asks.

    `retail` reads the retail price list, for sizes in use that a region's own list has no price of; None: there is no such list.
    """

    def __init__(self, computes: Feed[Compute], prices: Feed[VmSize], clock: ServerClock, retail: Feed[VmSize] | None = None) -> None:
        self.history = History()
        self._computes, self._prices, self._clock, self._retail = computes, prices, clock, retail
        self._burnt: Sequence[Compute] = ()
        self._price_lists: Mapping[str, PriceList] | None = None
        self._burn: Burn | None = None
        self._rates: dict[str, tuple[Compute, Figure | None]] = {}

    def price_lists(self) -> Mapping[str, PriceList]:
        """Region → sizes by upper-case name, as far as they were read."""
        if self._price_lists is None:
            lists: dict[str, dict[str, VmSize]] = {}
            for scope, part in self._prices.parts.items():
                if part.reading is not None:
                    # Several subscriptions tell of a region, and each only the sizes that it may have.
                    lists.setdefault(scope.rsplit("/", 1)[-1], {}).update(by_name(part.reading.items))
            for scope, part in self._retail.parts.items() if self._retail is not None else ():
                region, _, name = scope.partition("/")
                own = lists.setdefault(region, {})
                for listed in part.reading.items if part.reading is not None else ():
                    own[name.upper()] = with_retail(own.get(name.upper(), VmSize(name=name)), listed)
            self._price_lists = lists
        return self._price_lists

    def price_list(self, compute: Compute) -> PriceList | None:
        """The prices of a compute's region; None until they are read."""
        return self.price_lists().get(region_key(compute.location))

    def rate(self, compute: Compute) -> Figure | None:
        """What one compute burns now; None for kinds whose machines are billed elsewhere."""
        kept = self._rates.get(compute.id)
        if kept is None or kept[0] is not compute:
            kept = self._rates[compute.id] = compute, burn(compute, self.price_list(compute))
        return kept[1]

    def burn(self) -> Burn:
        """What all computes burn now."""
        if self._burn is None:
            computes = self._computes.items
            self._burn = summed(map(self.rate, computes), (waste(compute, self.price_list(compute)) for compute in computes))
        return self._burn

    def begin(self) -> None:
        """Other computes are looked at: what was burnt before is of others."""
        self.history = History()
        self._rates = {}
        self.computes_changed()

    def computes_changed(self) -> bool:
        """Computes were read; says whether they are other than before."""
        changed = self._computes.items is not self._burnt
        if changed:
            self._burnt = self._computes.items
            self._burn = None
            self._follow_prices()
            self._follow_retail()
        self._note()
        return changed

    def prices_changed(self) -> None:
        """Prices were read."""
        self._price_lists = self._burn = None
        self._rates = {}
        self._follow_retail()
        self._note()

    def _note(self) -> None:
        """Keep what is burnt for the sparkline, once it can be told: before the prices have come it is but a part."""
        if self._prices.loaded:
            self.history.add(self._clock.now(), self.burn().now.value)

    def follow(self, places: Iterable[tuple[str, str]]) -> None:
        """Have the prices of more places read: a subscription's id and a region's name each."""
        keys = ((subscription, region_key(region)) for subscription, region in places)
        self._follow({f"{subscription}/{region}" for subscription, region in keys if subscription and REGION.match(region)})

    def _follow_prices(self) -> None:
        self._follow({scope for scope in map(price_scope, self._computes.items) if scope})

    def _follow(self, wanted: set[str]) -> None:
        if wanted - self._prices.parts.keys():
            self._prices.set_scopes(sorted(wanted | self._prices.parts.keys()))
            self._price_lists = None  # a part may have come from disk

    def _follow_retail(self) -> None:
        """Look sizes up in the retail price list that are in use, and of which the list of their region, once read, tells no price."""
        if self._retail is None:
            return
        read = {scope.rsplit("/", 1)[-1] for scope, part in self._prices.parts.items() if part.reading is not None}
        wanted = set(self._retail.parts)
        # A thousand computes are of a dozen sizes.
        used = {(each.location, each.vm_size, each.low_priority) for each in self._computes.items if each.kind in OWN_MACHINES}
        for location, name, low_priority in used:
            region = region_key(location)
            if region in read and SIZE.match(name):
                size = self.price_lists().get(region, {}).get(name.upper())
                if size is None or getattr(size, tier_of(low_priority)) is None:
                    # Azure ML writes the names of a compute's size in capitals; its list has them as the retail price list does.
                    wanted.add(f"{region}/{size.name if size is not None else name}")
        if wanted - self._retail.parts.keys():
            self._retail.set_scopes(sorted(wanted))
            self._price_lists = None
