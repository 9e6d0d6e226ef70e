"""Bodies of a connection's PUT: all that a connection has, with what is to change; its credentials are read as it is sent.

A PUT replaces a connection whole, and a GET never tells its credentials: whoever sends back what was read takes them away. So an edit
names them as a source, which is `listsecrets` of the connection itself. Published swagger, workspaceRP.json of the version below, which
azure-ai-ml 1.35.2 sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.azure.request import Request
from console.azure.sources import ConnectionSecret

API = "2024-04-01-preview"
#: `readOnly` in the published swagger, and what the service alone says of a connection.
READ_ONLY = frozenset({"createdByWorkspaceArmId", "group", "error", "peStatus"})
#: `authType`s that have no credentials on the wire.
WITHOUT_CREDENTIALS = frozenset({"None", "AAD"})


def put(connection_id: str, body: Mapping[str, Any]) -> Request:
    return Request(method="PUT", path=connection_id, api_version=API, body=body)


def settable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A connection's JSON (ARM's GET) as the body of a PUT that changes nothing: without nulls and what Azure alone writes."""
    told = raw.get("properties") or {}
    kept = {name: value for name, value in told.items() if value is not None and name not in READ_ONLY and name != "credentials"}
    if str(kept.get("authType")) not in WITHOUT_CREDENTIALS:
        kept["credentials"] = str(ConnectionSecret(str(raw["id"])))
    return {"properties": kept}
