"""Datastores: their requests out, their JSON in. Published swagger of Microsoft.MachineLearningServices, machineLearningServices.json.

Version and query are those that azure-ai-ml 1.35.2 sends. A list and a GET tell the kind of a credential and never its secret, which
only `listSecrets` gives: nothing here asks for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure import unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.azure.system_data import SystemData, made
from console.domain import scopes
from console.domain.datastores import Auth, Datastore, Type
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.text import redact

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2024-10-01-preview"
#: Items of a page: azure-ai-ml sends its own default, and how many more Azure would give is not published.
PAGE = "30"
#: The service tells the lack of an identity by a word of its own.
NO_IDENTITY = "None"
TYPES = {each.value: each for each in Type if each is not Type.UNKNOWN}
AUTHS = {each.value: each for each in Auth if each is not Auth.UNKNOWN}


class _Credentials(msgspec.Struct, rename="camel"):
    credentials_type: str | None = None
    client_id: str | None = None
    tenant_id: str | None = None
    authority_url: str | None = None
    thumbprint: str | None = None


class _Artifact(msgspec.Struct, rename="camel"):
    artifact_name: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    """The union of what the kinds have."""

    datastore_type: str | None = None
    credentials: _Credentials | None = None
    is_default: bool | None = None
    description: str | None = None
    tags: dict[str, str | None] | None = None
    account_name: str | None = None
    container_name: str | None = None
    filesystem: str | None = None
    file_share_name: str | None = None
    store_name: str | None = None
    endpoint: str | None = None
    service_data_access_auth_identity: str | None = None
    subscription_id: str | None = None
    resource_group: str | None = None
    one_lake_workspace_name: str | None = None
    artifact: _Artifact | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    properties: _Properties | None = None
    system_data: SystemData | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(workspace: WorkspaceRef) -> Request:
    return Request(method="GET", path=f"{workspace.id}/datastores", api_version=API, query={"count": PAGE, "orderByAsc": "false"})


def get_request(datastore_id: str) -> Request:
    return Request(method="GET", path=datastore_id, api_version=API)


async def read(arm: ArmClient, workspace: WorkspaceRef, before: Reading[Datastore] | None = None) -> Reading[Datastore]:
    """All datastores of a workspace; those that are unchanged since `before` are the same objects. Raises TroubleError."""
    return await arm.read_all(list_request(workspace), lambda raw: decode(raw, workspace), lambda item: scopes.key(item.id), before=before)


def decode(raw: bytes, workspace: WorkspaceRef) -> Datastore:
    """One item as a row; never raises: what does not fit the schema becomes an unreadable row that says why."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw, f"{workspace.id}/datastores")
        return Datastore(id=item_id, name=name, workspace=workspace, fault=str(error))
    told = wire.properties or _Properties()
    credentials = told.credentials or _Credentials()
    kind, auth = told.datastore_type or "", credentials.credentials_type or ""
    identity = told.service_data_access_auth_identity or ""
    return Datastore(
        id=wire.id,
        name=wire.name or wire.id.rsplit("/", 1)[-1],
        workspace=workspace,
        type=TYPES.get(kind, Type.UNKNOWN),
        type_word=kind,
        account=told.account_name or told.store_name or told.one_lake_workspace_name or "",
        container=told.container_name or told.filesystem or told.file_share_name or (told.artifact or _Artifact()).artifact_name or "",
        endpoint=told.endpoint or "",
        auth=AUTHS.get(auth, Auth.UNKNOWN),
        auth_word=auth,
        client_id=credentials.client_id or "",
        tenant_id=credentials.tenant_id or "",
        authority=credentials.authority_url or "",
        thumbprint=credentials.thumbprint or "",
        service_identity="" if identity == NO_IDENTITY else identity,
        storage_subscription=told.subscription_id or "",
        storage_group=told.resource_group or "",
        default=bool(told.is_default),
        # People paste keys and signed addresses into these; rows are kept on disk and shown.
        tags=redact({name: value or "" for name, value in (told.tags or {}).items()}),
        description=redact(told.description or ""),
        **made(wire.system_data),
    )
