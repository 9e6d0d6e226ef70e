"""Online deployments: which machines stand behind a workspace's online endpoints (published swagger 2024-10-01).

How many there are is the capacity of a deployment's SKU, as azure-ai-ml writes and reads it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from console.azure import unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.azure.system_data import SystemData, made
from console.domain import scopes
from console.domain.billing.standing import Kind, Standing
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2024-10-01"
#: `endpointComputeType` of a deployment whose machines Azure ML starts itself.
MANAGED = "Managed"
#: Endpoints whose deployments are read at once.
AT_ONCE = 8


class _Sku(msgspec.Struct):
    capacity: int | None = None


class _Properties(msgspec.Struct, rename="camel"):
    endpoint_compute_type: str | None = None
    instance_type: str | None = None


class _Endpoint(msgspec.Struct):
    id: str


class _Deployment(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    location: str | None = None
    sku: _Sku | None = None
    properties: _Properties | None = None
    system_data: SystemData | None = None


_endpoint = msgspec.json.Decoder(_Endpoint)
_deployment = msgspec.json.Decoder(_Deployment)


def endpoints_request(workspace: WorkspaceRef) -> Request:
    return Request(method="GET", path=f"{workspace.id}/onlineEndpoints", api_version=API)


def list_request(endpoint_id: str) -> Request:
    return Request(method="GET", path=f"{endpoint_id}/deployments", api_version=API)


async def read(arm: ArmClient, workspace: WorkspaceRef) -> Reading[Standing]:
    """The deployments of all online endpoints of a workspace. Raises TroubleError where the endpoints cannot be listed.

    Where deployments of some cannot be, `incomplete` says why.
    """
    endpoints = await arm.read_all(endpoints_request(workspace), lambda raw: endpoint_id(raw, workspace), lambda each: each or workspace.id)
    turns = asyncio.Semaphore(AT_ONCE)

    async def deployments(endpoint: str) -> Reading[Standing]:
        async with turns:
            return await arm.read_all(list_request(endpoint), lambda raw: decode(raw, workspace), lambda item: scopes.key(item.id))

    answers = await asyncio.gather(*(deployments(each) for each in endpoints.items if each), return_exceptions=True)
    items: list[Standing] = []
    raw: dict[str, bytes] = {}
    lacking = [endpoints.incomplete] if endpoints.incomplete else []
    lacking += ["An online endpoint could not be read."] if not all(endpoints.items) else []
    for answer in answers:
        if isinstance(answer, TroubleError):
            lacking.append(answer.trouble.sentence)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            items += answer.items
            raw |= answer.raw
            lacking += [answer.incomplete] if answer.incomplete else []
    return Reading(tuple(items), raw, " ".join(dict.fromkeys(lacking)))


def endpoint_id(raw: bytes, workspace: WorkspaceRef) -> str:
    """The ARM id of an endpoint; "" where it has none beneath the workspace, as its path would be asked for."""
    try:
        found = _endpoint.decode(raw).id
    except UNDECODABLE:
        return ""
    return found if scopes.key(found).startswith(f"{scopes.key(workspace.id)}/onlineendpoints/") else ""


def decode(raw: bytes, workspace: WorkspaceRef) -> Standing:
    """One deployment; never raises: one that does not fit the schema is of unknown machines, and says why."""
    try:
        wire = _deployment.decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw, f"{workspace.id}/onlineEndpoints")
        return Standing(id=item_id, name=name, kind=Kind.DEPLOYMENT, billed_to=workspace.id, fault=str(error))
    told = wire.properties or _Properties()
    segments = wire.id.rsplit("/", 3)
    endpoint = segments[1] if len(segments) > 3 else ""
    return Standing(
        id=wire.id,
        name=f"{endpoint}/{wire.name or segments[-1]}",
        kind=Kind.DEPLOYMENT,
        billed_to=workspace.id,
        region=wire.location or "",
        vm_size=told.instance_type or "",
        count=(wire.sku or _Sku()).capacity,
        elsewhere=(told.endpoint_compute_type or MANAGED) != MANAGED,
        created=made(wire.system_data)["created_on"],
    )
