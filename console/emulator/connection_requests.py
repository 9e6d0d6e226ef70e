"""What a PUT or a PATCH on a connection asks for, checked against the schema and against what fits its category."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from console.emulator.connection_categories import BARE, CREDENTIALS, FITTING, GROUPS, WITHOUT_TARGET, category
from console.emulator.vault_secrets import LARGEST_VALUE, is_text

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")
_NETWORK = {"peRequirement": ("Required", "NotRequired", "NotApplicable"), "peStatus": ("Inactive", "Active", "NotApplicable")}


class InvalidConnectionError(Exception):
    """What was asked is no connection; the message is the sentence that is answered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A connection as a caller described it."""

    category: str
    auth_type: str
    target: str | None
    credentials: dict[str, Any] = field(repr=False)
    metadata: dict[str, str | None]
    expires: datetime | None
    shared_to_all: bool
    shared_users: tuple[str, ...]
    by_workspace_identity: bool
    network: dict[str, str]
    error: str | None


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """An object of the body. Raises InvalidConnectionError."""
    if not isinstance(value, dict):
        raise InvalidConnectionError(f"{what} must be an object.")
    return value


def properties(body: object) -> Mapping[str, Any]:
    """The properties in a body. Raises InvalidConnectionError."""
    return mapping(mapping(body, "The request body").get("properties"), "properties")


def parse(given: Mapping[str, Any], name: str) -> Wanted:
    """Read and check the properties of a whole connection. Raises InvalidConnectionError."""
    if not NAME.fullmatch(name):
        raise InvalidConnectionError(f"Connection name '{name}' is invalid: 3 to 33 letters, digits, - and _, a letter or a digit first.")
    word = given.get("category")
    known = category(word) if isinstance(word, str) else None
    if known is None:
        raise InvalidConnectionError(f"Connection category '{word}' is not one of {', '.join(GROUPS)}.")
    kind = given.get("authType")
    if not isinstance(kind, str) or kind not in CREDENTIALS:
        raise InvalidConnectionError(f"Connection authType '{kind}' is not one of {', '.join(CREDENTIALS)}.")
    if kind not in FITTING.get(known, (kind,)):
        fitting = ", ".join(FITTING[known])
        raise InvalidConnectionError(f"Connections of category {known} cannot have the authType {kind}; it is one of {fitting}.")
    users = given.get("sharedUserList") or []
    if not isinstance(users, list) or not all(isinstance(one, str) for one in users):
        raise InvalidConnectionError("properties.sharedUserList must be a list of object ids.")
    error = given.get("error")
    return Wanted(
        category=known,
        auth_type=kind,
        target=_target(given.get("target"), known),
        credentials=_credentials(given.get("credentials"), kind),
        metadata=_metadata(given.get("metadata"), known),
        expires=_moment(given.get("expiryTime")),
        shared_to_all=_flag(given, "isSharedToAll", True),
        shared_users=tuple(users),
        by_workspace_identity=_flag(given, "useWorkspaceManagedIdentity", False),
        network=_network(given),
        error=error if isinstance(error, str) else None,
    )


def _target(given: object, known: str) -> str | None:
    if given is None and known in WITHOUT_TARGET:
        return None
    if not isinstance(given, str) or not given.strip():
        raise InvalidConnectionError(f"Connections of category {known} need a target.")
    return given


def _credentials(given: object, kind: str) -> dict[str, Any]:
    if kind in BARE:
        return {}
    # Whoever leaves a secret out takes it away: a PUT replaces all of a connection.
    held = {name: value for name, value in mapping({} if given is None else given, "properties.credentials").items() if value is not None}
    secret, told = CREDENTIALS[kind]
    for name, value in held.items():
        if name not in (*secret, *told):
            raise InvalidConnectionError(f"Credentials of authType {kind} have no {name}.")
        texts = [value] if name != "keys" else list(mapping(value, "properties.credentials.keys").values())
        if not all(isinstance(text, str) and is_text(text) for text in texts):
            raise InvalidConnectionError(f"properties.credentials.{name} must be text.")
        if sum(len(text.encode()) for text in texts) > LARGEST_VALUE:
            raise InvalidConnectionError(f"properties.credentials.{name} is longer than the {LARGEST_VALUE} bytes that Key Vault takes.")
    return held


def _metadata(given: object, known: str) -> dict[str, str | None]:
    found = dict(mapping({} if given is None else given, "properties.metadata"))
    if not all(value is None or isinstance(value, str) for value in found.values()):
        raise InvalidConnectionError("properties.metadata must have texts only.")
    if known == "AIServices" and not str(found.get("ResourceId") or "").lower().startswith("/subscriptions/"):
        # Recorded, for a ResourceId that is none.
        raise InvalidConnectionError("This API does not support AI Services connections without an associated resourceId")
    # Recorded: the service adds it, with this value.
    return {**found, "DeploymentApiVersion": found.get("DeploymentApiVersion", "2023-10-01-preview")} if known == "AzureOpenAI" else found


def _moment(given: object) -> datetime | None:
    """When a connection expires; what is no moment of the schema is forgotten, as recorded for `01/05/2025 00:00:00`."""
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _flag(given: Mapping[str, Any], name: str, absent: bool) -> bool:
    value = given.get(name)
    if value is None:
        return absent
    if not isinstance(value, bool):
        raise InvalidConnectionError(f"properties.{name} must be true or false.")
    return value


def _network(given: Mapping[str, Any]) -> dict[str, str]:
    found = {name: given[name] for name in _NETWORK if given.get(name) is not None}
    for name, value in found.items():
        if value not in _NETWORK[name]:
            raise InvalidConnectionError(f"properties.{name} '{value}' is not one of {', '.join(_NETWORK[name])}.")
    return found
