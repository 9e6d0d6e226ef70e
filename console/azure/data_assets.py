"""Data assets: their requests out, their JSON in. Published swagger of Microsoft.MachineLearningServices, machineLearningServices.json.

Version and query are those that azure-ai-ml 1.35.2 sends. The list tells the newest version of each, not where that is: a version is
a request of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure import unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.azure.system_data import SystemData, made
from console.domain import scopes
from console.domain.data_assets import DataAsset, DataVersion, Type
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.text import redact, redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-04-01-preview"
#: Examples of the swagger write the types without their underscores.
TYPES = {each.value.replace("_", ""): each for each in Type if each is not Type.UNKNOWN}


class _Properties(msgspec.Struct, rename="camel"):
    """The union of what a container and a version have."""

    data_type: str | None = None
    latest_version: str | None = None
    is_archived: bool | None = None
    description: str | None = None
    tags: dict[str, str | None] | None = None
    data_uri: str | None = None
    referenced_uris: list[str] | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    properties: _Properties | None = None
    system_data: SystemData | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(workspace: WorkspaceRef) -> Request:
    return Request(method="GET", path=f"{workspace.id}/data", api_version=API, query={"listViewType": "ActiveOnly"})


def version_request(version_id: str) -> Request:
    return Request(method="GET", path=version_id, api_version=API)


async def read(arm: ArmClient, workspace: WorkspaceRef, before: Reading[DataAsset] | None = None) -> Reading[DataAsset]:
    """The data assets of a workspace that are not archived; unchanged ones are the objects of `before`. Raises TroubleError."""
    return await arm.read_all(list_request(workspace), lambda raw: decode(raw, workspace), lambda item: scopes.key(item.id), before=before)


async def read_version(arm: ArmClient, version_id: str) -> DataVersion:
    """One version of a data asset. Raises TroubleError (not found included)."""
    return decode_version((await arm.send(version_request(version_id))).body, version_id)


def decode(raw: bytes, workspace: WorkspaceRef) -> DataAsset:
    """One item of a list as a row; never raises: what does not fit the schema becomes an unreadable row that says why."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw, f"{workspace.id}/data")
        return DataAsset(id=item_id, name=name, workspace=workspace, fault=str(error))
    told = wire.properties or _Properties()
    word = told.data_type or ""
    return DataAsset(
        id=wire.id,
        name=wire.name or wire.id.rsplit("/", 1)[-1],
        workspace=workspace,
        type=TYPES.get(word.lower().replace("_", ""), Type.UNKNOWN),
        type_word=word,
        latest=told.latest_version or "",
        archived=bool(told.is_archived),
        # People paste keys and signed addresses into these; rows are kept on disk and shown.
        tags=_tags(told),
        description=redact(told.description or ""),
        **made(wire.system_data),
    )


def decode_version(raw: bytes, version_id: str) -> DataVersion:
    """The version that was asked for by its ARM id; never raises."""
    name = version_id.rsplit("/", 1)[-1]
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return DataVersion(id=version_id, name=name, fault=str(error))
    told, when = wire.properties or _Properties(), made(wire.system_data)
    return DataVersion(
        id=version_id,
        name=wire.name or name,
        uri=redact_text(told.data_uri or ""),
        referenced=tuple(map(redact_text, told.referenced_uris or ())),
        archived=bool(told.is_archived),
        tags=_tags(told),
        description=redact(told.description or ""),
        created_on=when["created_on"],
        created_by=when["created_by"],
    )


def _tags(told: _Properties) -> dict[str, str]:
    tags: dict[str, str] = redact({name: value or "" for name, value in (told.tags or {}).items()})
    return tags
