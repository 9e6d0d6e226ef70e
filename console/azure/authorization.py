"""Authorization: what the caller may do at a scope, and which roles somebody has there (Microsoft.Authorization)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.permissions import Allowance, Permission

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2022-04-01"

#: Built-in roles that may do anything to a compute, by GUID (names change): Owner, Contributor.
FULL = {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner", "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor"}


class _Held(msgspec.Struct, rename="camel"):
    role_definition_id: str | None = None


class _Assignment(msgspec.Struct):
    properties: _Held | None = None


class _RoleName(msgspec.Struct, rename="camel"):
    role_name: str | None = None


class _Definition(msgspec.Struct):
    properties: _RoleName | None = None


_decoder = msgspec.json.Decoder(Permission)
_assignment_decoder = msgspec.json.Decoder(_Assignment)


async def read_allowance(arm: ArmClient, scope: str) -> Allowance:
    """The caller's permissions at an ARM scope, all roles and groups joined by Azure. Raises TroubleError."""
    request = Request(method="GET", path=f"{scope}/providers/Microsoft.Authorization/permissions", api_version=API)
    blocks: list[Permission] = []
    async for page in arm.pages(request):
        for raw in page:
            try:
                blocks.append(_decoder.decode(raw))
            except UNDECODABLE as error:
                raise unreadable(str(error), f"GET {request.path}", arm.clock.now()) from error
    return Allowance(tuple(blocks))


async def read_roles(arm: ArmClient, scope: str, principal_id: str) -> tuple[str, ...]:
    """Names of the roles that a principal has at an ARM scope or above it, through groups too. Raises TroubleError."""
    request = Request(
        method="GET",
        path=f"{scope}/providers/Microsoft.Authorization/roleAssignments",
        api_version=API,
        query={"$filter": f"atScope() and assignedTo('{principal_id}')"},
    )
    found: dict[str, str] = {}
    async for page in arm.pages(request):
        for raw in page:
            try:
                held = _assignment_decoder.decode(raw).properties
            except UNDECODABLE as error:
                raise unreadable(str(error), f"GET {request.path}", arm.clock.now()) from error
            definition = (held.role_definition_id if held is not None else None) or ""
            if definition:
                found[definition.rsplit("/", 1)[-1].lower()] = definition
    return tuple([FULL.get(guid) or await _role_name(arm, definition) for guid, definition in found.items()])


async def _role_name(arm: ArmClient, definition_id: str) -> str:
    answer = await arm.send(Request(method="GET", path=definition_id, api_version=API))
    try:
        properties = msgspec.json.decode(answer.body, type=_Definition).properties
    except UNDECODABLE as error:
        raise unreadable(str(error), f"GET {definition_id}", arm.clock.now()) from error
    return (properties.role_name if properties is not None else None) or definition_id.rsplit("/", 1)[-1]
