"""Where the secrets of connections are kept: in the Key Vault of their workspace. The one place that stores, reads and forgets them.

That Machine Learning keeps them there, and that they are deleted with their connection, is documented. How it names them, and how several
secrets of one connection are written, was never seen: both are the emulator's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

from console.emulator import vault_secrets
from console.emulator.connection_categories import CREDENTIALS
from console.emulator.estate import Connection, Estate, Vault

PREFIX = "aml-connection-"
#: The field that holds several secrets by names of their own.
_KEYS = "keys"


class NoVaultError(Exception):
    """The workspace's Key Vault is gone: there is nowhere to keep a secret."""


def _vault(estate: Estate, connection: Connection) -> Vault | None:
    return vault_secrets.vault_of(estate, estate.workspaces[connection.workspace_id])


def keep(estate: Estate, connection: Connection, credentials: Mapping[str, Any], now: datetime) -> None:
    """Store what a connection is opened with, as it goes over the wire. Raises NoVaultError; then nothing has changed."""
    hidden = {name: credentials[name] for name in CREDENTIALS[connection.auth_type][0] if credentials.get(name) is not None}
    vault = _vault(estate, connection)
    if vault is None and hidden:
        raise NoVaultError
    connection.credentials = {name: value for name, value in credentials.items() if name not in hidden}
    if not hidden:
        forget(estate, connection, now)
    elif vault is not None:
        connection.secret_fields = tuple(hidden)
        value = next(iter(hidden.values()))
        _put(estate, vault, connection, value if len(hidden) == 1 and isinstance(value, str) else json.dumps(hidden), now)


def _put(estate: Estate, vault: Vault, connection: Connection, value: str, now: datetime) -> None:
    connection.vault_secret = connection.vault_secret or _name(vault, connection)
    try:
        vault_secrets.put(estate, vault, now, connection.vault_secret, value)
    except vault_secrets.DeletedNameError:
        # Somebody deleted it in the vault; the name is taken until it is purged.
        connection.vault_secret = _name(vault, connection)
        vault_secrets.put(estate, vault, now, connection.vault_secret, value)


def _name(vault: Vault, connection: Connection) -> str:
    return PREFIX + blake2b(f"{connection.id.lower()} {vault.made}".encode(), digest_size=16).hexdigest()


def kept(estate: Estate, connection: Connection) -> dict[str, Any]:
    """What a connection is opened with, as listsecrets tells it; without what the vault does not give out any more."""
    vault = _vault(estate, connection)
    value = None if vault is None or not connection.vault_secret else vault_secrets.value_of(vault, connection.vault_secret)
    if value is None:
        return dict(connection.credentials)
    return {**connection.credentials, **_read(value, connection.secret_fields)}


def _read(value: str, fields: tuple[str, ...]) -> dict[str, Any]:
    """The secrets of those names in the value of one in a vault; none if somebody set it there to what Machine Learning did not write."""
    if len(fields) == 1 and fields != (_KEYS,):
        return {fields[0]: value}
    try:
        hidden = json.loads(value)
    except ValueError:
        return {}
    return hidden if isinstance(hidden, dict) and all(name in fields and _is_secret(name, one) for name, one in hidden.items()) else {}


def _is_secret(name: str, value: object) -> bool:
    texts = value.values() if name == _KEYS and isinstance(value, dict) else (value,)
    return all(isinstance(one, str) for one in texts)


def forget(estate: Estate, connection: Connection, now: datetime) -> None:
    """Delete the secret of a connection; the vault keeps it for as long as what was deleted can be recovered."""
    vault = _vault(estate, connection)
    secret = None if vault is None or not connection.vault_secret else vault_secrets.find(vault, connection.vault_secret)
    if secret is not None:
        vault_secrets.delete(secret, now)
    connection.vault_secret, connection.secret_fields = "", ()
