"""Answers about cost against Microsoft's published swagger of Microsoft.CostManagement."""

from __future__ import annotations

from typing import Any

from tests.conftest import Emulator
from tests.emulator.swagger import Swagger
from tests.emulator.test_swagger import SPECIFICATION, pytestmark

__all__ = ["pytestmark"]
FOLDER = SPECIFICATION / "cost-management" / "resource-manager" / "Microsoft.CostManagement" / "stable" / "2024-08-01"
# Seen in recordings of Azure: values that are null, which the schema does not have.
NULLS = {
    "CostManagementResource": frozenset({"location", "sku", "eTag"}),
    "QueryProperties": frozenset({"nextLink"}),
    "ForecastProperties": frozenset({"nextLink"}),
    "DimensionProperties": frozenset({"nextLink"}),
}
COST = {"total": {"name": "Cost", "function": "Sum"}}


def test_query_forecast_and_dimensions(fresh_emulator: Emulator) -> None:
    swagger = Swagger(FOLDER, NULLS)
    subscription = f"/subscriptions/{fresh_emulator.ready['workspaces'][0]['subscription_id']}"

    def send(method: str, what: str, body: Any, status: int, more: str = "") -> Any:
        path = f"{subscription}/providers/Microsoft.CostManagement/{what}"
        answer = fresh_emulator.request(method, f"{path}?api-version=2024-08-01{more}", body, "cost-analyst")
        content = answer.json() if answer.content else None
        assert answer.status == status
        if status < 300:
            assert swagger.problems(method, path, status, content) == []
        return content

    days = {"from": "2026-10-20T00:00:00Z", "to": "2026-11-30T00:00:00Z"}
    grouping = [{"type": "Dimension", "name": "ResourceGroupName"}, {"type": "TagKey", "name": "team"}]
    dataset = {"granularity": "Daily", "aggregation": COST}
    asked = {"type": "Usage", "timeframe": "Custom", "timePeriod": days, "dataset": dataset}
    assert send("POST", "query", {**asked, "dataset": {**dataset, "grouping": grouping}}, 200)["properties"]["rows"]
    assert send("POST", "query", {**asked, "timePeriod": {"from": "2020-01-01", "to": "2020-01-02"}}, 204) is None
    assert send("POST", "forecast", asked, 200)["properties"]["rows"]
    assert send("GET", "dimensions", None, 200, "&$expand=properties/data&$top=5")["value"]
    assert send("POST", "query", {}, 400)["error"]["code"] == "BadRequest"
