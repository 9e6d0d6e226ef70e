"""Storage accounts: their requests out, their JSON in. Published swagger of Microsoft.Storage, storage.json.

Neither a list nor a GET tells a key; when each was made (`keyCreationTime`) both do.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from console.azure import unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain import scopes
from console.domain.readings import Reading
from console.domain.storage_accounts import TYPE, StorageAccount

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-05-01"


class _Acls(msgspec.Struct, rename="camel"):
    bypass: str | None = None
    default_action: str | None = None
    ip_rules: list[msgspec.Raw] | None = None
    virtual_network_rules: list[msgspec.Raw] | None = None
    resource_access_rules: list[msgspec.Raw] | None = None


class _KeyPolicy(msgspec.Struct, rename="camel"):
    key_expiration_period_in_days: int | None = None


class _Properties(msgspec.Struct, rename="camel"):
    allow_shared_key_access: bool | None = None
    is_hns_enabled: bool | None = None
    public_network_access: str | None = None
    network_acls: _Acls | None = None
    key_creation_time: dict[str, datetime | None] | None = None
    key_policy: _KeyPolicy | None = None
    creation_time: datetime | None = None


class _Sku(msgspec.Struct):
    name: str | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    name: str
    location: str | None = None
    kind: str | None = None
    sku: _Sku | None = None
    tags: dict[str, str | None] | None = None
    properties: _Properties | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(subscription_id: str) -> Request:
    return Request(method="GET", path=f"/subscriptions/{subscription_id}/providers/{TYPE}", api_version=API)


def get_request(account_id: str) -> Request:
    return Request(method="GET", path=account_id, api_version=API)


async def read(arm: ArmClient, subscription_id: str, before: Reading[StorageAccount] | None = None) -> Reading[StorageAccount]:
    """The accounts of a subscription that the caller may see; those unchanged since `before` are the same objects. Raises TroubleError."""
    return await arm.read_all(list_request(subscription_id), decode, lambda item: scopes.key(item.id), before=before)


def decode(raw: bytes) -> StorageAccount:
    """One account; never raises. Without a word on them keys open it, and everybody may reach it (swagger: the defaults are so)."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw)
        return StorageAccount(id=item_id, name=name, fault=str(error))
    told = wire.properties or _Properties()
    acls = told.network_acls or _Acls()
    return StorageAccount(
        id=wire.id,
        name=wire.name,
        location=wire.location or "",
        kind=wire.kind or "",
        sku=(wire.sku or _Sku()).name or "",
        hierarchical=bool(told.is_hns_enabled),
        shared_key=told.allow_shared_key_access is not False,
        public=told.public_network_access or "Enabled",
        default_action=acls.default_action or "Allow",
        bypass=acls.bypass or "",
        rules=sum(len(each or ()) for each in (acls.ip_rules, acls.virtual_network_rules, acls.resource_access_rules)),
        keys={name: made for name, made in (told.key_creation_time or {}).items() if made is not None},
        key_days=(told.key_policy or _KeyPolicy()).key_expiration_period_in_days,
        tags={name: value or "" for name, value in (wire.tags or {}).items()},
        created_on=told.creation_time,
    )
