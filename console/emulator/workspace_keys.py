"""Resynchronising a workspace's keys: its own datastores take the key that their storage account has now."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from console.emulator import storage_keys
from console.emulator.estate import PROVIDER, Estate, Workspace
from console.emulator.operations import Operation
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import ONE
from console.emulator.workspaces import find as find_workspace

#: How long it takes is not documented.
SECONDS = 40.0


def take_keys(estate: Estate, workspace: Workspace) -> None:
    """Give the datastores that came with a workspace the first key of its storage account; registered ones keep what they hold."""
    account = estate.storage_accounts.get(str(workspace.body["storageAccount"]).lower())
    if account is None:
        return
    for datastore in estate.datastores.values():
        of_key = datastore.credentials["credentialsType"] == "AccountKey"
        if datastore.system and of_key and datastore.workspace_id == workspace.id.lower():
            datastore.secrets = {"key": storage_keys.value(estate, account, "key1")}


def _finish(estate: Estate, workspace: Workspace, operation: Operation) -> None:
    take_keys(estate, workspace)
    operation.succeed()


def _resync(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    world, now = call.world, call.world.clock.now()
    operation = world.operations.begin("workspaceOperationsStatus", workspace.subscription_id, workspace.location, "both", now)
    world.clock.at(now + timedelta(seconds=SECONDS), partial(_finish, world.estate, workspace, operation))
    return Reply(202, None, operation.headers(call))


def routes() -> list[Route]:
    return [Route("POST", f"{ONE}/resyncKeys", _resync, "schema", f"{PROVIDER}/workspaces/resyncKeys/action", MACHINE_LEARNING)]
