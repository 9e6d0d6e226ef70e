"""The cost child with the real azure-mgmt-costmanagement: the requests it makes, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest
import pytest_asyncio

from console.azure.cost_compiler import CostCompiler
from console.azure.request import Effect, Request
from console.domain.billing.budgets import Budget, Notification
from console.domain.billing.questions import METER, RESOURCE, CostType, Grain, Grouping, Question
from tests.gateway import trouble_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCOPE = "/subscriptions/00000000-0000-0000-0000-000000000001"
QUESTION = Question(scope=SCOPE, first=date(2026, 11, 1), last=date(2026, 11, 2), groupings=(RESOURCE, METER))
BUDGET = Budget(
    id=f"{SCOPE}/providers/Microsoft.CostManagement/budgets/ml",
    name="ml",
    scope=SCOPE,
    amount=Decimal("500.50"),
    start=date(2026, 11, 1),
    end=date(2027, 10, 31),
    notifications=(Notification(name="half", threshold=Decimal("50"), emails=("a@contoso.com",)),),
)
NEW = {
    "properties": {
        "category": "Cost",
        "amount": 500.5,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-11-01T00:00:00Z", "endDate": "2027-10-31T00:00:00Z"},
        "notifications": {
            "half": {
                "enabled": True,
                "operator": "GreaterThanOrEqualTo",
                "threshold": 50,
                "thresholdType": "Actual",
                "contactEmails": ["a@contoso.com"],
            }
        },
    }
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def costs() -> AsyncIterator[CostCompiler]:
    made = CostCompiler()
    yield made
    await made.close()


async def test_a_question_is_the_post_of_the_sdk_and_says_who_asks(costs: CostCompiler) -> None:
    request = await costs.question(QUESTION)
    assert request == Request(
        method="POST",
        path=f"{SCOPE}/providers/Microsoft.CostManagement/query",
        api_version="2025-03-01",
        headers={"ClientType": "aml-console"},
        body={
            "type": "ActualCost",
            "timeframe": "Custom",
            "timePeriod": {"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T23:59:59Z"},
            "dataset": {
                "granularity": "Daily",
                "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
                "grouping": [{"type": "Dimension", "name": "ResourceId"}, {"type": "Dimension", "name": "MeterCategory"}],
            },
        },
    )
    assert request.effect is Effect.READ


async def test_amortized_sums_by_a_tag(costs: CostCompiler) -> None:
    asked = msgspec.structs.replace(QUESTION, type=CostType.AMORTIZED, grain=Grain.TOTAL, groupings=(Grouping("cost center", tag=True),))
    body = (await costs.question(asked)).body
    assert (body["type"], body["dataset"]["granularity"]) == ("AmortizedCost", "None")
    assert body["dataset"]["grouping"] == [{"type": "TagKey", "name": "cost center"}]


async def test_a_forecast_has_no_groupings(costs: CostCompiler) -> None:
    request = await costs.question(msgspec.structs.replace(QUESTION, forecast=True, groupings=()))
    assert (request.path, request.effect) == (f"{SCOPE}/providers/Microsoft.CostManagement/forecast", Effect.READ)
    assert request.headers == {"ClientType": "aml-console"}
    assert "grouping" not in request.body["dataset"]
    assert request.body["includeActualCost"] is False


async def test_days_that_end_before_they_begin_are_no_question(costs: CostCompiler) -> None:
    trouble = await trouble_of(costs.question(msgspec.structs.replace(QUESTION, last=date(2026, 10, 1))))
    assert (trouble.code, "2026-10-01 is before 2026-11-01" in trouble.sentence) == ("CostFlaw", True)


async def test_a_new_budget_is_a_put(costs: CostCompiler) -> None:
    request = await costs.budget(BUDGET)
    assert (request.method, request.path, request.effect) == ("PUT", BUDGET.id, Effect.CHANGE)
    assert request.body == NEW


async def test_what_is_not_edited_goes_back_as_it_was(costs: CostCompiler) -> None:
    before = {
        "id": BUDGET.id,
        "name": "ml",
        "eTag": '"1d34d012214157f"',
        "properties": {
            **NEW["properties"],
            "timePeriod": {"startDate": "2026-11-01T00:00:00+00:00", "endDate": "2027-10-31T00:00:00Z"},
            "currentSpend": {"amount": 3.2, "unit": "USD"},
            "later": {"added": 1},
            "filter": {"and": [{"tags": {"name": "t", "operator": "In", "values": ["1"]}}, {"odd": 2}]},
        },
    }
    wanted = msgspec.structs.replace(
        BUDGET, amount=Decimal(700), filter_raw=msgspec.json.encode(before["properties"]["filter"]), notifications=()
    )
    body = (await costs.budget(wanted, msgspec.json.encode(before))).body
    assert body["eTag"] == before["eTag"]
    properties = body["properties"]
    assert (properties["amount"], properties["later"], properties["notifications"]) == (700, {"added": 1}, {})
    assert (properties["filter"], properties["timePeriod"]) == (before["properties"]["filter"], before["properties"]["timePeriod"])
    assert "currentSpend" not in properties
    unguarded = (await costs.budget(wanted, msgspec.json.encode(before), guarded=False)).body
    assert unguarded == {"properties": properties}


async def test_an_amount_that_is_no_number_is_named(costs: CostCompiler) -> None:
    trouble = await trouble_of(costs.budget(msgspec.structs.replace(BUDGET, amount=None)))
    assert "amount: 'None' is no number" in trouble.sentence


async def test_a_budget_is_deleted_at_its_scope(costs: CostCompiler) -> None:
    request = await costs.budget_removal(BUDGET)
    assert (request.method, request.path, request.body) == ("DELETE", BUDGET.id, None)
