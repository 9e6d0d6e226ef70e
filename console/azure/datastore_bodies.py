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
CREDENTIALS = "credentials"
#: What says "none" to a PUT where leaving it out might leave what there is.
NOTHING: Mapping[str, Any] = {"tags": {}, "description": "", CREDENTIALS: {"credentialsType": "None"}}


def put(datastore_id: str, properties: Mapping[str, Any]) -> Request:
    """The request that writes a datastore; Azure is asked to try first whether the storage can be opened."""
    body = {"properties": dict(properties)}
    return Request(method="PUT", path=datastore_id, api_version=API, query={"skipValidation": "false"}, body=body)


def delete(datastore_id: str) -> Request:
    return Request(method="DELETE", path=datastore_id, api_version=API)


def settable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Of a datastore's JSON (ARM's GET) the properties that a PUT which changes nothing says: without nulls and what Azure alone writes.

    A source stands for the secret, which no GET tells.
    """
    told = raw.get("properties") or {}
    kept = {name: _without_nulls(value) for name, value in told.items() if value is not None and name not in READ_ONLY}
    credentials = dict(kept.get(CREDENTIALS) or NOTHING[CREDENTIALS])
    kind = str(credentials.get("credentialsType"))
    if kind in SECRETS:
        credentials["secrets"] = {"secretsType": kind, SECRETS[kind]: str(DatastoreSecret(str(raw["id"])))}
    return {**kept, CREDENTIALS: credentials}


def opened_by(kind: str, secret: str = "", told: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Credentials on the wire: their type, the text that stands for its secret (a slot, a source), and what is told beside it."""
    credentials: dict[str, Any] = {"credentialsType": kind, **(told or {})}
    return credentials | ({"secrets": {"secretsType": kind, SECRETS[kind]: secret}} if kind in SECRETS else {})


def merged(raw: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that make a datastore as Azure has it (`raw`) differ from that as `after` differs from `before`, and nowhere else."""
    new = settable(raw)
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) == after.get(name) or name in READ_ONLY:
            continue
        if after.get(name) is not None:
            new[name] = after[name]
        elif name in NOTHING:
            new[name] = NOTHING[name]
        else:
            new.pop(name, None)
    return new


def _without_nulls(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if inner is not None} if isinstance(value, Mapping) else value
