"""Connections: create, replace, change and delete."""

from __future__ import annotations

from typing import Any

from console.emulator import connection_secrets
from console.emulator.connection_requests import InvalidConnectionError, Wanted, parse, properties
from console.emulator.connections import ACTION, ONE, arm_id, body, find, refused
from console.emulator.estate import Connection, Workspace
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING, seven_decimals
from console.emulator.workspaces import find as find_workspace


def _put(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name, estate = call.param("connection"), call.world.estate
    try:
        wanted = parse(properties(call.body), name)
    except InvalidConnectionError as trouble:
        return refused(call, str(trouble))
    connection = estate.connections.get(arm_id(workspace, name).lower()) or _new(call, workspace, name, wanted)
    return _take(call, connection, wanted)


def _new(call: Call, workspace: Workspace, name: str, wanted: Wanted) -> Connection:
    now = call.world.clock.now()
    return Connection(
        id=arm_id(workspace, name),
        workspace_id=workspace.id.lower(),
        name=name,
        created_at=now,
        created_by=call.principal_id,
        modified_at=now,
        modified_by=call.principal_id,
        category=wanted.category,
        auth_type=wanted.auth_type,
        target=wanted.target,
    )


def _take(call: Call, connection: Connection, wanted: Wanted, with_secrets: bool = True) -> Reply:
    """Make of a connection what was asked for, its credentials too or not, and answer it."""
    estate, now, before = call.world.estate, call.world.clock.now(), connection.auth_type
    connection.auth_type = wanted.auth_type
    try:
        if with_secrets:
            connection_secrets.keep(estate, connection, wanted.credentials, now)
    except connection_secrets.NoVaultError:
        connection.auth_type = before
        return refused(call, "The Key Vault of this workspace is gone: there is nowhere to keep a secret.")
    connection.category, connection.target = wanted.category, wanted.target
    connection.metadata, connection.expires, connection.network = wanted.metadata, wanted.expires, wanted.network
    connection.shared_to_all, connection.shared_users = wanted.shared_to_all, wanted.shared_users
    connection.by_workspace_identity, connection.error = wanted.by_workspace_identity, wanted.error
    connection.modified_at, connection.modified_by = now, call.principal_id
    estate.connections[connection.id.lower()] = connection
    return Reply(200, body(call, connection))


def whole(call: Call, connection: Connection) -> dict[str, Any]:
    """The properties of a connection as a PUT would have them, its secrets among them."""
    return {
        "category": connection.category,
        "authType": connection.auth_type,
        "target": connection.target,
        "credentials": connection_secrets.kept(call.world.estate, connection) or None,
        "metadata": dict(connection.metadata),
        "expiryTime": None if connection.expires is None else seven_decimals(connection.expires),
        "isSharedToAll": connection.shared_to_all,
        "sharedUserList": list(connection.shared_users),
        "useWorkspaceManagedIdentity": connection.by_workspace_identity,
        "error": connection.error,
        **connection.network,
    }


def _patch(call: Call) -> Reply:
    """Replace the properties that are there. That what is left out, the credentials too, stays as it is was never seen on Azure."""
    found = find(call)
    if isinstance(found, Reply):
        return found
    connection = found[1]
    try:
        given = dict(properties(call.body))
        # The type is what tells the schema's objects apart: it is needed even where it stays the same.
        if given.get("authType") is None:
            raise InvalidConnectionError("properties.authType is needed.")
        kept = whole(call, connection)
        changes = given["authType"] != connection.auth_type
        if changes:
            # What is opened in another way has no use for what opened it.
            kept["credentials"] = None
        wanted = parse({**kept, **{name: value for name, value in given.items() if value is not None}}, connection.name)
    except InvalidConnectionError as trouble:
        return refused(call, str(trouble))
    return _take(call, connection, wanted, changes or given.get("credentials") is not None)


def _delete(call: Call) -> Reply:
    """Forget a connection and its secrets."""
    found = find(call)
    if isinstance(found, Reply):
        workspace = find_workspace(call)
        return workspace if isinstance(workspace, Reply) else Reply(204)
    connection = found[1]
    connection_secrets.forget(call.world.estate, connection, call.world.clock.now())
    del call.world.estate.connections[connection.id.lower()]
    return Reply(200)


def routes() -> list[Route]:
    return [
        Route("PUT", ONE, _put, "recorded", f"{ACTION}/write", MACHINE_LEARNING),
        Route("PATCH", ONE, _patch, "schema", f"{ACTION}/write", MACHINE_LEARNING),
        Route("DELETE", ONE, _delete, "recorded", f"{ACTION}/delete", MACHINE_LEARNING),
    ]
