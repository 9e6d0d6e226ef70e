"""The retail prices of virtual machines and of what instances and workspaces pay beside them, as prices.azure.com tells anybody.

There is no schema of this API: the shape follows Microsoft's page on it. The prices are those of `sizes` and `meters`, which are billed.
What a Windows licence and a Spot machine cost, the rates of other currencies and all ids are the emulator's own figures.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from console.emulator import meters, sizes
from console.emulator.budget_errors import refusal
from console.emulator.meters import Meter
from console.emulator.paging import link
from console.emulator.retail_filter import UnreadableFilterError, read
from console.emulator.routing import Call, Reply, Route

PAGE = 100
VERSIONS = frozenset({"2021-10-01-preview", "2023-01-01-preview"})
#: Units of a currency to the US dollar.
RATES: Mapping[str, float] = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79, "CHF": 0.88, "SEK": 10.5}
WINDOWS_PER_CORE = Decimal("0.046")
SPOT_FACTOR = Decimal("0.25")
_LOCATIONS = {"eastus2": "US East 2", "westeurope": "EU West", "northeurope": "EU North", "swedencentral": "SE Central"}
_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
_IDS = uuid.UUID("0b1f6c1a-6a0e-4a43-8a0e-5d9a7c1d2e30")
_MARK = "%Y-%m-%dT%H:%M:%SZ"
#: Meters beside machines, each with its service family.
_BESIDE: tuple[tuple[Meter, str], ...] = (
    (meters.DISK, "Storage"),
    (meters.ADDRESS, "Networking"),
    (meters.BALANCER, "Networking"),
    *((meter, "Containers") for meter in meters.REGISTRIES.values()),
)


@cache
def _items() -> tuple[Mapping[str, Any], ...]:
    """Every price in US dollars, in a fixed order."""
    machines = [item for location in sizes.locations() for name in sizes.names() for item in _of_size(name, location)]
    beside = [
        _item(location, meter, meter.subcategory, meter.name, meter.price, "", family)
        for location in sizes.locations()
        for meter, family in _BESIDE
    ]
    return (*machines, *beside)


def _of_size(name: str, location: str) -> list[dict[str, Any]]:
    """Linux and Windows, each at the dedicated, the low-priority and the Spot price; nothing for a size without a price."""
    size = sizes.find(name)
    if size is None or sizes.price(name, location) is None:
        return []
    dedicated, low = meters.machine(name, location), meters.machine(name, location, low_priority=True)
    spot = (dedicated.price * SPOT_FACTOR).quantize(Decimal("0.0001"))
    tiers = ((dedicated.name, dedicated.price), (low.name, low.price), (f"{dedicated.name} Spot", spot))
    product, licence = dedicated.subcategory, size["vCPUs"] * WINDOWS_PER_CORE
    linux = [_item(location, dedicated, product, tier, price, name, "Compute") for tier, price in tiers]
    return linux + [_item(location, dedicated, f"{product} Windows", tier, price + licence, name, "Compute") for tier, price in tiers]


def _item(location: str, meter: Meter, product: str, sku: str, price: Decimal, size: str, family: str) -> dict[str, Any]:
    code = _code(product)
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": float(price),
        "unitPrice": float(price),
        "armRegionName": location,
        "location": _LOCATIONS[location],
        "effectiveStartDate": _SINCE.strftime(_MARK),
        "meterId": str(uuid.uuid5(_IDS, f"{location} {product} {sku}")),
        "meterName": sku,
        "productId": code,
        "skuId": f"{code}/{_code(f'{location} {sku}')[-4:]}",
        "productName": product,
        "skuName": sku,
        "serviceName": meter.service,
        "serviceId": _code(meter.service),
        "serviceFamily": family,
        "unitOfMeasure": meter.unit,
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": size,
    }


def _code(text: str) -> str:
    return f"DZH318Z{uuid.uuid5(_IDS, text).hex[:5].upper()}"


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _in(currency: str, item: Mapping[str, Any]) -> dict[str, Any]:
    price = round(item["retailPrice"] * RATES[currency], 6)
    return {**item, "currencyCode": currency, "retailPrice": price, "unitPrice": price}


def _prices(call: Call) -> Reply:
    query = {name.lower(): value for name, value in call.query.items()}
    if query.get("api-version", "2023-01-01-preview").lower() not in VERSIONS:
        return refusal(400, f"The api-version '{query['api-version'][:40]}' is not one of {', '.join(sorted(VERSIONS))}.")
    currency = _unquoted(query.get("currencycode", "USD"))
    if currency not in RATES:
        return refusal(400, f"The currency '{currency[:20]}' is not one of {', '.join(RATES)}.")
    skipped = query.get("$skip", "0")
    if not skipped.isdecimal():
        return refusal(400, f"'$skip' must be a number, not '{skipped[:20]}'.")
    try:
        fits = read(query.get("$filter", ""))
    except UnreadableFilterError as error:
        return refusal(400, str(error))
    found = [item for item in (_in(currency, one) for one in _items()) if fits(item)]
    return Reply(200, _page(call, found, int(skipped), currency))


def _page(call: Call, found: list[dict[str, Any]], skipped: int, currency: str) -> dict[str, Any]:
    chosen = found[skipped : skipped + PAGE]
    following = link(call, "$skip", str(skipped + PAGE)) if skipped + PAGE < len(found) else None
    return {
        "BillingCurrency": currency,
        "CustomerEntityId": "Default",
        "CustomerEntityType": "Retail",
        "Items": chosen,
        "NextPageLink": following,
        "Count": len(chosen),
    }


def routes() -> list[Route]:
    return [Route("GET", "/api/retail/prices", _prices, "inferred", anonymous=True)]
