"""The retail prices: for anybody, filtered and by pages, the same as those of the sizes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from console.emulator import meters, retail_filter, sizes
from tests.conftest import Emulator

PATH = "/api/retail/prices?api-version=2023-01-01-preview"
MACHINES = "serviceName eq 'Virtual Machines'"


def items(emulator: Emulator, text: str, more: str = "") -> list[dict[str, Any]]:
    """All pages of an answer that nobody signed in for."""
    found: list[dict[str, Any]] = []
    url: str | None = f"{PATH}{more}&$filter={quote(text)}"
    while url is not None:
        answer = emulator.request("GET", url, identity=None)
        assert answer.status == 200, answer.content
        page = answer.json()
        assert page["Count"] == len(page["Items"]) <= 100
        found += page["Items"]
        url = page["NextPageLink"]
    return found


def test_a_size_has_its_prices_without_a_token(emulator: Emulator) -> None:
    wanted = f"{MACHINES} and armRegionName eq 'westeurope' and armSkuName eq 'Standard_DS3_v2' and priceType eq 'Consumption'"
    found = items(emulator, wanted, "&currencyCode='USD'")
    prices = {(one["productName"].endswith("Windows"), one["meterName"].partition(" v2")[2].strip()): one["retailPrice"] for one in found}
    assert prices.keys() == {(windows, tier) for windows in (False, True) for tier in ("", "Low Priority", "Spot")}
    assert prices[False, ""] == sizes.price("Standard_DS3_v2", "westeurope")
    assert prices[False, "Low Priority"] == sizes.price("Standard_DS3_v2", "westeurope", low_priority=True)
    assert prices[True, ""] > prices[False, ""]
    assert {(one["unitOfMeasure"], one["currencyCode"], one["type"]) for one in found} == {("1 Hour", "USD", "Consumption")}
    assert len({one["meterId"] for one in found}) == len(found)
    assert items(emulator, wanted.replace("Standard_DS3_v2", "STANDARD_DS3_V2")) == []
    assert items(emulator, f"{MACHINES} and armSkuName eq 'Standard_ND96isr_H100_v5'") == []


def test_where_the_workspaces_service_tells_no_price_the_list_has_one(emulator: Emulator) -> None:
    subscription = emulator.ready["subscriptions"][0]["id"]
    path = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/swedencentral/vmSizes"
    told = emulator.request("GET", f"{path}?api-version=2023-08-01-preview").json()["value"]
    without = [one["name"] for one in told if not one["estimatedVMPrices"]["values"]]
    assert without == ["Standard_E4s_v3", "Standard_ND96isr_H100_v5"]
    found = items(emulator, "armRegionName eq 'swedencentral' and armSkuName eq 'Standard_E4s_v3' and skuName eq 'E4s v3'")
    assert sizes.price("Standard_E4s_v3", "swedencentral") in [one["retailPrice"] for one in found]


def test_what_an_instance_pays_beside_its_machine_is_listed(emulator: Emulator) -> None:
    for name, meter in (("P10 LRS Disk", meters.DISK), ("Premium Registry Unit", meters.REGISTRIES["Premium"])):
        (one,) = items(emulator, f"meterName eq '{name}' and armRegionName eq 'northeurope'")
        assert (one["retailPrice"], one["unitOfMeasure"], one["productName"]) == (float(meter.price), meter.unit, meter.subcategory)


def test_pages_follow_one_another_and_lose_nothing(emulator: Emulator) -> None:
    first = emulator.request("GET", f"{PATH}&$filter={quote(MACHINES)}", identity=None).json()
    assert len(first["Items"]) == 100
    following = urlsplit(first["NextPageLink"])
    assert dict(parse_qsl(following.query))["$skip"] == "100"
    everything = items(emulator, MACHINES)
    priced = sum(sizes.price(name, location) is not None for name in sizes.names() for location in sizes.locations())
    assert len(everything) == priced * 6
    assert len({(one["meterId"], one["productName"]) for one in everything}) == len(everything)


def test_other_currencies_are_converted_and_unknown_ones_refused(emulator: Emulator) -> None:
    wanted = "armSkuName eq 'Standard_DS3_v2' and armRegionName eq 'eastus2' and meterName eq 'DS3 v2'"
    (dollars, *_), (euros, *_) = items(emulator, wanted), items(emulator, wanted, "&currencyCode='EUR'")
    assert (euros["currencyCode"], euros["meterId"]) == ("EUR", dollars["meterId"])
    assert euros["retailPrice"] < dollars["retailPrice"]
    assert emulator.request("GET", f"{PATH}&currencyCode='XXX'", identity=None).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "&$filter=serviceName%20eq", "&$filter=mood%20eq%20'good'", "&$filter=(serviceName%20eq%20'x'", "&$filter=serviceName%20gt%20'x'",
        "&$filter=serviceName%20eq%20x", "&$filter=serviceName%20eq%20'x'%20serviceName", "&$skip=-1", "&$filter=%27",
    ],
)  # fmt: skip
def test_bad_questions_are_refused(emulator: Emulator, query: str) -> None:
    answer = emulator.request("GET", PATH + query, identity=None)
    assert answer.status == 400
    assert answer.json()["error"]["message"]
    assert emulator.request("GET", PATH.replace("2023", "1999"), identity=None).status == 400


def test_and_binds_closer_than_or_and_parentheses_closer_still() -> None:
    item = dict.fromkeys(retail_filter.FIELDS.values(), "") | {"armSkuName": "a", "skuName": "it's", "isPrimaryMeterRegion": True}
    for text, holds in (
        ("armSkuName eq 'a' or skuName eq 'x' and skuName eq 'y'", True),
        ("(armSkuName eq 'a' or skuName eq 'x') and skuName eq 'y'", False),
        ("skuName eq 'it''s' and isPrimaryMeterRegion eq true", True),
        ("ARMSKUNAME eq 'a' AND armSkuName ne 'A'", True),
        ("armSkuName eq 'A'", False),
        (" ", True),
    ):
        assert retail_filter.read(text)(item) is holds, text
