"""What Key Vault tells of secrets over the wire: bundles with a value, items without one, and what was deleted.

The shapes are the published swagger's (7.5); which fields are there, and what is left out, is recorded.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.emulator.estate import SecretVersion, Vault, VaultSecret
from console.emulator.vault_secrets import DEFAULT_RETENTION_DAYS, purge_date, retention_days


def seconds(moment: datetime) -> int:
    """A moment as Key Vault has it: whole seconds since 1970, UTC."""
    return int(moment.timestamp())


def recovery_level(vault: Vault) -> str:
    """How what is deleted can be recovered, in the words of `DeletionRecoveryLevel`."""
    kind = "Recoverable" if retention_days(vault) == DEFAULT_RETENTION_DAYS else "CustomizedRecoverable"
    return kind if vault.body.get("enablePurgeProtection") else f"{kind}+Purgeable"


def _attributes(vault: Vault, held: SecretVersion) -> dict[str, Any]:
    found: dict[str, Any] = {"enabled": held.enabled}
    if held.not_before is not None:
        found["nbf"] = seconds(held.not_before)
    if held.expires is not None:
        found["exp"] = seconds(held.expires)
    return {
        **found,
        "created": seconds(held.created),
        "updated": seconds(held.updated),
        "recoveryLevel": recovery_level(vault),
        "recoverableDays": retention_days(vault),
    }


def _told(vault: Vault, identifier: str, held: SecretVersion) -> dict[str, Any]:
    return {
        **({} if held.content_type is None else {"contentType": held.content_type}),
        "id": identifier,
        "attributes": _attributes(vault, held),
        **({} if held.tags is None else {"tags": dict(held.tags)}),
    }


def version_item(vault: Vault, address: str, secret: VaultSecret, held: SecretVersion) -> dict[str, Any]:
    """A version without its value; `address` is the vault's."""
    return _told(vault, f"{address}/secrets/{secret.name}/{held.version}", held)


def bundle(vault: Vault, address: str, secret: VaultSecret, held: SecretVersion) -> dict[str, Any]:
    """A version with its value."""
    return {"value": held.value, **version_item(vault, address, secret, held)}


def item(vault: Vault, address: str, secret: VaultSecret) -> dict[str, Any]:
    """A secret in a list: its name, and what its latest version says of itself."""
    return _told(vault, f"{address}/secrets/{secret.name}", secret.latest)


def _recovery(vault: Vault, address: str, secret: VaultSecret) -> dict[str, Any]:
    if secret.deleted is None:
        raise ValueError(f"The secret {secret.name} is not deleted.")
    return {
        "recoveryId": f"{address}/deletedsecrets/{secret.name}",
        "deletedDate": seconds(secret.deleted),
        "scheduledPurgeDate": seconds(purge_date(vault, secret.deleted)),
    }


def deleted_bundle(vault: Vault, address: str, secret: VaultSecret) -> dict[str, Any]:
    """A deleted secret, without its value."""
    return {**_recovery(vault, address, secret), **version_item(vault, address, secret, secret.latest)}


def deleted_item(vault: Vault, address: str, secret: VaultSecret) -> dict[str, Any]:
    """A deleted secret in a list."""
    return {**_recovery(vault, address, secret), **item(vault, address, secret)}
