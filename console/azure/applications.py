"""Applications of the directory: when the secrets and certificates that they sign in with end (Microsoft Graph v1.0, "List applications").

A member of the tenant may read them by default; a guest, or an application without Application.Read.All, may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from console.azure import timestamps
from console.azure.errors import UNDECODABLE
from console.azure.graph import audience
from console.azure.request import Request
from console.domain.applications import Application, Credential
from console.domain.findable import GUID

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: Values that one `in` of a `$filter` takes (Microsoft Graph, "Use the $filter query parameter").
MOST_IDS = 15
FIELDS = "id,appId,displayName,passwordCredentials,keyCredentials"


class _Credential(msgspec.Struct, rename="camel"):
    key_id: str | None = None
    display_name: str | None = None
    custom_key_identifier: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    app_id: str
    display_name: str | None = None
    password_credentials: list[_Credential] | None = None
    key_credentials: list[_Credential] | None = None


_decoder = msgspec.json.Decoder(_Wire)


async def read_applications(arm: ArmClient, graph_url: str, client_ids: Iterable[str]) -> Mapping[str, Application]:
    """Client id (lower case) → application; who is not registered in the tenant is left out. Raises TroubleError."""
    wanted = sorted({each.lower() for each in client_ids if GUID.match(each)})
    found: dict[str, Application] = {}
    for first in range(0, len(wanted), MOST_IDS):
        some = ",".join(f"'{each}'" for each in wanted[first : first + MOST_IDS])
        request = Request(method="GET", path="/v1.0/applications", query={"$filter": f"appId in ({some})", "$select": FIELDS})
        async for page in arm.pages(request, audience=audience(graph_url), base_url=graph_url):
            found |= {each.client_id: each for each in map(decode, page) if each is not None}
    return found


def decode(raw: bytes) -> Application | None:
    """One application; None for one that does not even tell which it is. Never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return _unreadable(raw, str(error))
    secrets = (_credential(each, certificate=False) for each in wire.password_credentials or ())
    certificates = (_credential(each, certificate=True) for each in wire.key_credentials or ())
    return Application(
        client_id=wire.app_id.lower(),
        object_id=wire.id,
        name=wire.display_name or "",
        credentials=(*secrets, *certificates),
    )


def _unreadable(raw: bytes, why: str) -> Application | None:
    try:
        told = msgspec.json.decode(raw)
    except UNDECODABLE:
        return None
    client_id = told.get("appId") if isinstance(told, dict) else None
    return Application(client_id=client_id.lower(), fault=f"Graph's answer does not fit: {why}") if isinstance(client_id, str) else None


def _credential(wire: _Credential, *, certificate: bool) -> Credential:
    return Credential(
        id=wire.key_id or "",
        certificate=certificate,
        name=wire.display_name or "",
        thumbprint=(wire.custom_key_identifier or "").upper() if certificate else "",
        starts=timestamps.parse(wire.start_date_time),
        ends=timestamps.parse(wire.end_date_time),
    )
