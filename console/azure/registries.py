"""Container registries as resources: the tier that they are paid by (fields as azure-mgmt-containerregistry has them)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure import unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.azure.timestamps import parse
from console.domain import scopes
from console.domain.billing.standing import Kind, Standing
from console.domain.readings import Reading

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-07-01"
PROVIDER = "Microsoft.ContainerRegistry"


class _Sku(msgspec.Struct):
    name: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    creation_date: str | None = None


class _Wire(msgspec.Struct):
    id: str
    name: str | None = None
    location: str | None = None
    sku: _Sku | None = None
    properties: _Properties | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(subscription_id: str) -> Request:
    return Request(method="GET", path=f"/subscriptions/{subscription_id}/providers/{PROVIDER}/registries", api_version=API)


async def read(arm: ArmClient, subscription_id: str) -> Reading[Standing]:
    """The registries of a subscription that one may read. Raises TroubleError."""
    below = f"/subscriptions/{subscription_id}"
    return await arm.read_all(list_request(subscription_id), lambda raw: decode(raw, below), lambda item: scopes.key(item.id))


def decode(raw: bytes, below: str) -> Standing:
    """One item; never raises: one that does not fit the schema is of an unknown tier, and says why."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw, below)
        return Standing(id=item_id, name=name, kind=Kind.REGISTRY, billed_to=item_id, fault=str(error))
    return Standing(
        id=wire.id,
        name=wire.name or wire.id.rsplit("/", 1)[-1],
        kind=Kind.REGISTRY,
        billed_to=wire.id,
        region=wire.location or "",
        tier=(wire.sku or _Sku()).name or "",
        created=parse((wire.properties or _Properties()).creation_date),
    )
