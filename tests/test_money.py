"""Money over several subscriptions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from console.clock import ServerClock
from console.domain.compute import Compute, Kind, VmSize
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind as KindOfTrouble
from console.domain.trouble import Trouble, TroubleError
from console.feeds.feed import Cadence, Feed
from console.feeds.snapshots import Owner, Snapshots
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


async def test_sizes_in_use_without_a_price_are_looked_up_in_the_retail_list() -> None:
    asked: list[str] = []
    names = ("STANDARD_BARE_V2", "Standard_Full", "Standard_Nowhere", "Odd'Name")

    async def prices(_scope: str) -> Reading[VmSize]:
        return Reading((VmSize(name="Standard_Bare_v2", cores=4), VmSize(name="Standard_Full", dedicated=Decimal(1))))

    async def retail(scope: str) -> Reading[VmSize]:
        asked.append(scope)
        return Reading((VmSize(name="Standard_Bare_v2", dedicated=Decimal(5), retail=("dedicated",)),) if "Bare" in scope else ())

    async def computes(_scope: str) -> Reading[Compute]:
        place = WorkspaceRef("s", "rg", "ws")
        shared = {"workspace": place, "kind": Kind.INSTANCE, "location": "East US", "state": "Running"}
        return Reading(tuple(Compute(id=name, name=name, vm_size=name, **shared) for name in names))

    clock, cadence = ServerClock(), Cadence(30, 0, 0)
    feed, sizes = Feed("computes", computes, cadence, clock), Feed("sizes", prices, cadence, clock)
    listed = Feed("retail prices", retail, cadence, clock)
    money = Money(feed, sizes, clock, listed)
    feed.subscribe(lambda _feed: money.computes_changed())
    for each in (sizes, listed):
        each.subscribe(lambda _feed: money.prices_changed())
    feed.set_scopes(["one"])
    await feed.poll("one")
    assert not listed.parts, "what the region's own list tells is not known yet"
    await sizes.poll("s/eastus")
    assert list(listed.parts) == ["eastus/Standard_Bare_v2", "eastus/Standard_Nowhere"], "as Azure spells them, and none that is priced"
    for scope in tuple(listed.parts):
        await listed.poll(scope)
    assert asked == list(listed.parts)
    bare, full, nowhere, _odd = (money.rate(compute) for compute in feed.items)
    assert bare is not None and (bare.value, bare.source) == (Decimal(5), "1 × retail price list")
    assert full is not None and full.value == 1
    assert nowhere is not None and nowhere.value is None, "never zero for want of a price"
    assert money.price_lists()["eastus"]["STANDARD_BARE_V2"].cores == 4


async def test_prices_that_come_from_disk_count_as_soon_as_their_region_is_looked_at(tmp_path: Path) -> None:
    owner = Owner("cloud", "tenant", "me")
    clock, cadence = ServerClock(), Cadence(30, 0, 0)

    async def unreachable(_scope: str) -> Reading[VmSize]:
        raise TroubleError(Trouble(KindOfTrouble.UNREACHABLE, "Azure could not be reached."))

    async def computes(_scope: str) -> Reading[Compute]:
        fields: Any = {"workspace": WorkspaceRef("s", "rg", "ws"), "kind": Kind.INSTANCE, "location": "eastus", "state": "Running"}
        return Reading((Compute(id="c", name="c", vm_size="A", **fields),))

    Snapshots(tmp_path, owner).save("sizes", "s/eastus", (VmSize(name="A", dedicated=Decimal(2)),), clock.now())
    feed: Feed[Compute] = Feed("computes", computes, cadence, clock)
    sizes = Feed("sizes", unreachable, cadence, clock, snapshots=Snapshots(tmp_path, owner), item_type=VmSize)
    retail: Feed[VmSize] = Feed("retail prices", unreachable, cadence, clock)
    money = Money(feed, sizes, clock, retail)
    feed.subscribe(lambda _feed: money.computes_changed())
    feed.set_scopes(["one"])
    assert money.price_lists() == {}
    await feed.poll("one")
    assert money.burn().now.value == 2
    assert not retail.parts
