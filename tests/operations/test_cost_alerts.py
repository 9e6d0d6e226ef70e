"""Alerts of Cost Management are put aside and brought back: what is sent, and who is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from azure.mgmt.costmanagement.models import AlertProperties, DismissAlertPayload

from console.domain.billing.budgets import Alert
from console.operations.cost_alerts import WRITE, can_dismiss, can_reactivate, dismiss, reactivate

SCOPE = "/subscriptions/s/resourceGroups/g"
ALERT = Alert(
    id=f"{SCOPE}/providers/Microsoft.CostManagement/alerts/a1",
    name="a1",
    scope=SCOPE,
    status="Active",
    budget=f"{SCOPE}/providers/Microsoft.CostManagement/budgets/team",
    threshold=Decimal("0.8"),
)


def test_it_sends_what_the_sdk_sends_and_can_be_taken_back() -> None:
    plan = dismiss([ALERT], {"s": "prod"})
    step = plan.steps[0]
    assert (step.request.method, step.request.path, step.request.api_version) == ("PATCH", ALERT.id, "2025-03-01")
    assert step.request.body == DismissAlertPayload(properties=AlertProperties(status="Dismissed")).as_dict()
    assert (step.permission, step.at, step.rests_on, step.settles.states) == (WRITE, SCOPE, "Active", ("Dismissed",))
    assert step.undo is not None and step.undo.request.body == {"properties": {"status": "Active"}}
    assert (step.undo.rests_on, step.undo.settles.states) == ("Dismissed", ("Active",))
    assert plan.title == "Dismiss the alert of team at 80 %" and dismiss([ALERT, ALERT], {}).title == "Dismiss 2 alerts"


@pytest.mark.parametrize(("status", "aside", "back"), [("Active", True, False), ("Dismissed", False, True), ("Resolved", False, False)])
def test_only_an_active_alert_is_put_aside_and_only_a_dismissed_one_brought_back(status: str, aside: bool, back: bool) -> None:
    alert = Alert(id=ALERT.id, name="a1", scope=SCOPE, status=status)
    assert (not can_dismiss(alert), not can_reactivate(alert)) == (aside, back)
    assert can_dismiss(Alert(id="x", name="x", scope="", fault="odd")) and can_reactivate(Alert(id="x", name="x", scope="", fault="odd"))
    assert reactivate([alert], {}).steps[0].settles.states == ("Active",)
