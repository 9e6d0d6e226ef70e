"""Naming: scopes as a person speaks of them: workspace fraud-prod, storage account mldata, the subscription by its name."""

from __future__ import annotations

from collections.abc import Mapping

#: Last type segment of an ARM id (lower case) → what it is called.
NOUNS = {
    "workspaces": "workspace",
    "storageaccounts": "storage account",
    "vaults": "Key Vault",
    "registries": "container registry",
    "managementgroups": "management group",
    "resourcegroups": "resource group",
    "subscriptions": "subscription",
}
ROOT = "the root, above all subscriptions"


def scope_words(scope: str, subscriptions: Mapping[str, str] | None = None) -> str:
    """A scope in words; `subscriptions` are names by id, which are shown in place of ids."""
    parts = [part for part in scope.split("/") if part]
    if len(parts) < 2:
        return ROOT
    kind, name = parts[-2].lower(), parts[-1]
    if kind == "subscriptions":
        name = (subscriptions or {}).get(name, name)
    return f"{NOUNS.get(kind, kind)} {name}"


def typed_name(scope: str, subscriptions: Mapping[str, str] | None = None) -> str:
    """What a person types to agree to a change at a wide scope: its name; "/" for the root."""
    parts = [part for part in scope.split("/") if part]
    name = parts[-1] if parts else "/"
    return (subscriptions or {}).get(name, name)
