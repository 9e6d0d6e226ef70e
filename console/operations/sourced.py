"""Sourced: what a screen puts into a field for a secret that Azure holds, so that nobody has to see or type it."""

from __future__ import annotations

from datetime import datetime

from console.azure.sources import StorageKey, StorageSas


def storage_key(account_id: str, key: str) -> str:
    """What stands for a key of a storage account (ARM id, `key1` or `key2`); Azure is asked for it as the plan is sent."""
    return str(StorageKey(account_id, key))


def storage_sas(account_id: str, key: str, service: str, container: str, permissions: str, expires: datetime) -> str:
    """What stands for a shared access signature for a container (`blob`) or a share (`file`) until `expires` (UTC).

    It is made as the plan is sent, with that key of the account; `permissions` are letters in Azure's order, such as `rl`.
    """
    return str(StorageSas(account_id, key, service, container, permissions, f"{expires:%Y-%m-%dT%H:%M:%SZ}"))
