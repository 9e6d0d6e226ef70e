"""Money over several subscriptions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from console.clock import ServerClock
from console.domain.compute import Compute, Kind, VmSize
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
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


async def test_a_rate_follows_the_compute_and_the_prices() -> None:
    price, state = Decimal(1), "Running"

    async def prices(_scope: str) -> Reading[VmSize]:
        return Reading((VmSize(name="A", dedicated=price),))

    async def computes(scope: str) -> Reading[Compute]:
        place = WorkspaceRef("s", "rg", "ws")
        return Reading((Compute(id=scope, name="a", workspace=place, kind=Kind.INSTANCE, location="eastus", state=state, vm_size="a"),))

    clock, cadence = ServerClock(), Cadence(30, 0, 0)
    feed, sizes = Feed("computes", computes, cadence, clock), Feed("sizes", prices, cadence, clock)
    money = Money(feed, sizes, clock)
    feed.subscribe(lambda _feed: money.computes_changed())
    sizes.subscribe(lambda _feed: money.prices_changed())

    async def read(feed: Feed[Any], scope: str) -> Decimal | None:
        feed.set_scopes({scope})
        await feed.poll(scope)
        return told()

    def told() -> Decimal | None:
        (compute,) = money._computes.items
        rate = money.rate(compute)
        assert rate is not None
        assert rate.value == money.burn().now.value
        return rate.value

    assert await read(feed, "one") is None
    assert await read(sizes, "s/eastus") == 1
    price = Decimal(2)
    assert await read(sizes, "s/eastus") == 2
    state = "Stopped"
    assert await read(feed, "one") == 0
