"""Alerts of Cost Management, one by one: as they are now, and putting them aside (published swagger 2025-03-01, Alerts - Dismiss).

The operation takes any status of the schema; that `Active` brings a dismissed one back is inferred, as the portal does so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.azure.budgets import API, decode_alert
from console.azure.errors import unreadable
from console.azure.request import Request
from console.domain.billing.budgets import Alert

if TYPE_CHECKING:
    from console.azure.arm import ArmClient


async def read_one(arm: ArmClient, alert_id: str) -> Alert:
    """An alert as it is now. Raises TroubleError, also where it cannot be read."""
    found = decode_alert((await arm.send(Request(method="GET", path=alert_id, api_version=API))).body)
    if found.fault:
        raise unreadable(found.fault, f"GET {alert_id}", arm.clock.now())
    return found


def status_request(alert_id: str, status: str) -> Request:
    """Give an alert another status."""
    return Request(method="PATCH", path=alert_id, api_version=API, body={"properties": {"status": status}})
