"""Standing: what is paid beside computes for as long as it is there: a container registry's tier, an online deployment's machines.

Azure tells neither when a tier nor when a number of machines was changed: a time is estimated as if all had been as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain.billing.estimate import USD, Prices
from console.domain.billing.machine_hours import hours, ticks_at
from console.domain.cost import PER_HOUR, region_key, size_price
from console.domain.figures import Confidence, Figure, total, unknown

#: Tier of a container registry in lower case → USD a day (list price, Container Registry pricing); storage above its share is extra.
TIERS = {"basic": Decimal("0.167"), "standard": Decimal("0.667"), "premium": Decimal("1.667")}
AS_NOW = "taken to have been as it is now"
_HOURS = 24


class Kind(StrEnum):
    """What stands there."""

    REGISTRY = "registry"
    DEPLOYMENT = "deployment"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A container registry with its `tier`, or an online deployment of `count` machines (None: not told) of `vm_size`.

    `billed_to` is the ARM id that its cost stands under: its own of a registry, its workspace's of a deployment ("View costs for managed
    online endpoints", Microsoft Learn). `elsewhere` marks a deployment on somebody's Kubernetes, whose machines are that cluster's.
    """

    id: str
    name: str
    kind: Kind
    billed_to: str
    region: str = ""
    tier: str = ""
    vm_size: str = ""
    count: int | None = None
    elsewhere: bool = False
    created: datetime | None = None
    fault: str = ""


def rate(each: Standing, prices: Prices) -> Figure | None:
    """What it costs in USD/h by list price, unknown where that or its size is; None: its machines are billed elsewhere."""
    if each.elsewhere:
        return None
    if each.kind is Kind.REGISTRY:
        daily = TIERS.get(each.tier.lower())
        if daily is None:
            return unknown(PER_HOUR, f"no list price of a registry's tier {each.tier or '?'}")
        return Figure(daily / _HOURS, PER_HOUR, "list price of the registry's tier", Confidence.ESTIMATED)
    if each.count is None:
        return unknown(PER_HOUR, "Azure tells no number of instances")
    price = size_price(each.vm_size, False, prices.get(region_key(each.region)))
    if price.value is None:
        return price
    return Figure(price.value * each.count, PER_HOUR, f"{each.count} × {price.source}", price.confidence, price.as_of)


def cost(each: Standing, prices: Prices, start: datetime, end: datetime) -> Figure | None:
    """What it came to from `start` to `end` (UTC) in USD; None: it costs nothing of its own, or was not there yet."""
    hourly, since = rate(each, prices), start if each.created is None else max(start, each.created)
    if hourly is None or since >= end:
        return None
    if hourly.value is None:
        return unknown(USD, hourly.source)
    time = hours(ticks_at(end) - ticks_at(since))
    return Figure(hourly.value * time, USD, f"{hourly.source}, {AS_NOW}", Confidence.ESTIMATED, end)


def rates(standing: Iterable[Standing], prices: Prices) -> Figure | None:
    """What all of them cost in USD/h; None where there is nothing that costs."""
    known = [found for each in standing if (found := rate(each, prices)) is not None]
    return total(known, PER_HOUR, "registries and online deployments") if known else None


def costs(standing: Iterable[Standing], prices: Prices, start: datetime, end: datetime) -> Figure | None:
    """What all of them came to in USD; None where nothing was there."""
    known = [found for each in standing if (found := cost(each, prices, start, end)) is not None]
    return total(known, USD, f"registries and online deployments, {AS_NOW}") if known else None


def words(standing: Iterable[Standing]) -> str:
    """How many there are that cost: `1 registry, 2 deployments`."""
    kept = [each for each in standing if not each.elsewhere]
    told = []
    for kind, several in ((Kind.DEPLOYMENT, "deployments"), (Kind.REGISTRY, "registries")):
        count = sum(each.kind is kind for each in kept)
        told += [f"{count} {kind if count == 1 else several}"] if count else []
    return ", ".join(told)
