"""VM sizes of a region with their list prices: `vmSizes` of Microsoft.MachineLearningServices (`estimatedVMPrices`)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.compute import VmSize
from console.domain.readings import Reading
from console.domain.scopes import ML

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-08-01-preview"


class _Price(msgspec.Struct, rename="camel"):
    retail_price: Decimal | None = None
    os_type: str | None = None
    vm_tier: str | None = None


class _Prices(msgspec.Struct, rename="camel"):
    billing_currency: str | None = None
    unit_of_measure: str | None = None
    values: list[_Price] | None = None


class _Wire(msgspec.Struct):
    name: str
    family: str | None = None
    cores: int | None = msgspec.field(name="vCPUs", default=None)
    gpus: int | None = None
    memory_gb: float | None = msgspec.field(name="memoryGB", default=None)
    kinds: list[str] | None = msgspec.field(name="supportedComputeTypes", default=None)
    prices: _Prices | None = msgspec.field(name="estimatedVMPrices", default=None)


class _List(msgspec.Struct):
    value: list[msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Wire)


async def read(arm: ArmClient, subscription_id: str, location: str) -> Reading[VmSize]:
    """Sizes of a region; an unreadable one is left out and counted in `incomplete`. Raises TroubleError."""
    path = f"/subscriptions/{subscription_id}/providers/{ML}/locations/{location}/vmSizes"
    request = Request(method="GET", path=path, api_version=API)
    answer = await arm.send(request)
    try:
        listed = msgspec.json.decode(answer.body, type=_List).value
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {path}", arm.clock.now()) from error
    if listed is None:
        raise unreadable("a list without items", f"GET {path}", arm.clock.now())
    sizes, faults = [], 0
    for raw in listed:
        try:
            sizes.append(_decode(bytes(raw)))
        except UNDECODABLE:
            faults += 1
    return Reading(tuple(sizes), {}, f"{faults} sizes could not be read" if faults else "")


def _decode(raw: bytes) -> VmSize:
    wire = _decoder.decode(raw)
    prices = wire.prices or _Prices()
    return VmSize(
        name=wire.name,
        family=wire.family or "",
        cores=wire.cores or 0,
        gpus=wire.gpus or 0,
        memory_gb=wire.memory_gb or 0,
        currency=prices.billing_currency or "USD",
        dedicated=_tier(prices, "Standard"),
        low_priority=_tier(prices, "LowPriority"),
        kinds=tuple(wire.kinds or ()),
    )


def _tier(prices: _Prices, tier: str) -> Decimal | None:
    """Linux price of a tier in the list's currency per hour: Azure ML's own machines run Linux unless told otherwise."""
    if (prices.unit_of_measure or "OneHour") != "OneHour":
        return None
    for price in prices.values or ():
        if price.vm_tier == tier and price.os_type == "Linux" and price.retail_price is not None:
            return price.retail_price
    return None
