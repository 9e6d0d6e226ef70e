"""Workspaces and the subscriptions they are in: requests out, JSON in (published swagger, workspaceRP.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain import scopes
from console.domain.readings import Reading
from console.domain.scopes import ML, WorkspaceRef
from console.domain.workspaces import Subscription, Workspace

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2024-10-01-preview"
SUBSCRIPTIONS_API = "2022-12-01"


class _ManagedNetwork(msgspec.Struct, rename="camel"):
    isolation_mode: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    workspace_id: str | None = None
    discovery_url: str | None = None
    friendly_name: str | None = None
    provisioning_state: str | None = None
    storage_account: str | None = None
    key_vault: str | None = None
    container_registry: str | None = None
    application_insights: str | None = None
    managed_network: _ManagedNetwork | None = None


class _UserAssigned(msgspec.Struct, rename="camel"):
    principal_id: str | None = None


class _Identity(msgspec.Struct, rename="camel"):
    principal_id: str | None = None
    user_assigned_identities: dict[str, _UserAssigned | None] | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    location: str | None = None
    kind: str | None = None
    tags: dict[str, str | None] | None = None
    identity: _Identity | None = None
    properties: _Properties | None = None


class _Subscription(msgspec.Struct, rename="camel"):
    subscription_id: str
    display_name: str | None = None


_decoder = msgspec.json.Decoder(_Wire)
_subscription_decoder = msgspec.json.Decoder(_Subscription)


async def read(arm: ArmClient, subscription_id: str, resource_group: str | None = None) -> Reading[Workspace]:
    """The workspaces of a subscription, or of one of its resource groups, that the caller may see. Raises TroubleError."""
    group = f"/resourceGroups/{resource_group}" if resource_group else ""
    request = Request(method="GET", path=f"/subscriptions/{subscription_id}{group}/providers/{ML}/workspaces", api_version=API)
    return await arm.read_all(request, decode, lambda workspace: scopes.key(workspace.id))


async def read_one(arm: ArmClient, ref: WorkspaceRef) -> Workspace:
    """One workspace. Raises TroubleError, not found included."""
    answer = await arm.send(Request(method="GET", path=ref.id, api_version=API))
    return decode(answer.body)


async def read_subscriptions(arm: ArmClient) -> Reading[Subscription]:
    """The subscriptions that the caller sees. Raises TroubleError."""
    request = Request(method="GET", path="/subscriptions", api_version=SUBSCRIPTIONS_API)
    return await arm.read_all(request, _decode_subscription, lambda subscription: subscription.id)


def decode(raw: bytes) -> Workspace:
    """One workspace as a row; never raises."""
    try:
        wire = _decoder.decode(raw)
        ref = WorkspaceRef.parse(wire.id)
    except (*UNDECODABLE, ValueError) as error:
        return Workspace(id="", ref=WorkspaceRef("", "", "?"), name="?", fault=str(error))
    properties = wire.properties or _Properties()
    return Workspace(
        id=wire.id,
        ref=ref,
        name=wire.name or ref.name,
        location=wire.location or "",
        kind=wire.kind or "",
        workspace_id=properties.workspace_id or "",
        discovery_url=properties.discovery_url or "",
        friendly_name=properties.friendly_name or "",
        provisioning_state=properties.provisioning_state or "",
        tags={name: value or "" for name, value in (wire.tags or {}).items()},
        storage=properties.storage_account or "",
        vault=properties.key_vault or "",
        registry=properties.container_registry or "",
        insights=properties.application_insights or "",
        identities=_identities(wire.identity),
        own_identity=((wire.identity.principal_id if wire.identity is not None else None) or "").lower(),
        isolation=(properties.managed_network or _ManagedNetwork()).isolation_mode or "",
    )


def _identities(identity: _Identity | None) -> tuple[str, ...]:
    if identity is None:
        return ()
    given = [each.principal_id for each in (identity.user_assigned_identities or {}).values() if each is not None]
    return tuple(found.lower() for found in (identity.principal_id, *given) if found)


def _decode_subscription(raw: bytes) -> Subscription:
    try:
        wire = _subscription_decoder.decode(raw)
    except UNDECODABLE as error:
        return Subscription("", f"unreadable: {error}")
    return Subscription(wire.subscription_id, wire.display_name or wire.subscription_id)
