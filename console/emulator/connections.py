"""Connections: list and get. What they are opened with is not told here.

Bodies are as recorded: `credentials` is null whatever they are, and left out where there are none. The fields of each api-version are
those of its schema, and at 2024-04-01-preview two more that are recorded.
"""

from __future__ import annotations

from typing import Any

from console.emulator import connection_secrets
from console.emulator.connection_categories import BARE, DATA, GROUPS, category
from console.emulator.datastores import author
from console.emulator.errors import account_rp_error
from console.emulator.estate import PROVIDER, Connection, Estate, Workspace
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING, seven_decimals
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

ACTION = f"{PROVIDER}/workspaces/connections"
ALL = f"{WORKSPACE}/connections"
ONE = f"{ALL}/{{connection}}"
#: How many are on a page is not published: the schema has a nextLink, and nothing to ask for fewer with.
PAGE_SIZE = 1000
_COMMON = frozenset({"authType", "credentials", "category", "expiryTime", "target", "createdByWorkspaceArmId", "isSharedToAll", "metadata"})
_NEWER = _COMMON | {"group", "sharedUserList"}
#: What each api-version tells.
FIELDS = {
    "2023-08-01-preview": _COMMON,
    "2024-01-01-preview": _NEWER,
    "2024-04-01-preview": _NEWER | {"useWorkspaceManagedIdentity", "autoPrivateLinkCreate"},
    "2024-10-01": _NEWER,
    "2024-10-01-preview": _NEWER | {"useWorkspaceManagedIdentity", "peRequirement", "peStatus", "error"},
}


def arm_id(workspace: Workspace, name: str) -> str:
    return f"{workspace.id}/connections/{name}"


def body(call: Call, connection: Connection, secrets: bool = False) -> dict[str, Any]:
    """The connection as GET answers it, or with its `secrets` as listsecrets does."""
    estate, fields = call.world.estate, FIELDS[call.query["api-version"].lower()]
    told = {name: value for name, value in _properties(estate, connection).items() if name in fields}
    if connection.auth_type in BARE:
        del told["credentials"]
    elif secrets:
        told["credentials"] = connection_secrets.kept(estate, connection)
    system = author(estate, connection.created_by, "created", connection.created_at)
    system |= author(estate, connection.modified_by, "lastModified", connection.modified_at)
    # This service writes its moments with Z.
    system |= {"createdAt": seven_decimals(connection.created_at, "Z"), "lastModifiedAt": seven_decimals(connection.modified_at, "Z")}
    top = {"tags": None, "location": None, "id": connection.id, "name": connection.name, "type": ACTION}
    return {**top, "properties": told, "systemData": system}


def _properties(estate: Estate, connection: Connection) -> dict[str, Any]:
    expires = None if connection.expires is None else seven_decimals(connection.expires, "Z")
    found: dict[str, Any] = {
        "authType": connection.auth_type,
        "credentials": None,
        "group": GROUPS[connection.category],
        "category": connection.category,
        "expiryTime": expires,
        "target": connection.target,
        "createdByWorkspaceArmId": estate.workspaces[connection.workspace_id].id,
        "useWorkspaceManagedIdentity": connection.by_workspace_identity,
        "isSharedToAll": connection.shared_to_all,
        "autoPrivateLinkCreate": True,
        "sharedUserList": list(connection.shared_users),
        "metadata": dict(connection.metadata),
        "peRequirement": connection.network.get("peRequirement", "NotApplicable"),
        "peStatus": connection.network.get("peStatus", "NotApplicable"),
    }
    return found if connection.error is None else {**found, "error": connection.error}


def find(call: Call) -> tuple[Workspace, Connection] | Reply:
    """The workspace and the connection that the path names, or the 404 of whichever is missing."""
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    found = call.world.estate.connections.get(arm_id(workspace, call.param("connection")).lower())
    return missing(call) if found is None else (workspace, found)


def missing(call: Call) -> Reply:
    message = f"Connection {call.param('connection')} can't be found in this workspace"
    return account_rp_error(call, 404, "UserError", message, "NotFoundError")


def refused(call: Call, message: str) -> Reply:
    """The 400 for what cannot be done, in the form of the one that is recorded; but for that one, the sentences are the emulator's."""
    return account_rp_error(call, 400, "ValidationError", message)


def in_workspace(estate: Estate, workspace: Workspace) -> list[Connection]:
    key = workspace.id.lower()
    return [one for one in estate.connections.values() if one.workspace_id == key]


def _list(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    query, estate = call.query, call.world.estate
    wanted, target = query.get("category"), query.get("target")
    # What a list says to a category that there is none of is not recorded; a category that nothing has gives an empty one.
    known = None if wanted is None else category(wanted) or wanted
    everything = query.get("includeAll", "false").lower() == "true"
    chosen = [
        one
        for one in in_workspace(estate, workspace)
        if (everything or one.category not in DATA) and known in (None, one.category) and target in (None, one.target)
    ]
    return page(call, chosen, PAGE_SIZE, shape=lambda one: body(call, one))


def _get(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else Reply(200, body(call, found[1]))


def _list_secrets(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else Reply(200, body(call, found[1], secrets=True))


def routes() -> list[Route]:
    listsecrets = f"{ACTION}/listsecrets/action"
    return [
        Route("GET", ALL, _list, "recorded", f"{ACTION}/read", MACHINE_LEARNING),
        Route("GET", ONE, _get, "recorded", f"{ACTION}/read", MACHINE_LEARNING),
        Route("POST", f"{ONE}/listsecrets", _list_secrets, "schema", listsecrets, MACHINE_LEARNING),
    ]
