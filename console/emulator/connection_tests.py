"""Testing a connection: an operation that ends well if its credentials open what it leads to, and badly, with the reason, if not.

The schema has the request and its 202. How long it takes, what the operation's address is called and what a failed one says was never
seen on Azure. Without a body, or without credentials in it, what is kept of the connection is tested.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from console.emulator.connection_access import Asked, denial
from console.emulator.connection_requests import InvalidConnectionError, Wanted, parse, properties
from console.emulator.connection_writes import whole
from console.emulator.connections import ACTION, ONE, arm_id, missing, refused
from console.emulator.estate import Workspace
from console.emulator.operations import Operation
from console.emulator.routing import Call, Reply, Route
from console.emulator.storage_access import Denial
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import find as find_workspace

SECONDS = 6.0
#: The stable schema has no such request.
VERSIONS = frozenset(version for version in MACHINE_LEARNING if version.endswith("-preview"))


def _wanted(call: Call, workspace: Workspace) -> Wanted | Reply:
    """What is to be tested: the body, or what is kept of the connection where the body has nothing to say."""
    connection = call.world.estate.connections.get(arm_id(workspace, call.param("connection")).lower())
    kept: dict[str, Any] = {} if connection is None else whole(call, connection)
    try:
        given = dict(properties(call.body)) if call.body else {}
        if not given and not kept:
            return missing(call)
        if given.get("authType", kept.get("authType")) != kept.get("authType"):
            kept["credentials"] = None
        return parse(
            {**kept, **{name: value for name, value in given.items() if value is not None and value != {}}}, call.param("connection")
        )
    except InvalidConnectionError as trouble:
        return refused(call, str(trouble))


def _finish(operation: Operation, judge: Callable[[], Denial | None]) -> None:
    why = judge()
    if why is None:
        operation.succeed()
    else:
        operation.fail(why.code, why.message)


def _test(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    wanted = _wanted(call, workspace)
    if isinstance(wanted, Reply):
        return wanted
    world, now = call.world, call.world.clock.now()
    asked = Asked(
        wanted.category,
        wanted.auth_type,
        wanted.target,
        wanted.metadata,
        wanted.credentials,
        wanted.by_workspace_identity,
        call.principal_id,
    )
    operation = world.operations.begin("workspaceOperationsStatus", workspace.subscription_id, workspace.location, "location", now)
    end = now + timedelta(seconds=SECONDS)
    world.clock.at(end, partial(_finish, operation, lambda: denial(world.estate, end, workspace, asked)))
    return Reply(202, None, {**operation.headers(call), "Retry-After": "1"})


def routes() -> list[Route]:
    # The name of the action follows the path, as Azure's do; no published role names it.
    return [Route("POST", f"{ONE}/testconnection", _test, "schema", f"{ACTION}/testconnection/action", VERSIONS)]
