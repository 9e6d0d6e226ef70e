"""Connections: their requests out, their JSON in. Published swagger of Microsoft.MachineLearningServices, workspaceRP.json.

Version and query are those that azure-ai-ml sends (1.34: `includeAll=true` brings the connections of data too; 1.35.2 asks for the same and
sends false). A list and a GET say `credentials: null`: what a connection keeps, down to the user's name, only `listsecrets` gives, and
nothing here asks for that. A PUT replaces all of it, so that what is to stay goes along as a source that is read while it is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import timestamps, unreadable
from console.azure.errors import UNDECODABLE
from console.azure.errors import unreadable as cannot_be_read
from console.azure.request import Request
from console.azure.sources import ConnectionSecret
from console.azure.system_data import SystemData, made
from console.domain import scopes
from console.domain.connection_kinds import Auth
from console.domain.connections import LINKS, VAULT_SECRET, VAULT_VERSION, Connection
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.text import redact, redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2024-04-01-preview"
AUTHS = {each.value.lower(): each for each in Auth if each is not Auth.UNKNOWN}
#: `authType`s that have no credentials on the wire.
BARE = frozenset({"None", "AAD"})
#: What a PUT takes besides the credentials: the fields of the swagger that are not `readOnly`, but for `error` and those of private
#: endpoints, which Azure sets. A GET tells more, also what no schema has.
WRITABLE = frozenset(
    {
        "authType",
        "category",
        "expiryTime",
        "isSharedToAll",
        "metadata",
        "sharedUserList",
        "target",
        "useWorkspaceManagedIdentity",
    }
)


class _Properties(msgspec.Struct, rename="camel"):
    auth_type: str | None = None
    category: str | None = None
    target: str | None = None
    group: str | None = None
    error: str | None = None
    expiry_time: str | None = None
    is_shared_to_all: bool | None = None
    shared_user_list: list[str] | None = None
    created_by_workspace_arm_id: str | None = None
    metadata: dict[str, str | None] | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    properties: _Properties | None = None
    system_data: SystemData | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(workspace: WorkspaceRef) -> Request:
    return Request(method="GET", path=f"{workspace.id}/connections", api_version=API, query={"includeAll": "true"})


def get_request(connection_id: str) -> Request:
    return Request(method="GET", path=connection_id, api_version=API)


def put_request(connection_id: str, properties: Mapping[str, Any]) -> Request:
    """Make a connection, or replace all of it."""
    return Request(method="PUT", path=connection_id, api_version=API, body={"properties": dict(properties)})


def delete_request(connection_id: str) -> Request:
    return Request(method="DELETE", path=connection_id, api_version=API)


def test_request(connection_id: str, properties: Mapping[str, Any]) -> Request:
    """Have Azure ML enter a target with what is given. The swagger does not say that this changes nothing, so it counts as a change."""
    return Request(method="POST", path=f"{connection_id}/testconnection", api_version=API, body={"properties": dict(properties)})


async def read(arm: ArmClient, workspace: WorkspaceRef, before: Reading[Connection] | None = None) -> Reading[Connection]:
    """All connections of a workspace; those that are unchanged since `before` are the same objects. Raises TroubleError."""
    return await arm.read_all(list_request(workspace), lambda raw: decode(raw, workspace), lambda item: scopes.key(item.id), before=before)


async def read_one(arm: ArmClient, connection_id: str) -> Connection:
    """One connection as it is now. Raises TroubleError, also for one that cannot be read."""
    request = get_request(connection_id)
    row = decode((await arm.send(request)).body, WorkspaceRef.parse(connection_id))
    if row.fault:
        raise cannot_be_read(row.fault, f"GET {request.path}", arm.clock.now())
    return row


def settings(raw: bytes) -> dict[str, Any]:
    """What a PUT has to say of a connection so that nothing changes, from its JSON: its credentials as a source. Raises ValueError."""
    try:
        wire = msgspec.json.decode(raw)
    except UNDECODABLE as error:
        raise ValueError(str(error)) from error
    told = wire.get("properties") if isinstance(wire, dict) else None
    if not isinstance(told, dict) or not isinstance(told.get("authType"), str) or not isinstance(wire.get("id"), str):
        raise ValueError("it has no id or no properties, or does not say what it is entered with")
    kept = {name: value for name, value in told.items() if name in WRITABLE and value is not None}
    return kept if told["authType"] in BARE else {**kept, "credentials": str(ConnectionSecret(wire["id"]))}


def to_be(connection_id: str, properties: Mapping[str, Any]) -> Connection:
    """The connection that a PUT of these properties makes, as far as a GET would tell it."""
    told = {name: value for name, value in properties.items() if name in WRITABLE}
    raw = msgspec.json.encode({"id": connection_id, "properties": told})
    return decode(raw, WorkspaceRef.parse(connection_id))


def decode(raw: bytes, workspace: WorkspaceRef) -> Connection:
    """One item as a row; never raises: what does not fit the schema becomes an unreadable row that says why."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw, f"{workspace.id}/connections")
        return Connection(id=item_id, name=name, workspace=workspace, fault=str(error))
    told = wire.properties or _Properties()
    auth, metadata = told.auth_type or "", {name: value or "" for name, value in (told.metadata or {}).items()}
    own = {name: value for name, value in metadata.items() if name not in LINKS}
    # People paste keys and signed addresses everywhere; rows are kept on disk and shown.
    safe_metadata = redact(own)
    return Connection(
        id=wire.id,
        name=wire.name or wire.id.rsplit("/", 1)[-1],
        workspace=workspace,
        category=told.category or "",
        auth=AUTHS.get(auth.lower(), Auth.UNKNOWN),
        auth_word=auth,
        target=redact_text(told.target or ""),
        group=told.group or "",
        shared=told.is_shared_to_all,
        shared_with=tuple(told.shared_user_list or ()),
        expires=timestamps.parse(told.expiry_time),
        secret_id=redact_text(metadata.get(VAULT_SECRET, "")),
        secret_version=redact_text(metadata.get(VAULT_VERSION, "")),
        metadata=safe_metadata,
        hidden=tuple(name for name, value in own.items() if safe_metadata[name] != value),
        digest=_digest(msgspec.json.decode(raw)["properties"] if wire.properties is not None else {}),
        made_in=_elsewhere(told.created_by_workspace_arm_id or "", workspace),
        error=redact_text(told.error or ""),
        **made(wire.system_data),
    )


def _digest(properties: Mapping[str, Any]) -> str:
    """A word for what a PUT replaces; what is not told and what is empty are the same, and so are the ways to write a moment."""
    told = {name: value for name, value in properties.items() if name in WRITABLE and value not in (None, "", [], {})}
    if ends := timestamps.parse(str(told.get("expiryTime") or "")):
        told["expiryTime"] = ends.isoformat()
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:8]


def _elsewhere(workspace_id: str, workspace: WorkspaceRef) -> str:
    """The workspace that a connection was made in, where it is another than the one it is listed in."""
    return "" if scopes.key(workspace_id) == scopes.key(workspace.id) else workspace_id
