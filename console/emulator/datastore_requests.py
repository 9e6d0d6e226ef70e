"""What a PUT on a datastore asks for, checked: its kind and place, its credentials, and the secrets apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.emulator.vault_secrets import is_text

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}")
#: The fields of each kind: those that it needs, and those that it may have.
_SHARED = ("endpoint", "protocol", "resourceGroup", "subscriptionId")
KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "AzureBlob": (("accountName", "containerName"), _SHARED),
    "AzureFile": (("accountName", "fileShareName"), _SHARED),
    "AzureDataLakeGen1": (("storeName",), ("resourceGroup", "subscriptionId")),
    "AzureDataLakeGen2": (("accountName", "filesystem"), _SHARED),
    "OneLake": (("oneLakeWorkspaceName", "artifact"), ("endpoint",)),
}
#: The secret of each type of credentials, and what is told of them besides.
_APPLICATION = ("tenantId", "clientId", "authorityUrl", "resourceUrl")
CREDENTIALS: Mapping[str, tuple[str | None, tuple[str, ...]]] = {
    "None": (None, ()),
    "AccountKey": ("key", ()),
    "Sas": ("sasToken", ()),
    "ServicePrincipal": ("clientSecret", _APPLICATION),
    "Certificate": ("certificate", ("thumbprint", *_APPLICATION)),
}
_NEEDED = ("tenantId", "clientId", "thumbprint")
IDENTITIES = ("None", "WorkspaceSystemAssignedIdentity", "WorkspaceUserAssignedIdentity")


class InvalidDatastoreError(Exception):
    """What was asked is no datastore; the message is the sentence that is answered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A datastore as a caller described it."""

    body: dict[str, Any]
    credentials: dict[str, Any]
    secrets: dict[str, str] = field(repr=False)
    description: str | None
    tags: dict[str, str] | None
    properties: dict[str, str] | None


def parse(body: object, name: str, default_endpoint: str) -> Wanted:
    """Read and check a PUT body. Raises InvalidDatastoreError."""
    if not NAME.fullmatch(name):
        raise InvalidDatastoreError(f"Datastore name '{name}' is invalid: up to 255 letters, digits, - and _, a letter or a digit first.")
    given = _mapping(_mapping(body, "The request body").get("properties"), "properties")
    credentials, secrets = _credentials(_mapping(given.get("credentials"), "properties.credentials"))
    description = given.get("description")
    return Wanted(
        body=_place(given, default_endpoint),
        credentials=credentials,
        secrets=secrets,
        description=description if isinstance(description, str) else None,
        tags=None if given.get("tags") is None else dict(_mapping(given["tags"], "properties.tags")),
        properties=None if given.get("properties") is None else dict(_mapping(given["properties"], "properties.properties")),
    )


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidDatastoreError(f"{what} must be an object.")
    return value


def _place(given: Mapping[str, Any], default_endpoint: str) -> dict[str, Any]:
    kind = given.get("datastoreType")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidDatastoreError(f"Datastore type '{kind}' is not one of {', '.join(KINDS)}.")
    needed, optional = KINDS[kind]
    found: dict[str, Any] = {"datastoreType": kind}
    for field_name in needed:
        value = given.get(field_name)
        if field_name == "artifact":
            found["artifact"] = _artifact(value)
        elif not isinstance(value, str) or not re.search(r"[a-zA-Z0-9_]", value):
            raise InvalidDatastoreError(f"A datastore of type {kind} needs {field_name}.")
        else:
            found[field_name] = value
    found |= {field_name: str(given[field_name]) for field_name in optional if given.get(field_name) is not None}
    if "protocol" in optional:
        found = {**found, "endpoint": found.get("endpoint", default_endpoint), "protocol": found.get("protocol", "https")}
    identity = given.get("serviceDataAccessAuthIdentity") or "None"
    if identity not in IDENTITIES:
        raise InvalidDatastoreError(f"serviceDataAccessAuthIdentity '{identity}' is not one of {', '.join(IDENTITIES)}.")
    return {**found, "serviceDataAccessAuthIdentity": identity}


def _artifact(value: object) -> dict[str, str]:
    told = _mapping(value, "properties.artifact")
    if told.get("artifactType") != "LakeHouse" or not isinstance(told.get("artifactName"), str) or not told["artifactName"]:
        raise InvalidDatastoreError("A OneLake artifact is of artifactType LakeHouse and has an artifactName.")
    return {"artifactType": "LakeHouse", "artifactName": told["artifactName"]}


def _credentials(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    kind = given.get("credentialsType")
    if not isinstance(kind, str) or kind not in CREDENTIALS:
        raise InvalidDatastoreError(f"Credentials type '{kind}' is not one of {', '.join(CREDENTIALS)}.")
    secret, told = CREDENTIALS[kind]
    for name in _NEEDED:
        if name in told and not (isinstance(given.get(name), str) and given[name]):
            raise InvalidDatastoreError(f"Credentials of type {kind} need {name}.")
    credentials = {"credentialsType": kind, **{name: given.get(name) for name in told}}
    if secret is None:
        return credentials, {}
    kept = _mapping(given.get("secrets"), "properties.credentials.secrets")
    if kept.get("secretsType", kind) != kind:
        raise InvalidDatastoreError(f"Secrets of type '{kept['secretsType']}' do not belong to credentials of type {kind}.")
    # Whoever leaves the secret out takes it away: a PUT replaces all of a datastore.
    if kept.get(secret) is None:
        return credentials, {}
    value = str(kept[secret])
    if not is_text(value):
        raise InvalidDatastoreError(f"properties.credentials.secrets.{secret} must be text.")
    return credentials, {secret: value}
