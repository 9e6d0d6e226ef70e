"""Key Vaults as resources: who decides about their secrets, roles or access policies (Microsoft.KeyVault/vaults, published swagger)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain.access.places import AccessPolicy, Vault

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-07-01"


class _Permissions(msgspec.Struct):
    secrets: list[str] | None = None


class _Policy(msgspec.Struct, rename="camel"):
    object_id: str | None = None
    permissions: _Permissions | None = None


class _Properties(msgspec.Struct, rename="camel"):
    enable_rbac_authorization: bool | None = None
    access_policies: list[_Policy] | None = None


class _Wire(msgspec.Struct):
    id: str
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
    policies = [
        AccessPolicy(each.object_id.lower(), frozenset(word.lower() for word in (each.permissions or _Permissions()).secrets or ()))
        for each in properties.access_policies or ()
        if each.object_id
    ]
    return Vault(id=wire.id, rbac=bool(properties.enable_rbac_authorization), policies=tuple(policies))
