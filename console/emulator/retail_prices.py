"""The retail prices of virtual machines, as prices.azure.com tells anybody.

There is no schema of this API: the shape follows Microsoft's page on it. The prices are those of `sizes`. What a Windows licence and
a Spot machine cost, the rates of other currencies and all ids are the emulator's own figures.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from console.emulator import sizes
from console.emulator.budget_errors import refusal
from console.emulator.retail_filter import UnreadableFilterError, read
from console.emulator.routing import Call, Reply, Route

PAGE = 100
VERSIONS = frozenset({"2021-10-01-preview", "2023-01-01-preview"})
#: Units of a currency to the US dollar.
RATES: Mapping[str, float] = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79, "CHF": 0.88, "SEK": 10.5}
WINDOWS_PER_CORE = 0.046
SPOT_FACTOR = 0.25
_LOCATIONS = {"eastus2": "US East 2", "westeurope": "EU West", "northeurope": "EU North", "swedencentral": "SE Central"}
_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
_IDS = uuid.UUID("0b1f6c1a-6a0e-4a43-8a0e-5d9a7c1d2e30")
_SERVICE = "DZH313Z7MMC8"
_MARK = "%Y-%m-%dT%H:%M:%SZ"
# Sizes with local disk, premium storage or both share a meter with those without.
_SERIES = re.compile(r"Standard_(?P<series>[A-Z]+)(?P<cores>\d+)(?P<features>[a-z]*)(?:_(?P<card>T4|A100|A10|H100))?(?:_(?P<version>v\d))?")


@cache
def _items() -> tuple[Mapping[str, Any], ...]:
    """Every price in US dollars, in a fixed order."""
    return tuple(item for location in sizes.locations() for name in sizes.names() for item in _of_size(name, location))


def _of_size(name: str, location: str) -> list[dict[str, Any]]:
    """Linux and Windows, each at the dedicated, the low-priority and the Spot price; nothing for a size without a price."""
    dedicated, low, size = sizes.price(name, location), sizes.price(name, location, low_priority=True), sizes.find(name)
    if dedicated is None or low is None or size is None:
        return []
    tiers = (("", dedicated), (" Low Priority", low), (" Spot", round(dedicated * SPOT_FACTOR, 4)))
    licence = size["vCPUs"] * WINDOWS_PER_CORE
    linux = [_item(name, location, "", tier, price) for tier, price in tiers]
    windows = [_item(name, location, " Windows", tier, round(price + licence, 4)) for tier, price in tiers]
    return linux + windows


def _item(name: str, location: str, system: str, tier: str, price: float) -> dict[str, Any]:
    found = _SERIES.fullmatch(name)
    series = name.removeprefix("Standard_") if found is None else _series(found)
    short = name.removeprefix("Standard_").replace("_", " ")
    product = _code(f"{series}{system}")
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": price,
        "unitPrice": price,
        "armRegionName": location,
        "location": _LOCATIONS[location],
        "effectiveStartDate": _SINCE.strftime(_MARK),
        "meterId": str(uuid.uuid5(_IDS, f"{name}{location}{system}{tier}")),
        "meterName": f"{short}{tier}",
        "productId": product,
        "skuId": f"{product}/{_code(f'{name}{tier}{location}')[-4:]}",
        "productName": f"Virtual Machines {series} Series{system}",
        "skuName": f"{short}{tier}",
        "serviceName": "Virtual Machines",
        "serviceId": _SERVICE,
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": name,
    }


def _series(found: re.Match[str]) -> str:
    """`DSv2` of Standard_DS3_v2, `NCasT4 v3` of Standard_NC4as_T4_v3."""
    card, version = found["card"], found["version"] or ""
    return f"{found['series']}{found['features']}{card} {version}" if card else f"{found['series']}{found['features']}{version}"


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
    following = None
    if skipped + PAGE < len(found):
        kept = {name: value for name, value in call.query.items() if name.lower() != "$skip"}
        query = urlencode({**kept, "$skip": str(skipped + PAGE)}, safe="$'", quote_via=quote)
        following = f"{call.base_url}{call.path}?{query}"
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
