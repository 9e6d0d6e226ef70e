"""Who can hold a role: the security principals of the directory, each with its type and how long it has been there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.emulator.estate import Estate

USER, GROUP, SERVICE_PRINCIPAL = "User", "Group", "ServicePrincipal"
#: How long after its creation a principal may still be unknown to role assignments, in simulated seconds. Azure names no figure.
REPLICATION_SECONDS = 60.0


def kind_of(estate: Estate, object_id: str) -> str | None:
    """The principal type of an object id in lower case: User, Group or ServicePrincipal; None if the directory has no such principal."""
    if object_id in estate.people:
        return USER
    if object_id in estate.groups:
        return GROUP
    if any(known.object_id == object_id for known in estate.identities.values()) or _created(estate, object_id) is not None:
        return SERVICE_PRINCIPAL
    return None


def is_fresh(estate: Estate, object_id: str, now: datetime) -> bool:
    """Whether the principal was made so recently that not every part of Azure knows it yet: a new managed identity, as a rule."""
    created = _created(estate, object_id)
    return created is not None and (now - created).total_seconds() < REPLICATION_SECONDS


def _created(estate: Estate, object_id: str) -> datetime | None:
    """When a managed identity that a resource brought along, or a principal made after the epoch, came to be."""
    if object_id in estate.newcomers:
        return estate.newcomers[object_id]
    for workspace in estate.workspaces.values():
        if object_id in _principals(workspace.identity):
            return workspace.created_at
    for compute in estate.computes.values():
        if object_id in _principals(compute.identity or {}):
            return compute.created_at
    return None


def _principals(identity: dict[str, Any]) -> set[str]:
    """The object ids in a resource's identity block: its own and those of identities assigned to it."""
    blocks = [identity, *(identity.get("userAssignedIdentities") or {}).values()]
    return {str(block["principalId"]).lower() for block in blocks if isinstance(block, dict) and block.get("principalId")}
