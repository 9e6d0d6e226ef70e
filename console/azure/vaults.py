"""Key Vaults as resources: who decides about their secrets, roles or access policies (Microsoft.KeyVault/vaults, published swagger)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain.access.places import AccessPolicy, Vault
from console.domain.key_vaults import KeyVault, Network
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef, key
from console.text import redact

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-07-01"


class _Permissions(msgspec.Struct):
    secrets: list[str] | None = None


class _Policy(msgspec.Struct, rename="camel"):
    object_id: str | None = None
    permissions: _Permissions | None = None


class _NetworkRules(msgspec.Struct, rename="camel"):
    default_action: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    enable_rbac_authorization: bool | None = None
    access_policies: list[_Policy] | None = None
    vault_uri: str | None = None
    tenant_id: str | None = None
    enable_soft_delete: bool | None = None
    soft_delete_retention_in_days: int | None = None
    enable_purge_protection: bool | None = None
    network_acls: _NetworkRules | None = None
    public_network_access: str | None = None


class _Wire(msgspec.Struct):
    id: str
    name: str | None = None
    location: str | None = None
    tags: dict[str, str | None] | None = None
    properties: _Properties | None = None


_decoder = msgspec.json.Decoder(_Wire)


async def read_one(arm: ArmClient, vault_id: str) -> Vault:
    """One vault, by its ARM id. Raises TroubleError."""
    answer = await arm.send(Request(method="GET", path=vault_id, api_version=API))
    return decode(answer.body, vault_id)


def decode(raw: bytes, vault_id: str) -> Vault:
    """A vault's answer; never raises. Without a word on it access policies decide (swagger: `enableRbacAuthorization`)."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return Vault(id=vault_id, fault=str(error))
    properties = wire.properties or _Properties()
    return Vault(id=wire.id, rbac=bool(properties.enable_rbac_authorization), policies=_policies(properties))


async def read_whole(arm: ArmClient, vault_id: str, workspace: WorkspaceRef) -> Reading[KeyVault]:
    """The vault of a workspace with all its settings, as a reading of one. Raises TroubleError."""
    body = (await arm.send(Request(method="GET", path=vault_id, api_version=API))).body
    return Reading((decode_whole(body, vault_id, workspace),), {key(vault_id): body})


def decode_whole(raw: bytes, vault_id: str, workspace: WorkspaceRef) -> KeyVault:
    """A vault's answer with all its settings; never raises."""
    name = vault_id.rstrip("/").rpartition("/")[2]
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return KeyVault(id=vault_id, name=name, workspaces=(workspace,), fault=str(error))
    told = wire.properties or _Properties()
    rules = told.network_acls or _NetworkRules()
    private = (told.public_network_access or "").lower() == "disabled"
    return KeyVault(
        id=vault_id,
        name=wire.name or name,
        address=(told.vault_uri or "").rstrip("/"),
        workspaces=(workspace,),
        rbac=bool(told.enable_rbac_authorization),
        policies=_policies(told),
        purge_protection=bool(told.enable_purge_protection),
        soft_delete=told.enable_soft_delete,
        retention_days=told.soft_delete_retention_in_days,
        network=Network.PRIVATE if private else Network.RULES if (rules.default_action or "").lower() == "deny" else Network.OPEN,
        location=wire.location or "",
        tenant_id=told.tenant_id or "",
        tags=redact({label: text or "" for label, text in (wire.tags or {}).items()}),
    )


def named(vault_id: str, workspace: WorkspaceRef, domain: str, why: str) -> KeyVault:
    """A vault of which nothing could be read, and `why`: its name, which is one of its kind, tells where it is all the same."""
    name = vault_id.rstrip("/").rpartition("/")[2]
    return KeyVault(id=vault_id, name=name, address=f"https://{name.lower()}.{domain}", workspaces=(workspace,), unread=why)


def _policies(properties: _Properties) -> tuple[AccessPolicy, ...]:
    return tuple(
        AccessPolicy(each.object_id.lower(), frozenset(word.lower() for word in (each.permissions or _Permissions()).secrets or ()))
        for each in properties.access_policies or ()
        if each.object_id
    )
