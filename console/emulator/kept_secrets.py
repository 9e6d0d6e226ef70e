"""What of a secret is kept in the state file: nothing but which of the emulator's own it was, so that a write can be done again.

Keys, and what they signed, follow from the seed; a secret from elsewhere is gone after a restart.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from console.emulator import storage_keys
from console.emulator.applications import application
from console.emulator.datastore_requests import CREDENTIALS
from console.emulator.estate import Estate, StorageAccount
from console.emulator.storage_access import PLACES
from console.emulator.storage_accounts import named
from console.emulator.vault_secrets import is_text


def _credentials(body: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The properties and the credentials in a body that has such, or None."""
    properties = body.get("properties") if isinstance(body, dict) else None
    credentials = properties.get("credentials") if isinstance(properties, dict) else None
    return (properties, credentials) if isinstance(properties, dict) and isinstance(credentials, dict) else None


def _fields(credentials: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """The name of the secret of credentials, if they have one, and those of what is told besides."""
    kind = credentials.get("credentialsType")
    return CREDENTIALS[kind] if isinstance(kind, str) and kind in CREDENTIALS else (None, ())


def _place(estate: Estate, properties: Mapping[str, Any]) -> tuple[StorageAccount, str, str] | None:
    account, kind = named(estate, str(properties.get("accountName", ""))), str(properties.get("datastoreType"))
    if account is None or kind not in PLACES:
        return None
    service, field, _ = PLACES[kind]
    return account, service, str(properties.get(field))


def sealed(estate: Estate, body: Any) -> Any:
    """A request's body without the secrets in its credentials: for each, at most which of the emulator's own it is."""
    found = _credentials(body)
    if found is None:
        return body
    properties, credentials = found
    kept = {one: copy.deepcopy(credentials[one]) for one in ("credentialsType", *_fields(credentials)[1]) if one in credentials}
    if "secrets" in credentials:
        kept["secrets"] = _marked(estate, properties, credentials)
    return {**body, "properties": {**properties, "credentials": kept}}


def _marked(estate: Estate, properties: Mapping[str, Any], credentials: Mapping[str, Any]) -> dict[str, Any] | None:
    """The secrets of credentials by marks. That there was one, or none, is part of what was asked; so is a type that does not belong there.

    None for what has not the shape of secrets, and is refused.
    """
    secrets, name = credentials["secrets"], _fields(credentials)[0]
    if not isinstance(secrets, dict):
        return None
    kind = secrets.get("secretsType")
    told = {"secretsType": kind if isinstance(kind, str) else None} if "secretsType" in secrets else {}
    value = None if name is None else secrets.get(name)
    if value is not None and not is_text(str(value)):
        return None
    return told if name is None or value is None else {**told, name: _mark(estate, properties, credentials, str(value))}


def _mark(estate: Estate, properties: Mapping[str, Any], credentials: Mapping[str, Any], value: str) -> str:
    """Which secret of the emulator's own a value is; "" for one from elsewhere."""
    place = _place(estate, properties)
    match credentials["credentialsType"]:
        case "AccountKey" if place is not None:
            return storage_keys.holder(estate, place[0], value) or ""
        case "Sas" if place is not None:
            key = storage_keys.signer(estate, place[0], value, place[1], place[2])
            return "" if key is None else f"{key}?{storage_keys.unsigned(value)}"
        case "ServicePrincipal" | "Certificate":
            known = application(estate, str(credentials.get("clientId")))
            return "application" if known is not None and value in (known.secret, known.certificate) else ""
    return ""


def opened(estate: Estate, body: Any) -> Any:
    """A body that was sealed, with the secrets of the emulator's own again."""
    found = _credentials(body)
    if found is None:
        return body
    properties, credentials = found
    name, secrets = _fields(credentials)[0], credentials.get("secrets")
    if name is None or not isinstance(secrets, dict) or not isinstance(secrets.get(name), str):
        return body
    mark = secrets[name]
    secrets[name] = _secret(estate, properties, credentials, mark) if mark else f"canary-lost-{name}"
    return body


def _secret(estate: Estate, properties: Mapping[str, Any], credentials: Mapping[str, Any], mark: str) -> str:
    key, _, fields = mark.partition("?")
    place = _place(estate, properties)
    known = application(estate, str(credentials.get("clientId")))
    if known is not None and key == "application":
        return known.certificate if credentials["credentialsType"] == "Certificate" else known.secret
    if place is None or key not in storage_keys.NAMES:
        return ""
    if not fields:
        return storage_keys.value(estate, place[0], key)
    return storage_keys.signed(estate, place[0], key, storage_keys.read_sas(fields), place[1], place[2])
