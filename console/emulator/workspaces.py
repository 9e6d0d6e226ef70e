"""Workspaces: list by subscription and by resource group, get."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from console.emulator.arm_paths import place_of
from console.emulator.errors import resource_group_not_found, resource_not_found
from console.emulator.estate import PROVIDER, Workspace, group_id, workspace_arm_id
from console.emulator.paging import page
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING, as_of, seven_decimals

READ = f"{PROVIDER}/workspaces/read"
PAGE_SIZE = 100
OF_SUBSCRIPTION = f"/subscriptions/{{subscription}}/providers/{PROVIDER}/workspaces"
OF_GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{PROVIDER}/workspaces"
ONE = f"{OF_GROUP}/{{workspace}}"


def find(call: Call) -> Workspace | Reply:
    """The workspace that the path names, or the 404 that ARM answers: group first, then workspace."""
    subscription, group, name = call.param("subscription"), call.param("group"), call.param("workspace")
    workspace = call.world.estate.workspaces.get(workspace_arm_id(subscription, group, name).lower())
    if workspace is not None:
        return workspace
    if group_id(subscription, group).lower() not in call.world.estate.resource_groups:
        return resource_group_not_found(group)
    return resource_not_found(call, f"{PROVIDER}/workspaces", name, group)


def body(call: Call, workspace: Workspace) -> dict[str, Any]:
    """The workspace as GET answers it at the call's api-version."""
    stamp = seven_decimals(workspace.created_at, "Z")
    version = call.query.get("api-version", "")
    author = {"By": workspace.created_by, "ByType": workspace.created_by_type, "At": stamp}
    properties = {
        **workspace.body,
        "tenantId": call.world.estate.tenant_id,
        "provisioningState": "Succeeded",
        "notebookInfo": as_of(version, _notebook(workspace)),
        "storageHnsEnabled": False,
        "workspaceId": workspace.workspace_id,
        "privateLinkCount": 0,
        "discoveryUrl": f"{call.base_url}/discovery",
        "mlFlowTrackingUri": f"azureml://{urlsplit(call.base_url).netloc}/mlflow/v1.0{workspace.id}",
        "enableDataIsolation": False,
    }
    return {
        "id": workspace.id,
        "name": workspace.name,
        "type": f"{PROVIDER}/workspaces",
        "location": workspace.location,
        "tags": workspace.tags,
        "etag": None,
        "properties": as_of(version, properties),
        "identity": workspace.identity,
        "kind": workspace.kind,
        "sku": workspace.sku,
        "systemData": {f"{prefix}{name}": value for prefix in ("created", "lastModified") for name, value in author.items()},
    }


def _notebook(workspace: Workspace) -> dict[str, Any]:
    location, identifier = workspace.location, workspace.workspace_id
    return {
        "resourceId": identifier.replace("-", ""),
        "fqdn": f"ml-{workspace.name}-{location}-{identifier}.{location}.notebooks.azure.net",
        "isPrivateLinkEnabled": False,
        "notebookPreparationError": None,
    }


def _listed(call: Call, prefix: str) -> Reply:
    """Those beneath `prefix` that the caller may read: a list is filtered, not refused."""
    kinds = {kind.lower() for kind in call.query.get("kind", "").split(",") if kind}
    estate = call.world.estate
    chosen = [
        body(call, workspace)
        for key, workspace in estate.workspaces.items()
        if key.startswith(prefix.lower() + "/")
        and (not kinds or workspace.kind.lower() in kinds)
        and may(estate, call.principal_id, READ, workspace.id)
    ]
    return page(call, chosen, PAGE_SIZE)


def _by_subscription(call: Call) -> Reply:
    return _listed(call, f"/subscriptions/{call.param('subscription')}")


def _by_group(call: Call) -> Reply:
    scope = group_id(call.param("subscription"), call.param("group"))
    if scope.lower() not in call.world.estate.resource_groups:
        return resource_group_not_found(call.param("group"))
    return _listed(call, scope)


def _get(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else Reply(200, body(call, found))


def routes() -> list[Route]:
    return [
        Route("GET", OF_SUBSCRIPTION, _by_subscription, "schema", action=READ, api_versions=MACHINE_LEARNING, scope_of=place_of),
        Route("GET", OF_GROUP, _by_group, "schema", action=READ, api_versions=MACHINE_LEARNING, scope_of=place_of),
        Route("GET", ONE, _get, "recorded", action=READ, api_versions=MACHINE_LEARNING),
    ]
