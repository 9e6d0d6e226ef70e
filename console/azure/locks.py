"""Management locks at a scope and above it (Microsoft.Authorization/locks, "List By Scope" of the published API reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain.creation import Lock

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2016-09-01"


class _Properties(msgspec.Struct):
    level: str | None = None
    notes: str | None = None


class _Wire(msgspec.Struct):
    name: str | None = None
    id: str | None = None
    properties: _Properties | None = None


_decoder = msgspec.json.Decoder(_Wire)


async def read(arm: ArmClient, scope: str) -> tuple[Lock, ...]:
    """The locks that hold for a scope. Raises TroubleError; a lock that cannot be read is one of unknown level."""
    request = Request(method="GET", path=f"{scope}/providers/Microsoft.Authorization/locks", api_version=API)
    found = []
    async for page in arm.pages(request):
        for raw in page:
            try:
                wire = _decoder.decode(raw)
            except UNDECODABLE:
                found.append(Lock("?", ""))
                continue
            found.append(Lock(wire.name or "?", (wire.properties or _Properties()).level or ""))
    return tuple(found)
