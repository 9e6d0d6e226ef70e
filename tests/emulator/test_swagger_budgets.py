"""Answers about budgets and alerts against Microsoft's published swagger of Cost Management and Consumption."""

from __future__ import annotations

from typing import Any

from tests.conftest import Answer, Emulator
from tests.emulator.swagger import Swagger
from tests.emulator.test_computes import workspace_path
from tests.emulator.test_swagger import SPECIFICATION, pytestmark

__all__ = ["pytestmark"]
VERSION = "2024-08-01"
FOLDERS = {
    "Microsoft.CostManagement": SPECIFICATION / "cost-management" / "resource-manager" / "Microsoft.CostManagement" / "stable" / VERSION,
    "Microsoft.Consumption": SPECIFICATION / "consumption" / "resource-manager" / "Microsoft.Consumption" / "stable" / VERSION,
}
# A recording has null for what was never evaluated; the schema's examples have null links and names.
NULLS = {
    "BudgetProperties": frozenset({"currentSpend"}),
    "AlertsResult": frozenset({"nextLink"}),
    "AlertProperties": frozenset({"statusModificationUserName"}),
}
BUDGET = {
    "category": "Cost",
    "amount": 1,
    "timeGrain": "Monthly",
    "timePeriod": {"startDate": "2026-11-01T00:00:00Z"},
    "notifications": {"n": {"enabled": True, "operator": "GreaterThan", "threshold": 1, "contactEmails": ["a@contoso.com"]}},
    "filter": {
        "and": [
            {"dimensions": {"name": "ResourceGroupName", "operator": "In", "values": ["supply-prod-rg"]}},
            {"tags": {"name": "environment", "operator": "In", "values": ["prod"]}},
        ]
    },
}


class Checked:
    """Sends requests and fails on an answer that the swagger does not have."""

    def __init__(self, emulator: Emulator, namespace: str) -> None:
        self.emulator = emulator
        self.swagger = Swagger(FOLDERS[namespace], NULLS)
        self.scope = workspace_path(emulator, "demand-prod").partition("/providers/")[0]
        self.prefix = f"{self.scope}/providers/{namespace}"

    def send(self, method: str, path: str, body: Any = None) -> Answer:
        answer = self.emulator.request(method, f"{path}?api-version={VERSION}", body)
        content = answer.json() if answer.content else None
        assert self.swagger.problems(method, path, answer.status, content) == []
        return answer


def test_budgets(fresh_emulator: Emulator) -> None:
    for namespace in FOLDERS:
        checked = Checked(fresh_emulator, namespace)
        one = f"{checked.prefix}/budgets/trial"
        etag = checked.send("PUT", one, {"properties": BUDGET}).json()["eTag"]
        assert checked.send("PUT", one, {"eTag": etag, "properties": BUDGET}).status == 200
        fresh_emulator.control("POST", "clock", {"advance": 86_400})
        assert checked.send("GET", one).json()["properties"]["currentSpend"]["unit"] == "USD"
        assert len(checked.send("GET", f"{checked.prefix}/budgets").json()["value"]) == 1
        assert checked.send("DELETE", one).status == 200


def test_alerts(fresh_emulator: Emulator) -> None:
    checked = Checked(fresh_emulator, "Microsoft.CostManagement")
    checked.send("PUT", f"{checked.prefix}/budgets/trial", {"properties": BUDGET})
    fresh_emulator.control("POST", "clock", {"advance": 2 * 86_400})
    (raised,) = checked.send("GET", f"{checked.prefix}/alerts").json()["value"]
    one = f"{checked.prefix}/alerts/{raised['name']}"
    assert checked.send("GET", one).json() == raised
    assert checked.send("PATCH", one, {"properties": {"status": "Dismissed"}}).json()["properties"]["status"] == "Dismissed"


def test_the_check_notices_what_is_wrong(fresh_emulator: Emulator) -> None:
    checked = Checked(fresh_emulator, "Microsoft.CostManagement")
    path = f"{checked.prefix}/budgets/trial"
    made = checked.send("PUT", path, {"properties": BUDGET}).json()
    made["properties"]["notifications"]["n"]["mood"] = "good"
    assert checked.swagger.problems("GET", path, 200, made)
