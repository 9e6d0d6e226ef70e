"""Who can hold a role: the security principals of the directory, each with its type and how long it has been there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.emulator.estate import Estate

USER, GROUP, SERVICE_PRINCIPAL = "User", "Group", "ServicePrincipal"
#: How long after its creation a principal may still be unknown to role assignments, in simulated seconds. Azure names no figure.
REPLICATION_SECONDS = 60.0


def kind_of(estate: Estate, object_id: str) -> str | None:
    """The principal type of an object id in lower case, managed identities being service principals; None if there is no such principal."""
    if object_id in estate.people:
        return USER
    if object_id in estate.groups:
        return GROUP
    if any(known.object_id == object_id for known in estate.identities.values()) or _managed(estate, object_id):
        return SERVICE_PRINCIPAL
    return None


def is_fresh(estate: Estate, object_id: str, now: datetime) -> bool:
    """Whether the principal was made so recently that not every part of Azure knows it yet: a new managed identity, as a rule."""
    created = estate.newcomers.get(object_id)
    return created is not None and (now - created).total_seconds() < REPLICATION_SECONDS


def _managed(estate: Estate, object_id: str) -> bool:
    """Whether it is the identity of a workspace or a compute."""
    return any(object_id in _principals(workspace.identity) for workspace in estate.workspaces.values()) or any(
        object_id in _principals(compute.identity or {}) for compute in estate.computes.values()
    )


def _principals(identity: dict[str, Any]) -> set[str]:
    """The object ids in a resource's identity block: its own and those of identities assigned to it."""
    blocks = [identity, *(identity.get("userAssignedIdentities") or {}).values()]
    return {str(block["principalId"]).lower() for block in blocks if isinstance(block, dict) and block.get("principalId")}
