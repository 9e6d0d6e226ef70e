"""What of a secret for a Key Vault is kept in the state file: nothing but which of those that are here already it was, if any.

Keys of storage accounts and secrets of applications follow from the seed, versions in vaults from the writes before; a secret from
elsewhere is gone after a restart.
"""

from __future__ import annotations

from typing import Any

from console.emulator import storage_keys, vault_secrets
from console.emulator.applications import application
from console.emulator.estate import Estate
from console.emulator.storage_accounts import named

LOST = "canary-lost"
_FIELDS = ("attributes", "tags", "contentType")


def sealed(estate: Estate, body: Any) -> Any:
    """The body of a write to a vault without its value. One that is refused because of it has none instead: it is refused again."""
    if not isinstance(body, dict):
        return None
    kept = {name: body[name] for name in _FIELDS if name in body}
    if "value" not in body:
        return kept
    value = body["value"]
    fits = isinstance(value, str) and vault_secrets.is_text(value) and len(value.encode()) <= vault_secrets.LARGEST_VALUE
    return {"value": _mark(estate, value) if fits else None, **kept}


def opened(estate: Estate, body: Any) -> Any:
    """A body that was sealed, with a value again: the same where it was one of those that are here."""
    if not isinstance(body, dict) or not isinstance(body.get("value"), str):
        return body
    return {**body, "value": _value(estate, body["value"]) or LOST}


def _mark(estate: Estate, value: str) -> str:
    for account in estate.storage_accounts.values():
        key = storage_keys.holder(estate, account, value)
        if key is not None:
            return f"key {account.name} {key}"
    for identity in estate.identities.values():
        if identity.client_secret == value:
            return f"application {identity.client_id}"
    for vault in estate.vaults.values():
        for secret in vault.secrets.values():
            for held in secret.versions:
                if held.value == value:
                    return f"version {vault.name} {secret.name} {held.version}"
    return ""


def _value(estate: Estate, mark: str) -> str | None:
    kind, *of = mark.split(" ")
    match kind, of:
        case "key", [account_name, key]:
            account = named(estate, account_name)
            return None if account is None or key not in storage_keys.NAMES else storage_keys.value(estate, account, key)
        case "application", [client_id]:
            known = application(estate, client_id)
            return None if known is None else known.secret
        case "version", [vault_name, name, version]:
            vault = vault_secrets.named(estate, vault_name)
            secret = None if vault is None else vault.secrets.get(name.lower())
            held = None if secret is None else vault_secrets.version_of(secret, version)
            return None if held is None else held.value
    return None
