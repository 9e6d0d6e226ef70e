"""Budgets and alerts through azure-mgmt-costmanagement, as Microsoft ships it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.costmanagement import CostManagementClient
from azure.mgmt.costmanagement.models import (
    AlertProperties,
    Budget,
    BudgetComparisonExpression,
    BudgetFilter,
    BudgetProperties,
    BudgetTimePeriod,
    DismissAlertPayload,
    Notification,
)

from tests.conftest import Emulator
from tests.emulator.test_computes import workspace_path

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def trust(fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fresh_emulator.ready["ca_file"])
    monkeypatch.setenv("NO_PROXY", f"127.0.0.1,{os.environ.get('NO_PROXY', '')}")
    yield


def client(emulator: Emulator, identity: str = "admin") -> CostManagementClient:
    known = emulator.identity(identity)
    base = emulator.base_url
    credential = ClientSecretCredential(
        emulator.ready["tenant_id"], known["client_id"], known["client_secret"], authority=base, disable_instance_discovery=True
    )
    return CostManagementClient(credential, base_url=base, credential_scopes=[f"{base}/.default"])


def wanted(workspace: str) -> Budget:
    alerts = {
        "at_half": Notification(enabled=True, operator="GreaterThanOrEqualTo", threshold=50, contact_emails=["ada.lindqvist@contoso.com"]),
        "over_it": Notification(
            enabled=True, operator="GreaterThan", threshold=100, contact_emails=["ada.lindqvist@contoso.com"], threshold_type="Forecasted"
        ),
    }
    resources = [workspace, f"{workspace}/computes/cpu-forecast"]
    one = BudgetFilter(dimensions=BudgetComparisonExpression(name="ResourceId", operator="In", values_property=resources))
    period = BudgetTimePeriod(start_date=BEGAN)
    return Budget(
        properties=BudgetProperties(category="Cost", amount=1.5, time_grain="Monthly", time_period=period, filter=one, notifications=alerts)
    )


def test_a_budget_is_made_changed_and_removed(fresh_emulator: Emulator) -> None:
    workspace = workspace_path(fresh_emulator, "demand-prod")
    scope = workspace.partition("/providers/")[0]
    with client(fresh_emulator) as costs:
        made = costs.budgets.create_or_update(scope, "demand", wanted(workspace))
        assert made.properties is not None and made.properties.notifications is not None
        assert (made.type, made.properties.current_spend) == ("Microsoft.CostManagement/budgets", None)
        assert made.properties.notifications["over_it"].threshold_type == "Forecasted"
        assert [one.name for one in costs.budgets.list(scope)] == ["demand"]
        made.properties.amount = 2.5
        changed = costs.budgets.create_or_update(scope, "demand", made)
        assert changed.properties is not None and changed.properties.amount == 2.5
        with pytest.raises(HttpResponseError, match="get the latest budget to avoid overwrite"):
            costs.budgets.create_or_update(scope, "demand", made)
        costs.budgets.delete(scope, "demand")
        assert list(costs.budgets.list(scope)) == []


def test_it_is_spent_raises_alerts_and_they_are_dismissed(fresh_emulator: Emulator) -> None:
    workspace = workspace_path(fresh_emulator, "demand-prod")
    scope = workspace.partition("/providers/")[0]
    with client(fresh_emulator) as costs:
        costs.budgets.create_or_update(scope, "demand", wanted(workspace))
        fresh_emulator.control("POST", "clock", {"advance": 2 * 86_400})
        told = costs.budgets.get(scope, "demand").properties
        assert told is not None and told.current_spend is not None and told.forecast_spend is not None
        assert told.current_spend.unit == "USD"
        assert 1.5 < (told.current_spend.amount or 0) < (told.forecast_spend.amount or 0)
        raised = costs.alerts.list(scope).value or []
        kinds = {one.properties.definition.type for one in raised if one.properties and one.properties.definition}
        assert kinds == {"Budget", "BudgetForecast"}
        aside = DismissAlertPayload(properties=AlertProperties(status="Dismissed"))
        done = costs.alerts.dismiss(scope, str(raised[0].name), aside)
        assert done.properties is not None and done.properties.status == "Dismissed"
        again = costs.alerts.get(scope, str(raised[0].name)).properties
        assert again is not None and again.status == "Dismissed"


def test_a_reader_of_costs_cannot_write(fresh_emulator: Emulator) -> None:
    scope = workspace_path(fresh_emulator, "fraud-prod").partition("/providers/")[0]
    with client(fresh_emulator, "cost-analyst") as costs:
        (seen,) = costs.budgets.list(scope)
        with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
            costs.budgets.create_or_update(scope, "mine", seen)
