"""The identity that Azure makes for a resource, and that lives as long as the resource has it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.emulator.activity import steady_guid
from console.emulator.estate import Estate


def with_principal(estate: Estate, asked: Any, before: dict[str, Any] | None, resource_id: str, now: datetime) -> dict[str, Any] | None:
    """The identity block of a resource as Azure tells it, after one was asked for: with its principal, a new one unless it had one."""
    if not isinstance(asked, dict):
        return before
    told = {name: value for name, value in asked.items() if name not in ("principalId", "tenantId")}
    if "systemassigned" not in str(asked.get("type", "")).lower():
        return told
    principal = (before or {}).get("principalId")
    if principal is None:
        principal = steady_guid(estate.seed, "identity", resource_id.lower(), now.isoformat())
        estate.newcomers[principal] = now
    return {**told, "principalId": principal, "tenantId": estate.tenant_id}
