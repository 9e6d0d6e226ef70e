"""Bodies of a datastore's PUT: all that a datastore has, with what is to change; its secret is read as it is sent.

A PUT replaces a datastore whole, and a GET never tells the secret: whoever sends back what was read takes the secret away. So an edit
names the secret as a source, which is `listSecrets` of the datastore itself. Published swagger, machineLearningServices.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.azure.datastores import API
from console.azure.request import Request
from console.azure.sources import DatastoreSecret

#: The secret of each type of credentials, by its name on the wire.
SECRETS = {"AccountKey": "key", "Sas": "sasToken", "ServicePrincipal": "clientSecret", "Certificate": "certificate"}
#: `readOnly` in the published swagger.
READ_ONLY = frozenset({"isDefault"})


def put(datastore_id: str, body: Mapping[str, Any]) -> Request:
    """The request that writes a datastore; Azure tries first whether the storage can be opened."""
    return Request(method="PUT", path=datastore_id, api_version=API, query={"skipValidation": "false"}, body=body)


def delete(datastore_id: str) -> Request:
    return Request(method="DELETE", path=datastore_id, api_version=API)


def settable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A datastore's JSON (ARM's GET) as the body of a PUT that changes nothing: without nulls and what Azure alone writes."""
    told = raw.get("properties") or {}
    kept = {name: _without_nulls(value) for name, value in told.items() if value is not None and name not in READ_ONLY}
    credentials = kept.get("credentials") or {"credentialsType": "None"}
    return {"properties": {**kept, "credentials": credentials | _secrets(credentials, str(raw["id"]))}}


def opened_by(kind: str, secret: str = "", told: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Credentials on the wire: their type, the text of its secret (a slot or a source), and what is told beside it (`tenantId`, …)."""
    told = {"credentialsType": kind, **(told or {})}
    return told | ({"secrets": {"secretsType": kind, SECRETS[kind]: secret}} if kind in SECRETS else {})


def _secrets(credentials: Mapping[str, Any], datastore_id: str) -> dict[str, Any]:
    kind = str(credentials.get("credentialsType"))
    return {"secrets": {"secretsType": kind, SECRETS[kind]: str(DatastoreSecret(datastore_id))}} if kind in SECRETS else {}


def _without_nulls(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if inner is not None} if isinstance(value, Mapping) else value
