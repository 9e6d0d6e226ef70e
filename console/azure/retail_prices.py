"""The retail price list: what a VM size lists for in a region, where `vmSizes` gives no price for it.

`GET {prices}/api/retail/prices` (Microsoft Learn, "Azure Retail Prices REST API"): open to everybody, so no token is sent. Values of its
`$filter` are compared with regard to case; prices of the Windows licence, of spot VMs and of reservations stand in the same list.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from console.azure import timestamps
from console.azure.errors import UNDECODABLE, foreign_link, unreadable
from console.azure.links import own_link
from console.domain.compute import VmSize
from console.domain.cost import TIERS
from console.domain.readings import Reading

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-01-01-preview"
PATH = "/api/retail/prices"
CURRENCY = "USD"
#: A size of a region has a dozen prices, ten times fewer than a page takes.
MOST_PAGES = 10


class _Item(msgspec.Struct, rename="camel"):
    retail_price: Decimal
    arm_sku_name: str
    currency_code: str = ""
    meter_name: str = ""
    product_name: str = ""
    unit_of_measure: str = ""
    type: str = ""
    tier_minimum_units: Decimal = Decimal(0)
    effective_start_date: str = ""
    is_primary_meter_region: bool = False

    @property
    def low_priority(self) -> bool:
        return "low priority" in self.meter_name.lower()


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] = msgspec.field(name="Items", default_factory=list)
    next_link: str | None = msgspec.field(name="NextPageLink", default=None)


_decoder = msgspec.json.Decoder(_Item)


def url(prices_url: str, region: str, size: str) -> str:
    """Where the prices of a size stand. `size` is spelt as Azure spells it (`Standard_DS3_v2`): another case finds nothing."""
    terms = {"serviceName": "Virtual Machines", "priceType": "Consumption", "armRegionName": region, "armSkuName": size}
    where = " and ".join(f"{name} eq '{value.replace(chr(39), chr(39) * 2)}'" for name, value in terms.items())
    return f"{prices_url.rstrip('/')}{PATH}?api-version={API}&currencyCode={quote(f'{chr(39)}{CURRENCY}{chr(39)}')}&$filter={quote(where)}"


async def read(arm: ArmClient, prices_url: str, region: str, size: str) -> Reading[VmSize]:
    """The size with its retail prices, or nothing where the list has none. Raises TroubleError.

    `incomplete` counts the entries that could not be read.
    """
    asked = url(prices_url, region, size)
    found: list[_Item] = []
    faults = 0
    link: str | None = asked
    followed: set[str] = set()
    while link:
        if link in followed or len(followed) == MOST_PAGES:
            raise unreadable("its pages do not end", f"GET {PATH}", arm.clock.now())
        followed.add(link)
        page = _page(arm, (await arm.get_public(link)).body)
        for raw in page.items:
            try:
                found.append(_decoder.decode(raw))
            except UNDECODABLE:
                faults += 1
        link = _next(arm, prices_url, page.next_link)
    items = prices_of(size, found, arm.clock.now())
    return Reading(items, {}, f"{faults} retail prices could not be read" if faults else "")


def _page(arm: ArmClient, body: bytes) -> _Page:
    try:
        return msgspec.json.decode(body, type=_Page)
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {PATH}", arm.clock.now()) from error


def _next(arm: ArmClient, prices_url: str, link: str | None) -> str | None:
    if not link:
        return None
    own = own_link(prices_url, link)
    if own is None:
        raise foreign_link(link, "GET", arm.clock.now())
    return own


def prices_of(size: str, items: Iterable[_Item], now: datetime) -> tuple[VmSize, ...]:
    """The size with its prices for Linux by the hour, one size for each currency of the list; nothing where there are none."""
    by_currency: dict[str, list[_Item]] = {}
    for item in items:
        if _fits(item, size, now):
            by_currency.setdefault(item.currency_code, []).append(item)
    return tuple(
        VmSize(
            name=size,
            currency=currency,
            dedicated=_price([item for item in own if not item.low_priority]),
            low_priority=_price([item for item in own if item.low_priority]),
            retail=TIERS,
        )
        for currency, own in by_currency.items()
    )


def _fits(item: _Item, size: str, now: datetime) -> bool:
    begins = timestamps.parse(item.effective_start_date)
    return (
        item.arm_sku_name.upper() == size.upper()
        and item.type == "Consumption"
        and item.unit_of_measure == "1 Hour"
        and item.tier_minimum_units == 0
        and "windows" not in item.product_name.lower()
        and "spot" not in item.meter_name.lower()
        and (begins is None or begins <= now)
    )


def _price(items: list[_Item]) -> Decimal | None:
    """That of the region's primary meter, the newest where there are several."""
    best = max(items, key=lambda item: (item.is_primary_meter_region, item.effective_start_date), default=None)
    return None if best is None else best.retail_price
