"""Microsoft Graph's memberships: who is in a group, and which groups somebody is in, directly and through other groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from console.emulator import directory
from console.emulator.directory import Entry
from console.emulator.estate import Estate
from console.emulator.graph_access import reading
from console.emulator.graph_errors import bad_request, graph_error, not_found
from console.emulator.graph_query import collection, context, number
from console.emulator.rbac import subjects
from console.emulator.routing import Call, Reply, Route

MOST_GROUPS = 20
_OWN = "/v1.0/me"
_HOLDERS = ("/v1.0/users/{object}", "/v1.0/groups/{object}", "/v1.0/servicePrincipals/{object}", "/v1.0/directoryObjects/{object}", _OWN)
_CASTS = {f"{prefix}.{kind}".lower(): kind for prefix in ("microsoft.graph", "graph") for kind in directory.COLLECTIONS}


def members(estate: Estate, group_id: str, transitive: bool) -> set[str]:
    """The object ids in a group; with `transitive` those of the groups in it too, and the groups between."""
    found: set[str] = set()
    waiting = [group_id]
    while waiting:
        for one in estate.groups[waiting.pop()].members - found:
            found.add(one)
            if transitive and one in estate.groups:
                waiting.append(one)
    return found - {group_id}


def groups_of(estate: Estate, object_id: str, transitive: bool) -> frozenset[str]:
    """The object ids of the groups that somebody is in."""
    if transitive:
        return subjects(estate, object_id) - {object_id}
    return frozenset(group.object_id for group in estate.groups.values() if object_id in group.members)


def _members(call: Call, transitive: bool) -> Iterable[Entry] | Reply:
    key = call.param("object").lower()
    if key not in call.world.estate.groups:
        return not_found(call, call.param("object"))
    return _entries(call.world.estate, members(call.world.estate, key, transitive))


def _holder(call: Call) -> Entry | Reply:
    """Whom the path names: the caller, or one of the kind that it says."""
    estate = call.world.estate
    if "object" not in call.params:
        person = estate.people.get(call.principal_id)
        if person is None:
            return bad_request(call, "/me request is only valid with delegated authentication flow.")
        return directory.user(person)
    kind = call.path.split("/")[2].lower()
    identifier = call.param("object")
    entry = directory.find_user(estate, identifier) if kind == "users" else directory.find(estate, identifier)
    if entry is None or kind not in (directory.COLLECTIONS[entry.kind].lower(), "directoryobjects"):
        return not_found(call, identifier)
    return entry


def _groups_of(call: Call, transitive: bool) -> Iterable[Entry] | Reply:
    holder = _holder(call)
    if isinstance(holder, Reply):
        return holder
    return _entries(call.world.estate, groups_of(call.world.estate, holder.id, transitive))


def _entries(estate: Estate, ids: Iterable[str]) -> list[Entry]:
    return sorted(directory.some(estate, ids).values(), key=lambda entry: (entry.name.lower(), entry.id))


def _answer(call: Call, which: Callable[[Call], Iterable[Entry] | Reply], finish: Callable[..., Reply]) -> Reply:
    """The collection, or its part of one kind where the path casts it."""
    kind = None
    if "cast" in call.params:
        kind = _CASTS.get(call.param("cast").lower())
        if kind is None:
            return bad_request(call, f"Resource not found for the segment '{call.param('cast')}'.")
    found = which(call)
    if isinstance(found, Reply):
        return found
    return finish(call, [entry for entry in found if kind in (None, entry.kind)], kind)


def _member_groups(call: Call) -> Reply:
    holder = _holder(call)
    if isinstance(holder, Reply):
        return holder
    return _ids(call, sorted(groups_of(call.world.estate, holder.id, transitive=True)))


def _check_member_groups(call: Call) -> Reply:
    holder = _holder(call)
    if isinstance(holder, Reply):
        return holder
    wanted = call.body.get("groupIds") if isinstance(call.body, dict) else None
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        return graph_error(call, 400, "Request_BadRequest", "The property 'groupIds' must be a collection of object ids.")
    if len(wanted) > MOST_GROUPS:
        return graph_error(call, 400, "Request_BadRequest", f"Too many ids: at most {MOST_GROUPS} groups can be checked at once.")
    held = groups_of(call.world.estate, holder.id, transitive=True)
    return _ids(call, [one for one in wanted if one.lower() in held])


def _ids(call: Call, ids: list[str]) -> Reply:
    return Reply(200, {"@odata.context": context(call, "Collection(Edm.String)"), "value": ids})


def _collection_routes(path: str, which: Callable[[Call], Iterable[Entry] | Reply], cost: int, own: bool = False) -> list[Route]:
    told = reading(cost, partial(_answer, which=which, finish=collection), own)
    counted = reading(cost, partial(_answer, which=which, finish=number), own)
    return [
        Route("GET", path, told, "schema"),
        Route("GET", f"{path}/$count", counted, "schema"),
        Route("GET", f"{path}/{{cast}}", told, "schema"),
        Route("GET", f"{path}/{{cast}}/$count", counted, "schema"),
    ]


def routes() -> list[Route]:
    found = []
    for name, transitive, cost in (("members", False, 3), ("transitiveMembers", True, 5)):
        found += _collection_routes(f"/v1.0/groups/{{object}}/{name}", partial(_members, transitive=transitive), cost)
    for holder in _HOLDERS:
        own = holder == _OWN
        for name, transitive in (("memberOf", False), ("transitiveMemberOf", True)):
            found += _collection_routes(f"{holder}/{name}", partial(_groups_of, transitive=transitive), 2, own)
        found += [
            Route("POST", f"{holder}/getMemberGroups", reading(2, _member_groups, own), "recorded"),
            Route("POST", f"{holder}/checkMemberGroups", reading(4, _check_member_groups, own), "sdk"),
        ]
    return found
