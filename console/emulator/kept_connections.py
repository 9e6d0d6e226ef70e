"""What of a connection's secrets is kept in the state file: nothing but which of the emulator's own each was.

Keys of storage, what they signed, secrets of applications and of the story's services follow from the seed, what is in vaults from the
writes before; a secret from elsewhere is gone after a restart.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from console.emulator import connection_targets, storage_keys, vault_kept
from console.emulator.applications import application
from console.emulator.connection_access import account, place
from console.emulator.connection_categories import CREDENTIALS, category
from console.emulator.estate import Connection, Estate
from console.emulator.vault_secrets import is_text

#: Up to this many bytes nothing is told of a secret from elsewhere, not even its length.
_SHORT = 100
_PATH = re.compile(r".*/workspaces/[^/]+/connections/[^/]+(?:/testconnection)?/?", re.IGNORECASE)


def concerns(path: str) -> bool:
    """Whether a request to that path has the body of a connection."""
    return _PATH.fullmatch(path) is not None


def _kept(estate: Estate, path: str) -> Connection | None:
    return estate.connections.get(path.lower().rstrip("/").removesuffix("/testconnection"))


def _credentials(body: Any) -> tuple[dict[str, Any], Any] | None:
    """The properties and the credentials in a body, or None where it has none."""
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict) or properties.get("credentials") is None:
        return None
    return properties, properties["credentials"]


def _told(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """What is no secret in the credentials of a body's type."""
    kind = properties.get("authType")
    return CREDENTIALS[kind][1] if isinstance(kind, str) and kind in CREDENTIALS else ()


def sealed(estate: Estate, path: str, body: Any) -> Any:
    """The body of a request without the secrets of a connection."""
    after = copy.deepcopy(body)
    if isinstance(after, dict) and isinstance(after.get("properties"), dict):
        # The stable schema has a secret of old here; it is not read.
        after["properties"].pop("value", None)
    found = _credentials(after)
    if found is None:
        return after
    properties, credentials = found
    told = _told(properties)
    properties["credentials"] = _each(credentials, told, lambda field, value: _mark(estate, path, properties, credentials, field, value))
    return after


def opened(estate: Estate, path: str, body: Any) -> Any:
    """A body that was sealed, with the secrets of the emulator's own again."""
    found = _credentials(body)
    if found is None:
        return body
    properties, credentials = found
    told = _told(properties)
    properties["credentials"] = _each(credentials, told, lambda field, mark: _secret(estate, path, properties, credentials, field, mark))
    return body


def _each(credentials: Any, told: tuple[str, ...], change: Any) -> Any:
    """Credentials with each text that may be secret changed; what is of another shape than the schema's keeps its shape."""

    def changed(field: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: changed(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [changed(field, inner) for inner in value]
        if isinstance(value, str) and is_text(value):
            return change(field, value)
        return value if value is None or isinstance(value, bool) else 0

    if not isinstance(credentials, dict):
        return changed("", credentials)
    return {
        name: value if name in told and isinstance(value, str) and is_text(value) else changed(name, value)
        for name, value in credentials.items()
    }


def _elsewhere(estate: Estate, value: str) -> str:
    """The mark of a secret that is no key of what the connection leads to: which of those in vaults it is, if any.

    Else nothing is told, but for one so long that it may be refused for it.
    """
    size = len(value.encode())
    return vault_kept.sealed(estate, {"value": value})["value"] or (f"+{size}" if size > _SHORT else "")


def _lost(estate: Estate, field: str, mark: str) -> str:
    """The secret that a mark is of, or what stands for it after a restart, as long as that was if its length was marked."""
    known = vault_kept.opened(estate, {"value": mark})["value"]
    if known != vault_kept.LOST:
        return str(known)
    return f"canary-lost-{field}".ljust(int(mark[1:]) if mark[:1] == "+" and mark[1:].isdecimal() else 0, "-")


def _where(estate: Estate, path: str, properties: Mapping[str, Any]) -> tuple[str, str | None, dict[str, Any]]:
    """The category, the target and the metadata of a body, or of the connection that it changes where it does not have them."""
    kept = _kept(estate, path)
    word, target, metadata = properties.get("category"), properties.get("target"), properties.get("metadata")
    known = category(word) if isinstance(word, str) else None
    return (
        known or ("" if kept is None else kept.category),
        target if isinstance(target, str) else None if kept is None else kept.target,
        metadata if isinstance(metadata, dict) else {} if kept is None else dict(kept.metadata),
    )


def _mark(estate: Estate, path: str, properties: Mapping[str, Any], credentials: Any, field: str, value: str) -> str:
    """Which secret of the emulator's own a value is."""
    known, target, metadata = _where(estate, path, properties)
    storage = account(estate, known, target, metadata)
    if storage is not None and field in ("key", "secretAccessKey"):
        return storage_keys.holder(estate, storage, value) or _elsewhere(estate, value)
    if storage is not None and field == "sas":
        key = storage_keys.signer(estate, storage, value, "blob", place(target, metadata)[1])
        return _elsewhere(estate, value) if key is None else f"{key}?{storage_keys.unsigned(value)}"
    if field == "clientSecret" and isinstance(credentials, dict):
        signed_in = application(estate, str(credentials.get("clientId")))
        return "application" if signed_in is not None and signed_in.secret == value else _elsewhere(estate, value)
    service = connection_targets.service(target)
    return (
        "service"
        if service is not None and connection_targets.secret(estate, service.target, field) == value
        else _elsewhere(estate, value)
    )


def _secret(estate: Estate, path: str, properties: Mapping[str, Any], credentials: Any, field: str, mark: str) -> str:
    known, target, metadata = _where(estate, path, properties)
    storage, service = account(estate, known, target, metadata), connection_targets.service(target)
    key, _, fields = mark.partition("?")
    if key == "application":
        signed_in = application(estate, str(credentials.get("clientId")))
        return _lost(estate, field, mark) if signed_in is None else signed_in.secret
    if key == "service" and service is not None:
        return connection_targets.secret(estate, service.target, field)
    if key not in storage_keys.NAMES or storage is None:
        return _lost(estate, field, mark)
    if not fields:
        return storage_keys.value(estate, storage, key)
    return storage_keys.signed(estate, storage, key, storage_keys.read_sas(fields), "blob", place(target, metadata)[1])
