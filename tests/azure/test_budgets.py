"""Budgets and alerts as Azure publishes them, and as nobody should send them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from console.azure.budgets import decode, decode_alert
from console.azure.request import Effect, Request
from console.domain.billing.budgets import Budget, BudgetFilter, Notification, is_budget

SCOPE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/MYDEVTESTRG"
# Of the published example SubscriptionBudgetsList (2024-08-01), with a forecast.
BUDGET: dict[str, Any] = {
    "id": f"{SCOPE[1:]}/providers/Microsoft.CostManagement/budgets/TestBudget",
    "name": "TestBudget",
    "type": "Microsoft.CostManagement/budgets",
    "eTag": '"1d34d012214157f"',
    "properties": {
        "category": "Cost",
        "amount": 100.65,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2023-04-01T00:00:00Z", "endDate": "2024-10-31T00:00:00Z"},
        "filter": {
            "and": [
                {"dimensions": {"name": "ResourceId", "operator": "In", "values": ["/a", "/b"]}},
                {"tags": {"name": "category", "operator": "In", "values": ["Dev", "Prod"]}},
            ]
        },
        "currentSpend": {"amount": 80.89, "unit": "USD"},
        "forecastSpend": {"amount": 102.1, "unit": "USD"},
        "notifications": {
            "Actual_GreaterThan_80_Percent": {
                "enabled": True,
                "operator": "GreaterThan",
                "threshold": 80,
                "contactEmails": ["johndoe@contoso.com"],
                "contactRoles": ["Contributor"],
                "contactGroups": ["/subscriptions/0/resourceGroups/g/providers/microsoft.insights/actionGroups/A"],
            }
        },
    },
}


def test_a_published_budget_is_read_whole() -> None:
    read = decode(json.dumps(BUDGET).encode())
    assert read == Budget(
        id=f"{SCOPE}/providers/Microsoft.CostManagement/budgets/TestBudget",
        name="TestBudget",
        scope=SCOPE,
        amount=Decimal("100.65"),
        start=date(2023, 4, 1),
        end=date(2024, 10, 31),
        spent=Decimal("80.89"),
        forecast=Decimal("102.1"),
        currency="USD",
        filters=(BudgetFilter("ResourceId", ("/a", "/b")), BudgetFilter("category", ("Dev", "Prod"), tag=True)),
        filter_raw=json.dumps(BUDGET["properties"]["filter"]).encode(),
        notifications=(
            Notification(
                name="Actual_GreaterThan_80_Percent",
                threshold=Decimal(80),
                operator="GreaterThan",
                emails=("johndoe@contoso.com",),
                roles=("Contributor",),
                groups=("/subscriptions/0/resourceGroups/g/providers/microsoft.insights/actionGroups/A",),
            ),
        ),
        etag='"1d34d012214157f"',
    )
    assert is_budget(read.id)


@pytest.mark.parametrize("filled", [{}, None])
def test_what_was_never_evaluated_is_unknown_and_no_filter_is_none(filled: object) -> None:
    told = {**BUDGET, "properties": {**BUDGET["properties"], "filter": filled, "currentSpend": None, "forecastSpend": None}}
    read = decode(json.dumps(told).encode())
    assert (read.spent, read.forecast, read.currency, read.filters, read.filter_raw) == (None, None, "", (), b"")


@pytest.mark.parametrize(
    "broken",
    [
        {**BUDGET, "properties": {**BUDGET["properties"], "amount": "a lot"}},
        {**BUDGET, "properties": {**BUDGET["properties"], "notifications": {"x": {"threshold": None}}}},
        {**BUDGET, "properties": {**BUDGET["properties"], "filter": {"and": 3}}},
    ],
)
def test_one_that_cannot_be_read_is_a_row_with_its_fault(broken: dict[str, Any]) -> None:
    read = decode(json.dumps(broken).encode())
    assert read.fault and (read.name, read.scope) == ("TestBudget", SCOPE)


@pytest.mark.parametrize("raw", [b"", b"7", b"[]", b"{}", b'{"id":3}', b"\xff", b"[" * 10_000])
def test_nonsense_is_a_row_too(raw: bytes) -> None:
    assert decode(raw).fault and decode_alert(raw).fault


def test_two_without_a_readable_id_are_two_rows() -> None:
    broken = (b'{"id":3,"name":"a"}', b'{"id":3,"name":"b"}')
    assert len({decode(raw).id for raw in broken}) == len({decode_alert(raw).id for raw in broken}) == 2


def test_a_published_alert_is_read() -> None:
    told = {
        "id": f"{SCOPE[1:]}/providers/Microsoft.CostManagement/alerts/1",
        "name": "1",
        "properties": {
            "definition": {"type": "Budget", "category": "Cost", "criteria": "CostThresholdExceeded"},
            "details": {"threshold": 0.8, "operator": "GreaterThan", "amount": 200000.0, "unit": "USD", "currentSpend": 161000.12},
            "costEntityId": "budget1",
            "status": "Active",
            "creationTime": "2020-04-27T11:07:52.7143901Z",
        },
    }
    read = decode_alert(json.dumps(told).encode())
    assert (read.kind, read.status, read.budget, read.scope) == ("Budget", "Active", "budget1", SCOPE)
    assert (read.threshold, read.amount, read.spent, read.unit) == (Decimal("0.8"), Decimal(200_000), Decimal("161000.12"), "USD")


def test_budgets_are_read_by_get_and_nothing_of_them_is_on_the_list_of_reading_posts() -> None:
    path = f"{SCOPE}/providers/Microsoft.CostManagement/budgets/b"
    assert [Request(method=method, path=path).effect for method in ("GET", "PUT", "DELETE", "POST")] == [Effect.READ, *[Effect.CHANGE] * 3]
    for kind in ("query", "forecast"):
        assert Request(method="POST", path=f"{SCOPE}/providers/Microsoft.CostManagement/{kind}").effect is Effect.READ
