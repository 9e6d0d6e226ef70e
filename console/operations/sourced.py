"""Sourced: what a screen puts into a field for a secret that Azure holds, so that nobody has to see or type it."""

from __future__ import annotations

from console.azure.sources import StorageKey


def storage_key(account_id: str, key: str) -> str:
    """What stands for a key of a storage account (ARM id, `key1` or `key2`); Azure is asked for it as the plan is sent."""
    return str(StorageKey(account_id, key))
