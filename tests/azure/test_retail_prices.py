"""The retail price list as the gateway reads it: asked without a token, followed to its end, and only what is the price of such a VM."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import pytest_asyncio
import trustme

from console.azure import retail_prices
from console.azure.arm import ArmClient
from console.azure.errors import FOREIGN_LINK
from console.domain.cost import TIERS
from console.domain.trouble import Kind
from tests.azure.scripted import Scripted, Server, client_of, serving
from tests.gateway import trouble_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
SIZE = "Standard_DS3_v2"


def item(price: str, meter: str = "DS3 v2", product: str = "Virtual Machines DSv2 Series", **fields: Any) -> dict[str, Any]:
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": msgspec.Raw(price.encode()),
        "armRegionName": "westeurope",
        "effectiveStartDate": "2020-01-01T00:00:00Z",
        "meterName": meter,
        "productName": product,
        "serviceName": "Virtual Machines",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": SIZE,
        **fields,
    }


def page(*items: Any, following: str | None = None) -> Scripted:
    return Scripted(200, msgspec.json.encode({"Items": items, "NextPageLink": following, "Count": len(items)}))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    issued = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    issued.cert_pem.write_to_path(str(path))
    return issued, path


@pytest.fixture
def listed(authority: tuple[trustme.CA, Path]) -> Iterator[Server]:
    with serving(authority[0]) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def arm(listed: Server, authority: tuple[trustme.CA, Path]) -> AsyncIterator[ArmClient]:
    client = client_of(listed, authority[1])
    yield client
    await client.transport.close()


async def test_it_is_asked_for_one_size_of_a_region_and_never_with_a_token(arm: ArmClient, listed: Server) -> None:
    listed.answer = lambda _path: page(item("0.277"))
    (size,) = (await retail_prices.read(arm, listed.base_url + "/", "westeurope", SIZE)).items
    assert (size.name, size.currency, size.dedicated, size.low_priority, size.retail) == (SIZE, "USD", Decimal("0.277"), None, TIERS)
    (seen,) = listed.seen
    asked = parse_qs(urlsplit(seen.path).query)
    assert (seen.method, seen.authorization, urlsplit(seen.path).path) == ("GET", "", "/api/retail/prices")
    assert asked["currencyCode"] == ["'USD'"]
    assert asked["$filter"] == [
        "serviceName eq 'Virtual Machines' and priceType eq 'Consumption'"
        " and armRegionName eq 'westeurope' and armSkuName eq 'Standard_DS3_v2'"
    ]


async def test_only_the_price_of_a_linux_machine_by_the_hour_counts(arm: ArmClient, listed: Server) -> None:
    others = (
        item("0.5", product="Virtual Machines DSv2 Series Windows"),
        item("0.05", "DS3 v2 Spot"),
        item("1500", type="Reservation"),
        item("30", unitOfMeasure="1 Day"),
        item("0.1", tierMinimumUnits=100.0),
        item("0.9", armSkuName="Standard_DS3"),
        item("0.9", effectiveStartDate="2999-01-01T00:00:00Z"),
    )
    listed.answer = lambda _path: page(*others)
    assert (await retail_prices.read(arm, listed.base_url, "westeurope", SIZE)).items == (), "none of them is"
    own = (item("0.300"), item("0.0554", "DS3 v2 Low Priority"), item("0.2", isPrimaryMeterRegion=False))
    older = item("0.4", effectiveStartDate="2018-01-01T00:00:00Z")
    listed.answer = lambda _path: page(*others, *own, older)
    (size,) = (await retail_prices.read(arm, listed.base_url, "westeurope", SIZE.upper())).items
    assert (size.dedicated, size.low_priority) == (Decimal("0.300"), Decimal("0.0554"))


async def test_all_pages_are_read_and_currencies_stay_apart(arm: ArmClient, listed: Server) -> None:
    last = f"{listed.base_url}/api/retail/prices?$skip=1"
    listed.answer = lambda path: page(item("0.3", currencyCode="EUR"), "no price") if "$skip" in path else page(item("1"), following=last)
    reading = await retail_prices.read(arm, listed.base_url, "westeurope", SIZE)
    assert [(size.currency, size.dedicated) for size in reading.items] == [("USD", Decimal(1)), ("EUR", Decimal("0.3"))]
    assert reading.incomplete == "1 retail prices could not be read"
    assert len(listed.seen) == 2


async def test_pages_that_lead_elsewhere_or_nowhere_are_told(arm: ArmClient, listed: Server) -> None:
    listed.answer = lambda _path: page(following="https://prices.example.net/api/retail/prices?$skip=100")
    assert (await trouble_of(retail_prices.read(arm, listed.base_url, "westeurope", SIZE))).code == FOREIGN_LINK
    listed.answer = lambda _path: page(following=f"{listed.base_url}/api/retail/prices?$skip=100")
    assert "do not end" in (await trouble_of(retail_prices.read(arm, listed.base_url, "westeurope", SIZE))).sentence
    assert len(listed.seen) < 2 + retail_prices.MOST_PAGES


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Scripted(200, b"<html>"), Kind.UNEXPECTED),
        (Scripted(429, b"{}", {"Retry-After": "7"}), Kind.THROTTLED),
        (Scripted(404), Kind.NOT_FOUND),
    ],
)
async def test_what_is_no_list_is_trouble(arm: ArmClient, listed: Server, answer: Scripted, kind: Kind) -> None:
    listed.answer = lambda _path: answer
    assert (await trouble_of(retail_prices.read(arm, listed.base_url, "westeurope", SIZE))).kind is kind
