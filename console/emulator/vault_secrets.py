"""What is in a Key Vault: secrets and their versions, set, changed, deleted, recovered and purged. Who may is not decided here.

A name is the same in whatever case. A deleted secret keeps its name until it is purged, by somebody or once the vault's retention is over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from console.emulator.estate import Estate, SecretVersion, Vault, VaultSecret, Workspace

#: Published: the pattern and the length of a name ("Key Vault object name rules"), the size of a value ("About secrets").
NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
LARGEST_VALUE = 25 * 1024
DEFAULT_RETENTION_DAYS = 90


class DeletedNameError(Exception):
    """The name belongs to a secret that was deleted and can be recovered; the message is that name."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a secret's version has besides its value. None leaves out what can be left out."""

    enabled: bool = True
    not_before: datetime | None = None
    expires: datetime | None = None
    content_type: str | None = None
    tags: dict[str, str] | None = None


def is_text(value: str) -> bool:
    """Whether a JSON string can be written as UTF-8: one with half a character cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def vault_of(estate: Estate, workspace: Workspace) -> Vault | None:
    """The Key Vault that a workspace keeps its secrets in; None when it is gone."""
    return estate.vaults.get(str(workspace.body["keyVault"]).lower())


def named(estate: Estate, name: str) -> Vault | None:
    """The vault of that name, which is one of its kind in all of Azure."""
    return next((one for one in estate.vaults.values() if one.name.lower() == name.lower()), None)


def retention_days(vault: Vault) -> int:
    """How long what was deleted can be recovered."""
    return int(vault.body.get("softDeleteRetentionInDays", DEFAULT_RETENTION_DAYS))


def purge_date(vault: Vault, deleted: datetime) -> datetime:
    """When what was deleted at that moment is purged by Azure."""
    return deleted + timedelta(days=retention_days(vault))


def find(vault: Vault, name: str) -> VaultSecret | None:
    """The secret of that name, if there is one that was not deleted."""
    found = vault.secrets.get(name.lower())
    return None if found is None or found.deleted is not None else found


def find_deleted(vault: Vault, name: str, now: datetime) -> VaultSecret | None:
    """The deleted secret of that name, if it can still be recovered."""
    found = vault.secrets.get(name.lower())
    if found is None or found.deleted is None:
        return None
    if purge_date(vault, found.deleted) <= now:
        del vault.secrets[name.lower()]
        return None
    return found


def version_of(secret: VaultSecret, version: str) -> SecretVersion | None:
    """A version by its name; "" is the latest."""
    return secret.latest if not version else next((one for one in secret.versions if one.version == version.lower()), None)


def put(estate: Estate, vault: Vault, now: datetime, name: str, value: str, facts: Facts | None = None) -> SecretVersion:
    """Set a secret: one more version, the latest from now on. Raises DeletedNameError."""
    if find_deleted(vault, name, now) is not None:
        raise DeletedNameError(name)
    facts = facts or Facts()
    vault.made += 1
    # A version's name follows from what came before: the same writes lead to the same names.
    digest = blake2b(f"{estate.seed} {vault.id.lower()} {vault.made}".encode(), digest_size=16).hexdigest()
    made = SecretVersion(
        version=digest,
        value=value,
        created=now,
        updated=now,
        enabled=facts.enabled,
        not_before=facts.not_before,
        expires=facts.expires,
        content_type=facts.content_type,
        tags=facts.tags,
    )
    vault.secrets.setdefault(name.lower(), VaultSecret(name)).versions.append(made)
    return made


def delete(secret: VaultSecret, now: datetime) -> None:
    """Delete a secret with all its versions; it can be recovered."""
    secret.deleted = now


def recover(secret: VaultSecret) -> None:
    """Bring a deleted secret back as it was."""
    secret.deleted = None


def purge(vault: Vault, secret: VaultSecret) -> None:
    """Remove a deleted secret for ever; its name is free again."""
    del vault.secrets[secret.name.lower()]


def value_of(vault: Vault, name: str, version: str = "") -> str | None:
    """The value that whoever may read it gets; None when there is no such secret, it was deleted, or it is disabled.

    Azure gives out secrets before their time and after it has passed ("About secrets": date-time controlled operations).
    """
    secret = find(vault, name)
    held = None if secret is None else version_of(secret, version)
    return None if held is None or not held.enabled else held.value
