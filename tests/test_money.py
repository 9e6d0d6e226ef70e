"""Money over several subscriptions."""

from __future__ import annotations

from decimal import Decimal

from console.clock import ServerClock
from console.domain.compute import Compute, VmSize
from console.domain.readings import Reading
from console.feeds.feed import Cadence, Feed
from console.money import Money


async def test_a_region_has_the_sizes_of_all_subscriptions_that_tell_of_it() -> None:
    told = {"one/westeurope": ("A", "B"), "two/westeurope": ("B",), "two/eastus": ("C",)}

    async def prices(scope: str) -> Reading[VmSize]:
        return Reading(tuple(VmSize(name=name, dedicated=Decimal(1)) for name in told[scope]))

    async def nothing(_scope: str) -> Reading[Compute]:
        return Reading(())

    clock, cadence = ServerClock(), Cadence(30, 0, 0)
    feed: Feed[VmSize] = Feed("sizes", prices, cadence, clock)
    money = Money(Feed("computes", nothing, cadence, clock), feed, clock)
    feed.set_scopes(told)
    for scope in told:
        await feed.poll(scope)
    assert {region: sorted(sizes) for region, sizes in money.price_lists().items()} == {"westeurope": ["A", "B"], "eastus": ["C"]}
