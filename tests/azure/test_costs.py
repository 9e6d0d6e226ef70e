"""Costs on the wire: pages by POST, columns by name, money to the last digit, and every way in which Cost Management declines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
import trustme
from msgspec.structs import replace

from console.azure.arm import ArmClient
from console.azure.costs import Page, Pages, allowance_of
from console.domain.billing.bill import Charge
from console.domain.billing.questions import RESOURCE, Grain, Grouping, Question
from console.domain.trouble import Kind
from tests.azure.cost_answers import QUESTION, RATE, REQUEST, SUBSCRIPTION, answer, forbidden, refusal
from tests.azure.scripted import Scripted, Server, client_of, serving
from tests.gateway import trouble_of

TAGGED = replace(QUESTION, groupings=(Grouping("cost center", tag=True), RESOURCE))
FORECAST = replace(QUESTION, forecast=True, groupings=())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


@pytest.fixture(scope="module")
def azure(authority: tuple[trustme.CA, Path]) -> Iterator[Server]:
    with serving(authority[0]) as server:
        yield server


@pytest_asyncio.fixture
async def arm(azure: Server, authority: tuple[trustme.CA, Path]) -> AsyncIterator[ArmClient]:
    azure.seen.clear()
    client = client_of(azure, authority[1])
    yield client
    await client.transport.close()


async def read(arm: ArmClient, azure: Server, told: Scripted, question: Question = QUESTION) -> Page:
    azure.answer = lambda _path: told
    return await Pages(arm, REQUEST, question).read()


async def test_columns_are_read_by_name_and_costs_by_their_digits(arm: ArmClient, azure: Server) -> None:
    rows = '[["VM","EUR","/r/a",20261103,0.10000000000000000555111512312578,"x"],["VM","EUR","/r/a",20261104,-1e-7,null]]'
    page = await read(arm, azure, answer(rows, ("MeterCategory", "Currency", "ResourceId", "UsageDate", "PreTaxCost", "Later")))
    assert page.charges == (
        Charge(Decimal("0.10000000000000000555111512312578"), "EUR", 20261103, ("/r/a", "VM")),
        Charge(Decimal("-1E-7"), "EUR", 20261104, ("/r/a", "VM")),
    )
    assert page.charges[0].keys is page.charges[1].keys


async def test_currencies_stay_apart(arm: ArmClient, azure: Server) -> None:
    page = await read(arm, azure, answer([[1, 20261103, "/r/a", "VM", "EUR"], [2, 20261103, "/r/a", "VM", "USD"]]))
    assert [(charge.cost, charge.currency) for charge in page.charges] == [(Decimal(1), "EUR"), (Decimal(2), "USD")]


async def test_of_a_tag_the_value_counts_and_what_has_none_is_untagged(arm: ArmClient, azure: Server) -> None:
    columns = ("Cost", "UsageDate", "TagKey", "TagValue", "ResourceId", "Currency")
    rows = [[1, 20261103, "cost center", "ad's & co", "/r/a", "USD"], [2, 20261103, "cost center", None, "/r/b", "USD"]]
    page = await read(arm, azure, answer(rows, columns), TAGGED)
    assert [charge.keys for charge in page.charges] == [("ad's & co", "/r/a"), ("", "/r/b")]


async def test_months_and_sums_have_other_columns(arm: ArmClient, azure: Server) -> None:
    monthly = replace(QUESTION, grain=Grain.MONTHLY, groupings=())
    page = await read(arm, azure, answer([[5, "2026-11-01T00:00:00", "USD"]], ("Cost", "BillingMonth", "Currency")), monthly)
    assert page.charges == (Charge(Decimal(5), "USD", 20261101),)
    page = await read(arm, azure, answer([[5, "USD"]], ("Cost", "Currency")), replace(monthly, grain=Grain.TOTAL))
    assert page.charges == (Charge(Decimal(5), "USD"),)


async def test_a_forecast_says_what_is_billed_already(arm: ArmClient, azure: Server) -> None:
    columns = ("Cost", "UsageDate", "CostStatus", "Currency")
    page = await read(arm, azure, answer([[1, 20261103, "Actual", "USD"], [2, 20261104, "Forecast", "USD"]], columns), FORECAST)
    assert [charge.forecast for charge in page.charges] == [False, True]
    page = await read(arm, azure, answer([[1, 20261103, "USD"]], ("Cost", "UsageDate", "Currency")), FORECAST)
    assert page.charges[0].forecast


async def test_nothing_yet_is_no_trouble(arm: ArmClient, azure: Server) -> None:
    pages = Pages(arm, REQUEST, QUESTION)
    azure.answer = lambda _path: Scripted(204, headers={f"{RATE}qpu-consumed": "1"})
    page = await pages.read()
    assert (page.charges, pages.ended, page.allowance.consumed) == ((), True, Decimal(1))


async def test_pages_are_asked_for_by_post_with_the_same_header(arm: ArmClient, azure: Server) -> None:
    link = f"{azure.base_url}{REQUEST.path}?api-version=2025-03-01&$skiptoken=AQAAAA%3D%3D"
    azure.answer = lambda path: answer([[2, 20261104, "/r/a", "VM", "USD"]]) if "skip" in path else answer([], link=link)
    pages = Pages(arm, REQUEST, QUESTION)
    assert (await pages.read()).charges == () and not pages.ended
    assert len((await pages.read()).charges) == 1 and pages.ended
    assert [(each.method, each.headers["clienttype"]) for each in azure.seen] == [("POST", "aml-console")] * 2


async def test_pages_that_lead_in_a_circle_end(arm: ArmClient, azure: Server) -> None:
    azure.answer = lambda _path: answer([], link=f"{azure.base_url}{REQUEST.path}?$skiptoken=1")
    pages = Pages(arm, REQUEST, QUESTION)
    await pages.read()
    assert "lead back" in (await trouble_of(pages.read())).sentence


async def test_a_link_to_another_host_is_not_followed(arm: ArmClient, azure: Server) -> None:
    azure.answer = lambda _path: answer([], link=f"https://evil.example{REQUEST.path}")
    pages = Pages(arm, REQUEST, QUESTION)
    await pages.read()
    assert (await trouble_of(pages.read())).code == "ForeignLink"


async def test_rows_that_cannot_be_read_are_counted_and_cost_the_others_nothing(arm: ArmClient, azure: Server) -> None:
    rows = '[[1,20261103,"/r/a","VM","USD"],[null,20261103,"/r/a","VM","USD"],["x",1,2,3,4],{},[2,20261104,"/r/a","VM","USD"]]'
    page = await read(arm, azure, answer(rows))
    assert ([charge.cost for charge in page.charges], page.unreadable) == ([Decimal(1), Decimal(2)], 3)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (answer([], ("UsageDate", "ResourceId", "MeterCategory")), "no column has the cost"),
        (answer([], ("Cost", "UsageDate", "ResourceId")), "no column has MeterCategory"),
        (Scripted(body=b'{"properties":{"columns":7}}'), "columns"),
        (Scripted(body=b"<html>"), "could not be read"),
    ],
)
async def test_an_answer_without_what_was_asked_for_is_unreadable(arm: ArmClient, azure: Server, told: Scripted, said: str) -> None:
    trouble = await trouble_of(read(arm, azure, told))
    assert (trouble.kind, said in trouble.sentence) == (Kind.UNEXPECTED, True), trouble.sentence


async def test_a_long_page_is_read_whole(arm: ArmClient, azure: Server) -> None:
    rows = [[index, 20261103, f"/subscriptions/{index % 7}/resourceGroups/some-group-of-a-name", "VM", "USD"] for index in range(15_000)]
    page = await read(arm, azure, answer(rows))
    assert [charge.cost for charge in page.charges] == [Decimal(index) for index in range(15_000)]


async def test_throttling_waits_as_long_as_the_longest_header_and_no_other_request_waits(arm: ArmClient, azure: Server) -> None:
    told = refusal(429, "429", "Too many requests. Please retry.", qpu_retry_after="9", clienttype_retry_after="70")
    trouble = await trouble_of(read(arm, azure, told))
    assert (trouble.kind, trouble.retry_after) == (Kind.THROTTLED, 70)
    assert "70 s" in trouble.sentence
    assert len(azure.seen) == 1, "it is not sent again out of sight"
    assert arm.held_for(f"{azure.base_url}{REQUEST.path}") > 60
    assert arm.held_for(f"{azure.base_url}/subscriptions/{SUBSCRIPTION}/resourceGroups") == 0


@pytest.mark.parametrize(("headers", "wait"), [({"entity_retry_after": "3"}, 45), ({}, None), ({"qpu_retry_after": "soon"}, None)])
async def test_short_waits_are_made_longer(arm: ArmClient, azure: Server, headers: dict[str, str], wait: float | None) -> None:
    trouble = await trouble_of(read(arm, azure, refusal(429, "429", "Too many requests.", **headers)))
    assert (trouble.kind, trouble.retry_after) == (Kind.THROTTLED, wait)


async def test_a_refusal_names_the_role_and_the_permission(arm: ArmClient, azure: Server) -> None:
    trouble = await trouble_of(read(arm, azure, forbidden()))
    assert trouble.kind is Kind.PERMISSION
    assert "Cost Management Reader" in trouble.sentence and "Microsoft.CostManagement/query/read" in trouble.sentence


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (refusal(424, "FailedDependency", "Forecast is unavailable"), "about four weeks of costs"),
        (refusal(400, "CantForecastOnThePast", "The end must be in the future"), "only days to come"),
        (Scripted(400, b'{"message":"Bad dataset.","messageDetail":"grouping"}'), "Bad dataset. grouping"),
    ],
)
async def test_forecasts_that_azure_does_not_make(arm: ArmClient, azure: Server, told: Scripted, said: str) -> None:
    trouble = await trouble_of(read(arm, azure, told, FORECAST))
    assert said in trouble.sentence


def test_the_allowance_is_read_off_the_headers() -> None:
    told = allowance_of(
        {
            f"{RATE}qpu-consumed": "2",
            f"{RATE}qpu-remaining": "QueriesPerHour:597,QueriesPerMin:57,QueriesPer10Sec:9",
            "x-ms-ratelimit-remaining-microsoft.costmanagement-tenant-requests": "DefaultQuota:49",
            "x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests": "29",
        }
    )
    assert (told.consumed, told.left_this_hour) == (Decimal(2), 597)
    assert told.units == {"QueriesPerHour": 597, "QueriesPerMin": 57, "QueriesPer10Sec": 9}
    assert told.requests == {"tenant": 49, "entity": 29}
    nonsense = allowance_of({f"{RATE}qpu-consumed": "NaN", f"{RATE}qpu-remaining": "x:y,,:"})
    assert (nonsense.consumed, nonsense.units) == (None, {})
