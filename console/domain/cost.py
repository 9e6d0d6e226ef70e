"""Cost: what computes burn per hour, from what is billed now and what it lists for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

import msgspec

from console.domain.compute import Compute, Kind, VmSize
from console.domain.figures import Confidence, Figure, total, unknown

#: size name in upper case → the size; sizes are compared so because Azure writes them in either case.
PriceList = Mapping[str, VmSize]
PER_HOUR = "USD/h"
#: Kinds whose machines Azure ML itself starts and bills through the workspace.
OWN_MACHINES = frozenset({Kind.INSTANCE, Kind.CLUSTER})


_NOTHING_BILLED = Figure(Decimal(0), PER_HOUR, "no VM is billed in this state")
_NOTHING_IDLE = Figure(Decimal(0), PER_HOUR, "no idle or unusable node")


class Burn(msgspec.Struct, frozen=True):
    """What a set of computes burns now: all of it, the part that does nothing, and how many computes have no known price."""

    now: Figure
    waste: Figure


def by_name(sizes: Iterable[VmSize]) -> dict[str, VmSize]:
    """The price list that sizes make."""
    return {size.name.upper(): size for size in sizes}


def list_price(compute: Compute, prices: PriceList | None) -> Figure:
    """List price of one of the compute's VMs in USD/h; discounts and reservations are not in it, hence estimated."""
    return size_price(compute.vm_size, compute.low_priority, prices)


def size_price(vm_size: str, low_priority: bool, prices: PriceList | None) -> Figure:
    """List price of one VM of a size and tier in USD/h, by the list of its region (None: not read)."""
    if prices is None:
        return unknown(PER_HOUR, "prices not read yet")
    size = prices.get(vm_size.upper())
    if size is None:
        return unknown(PER_HOUR, f"no size {vm_size or '?'} in this region's list")
    price = size.low_priority if low_priority else size.dedicated
    if price is None or size.currency != "USD":
        return unknown(PER_HOUR, f"no list price in USD for {size.name}")
    return Figure(price, PER_HOUR, "list price of the region (vmSizes)", Confidence.ESTIMATED)


def burn(compute: Compute, prices: PriceList | None) -> Figure | None:
    """Price × billed VMs in USD/h; None for kinds whose machines are billed elsewhere (Kubernetes, attached ones)."""
    if compute.kind not in OWN_MACHINES:
        return None
    count = compute.billed_nodes
    if count is None:
        return unknown(PER_HOUR, f"billing of state {compute.shown_state} is not known")
    if count == 0:
        return _NOTHING_BILLED
    return _times(list_price(compute, prices), count)


def waste(compute: Compute, prices: PriceList | None) -> Figure | None:
    """The part of the burn that certainly does nothing: idle and unusable nodes of a cluster.

    An instance is never counted here: ARM does not tell whether somebody works on it.
    """
    if compute.kind is not Kind.CLUSTER or compute.nodes is None:
        return None
    doing_nothing = compute.nodes.idle + compute.nodes.unusable
    if doing_nothing == 0:
        return _NOTHING_IDLE
    return _times(list_price(compute, prices), doing_nothing)


def burn_of(computes: Iterable[Compute], prices: Mapping[str, PriceList]) -> Burn:
    """The burn of many computes; `prices` maps a region (lower case, no spaces) to its list."""
    listed = [(compute, prices.get(region_key(compute.location))) for compute in computes]
    return summed((burn(*each) for each in listed), (waste(*each) for each in listed))


def summed(rates: Iterable[Figure | None], wasted: Iterable[Figure | None]) -> Burn:
    """The burn of computes of which each one's `burn` and `waste` are known."""
    return Burn(
        total([rate for rate in rates if rate is not None], PER_HOUR, "sum over computes"),
        total([nothing for nothing in wasted if nothing is not None], PER_HOUR, "idle and unusable nodes"),
    )


@lru_cache(maxsize=1024)
def region_key(location: str) -> str:
    """`East US 2` and `eastus2` are the same region."""
    return location.replace(" ", "").lower()


def _times(price: Figure, count: int) -> Figure:
    if price.value is None:
        return price
    return Figure(price.value * count, price.unit, f"{count} × {price.source}", price.confidence, price.as_of)
