"""Role definitions of a subscription (Microsoft.Authorization/roleDefinitions): requests out, JSON in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.assignments import PROVIDER
from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.azure.unreadable import named
from console.domain.access.roles import RoleDefinition, guid_of
from console.domain.permissions import Permission
from console.domain.readings import Reading
from console.domain.trouble import TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: The only version that tells a definition's own conditions, and the one before it, for clouds that do not have the newer.
API, OLDER_API = "2022-05-01-preview", "2022-04-01"

#: ARM's codes for a version that a cloud does not have. Any other refusal would hide conditions if the older version was asked after it.
NO_SUCH_VERSION = frozenset({"InvalidApiVersionParameter", "NoRegisteredProviderFound"})


class _Block(msgspec.Struct, rename="camel"):
    actions: list[str] | None = None
    not_actions: list[str] | None = None
    data_actions: list[str] | None = None
    not_data_actions: list[str] | None = None
    condition: str | None = None
    condition_version: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    role_name: str | None = None
    type: str | None = None
    description: str | None = None
    assignable_scopes: list[str] | None = None
    permissions: list[_Block] | None = None


class _Wire(msgspec.Struct):
    id: str
    name: str | None = None
    properties: _Properties | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(scope: str, api_version: str = API) -> Request:
    return Request(method="GET", path=f"{scope}/providers/{PROVIDER}/roleDefinitions", api_version=api_version)


async def read(arm: ArmClient, scope: str) -> Reading[RoleDefinition]:
    """Every role that can be assigned at an ARM scope; a definition that cannot be read is a row too. Raises TroubleError."""
    try:
        return await arm.read_all(list_request(scope), decode, lambda item: item.guid)
    except TroubleError as error:
        if error.trouble.code not in NO_SUCH_VERSION:
            raise
    return await arm.read_all(list_request(scope, OLDER_API), decode, lambda item: item.guid)


async def read_one(arm: ArmClient, definition_id: str) -> RoleDefinition:
    """A role as it is now. Raises TroubleError, also where it cannot be read."""
    found = decode((await arm.send(Request(method="GET", path=definition_id, api_version=OLDER_API))).body)
    if found.fault:
        raise unreadable(found.fault, f"GET {definition_id}", arm.clock.now())
    return found


def decode(raw: bytes) -> RoleDefinition:
    """One role definition as a row; never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        found, _ = named(raw)
        return RoleDefinition(id=found, guid=guid_of(found), name=guid_of(found), fault=str(error))
    properties = wire.properties or _Properties()
    return RoleDefinition(
        id=wire.id,
        guid=guid_of(wire.id),
        name=properties.role_name or wire.name or guid_of(wire.id),
        custom=(properties.type or "").lower() == "customrole",
        description=properties.description or "",
        assignable_scopes=tuple(properties.assignable_scopes or ()),
        permissions=tuple(map(_permission, properties.permissions or ())),
    )


def _permission(block: _Block) -> Permission:
    return Permission(
        actions=tuple(block.actions or ()),
        not_actions=tuple(block.not_actions or ()),
        data_actions=tuple(block.data_actions or ()),
        not_data_actions=tuple(block.not_data_actions or ()),
        condition=block.condition,
        condition_version=block.condition_version,
    )
