"""Datastores: list and get. What opens them is not told here.

Bodies are as recorded: the block of credentials names their type and whose they are, never a secret, although the schema requires one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from console.emulator.errors import management_frontend_error
from console.emulator.estate import PROVIDER, Datastore, Estate, Workspace
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING, seven_decimals
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

ACTION = f"{PROVIDER}/workspaces/datastores"
ALL = f"{WORKSPACE}/datastores"
ONE = f"{ALL}/{{datastore}}"
#: The schema's `count` where it is left out.
PAGE_SIZE = 30
#: What a list can be ordered by; the newest come first, as recorded.
ORDERS: dict[str, Callable[[Datastore], datetime | str]] = {
    "createdtime": lambda one: one.created_at,
    "modifiedtime": lambda one: one.modified_at,
    "name": lambda one: one.name.lower(),
}


def arm_id(workspace: Workspace, name: str) -> str:
    return f"{workspace.id}/datastores/{name}"


def author(estate: Estate, identifier: str, prefix: str, moment: datetime) -> dict[str, str]:
    """Who did something and when, as systemData has it: a person by name, an application by its id."""
    person = estate.people.get(identifier)
    who, kind = (person.display_name, "User") if person is not None else (identifier, "Application")
    return {f"{prefix}At": seven_decimals(moment), f"{prefix}By": who, f"{prefix}ByType": kind}


def body(estate: Estate, datastore: Datastore) -> dict[str, Any]:
    """The datastore as GET answers it."""
    created = author(estate, datastore.created_by, "created", datastore.created_at)
    modified = author(estate, datastore.modified_by, "lastModified", datastore.modified_at)
    return {
        "id": datastore.id,
        "name": datastore.name,
        "type": ACTION,
        "properties": {
            "description": datastore.description,
            "tags": datastore.tags,
            "properties": datastore.properties,
            "isDefault": datastore.default,
            "credentials": datastore.credentials,
            **datastore.body,
        },
        "systemData": created | modified,
    }


def find(call: Call) -> tuple[Workspace, Datastore] | Reply:
    """The workspace and the datastore that the path names, or the 404 of whichever is missing."""
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    found = call.world.estate.datastores.get(arm_id(workspace, call.param("datastore")).lower())
    return missing(call) if found is None else (workspace, found)


def missing(call: Call) -> Reply:
    return management_frontend_error(call, 404, "UserError", f"Could not find datastore: {call.param('datastore')}.", "NotFoundError")


def refused(call: Call, message: str, details: tuple[dict[str, str], ...] = ()) -> Reply:
    """The 400 for what cannot be done; the family of errors is recorded, its sentences are the emulator's."""
    return management_frontend_error(call, 400, "UserError", message, "ValidationError", details)


def in_workspace(estate: Estate, workspace: Workspace) -> list[Datastore]:
    key = workspace.id.lower()
    return [one for one in estate.datastores.values() if one.workspace_id == key]


def _list(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    query = call.query
    count, order = query.get("count", str(PAGE_SIZE)), query.get("orderBy", "createdtime").lower()
    if not count.isdecimal() or not int(count):
        return refused(call, f"The count '{count}' is not a number of 1 or more.")
    if order not in ORDERS:
        return refused(call, f"The order '{query['orderBy']}' is not one of {', '.join(ORDERS)}.")
    names = {name.lower() for name in query.get("names", "").split(",") if name}
    text, default = query.get("searchText", "").lower(), query.get("isDefault", "").lower()
    chosen = [
        one
        for one in in_workspace(call.world.estate, workspace)
        if (not names or one.name.lower() in names)
        and text in one.name.lower()
        and (default not in ("true", "false") or one.default == (default == "true"))
    ]
    chosen.sort(key=ORDERS[order], reverse=query.get("orderByAsc", "").lower() != "true")
    return page(call, chosen, int(count), shape=lambda one: body(call.world.estate, one))


def _get(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else Reply(200, body(call.world.estate, found[1]))


def routes() -> list[Route]:
    return [
        Route("GET", ALL, _list, "recorded", f"{ACTION}/read", MACHINE_LEARNING),
        Route("GET", ONE, _get, "recorded", f"{ACTION}/read", MACHINE_LEARNING),
    ]
