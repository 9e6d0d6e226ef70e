"""Costs through azure-mgmt-costmanagement, as Microsoft ships it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.costmanagement import CostManagementClient
from azure.mgmt.costmanagement.models import (
    ForecastAggregation,
    ForecastDataset,
    ForecastDefinition,
    ForecastTimePeriod,
    QueryAggregation,
    QueryDataset,
    QueryDefinition,
    QueryGrouping,
    QueryTimePeriod,
)

from tests.conftest import Emulator

FIRST, LAST = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)


@pytest.fixture(autouse=True)
def trust(fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fresh_emulator.ready["ca_file"])
    monkeypatch.setenv("NO_PROXY", f"127.0.0.1,{os.environ.get('NO_PROXY', '')}")
    yield


def client(emulator: Emulator, identity: str = "cost-analyst") -> CostManagementClient:
    known, base = emulator.identity(identity), emulator.base_url
    credential = ClientSecretCredential(
        emulator.ready["tenant_id"], known["client_id"], known["client_secret"], authority=base, disable_instance_discovery=True
    )
    return CostManagementClient(credential, base_url=base, credential_scopes=[f"{base}/.default"])


def definition(granularity: str | None, *groupings: str) -> QueryDefinition:
    return QueryDefinition(
        type="ActualCost",
        timeframe="Custom",
        time_period=QueryTimePeriod(from_property=FIRST, to=LAST),
        dataset=QueryDataset(
            granularity=granularity,
            aggregation={"totalCost": QueryAggregation(name="Cost", function="Sum")},
            grouping=[QueryGrouping(type="Dimension", name=name) for name in groupings],
        ),
    )


def test_it_reads_bills_pages_forecasts_and_dimensions(fresh_emulator: Emulator) -> None:
    scope = f"/subscriptions/{fresh_emulator.ready['workspaces'][0]['subscription_id']}"
    with client(fresh_emulator) as costs:
        seen: dict[str, Any] = {}
        total = costs.query.usage(scope, definition(None), raw_response_hook=lambda told: seen.update(told.http_response.headers))
        ((whole, currency),) = total.rows
        assert currency == "USD" and seen["x-ms-ratelimit-microsoft.costmanagement-qpu-consumed"] == "1"
        body = definition("Daily", "ResourceId", "Meter")
        first = costs.query.usage(scope, body)
        rows, link = list(first.rows), first.next_link
        assert len(rows) == 1000 and [column.name for column in first.columns][:2] == ["Cost", "UsageDate"]
        while link:
            # The client does not follow pages: they are asked for by POST, with the same body.
            answer = costs.send_request(HttpRequest("POST", link, json=body.as_dict()))
            answer.raise_for_status()
            page = answer.json()["properties"]
            rows, link = rows + page["rows"], page["nextLink"]
        assert sum(row[0] for row in rows) == pytest.approx(whole, abs=0.005)
        days = ForecastTimePeriod(from_property=datetime(2026, 11, 1, tzinfo=UTC), to=datetime(2026, 11, 30, tzinfo=UTC))
        dataset = ForecastDataset(granularity="Daily", aggregation={"cost": ForecastAggregation(name="Cost", function="Sum")})
        ahead = costs.forecast.usage(scope, ForecastDefinition(type="ActualCost", timeframe="Custom", time_period=days, dataset=dataset))
        assert {row[2] for row in ahead.rows} == {"Actual", "Forecast"}
        categories = {one.category: one.total for one in costs.dimensions.list(scope, top=5)}
        assert categories["ResourceGroupName"] >= 3


def test_nothing_billed_is_none_and_a_refusal_is_told(fresh_emulator: Emulator) -> None:
    scope = f"/subscriptions/{fresh_emulator.ready['workspaces'][0]['subscription_id']}"
    early = definition("Daily")
    early.time_period = QueryTimePeriod(from_property=datetime(2020, 1, 1, tzinfo=UTC), to=datetime(2020, 1, 31, tzinfo=UTC))
    with client(fresh_emulator) as costs:
        assert costs.query.usage(scope, early) is None
        for _ in range(11):
            costs.query.usage(scope, early)
        with pytest.raises(HttpResponseError) as refused:
            costs.query.usage(scope, early)
        assert refused.value.status_code == 429 and "Retry-After" not in refused.value.response.headers
    with client(fresh_emulator, "outsider") as costs, pytest.raises(HttpResponseError) as forbidden:
        costs.query.usage(scope, early)
    assert forbidden.value.status_code == 403
