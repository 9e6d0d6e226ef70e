"""What Azure ML keeps of a datastore and of a connection: the requests that reveal it, and what in their answers is meant.

Published swagger: machineLearningServices.json (`Datastores_ListSecrets`), workspaceRP.json (`WorkspaceConnections_ListSecrets`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from console.azure.datastore_bodies import SECRETS
from console.azure.datastores import API as DATASTORES
from console.azure.request import Request
from console.azure.sources import ConnectionSecret, DatastoreSecret

#: The version that azure-ai-ml 1.35.2 sends for connections.
CONNECTIONS = "2024-04-01-preview"


class _Properties(msgspec.Struct):
    credentials: dict[str, Any] | None = None


class _Connection(msgspec.Struct):
    properties: _Properties


def request(source: DatastoreSecret | ConnectionSecret) -> Request:
    """The POST that reveals it."""
    if isinstance(source, DatastoreSecret):
        return Request(method="POST", path=f"{source.datastore_id}/listSecrets", api_version=DATASTORES, body={})
    return Request(method="POST", path=f"{source.connection_id}/listsecrets", api_version=CONNECTIONS)


def found(source: DatastoreSecret | ConnectionSecret, answer: bytes) -> Any:
    """What is meant in the answer; None where it is not there. Raises msgspec.DecodeError."""
    if isinstance(source, DatastoreSecret):
        told = msgspec.json.decode(answer, type=dict[str, Any])
        return told.get(SECRETS.get(str(told.get("secretsType")), ""))
    credentials = msgspec.json.decode(answer, type=_Connection).properties.credentials
    return (credentials or {}).get(source.field) if source.field else credentials
