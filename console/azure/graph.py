"""Microsoft Graph: the names behind object ids (directoryObjects/getByIds)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from console.azure.errors import UNDECODABLE
from console.azure.request import Request

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: getByIds takes at most this many ids (Microsoft Graph, directoryObject: getByIds).
MOST_IDS = 1_000

_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    display_name: str | None = None
    user_principal_name: str | None = None


_decoder = msgspec.json.Decoder(_Wire)


def audience(graph_url: str) -> str:
    """What a token for a directory is asked for: the sovereign clouds have their own, an emulator takes the public one's."""
    return graph_url if graph_url.endswith((".us", ".cn")) else "https://graph.microsoft.com"


async def find_users(arm: ArmClient, graph_url: str, words: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Object id or user principal name, as given → object id and name of the user; who is not found is left out. Raises TroubleError.

    Microsoft Graph, "List users" with `$filter`.
    """
    found: dict[str, tuple[str, str]] = {}
    for word in dict.fromkeys(words):
        name = "id" if _GUID.match(word) else "userPrincipalName"
        query = {"$filter": f"{name} eq '{word.replace(chr(39), chr(39) * 2)}'", "$select": "id,displayName,userPrincipalName"}
        request = Request(method="GET", path="/v1.0/users", query=query)
        async for page in arm.pages(request, audience=audience(graph_url), base_url=graph_url):
            for raw in page:
                try:
                    wire = _decoder.decode(raw)
                except UNDECODABLE:
                    continue  # an entry that does not fit is nobody who could be named
                found[word] = wire.id, wire.user_principal_name or wire.display_name or wire.id
    return found


async def read_names(arm: ArmClient, graph_url: str, object_ids: Iterable[str]) -> dict[str, str]:
    """Object id → user principal name, else display name. Ids that the directory does not know are left out. Raises TroubleError."""
    wanted = sorted(set(object_ids))
    names: dict[str, str] = {}
    for first in range(0, len(wanted), MOST_IDS):
        body = {"ids": wanted[first : first + MOST_IDS], "types": ["user", "group", "servicePrincipal"]}
        request = Request(method="POST", path="/v1.0/directoryObjects/getByIds", body=body)
        async for page in arm.pages(request, audience=audience(graph_url), base_url=graph_url):
            for raw in page:
                try:
                    wire = _decoder.decode(raw)
                except UNDECODABLE:
                    continue  # an entry that does not fit leaves its id without a name, which the screen shows as the id
                names[wire.id] = wire.user_principal_name or wire.display_name or wire.id
    return names
