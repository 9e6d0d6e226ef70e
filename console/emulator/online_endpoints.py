"""Managed online endpoints and their deployments, for reading.

Bodies are those of the published schema; none was recorded. The machines of a deployment are its SKU's capacity, as azure-ai-ml writes
and reads them. Deployments are not counted among the cores in use.
"""

from __future__ import annotations

from typing import Any

from console.emulator.datastores import author
from console.emulator.errors import management_frontend_error
from console.emulator.estate import PROVIDER, Estate, OnlineDeployment, OnlineEndpoint
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

ACTION = f"{PROVIDER}/workspaces/onlineEndpoints"
ALL = f"{WORKSPACE}/onlineEndpoints"
ONE = f"{ALL}/{{endpoint}}"
PAGE_SIZE = 30


def _system_data(estate: Estate, made: OnlineEndpoint | OnlineDeployment) -> dict[str, str]:
    return author(estate, made.created_by, "created", made.created_at) | author(estate, made.created_by, "lastModified", made.created_at)


def _tracked(estate: Estate, made: OnlineEndpoint | OnlineDeployment, kind: str, location: str) -> dict[str, Any]:
    return {
        "id": made.id,
        "name": made.name,
        "type": kind,
        "location": location,
        "kind": "Managed",
        "tags": {},
        "systemData": _system_data(estate, made),
    }


def _endpoint(estate: Estate, endpoint: OnlineEndpoint) -> dict[str, Any]:
    location = estate.workspaces[endpoint.workspace_id].location
    address = f"https://{endpoint.name}.{location}.inference.ml.azure.com"
    return {
        **_tracked(estate, endpoint, ACTION, location),
        "identity": {"type": "None"},
        "properties": {
            "description": None,
            "properties": {},
            "scoringUri": f"{address}/score",
            "swaggerUri": f"{address}/swagger.json",
            "authMode": "Key",
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
            "compute": None,
            "traffic": endpoint.traffic,
            "mirrorTraffic": {},
        },
    }


def _deployment(estate: Estate, endpoint: OnlineEndpoint, deployment: OnlineDeployment) -> dict[str, Any]:
    location = estate.workspaces[endpoint.workspace_id].location
    return {
        **_tracked(estate, deployment, f"{ACTION}/deployments", location),
        "sku": {"name": "Default", "capacity": deployment.count},
        "properties": {
            "endpointComputeType": "Managed",
            "instanceType": deployment.size,
            "description": None,
            "properties": {},
            "provisioningState": "Succeeded",
            "appInsightsEnabled": False,
            "egressPublicNetworkAccess": "Enabled",
            "scaleSettings": {"scaleType": "Default"},
        },
    }


def _list(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    estate, key = call.world.estate, workspace.id.lower()
    found = [one for one in estate.online_endpoints.values() if one.workspace_id == key]
    return page(call, found, PAGE_SIZE, shape=lambda one: _endpoint(estate, one))


def _find(call: Call) -> OnlineEndpoint | Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name = call.param("endpoint")
    found = call.world.estate.online_endpoints.get(f"{workspace.id}/onlineEndpoints/{name}".lower())
    return _missing(call, f"Online endpoint {name} does not exist.") if found is None else found


def _missing(call: Call, sentence: str) -> Reply:
    """The form is that of a model's, which is recorded; the sentence is the emulator's own."""
    details = ({"code": "NotFound", "message": sentence},)
    return management_frontend_error(call, 404, "UserError", "The specified resource was not found.", "NotFoundError", details)


def _get(call: Call) -> Reply:
    found = _find(call)
    return found if isinstance(found, Reply) else Reply(200, _endpoint(call.world.estate, found))


def _list_deployments(call: Call) -> Reply:
    endpoint = _find(call)
    if isinstance(endpoint, Reply):
        return endpoint
    return page(call, list(endpoint.deployments.values()), PAGE_SIZE, shape=lambda one: _deployment(call.world.estate, endpoint, one))


def _get_deployment(call: Call) -> Reply:
    endpoint = _find(call)
    if isinstance(endpoint, Reply):
        return endpoint
    name = call.param("deployment")
    found = endpoint.deployments.get(name.lower())
    if found is None:
        return _missing(call, f"Online deployment {name} of {endpoint.name} does not exist.")
    return Reply(200, _deployment(call.world.estate, endpoint, found))


def routes() -> list[Route]:
    deployments = f"{ONE}/deployments"
    return [
        Route("GET", ALL, _list, "schema", f"{ACTION}/read", MACHINE_LEARNING),
        Route("GET", ONE, _get, "schema", f"{ACTION}/read", MACHINE_LEARNING),
        Route("GET", deployments, _list_deployments, "schema", f"{ACTION}/deployments/read", MACHINE_LEARNING),
        Route("GET", f"{deployments}/{{deployment}}", _get_deployment, "schema", f"{ACTION}/deployments/read", MACHINE_LEARNING),
    ]
