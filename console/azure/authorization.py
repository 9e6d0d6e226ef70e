"""Authorization: what the caller may do at a scope (Microsoft.Authorization, permissions)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE, unreadable
from console.azure.request import Request
from console.domain.access import Allowance, Permission

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2022-04-01"

_decoder = msgspec.json.Decoder(Permission)


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
