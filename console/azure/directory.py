"""The directory: principals by object id, what accounts they have, who is in a group, and the search for a name (Microsoft Graph v1.0)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from console.azure.errors import UNDECODABLE, trouble_of_answer, unreadable
from console.azure.graph import MOST_IDS, audience
from console.azure.request import Request
from console.domain.access.principals import Account, Principal, PrincipalKind
from console.domain.trouble import Kind, TroubleError

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

#: A batch takes at most this many requests (Microsoft Graph, "Combine multiple HTTP requests using JSON batching").
MOST_REQUESTS = 20
#: The largest page of members and of found principals.
PAGE = 999
#: How many of each kind a search brings.
FOUND = 20
KINDS = {
    "#microsoft.graph.user": PrincipalKind.USER,
    "#microsoft.graph.group": PrincipalKind.GROUP,
    "#microsoft.graph.serviceprincipal": PrincipalKind.SERVICE_PRINCIPAL,
    "#microsoft.graph.device": PrincipalKind.DEVICE,
}
COLLECTIONS = {
    "users": PrincipalKind.USER,
    "groups": PrincipalKind.GROUP,
    "servicePrincipals": PrincipalKind.SERVICE_PRINCIPAL,
}


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    type: str | None = msgspec.field(name="@odata.type", default=None)
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    user_type: str | None = None
    account_enabled: bool | None = None
    service_principal_type: str | None = None
    app_id: str | None = None
    alternative_names: list[str] | None = None


class _Response(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Batch(msgspec.Struct):
    responses: list[_Response]


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


_decoder = msgspec.json.Decoder(_Wire)


async def read_principals(arm: ArmClient, graph_url: str, object_ids: Iterable[str]) -> dict[str, Principal]:
    """Object id (lower case) → principal; ids that the directory does not know are left out. Raises TroubleError.

    getByIds gives the default properties: of users neither `userType` nor `accountEnabled`, which `read_accounts` asks for.
    """
    wanted = sorted({each.lower() for each in object_ids})
    found: dict[str, Principal] = {}
    for first in range(0, len(wanted), MOST_IDS):
        body = {"ids": wanted[first : first + MOST_IDS], "types": ["user", "group", "servicePrincipal"]}
        request = Request(method="POST", path="/v1.0/directoryObjects/getByIds", body=body)
        async for page in arm.pages(request, audience=audience(graph_url), base_url=graph_url):
            found |= {each.id: each for each in map(decode, page) if each is not None}
    return found


async def read_accounts(arm: ArmClient, graph_url: str, user_ids: Sequence[str]) -> dict[str, Account]:
    """Object id of a user (lower case) → guest or not, enabled or not; who is not found is left out. Raises TroubleError."""
    paths = {each: f"/users/{quote(each)}?$select=id,userType,accountEnabled" for each in user_ids}
    answers = await _batched(arm, graph_url, paths)
    found: dict[str, Account] = {}
    for user_id, body in answers.items():
        try:
            wire = _decoder.decode(body)
        except UNDECODABLE:
            continue  # an account that cannot be read is one that nothing is said of
        guest = None if wire.user_type is None else wire.user_type.lower() == "guest"
        found[user_id.lower()] = Account(guest, wire.account_enabled)
    return found


async def read_members(arm: ArmClient, graph_url: str, group_ids: Sequence[str]) -> dict[str, tuple[Principal, ...]]:
    """Object id of a group (lower case) → its members, those of groups within it too, the groups themselves included. Raises TroubleError.

    Groups that are not found are left out.
    """
    paths = {each: f"/groups/{quote(each)}/transitiveMembers?$top={PAGE}" for each in group_ids}
    found: dict[str, tuple[Principal, ...]] = {}
    for group_id, body in (await _batched(arm, graph_url, paths)).items():
        members = dict.fromkeys([each async for each in _members(arm, graph_url, body)])
        found[group_id.lower()] = tuple(members)
    return found


async def search(arm: ArmClient, graph_url: str, text: str) -> tuple[Principal, ...]:
    """Users, groups and service principals by a part of their names, some of each kind. Raises TroubleError.

    `$search` finds words within a name and asks for eventual consistency; where it is refused the beginning of the name is looked for.
    """
    word = text.replace('"', " ").strip()
    fields = {"users": ("displayName", "userPrincipalName", "mail"), "groups": ("displayName",), "servicePrincipals": ("displayName",)}
    found: dict[str, Principal] = {}
    asked: dict[str, str] = {}
    for name, searched in fields.items():
        clause = " OR ".join(f'"{field}:{word}"' for field in searched)
        asked[name] = f"/{name}?$search={quote(clause)}&$top={FOUND}"
    try:
        answers = await _batched(arm, graph_url, asked, headers={"ConsistencyLevel": "eventual"})
    except TroubleError as error:
        if error.trouble.kind is not Kind.INVALID:
            raise
        quoted = text.replace("'", "''")
        for name, searched in fields.items():
            clause = " or ".join(f"startswith({field},'{quoted}')" for field in searched)
            asked[name] = f"/{name}?$filter={quote(clause)}&$top={FOUND}"
        answers = await _batched(arm, graph_url, asked)
    for name, body in answers.items():
        page = _page(arm, body, f"GET /{name}")
        found |= {each.id: each for each in (decode(raw, COLLECTIONS[name]) for raw in page.value) if each is not None}
    return tuple(found.values())


def decode(raw: bytes, kind: PrincipalKind = PrincipalKind.UNKNOWN) -> Principal | None:
    """One directory object; `kind` is what it is where it does not say. None for one that does not fit. Never raises."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE:
        return None
    guest = None if wire.user_type is None else wire.user_type.lower() == "guest"
    return Principal(
        id=wire.id.lower(),
        kind=KINDS.get((wire.type or "").lower(), kind),
        name=wire.display_name or "",
        upn=wire.user_principal_name or "",
        mail=wire.mail or "",
        guest=guest,
        enabled=wire.account_enabled,
        service=wire.service_principal_type or "",
        app_id=wire.app_id or "",
        resource_id=next((name for name in wire.alternative_names or () if name.lower().startswith("/subscriptions/")), ""),
    )


