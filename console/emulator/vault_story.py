"""The Key Vaults of Contoso's workspaces, and whom the old ones still let read their secrets by policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.emulator import vaults
from console.emulator.estate import Estate, Vault, Workspace

#: The oldest workspaces have vaults from before roles decided; whom their policies name, with what they may do with secrets.
POLICIES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "fraud-prod": {
        "ml-platform-admins": ("get", "list", "set", "delete", "backup", "restore", "recover"),
        # A proof of concept that ended in 2022. In it, a group that was forgotten too: hackathon-2023.
        "fraud-poc-2022": ("get", "list"),
    },
    "fraud-dev": {"fraud-data-scientists": ("get", "list")},
    "sandbox": {"ai-lab": ("get", "list", "set")},
}
#: What Machine Learning permits the identity of a workspace, whose secrets it keeps.
_ALL = {"keys": ["all"], "secrets": ["all"], "certificates": ["all"]}
ADMINISTRATOR = ("get", "list", "set", "delete", "backup", "restore", "recover", "purge")
#: Nobody has this object id any more: a policy outlives whom it was made for.
GONE = "4d1c0c63-52a7-4c5e-8f5e-0d6d2a1b9f07"


def found(estate: Estate, groups: Mapping[str, str]) -> None:
    """Give every workspace the vault that it names; `groups` are object ids by display name."""
    for workspace in estate.workspaces.values():
        vault = _vault(workspace)
        if workspace.name in POLICIES:
            holders = {workspace.identity["principalId"]: _ALL}
            holders |= {groups[name]: {"secrets": list(permitted)} for name, permitted in POLICIES[workspace.name].items()}
            if workspace.name == "fraud-prod":
                holders[GONE] = {"secrets": ["get"]}
                # Whoever owns a subscription may give itself a vault's secrets by policy; here that was done.
                holders[estate.identities["admin"].object_id] = {"secrets": list(ADMINISTRATOR)}
            vault.body["accessPolicies"] = [_policy(estate, holder, permitted) for holder, permitted in holders.items()]
        estate.vaults[vault.id.lower()] = vault


def _vault(workspace: Workspace) -> Vault:
    identifier = str(workspace.body["keyVault"])
    name = identifier.rpartition("/")[2]
    private = workspace.body["publicNetworkAccess"] == "Disabled"
    return Vault(
        id=identifier,
        name=name,
        location=workspace.location,
        created_at=workspace.created_at,
        created_by=workspace.created_by,
        created_by_type=workspace.created_by_type,
        body=vaults.properties(name, rbac=workspace.name not in POLICIES, private=private),
        tags=dict(workspace.tags),
    )


def _policy(estate: Estate, object_id: str, permissions: Mapping[str, list[str]]) -> dict[str, Any]:
    return {"tenantId": estate.tenant_id, "objectId": object_id, "permissions": {kind: list(told) for kind, told in permissions.items()}}
