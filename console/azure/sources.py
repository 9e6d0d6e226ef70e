"""Sources: what stands in a request's body for a secret that Azure itself holds, which is read there at the moment of sending.

Unlike a slot, whose secret one process has in memory, a source can be read again: a plan with it goes on after the console has ended.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import msgspec

from console.domain.trouble import Kind, Trouble, TroubleError


class StorageKey(msgspec.Struct, frozen=True):
    """A key of a storage account, by the account's ARM id and the key's name (`key1`, `key2`)."""

    account_id: str
    key: str

    def __str__(self) -> str:
        return f"{{{{from:storage-key:{self.account_id}/keys/{self.key}}}}}"


class StorageSas(msgspec.Struct, frozen=True):
    """A shared access signature for a container (`service` blob) or a share (file), made with a key of the account as it is sent.

    `permissions` are letters in Azure's order (`rl`), `expires` is the moment that it ends, as `2027-01-31T00:00:00Z`.
    """

    account_id: str
    key: str
    service: str
    container: str
    permissions: str
    expires: str

    def __str__(self) -> str:
        lets = f"{self.service}/{self.container}/{self.permissions}/{self.expires}"
        return f"{{{{from:storage-sas:{self.account_id}/keys/{self.key}/{lets}}}}}"


class VaultSecret(msgspec.Struct, frozen=True):
    """A secret of a Key Vault, by the vault's address (`https://NAME.vault.azure.net`), its name and version ("": the newest)."""

    vault: str
    name: str
    version: str = ""

    @property
    def url(self) -> str:
        """The identifier that Azure gives it: with its version if that is named."""
        return "/".join(part for part in (self.vault.rstrip("/"), "secrets", self.name, self.version) if part)

    def __str__(self) -> str:
        return f"{{{{from:vault-secret:{self.url}}}}}"


class DatastoreSecret(msgspec.Struct, frozen=True):
    """What opens a datastore, by the datastore's ARM id: its account key, SAS, client secret or certificate, whichever it has."""

    datastore_id: str

    def __str__(self) -> str:
        return f"{{{{from:datastore-secret:{self.datastore_id}}}}}"


class ConnectionSecret(msgspec.Struct, frozen=True):
    """What a connection's credentials hold, by the connection's ARM id and a field's name on the wire (`key`, `keys`; "": all of them)."""

    connection_id: str
    field: str = ""

    def __str__(self) -> str:
        return f"{{{{from:connection-secret:{'/'.join(part for part in (self.connection_id, 'credentials', self.field) if part)}}}}}"


Source = StorageKey | StorageSas | VaultSecret | DatastoreSecret | ConnectionSecret
#: Gives the secret that a source names: a text, or what a connection keeps (JSON-ready). Raises TroubleError.
Read = Callable[[Source], Awaitable[Any]]

_CREDENTIALS = ("properties", "credentials")
#: What is secret in them: `secrets` of a datastore, the rest of connections (workspaceRP.json); beside them stand names and ids.
_SECRET = frozenset({"secrets", "key", "keys", "sas", "pat", "password", "clientSecret", "secretAccessKey"})

_STORAGE_KEY = re.compile(r"\{\{from:storage-key:(/[^{}]+)/keys/(\w+)\}\}")
_STORAGE_SAS = re.compile(
    r"\{\{from:storage-sas:(/[^{}]+)/keys/(\w+)/(blob|file)/([$a-z0-9-]{3,63})/([a-z]{1,16})/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\}\}"
)
_VAULT_SECRET = re.compile(r"\{\{from:vault-secret:(https://[^/{}]+)/secrets/([0-9A-Za-z-]{1,127})(?:/([0-9A-Za-z]{1,64}))?\}\}")
_DATASTORE_SECRET = re.compile(r"\{\{from:datastore-secret:(/[^{}]+/datastores/[^/{}]+)\}\}")
_CONNECTION_SECRET = re.compile(r"\{\{from:connection-secret:(/[^{}]+/connections/[^/{}]+)/credentials(?:/(\w+))?\}\}")


def source(text: str) -> Source | None:
    """What a text names, if it is a source as a body has it."""
    if found := _STORAGE_KEY.fullmatch(text):
        return StorageKey(found[1], found[2])
    if found := _STORAGE_SAS.fullmatch(text):
        return StorageSas(*found.groups())
    if found := _VAULT_SECRET.fullmatch(text):
        return VaultSecret(found[1], found[2], found[3] or "")
    if found := _DATASTORE_SECRET.fullmatch(text):
        return DatastoreSecret(found[1])
    if found := _CONNECTION_SECRET.fullmatch(text):
        return ConnectionSecret(found[1], found[2] or "")
    return None


def sources_in(body: Any) -> tuple[Source, ...]:
    """What is read before a body is sent, each once, in its order there."""
    found: dict[Source, None] = {}
    _gather(body, found)
    return tuple(found)


def without(data: Any) -> Any:
    """The same data with "" for each source: a name of what Azure holds is no secret, wherever it stands."""
    return _put(data, dict.fromkeys(map(str, sources_in(data)), ""))


async def filled(body: Any, read: Read) -> Any:
    """The body with the secrets that its sources name; the same object where it has none. Raises TroubleError.

    A body is made of what Azure told, which others wrote: a source counts where a secret belongs alone, else nothing is read. Who could
    have one read into a description would have every secret that an administrator may read.
    """
    named = sources_in(body)
    if not named:
        return body
    if places := tuple(_misplaced(body, ())):
        sentence = f"{places[0]} names a secret, which may stand only below `credentials`: nothing was read, and nothing sent."
        raise TroubleError(Trouble(Kind.INVALID, sentence, "SecretMisplaced"))
    return _put(body, {str(each): await read(each) for each in named})


def _misplaced(body: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Where sources stand that nobody's plan put there."""
    if isinstance(body, str):
        if (named := source(body)) is not None and not _belongs(named, path):
            yield ".".join(path) or "The body"
    elif isinstance(body, Mapping):
        for name, value in body.items():
            yield from _misplaced(value, (*path, str(name)))
    elif isinstance(body, list | tuple):
        for item in body:
            yield from _misplaced(item, path)


def _belongs(named: Source, path: tuple[str, ...]) -> bool:
    """Whether it stands for all that is kept of a resource's credentials, for a secret field of them, or for the very field it names."""
    if path[:2] != _CREDENTIALS:
        return False
    return len(path) == 2 or path[2] in _SECRET or (isinstance(named, ConnectionSecret) and path[2:] == (named.field,))


def _gather(body: Any, found: dict[Source, None]) -> None:
    if isinstance(body, str):
        if (named := source(body)) is not None:
            found[named] = None
    elif isinstance(body, Mapping):
        for value in body.values():
            _gather(value, found)
    elif isinstance(body, list | tuple):
        for item in body:
            _gather(item, found)


def _put(body: Any, secrets: Mapping[str, Any]) -> Any:
    if isinstance(body, str):
        return secrets.get(body, body)
    if isinstance(body, Mapping):
        return {name: _put(value, secrets) for name, value in body.items()}
    if isinstance(body, list | tuple):
        return [_put(item, secrets) for item in body]
    return body