async def _members(arm: ArmClient, graph_url: str, body: bytes) -> AsyncIterator[Principal]:
    """The members of a group from the first page on."""
    followed: set[str] = set()
    while True:
        page = _page(arm, body, "GET transitiveMembers")
        for raw in page.value:
            member = decode(raw)
            if member is not None:
                yield member
        link = page.next_link
        if not link or link in followed:
            return
        followed.add(link)
        body = (await arm.get_url(link, audience=audience(graph_url), base_url=graph_url)).body


async def _batched(arm: ArmClient, graph_url: str, paths: Mapping[str, str], headers: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Key → answer to the GET of its path; keys whose resource is not found are left out, and those that alone are refused.

    Raises TroubleError where a batch is refused, all that is in it is, or one in it fails for a reason that may pass.
    """
    found: dict[str, bytes] = {}
    keys = list(paths)
    for first in range(0, len(keys), MOST_REQUESTS):
        some = keys[first : first + MOST_REQUESTS]
        requests = [
            {"id": str(number), "method": "GET", "url": paths[key], **({"headers": dict(headers)} if headers else {})}
            for number, key in enumerate(some)
        ]
        request = Request(method="POST", path="/v1.0/$batch", body={"requests": requests})
        answer = await arm.send(request, audience=audience(graph_url), base_url=graph_url)
        try:
            responses = msgspec.json.decode(answer.body, type=_Batch).responses
        except UNDECODABLE as error:
            raise unreadable(str(error), "POST /v1.0/$batch", arm.clock.now()) from error
        by_key = {some[int(each.id)]: each for each in responses if each.id.isdecimal() and int(each.id) < len(some)}
        answered = {key: bytes(each.body) for key, each in by_key.items() if each.status < 300}
        for key, each in by_key.items():
            if each.status >= 300:
                told = {name.lower(): value for name, value in each.headers.items()}
                trouble = trouble_of_answer(each.status, told, bytes(each.body), f"GET {paths[key].split('?')[0]}", arm.clock.now())
                if trouble.kind is not Kind.NOT_FOUND and not (trouble.kind is Kind.PERMISSION and answered):
                    raise TroubleError(trouble)
        found |= answered
    return found


def _page(arm: ArmClient, body: bytes, operation: str) -> _Page:
    try:
        return msgspec.json.decode(body, type=_Page)
    except UNDECODABLE as error:
        raise unreadable(str(error), operation, arm.clock.now()) from error
