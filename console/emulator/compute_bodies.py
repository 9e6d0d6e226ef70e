"""How a compute of each kind looks on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from console.emulator.autoscaler import NODE_STATES, counts
from console.emulator.estate import PROVIDER, Compute, Estate, Node
from console.emulator.versions import as_of, seven_decimals

IMAGE_IS_LATEST_FOR = timedelta(days=30)


def body(estate: Estate, compute: Compute, version: str, now: datetime) -> dict[str, Any]:
    """The compute as GET answers it at an api-version."""
    creating = compute.provisioning_state == "Creating"
    first_time = creating and compute.created_at == compute.modified_at
    properties: dict[str, Any] = {
        "createdOn": seven_decimals(compute.created_at),
        "modifiedOn": seven_decimals(compute.modified_at),
        "disableLocalAuth": compute.disable_local_auth,
        "description": compute.description,
        "resourceId": compute.resource_id,
        "computeType": compute.kind,
        "computeLocation": compute.location,
        "provisioningState": compute.provisioning_state,
        "provisioningErrors": compute.errors if compute.provisioning_state == "Failed" else None,
        "isAttachedCompute": compute.attached,
    }
    if first_time:
        del properties["computeLocation"]
    if compute.disable_local_auth is None:
        del properties["disableLocalAuth"]
    if compute.kind == "ComputeInstance":
        properties["properties"] = as_of(version, _instance(estate, compute, now))
    elif compute.kind == "AmlCompute":
        properties["properties"] = _cluster(compute)
    elif compute.kind != "DataFactory":
        properties["properties"] = compute.properties
    answer: dict[str, Any] = {
        "id": compute.id,
        "name": compute.name,
        "type": f"{PROVIDER}/workspaces/computes",
        "location": compute.location,
        "tags": None if first_time and not compute.tags else compute.tags,
        "properties": properties,
    }
    if compute.identity is not None:
        answer["identity"] = compute.identity
    return answer


def _instance(estate: Estate, compute: Compute, now: datetime) -> dict[str, Any]:
    asked = compute.properties
    ready = compute.state not in (None, "Creating", "CreateFailed")
    person = estate.people.get(compute.created_by)
    operation = compute.last_operation
    shown: dict[str, Any] = {
        "vmSize": asked["vmSize"],
        "subnet": asked.get("subnet"),
        "sshSettings": _ssh(asked, ready),
        "autologgerSettings": None,
        "errors": (compute.errors or []) if ready or compute.errors else None,
        "connectivityEndpoints": asked.get("connectivityEndpoints") if ready else None,
        "applications": _applications(compute) if ready else None,
        "state": compute.state,
        "enableRootAccess": asked.get("enableRootAccess", True),
        "lastOperation": None,
        "createdBy": {
            "userName": person.display_name if person is not None else None,
            "userOrgId": estate.tenant_id,
            "userId": compute.created_by,
        },
        "applicationSharingPolicy": asked.get("applicationSharingPolicy", "Shared") if compute.state is not None else None,
        "computeInstanceAuthorizationType": "personal",
        "personalComputeInstanceSettings": asked.get("personalComputeInstanceSettings"),
        "setupScripts": asked.get("setupScripts"),
        "enableNodePublicIp": asked.get("enableNodePublicIp", True),
        "enableOSPatching": asked.get("enableOSPatching", False),
        "releaseQuotaOnStop": asked.get("releaseQuotaOnStop", False),
        "enableSSO": asked.get("enableSSO", True),
        "dataMounts": None,
        "dataDisks": None,
        "containers": None,
        "versions": {"runtime": "3.0.02649"} if ready else None,
        "customServices": asked.get("customServices"),
        "osImageMetadata": _image(compute, now) if ready else None,
    }
    if operation is not None:
        shown["lastOperation"] = {
            "operationName": operation.name,
            "operationTime": seven_decimals(operation.time),
            "operationStatus": operation.status,
            "operationTrigger": operation.trigger,
        }
    shown |= {name: asked[name] for name in ("idleTimeBeforeShutdown", "schedules") if name in asked}
    return shown


def _ssh(asked: dict[str, Any], ready: bool) -> dict[str, Any] | None:
    if not ready:
        return None
    settings = {"adminUserName": "azureuser", "sshPort": 50000, **(asked.get("sshSettings") or {})}
    settings.setdefault("sshPublicAccess", "Disabled")
    return settings


def _applications(compute: Compute) -> list[dict[str, str]]:
    host = f"https://{compute.name}.{compute.location}.instances.azureml.ms"
    return [
        {"displayName": "Jupyter", "endpointUri": f"{host}/tree/"},
        {"displayName": "Jupyter Lab", "endpointUri": f"{host}/lab"},
    ]


def _image(compute: Compute, now: datetime) -> dict[str, Any]:
    """An instance gets the newest image when it is made and when it starts; afterwards it grows old."""
    renewed = max(compute.created_at, compute.state_since or compute.created_at)
    latest = now.replace(day=1)
    return {
        "currentImageVersion": f"{min(renewed, latest):%y.%m.%d}",
        "latestImageVersion": f"{latest:%y.%m.%d}",
        "isLatestOsImageVersion": now - renewed < IMAGE_IS_LATEST_FOR,
    }


def _cluster(compute: Compute) -> dict[str, Any]:
    asked = compute.properties
    creating = compute.provisioning_state == "Creating"
    known = not creating and compute.allocation_state is not None
    shown: dict[str, Any] = {
        "vmSize": asked["vmSize"],
        "vmPriority": asked.get("vmPriority", "Dedicated"),
        "scaleSettings": asked["scaleSettings"],
        "subnet": asked.get("subnet"),
        "currentNodeCount": None,
        "targetNodeCount": None,
        "nodeStateCounts": None,
        "allocationState": None,
        "errors": None,
        "remoteLoginPortPublicAccess": asked.get("remoteLoginPortPublicAccess", "NotSpecified"),
        "osType": asked.get("osType", "Linux"),
        "virtualMachineImage": None,
        "isolatedNetwork": bool(asked.get("isolatedNetwork")),
        "enableNodePublicIp": asked.get("enableNodePublicIp", True),
    }
    if known and compute.allocation_since is not None:
        states = dict(zip(NODE_STATES, counts(compute), strict=True))
        shown |= {
            "currentNodeCount": sum(states.values()) - states["preempted"],
            "targetNodeCount": compute.target_nodes,
            "nodeStateCounts": {f"{state}NodeCount": count for state, count in states.items()},
            "allocationState": compute.allocation_state,
            "allocationStateTransitionTime": seven_decimals(compute.allocation_since),
            "errors": compute.errors or None,
            "propertyBag": {},
        }
    if "userAccountCredentials" in asked and not creating:
        shown["userAccountCredentials"] = {**asked["userAccountCredentials"], "adminUserPassword": None}
    return shown


def node_body(node: Node) -> dict[str, Any]:
    """A node as listNodes answers it."""
    return {
        "nodeId": node.node_id,
        "privateIpAddress": node.private_ip,
        "publicIpAddress": node.public_ip,
        "port": node.port,
        "nodeState": node.state,
        "runId": node.run_id,
    }
