"""Microsoft Graph's users, groups, service principals and applications: lists, single objects, getByIds, and the caller's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from console.emulator import directory, registrations
from console.emulator.directory import COLLECTIONS, Entry
from console.emulator.estate import Estate
from console.emulator.graph_access import reading
from console.emulator.graph_errors import bad_request, graph_error, not_found
from console.emulator.graph_query import asked, collection, context, entity, number, shown
from console.emulator.routing import Call, Reply, Route

MOST_IDS = 1000


def _get_by_ids(call: Call) -> Reply:
    body = call.body if isinstance(call.body, dict) else {}
    ids = body.get("ids")
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        return graph_error(call, 400, "Request_BadRequest", "The property 'ids' must be a collection of object ids.")
    if len(ids) > MOST_IDS:
        return graph_error(call, 400, "Request_BadRequest", f"Too many ids: at most {MOST_IDS} can be asked for at once.")
    options = asked(call, None)
    if isinstance(options, Reply):
        return options
    types = {str(kind).lower() for kind in body.get("types") or ()}
    found = [
        shown(entry, options.select, typed=True)
        for entry in directory.some(call.world.estate, (item.lower() for item in ids)).values()
        if not types or entry.kind.lower() in types or "directoryobject" in types
    ]
    return Reply(200, {"@odata.context": context(call, "directoryObjects", options.select), "value": found})


def _entries(estate: Estate, kind: str) -> Iterable[Entry]:
    return registrations.listed(estate) if kind == directory.APPLICATION else directory.listed(estate, kind)


def _listed(call: Call, kind: str) -> Reply:
    return collection(call, _entries(call.world.estate, kind), kind)


def _number(call: Call, kind: str) -> Reply:
    return number(call, _entries(call.world.estate, kind), kind)


def _one(call: Call, kind: str) -> Reply:
    identifier = call.param("object")
    estate = call.world.estate
    look = {directory.USER: directory.find_user, directory.APPLICATION: registrations.find}.get(kind, directory.find)
    entry = look(estate, identifier)
    return entity(call, entry) if entry is not None and entry.kind == kind else not_found(call, identifier)


def _directory_object(call: Call) -> Reply:
    entry = directory.find(call.world.estate, call.param("object"))
    return not_found(call, call.param("object")) if entry is None else entity(call, entry, typed=True)


def _me(call: Call) -> Reply:
    person = call.world.estate.people.get(call.principal_id)
    if person is None:
        return bad_request(call, "/me request is only valid with delegated authentication flow.")
    return entity(call, directory.user(person))


def routes() -> list[Route]:
    found = [
        Route("POST", "/v1.0/directoryObjects/getByIds", reading(3, _get_by_ids), "recorded"),
        Route("GET", "/v1.0/directoryObjects/{object}", reading(1, _directory_object), "schema"),
        Route("GET", "/v1.0/me", reading(1, _me, own=True), "sdk"),
    ]
    for kind, name in COLLECTIONS.items():
        cost = 2 if kind in (directory.USER, directory.APPLICATION) else 1
        found += [
            Route("GET", f"/v1.0/{name}", reading(cost, partial(_listed, kind=kind)), "recorded"),
            Route("GET", f"/v1.0/{name}/$count", reading(cost, partial(_number, kind=kind)), "schema"),
            Route("GET", f"/v1.0/{name}/{{object}}", reading(1, partial(_one, kind=kind)), "recorded"),
        ]
    return found
