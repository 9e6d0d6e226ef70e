"""What a PUT or a PATCH on a secret of a Key Vault asks for, checked against the schema and the limits of a value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from console.emulator.vault_secrets import LARGEST_VALUE, is_text


class InvalidSecretError(Exception):
    """What a body asks for is no secret; the message is the sentence that is answered."""


def _moment(attributes: dict[str, Any], name: str) -> datetime | None:
    value = attributes.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSecretError(f"Property {name} has invalid value")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise InvalidSecretError(f"Property {name} has invalid value") from None


def properties_in(body: object) -> dict[str, Any]:
    """The part of a body that is about a secret's properties, checked. Raises InvalidSecretError."""
    if not isinstance(body, dict):
        raise InvalidSecretError("The request body must be a JSON object.")
    attributes, tags, content_type = body.get("attributes"), body.get("tags"), body.get("contentType")
    attributes = {} if attributes is None else attributes
    if not isinstance(attributes, dict):
        raise InvalidSecretError("Property attributes has invalid value")
    if not isinstance(attributes.get("enabled"), bool | None):
        raise InvalidSecretError("Property enabled has invalid value")
    if tags is not None and not (isinstance(tags, dict) and all(isinstance(one, str) for one in tags.values())):
        raise InvalidSecretError("Property tags has invalid value")
    if content_type is not None and not isinstance(content_type, str):
        raise InvalidSecretError("Property contentType has invalid value")
    return {
        "enabled": attributes.get("enabled"),
        "not_before": _moment(attributes, "nbf"),
        "expires": _moment(attributes, "exp"),
        "tags": None if tags is None else dict(tags),
        "content_type": content_type,
    }


def value_in(body: object) -> str:
    """The value in a body. Raises InvalidSecretError."""
    value = body.get("value") if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise InvalidSecretError("Parameter value is required.")
    if not is_text(value):
        raise InvalidSecretError("Parameter value is not valid text.")
    if len(value.encode()) > LARGEST_VALUE:
        raise InvalidSecretError(f"The value of the secret is larger than {LARGEST_VALUE} bytes.")
    return value
