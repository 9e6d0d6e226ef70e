"""What a PUT on a compute asks for, checked, and turned into a compute or a change of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.emulator import sizes
from console.emulator.compute_secrets import given
from console.emulator.durations import seconds_of
from console.emulator.estate import Compute, Workspace, compute_arm_id
from console.emulator.managed_identity import with_principal
from console.emulator.routing import Call
from console.emulator.schedule_requests import InvalidScheduleError, checked

NAME = re.compile(r"[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9\-]{2,23}")
KINDS = frozenset(
    {"AKS", "Kubernetes", "AmlCompute", "ComputeInstance", "DataFactory", "VirtualMachine", "HDInsight", "Databricks"}
    | {"DataLakeAnalytics", "SynapseSpark"}
)
SHORTEST_IDLE_SECONDS, LONGEST_IDLE_SECONDS = 15 * 60, 3 * 86400
# The documentation's bound for a cluster whose region and quota allow it.
MOST_NODES = 65_000
DEFAULT_PATIENCE = "PT2M"
# Told by the service and, in the schema, read-only: a body that was read and is put again carries them.
READ_ONLY = frozenset(
    {"applications", "connectivityEndpoints", "containers", "createdBy", "dataDisks", "dataMounts", "lastOperation", "osImageMetadata"}
    | {"state", "versions", "errors", "allocationState", "allocationStateTransitionTime", "currentNodeCount", "targetNodeCount"}
    | {"nodeStateCounts"}
)
RESOURCE = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/(?P<type>[^/]+/[^/]+)/[^/]+(/[^/]+/[^/]+)*", re.IGNORECASE)
BEHIND = {
    "Kubernetes": ("microsoft.kubernetes/connectedclusters", "microsoft.containerservice/managedclusters"),
    "VirtualMachine": ("microsoft.compute/virtualmachines",),
}
# Written by callers, never read back.
SECRETS = frozenset(
    {"adminUserPassword", "password", "privateKeyData", "databricksAccessToken", "relayConnectionString", "serviceBusConnectionString"}
)


class InvalidRequestError(Exception):
    """What was asked cannot be done; the message is the sentence that is answered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A compute as a caller described it. `properties` is the kind's own block, None where the caller left it out."""

    kind: str
    location: str
    properties: dict[str, Any]
    tags: dict[str, str] | None
    identity: dict[str, Any] | None
    description: str | None
    resource_id: str | None
    disable_local_auth: bool | None
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


def mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequestError(f"{what} must be an object.")
    return value


def without_secrets(value: Any) -> Any:
    """A JSON value without what is written by callers and never read back."""
    if isinstance(value, dict):
        return {name: without_secrets(item) for name, item in value.items() if name not in SECRETS}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def parse(body: object, name: str, workspace: Workspace, existing: Compute | None) -> Wanted:
    """Read and check a PUT body; raises InvalidRequestError."""
    if not NAME.fullmatch(name):
        raise InvalidRequestError(
            f"Compute name '{name}' is invalid: 3 to 24 letters, digits and hyphens, a letter first, not ending in a hyphen and digits."
        )
    outer = mapping(body, "The request body")
    inner = mapping(outer.get("properties"), "properties")
    kind = inner.get("computeType")
    if kind not in KINDS:
        raise InvalidRequestError(f"Compute type '{kind}' is not known.")
    if existing is not None and existing.kind != kind:
        raise InvalidRequestError(f"Compute '{name}' exists and is of type {existing.kind}; its type cannot be changed.")
    asked = inner.get("properties")
    properties = _told(mapping({} if asked is None else asked, "properties.properties"))
    told = outer.get("location") or inner.get("computeLocation") or (existing.location if existing else workspace.location)
    # ARM takes "West Europe" for westeurope.
    location = str(told).replace(" ", "").lower()
    if kind == "ComputeInstance":
        _check_instance(properties, location, existing, compute_arm_id(workspace.id, name).lower())
    elif kind == "AmlCompute":
        _check_cluster(properties, location, existing)
    else:
        _check_attached(kind, inner.get("resourceId") or (existing.resource_id if existing is not None else None))
    tags = outer.get("tags")
    return Wanted(
        kind=kind,
        location=location,
        properties=without_secrets(properties),
        tags=None if tags is None else dict(mapping(tags, "tags")),
        identity=outer.get("identity"),
        description=inner.get("description"),
        resource_id=inner.get("resourceId"),
        disable_local_auth=inner.get("disableLocalAuth"),
        secrets=given(kind, properties),
    )


def _told(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a caller has a say in: neither what only the service tells, nor what is left open."""
    return {name: value for name, value in asked.items() if value is not None and name not in READ_ONLY}


def _check_attached(kind: str, resource: object) -> None:
    """What is attached must be named by an ARM id, of a type that the kind is made of where Microsoft's documentation says which."""
    found = RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
    if found is None:
        raise InvalidRequestError(f"A {kind} compute is attached: properties.resourceId must be the ARM id of what is behind it.")
    types = BEHIND.get(kind)
    if types is not None and found["type"].lower() not in types:
        raise InvalidRequestError(f"A {kind} compute cannot be attached to a resource of type {found['type']}.")


def _check_size(properties: dict[str, Any], location: str, existing: Compute | None) -> None:
    if location.lower() not in sizes.locations():
        raise InvalidRequestError(f"Location '{location}' is not available.")
    size = properties.get("vmSize")
    if not isinstance(size, str) or not size:
        raise InvalidRequestError("properties.properties.vmSize is missing.")
    if sizes.find(size) is None:
        raise InvalidRequestError(f"VM size '{size}' is not available in location '{location}'.")
    if existing is not None and existing.properties["vmSize"] != size.upper():
        raise InvalidRequestError(
            f"The VM size of compute '{existing.name}' cannot be changed from {existing.properties['vmSize']} to {size}."
        )
    properties["vmSize"] = size.upper()


def _check_instance(properties: dict[str, Any], location: str, existing: Compute | None, compute_id: str) -> None:
    _check_size(properties, location, existing)
    if isinstance(properties.get("sshSettings"), dict):
        told = ("adminUserName", "sshPort")
        properties["sshSettings"] = {name: value for name, value in properties["sshSettings"].items() if name not in told}
    if idle_time(properties.get("idleTimeBeforeShutdown")) is None:
        properties.pop("idleTimeBeforeShutdown", None)
    if "schedules" not in properties:
        return
    known = ((existing.properties.get("schedules") or {}) if existing is not None else {}).get("computeStartStop") or []
    planned = mapping(properties["schedules"], "schedules").get("computeStartStop") or []
    try:
        properties["schedules"] = {"computeStartStop": checked(planned, known, compute_id)}
    except InvalidScheduleError as error:
        raise InvalidRequestError(str(error)) from None


def _check_cluster(properties: dict[str, Any], location: str, existing: Compute | None) -> None:
    _check_size(properties, location, existing)
    properties["scaleSettings"] = scale_settings(properties.get("scaleSettings"), DEFAULT_PATIENCE)
    priority = properties.setdefault("vmPriority", "Dedicated")
    if priority.lower() not in ("dedicated", "lowpriority"):
        raise InvalidRequestError(f"VM priority '{priority}' is not Dedicated or LowPriority.")
    if existing is not None and existing.properties.get("vmPriority", "Dedicated").lower() != priority.lower():
        raise InvalidRequestError(f"The VM priority of compute '{existing.name}' cannot be changed.")
    properties["vmPriority"] = "LowPriority" if priority.lower() == "lowpriority" else "Dedicated"


def scale_settings(value: object, patience: str) -> dict[str, Any]:
    """Scale settings as they are asked for, checked and complete; raises InvalidRequestError.

    Left out, the minimum is 0, as the schema has it; the patience with idle nodes, for which it has no default, is `patience`.
    """
    scale = dict(mapping(value, "properties.properties.scaleSettings"))
    most, least = scale.get("maxNodeCount"), scale.get("minNodeCount")
    least = 0 if least is None else least
    if type(most) is not int or type(least) is not int or not 0 <= least <= most <= MOST_NODES:
        raise InvalidRequestError(
            f"Scale settings need whole numbers with 0 <= minNodeCount <= maxNodeCount <= {MOST_NODES}, not {least} and {most}."
        )
    idle = scale.get("nodeIdleTimeBeforeScaleDown")
    idle = patience if idle is None else idle
    _seconds(idle, "nodeIdleTimeBeforeScaleDown")
    return {"maxNodeCount": most, "minNodeCount": least, "nodeIdleTimeBeforeScaleDown": idle}


def idle_time(value: object) -> str | None:
    """How long an instance is to wait idle before it stops, checked; None for never. Raises InvalidRequestError."""
    # Neither the schema nor the documentation tells what an empty value does. Microsoft's built-in policy that looks for instances
    # without idle shutdown takes a missing and an empty value as none.
    if value is None or value == "":
        return None
    if not SHORTEST_IDLE_SECONDS <= _seconds(value, "idleTimeBeforeShutdown") <= LONGEST_IDLE_SECONDS:
        raise InvalidRequestError(f"idleTimeBeforeShutdown '{value}' is not between 15 minutes and 3 days.")
    return str(value)


def _seconds(duration: object, what: str) -> float:
    try:
        return seconds_of(str(duration))
    except ValueError:
        raise InvalidRequestError(f"{what} '{duration}' is not an ISO 8601 duration.") from None


def made(call: Call, workspace: Workspace, name: str, wanted: Wanted) -> Compute:
    """A new compute from what was asked, created now by the caller; not yet in the estate."""
    now = call.world.clock.now()
    compute = Compute(
        id=compute_arm_id(workspace.id, name),
        workspace_id=workspace.id.lower(),
        name=name,
        kind=wanted.kind,
        location=wanted.location,
        created_at=now,
        modified_at=now,
        created_by=call.principal_id,
        created_by_type="User" if call.principal_id in call.world.estate.people else "Application",
        provisioning_state="Creating",
        tags=wanted.tags or {},
        identity=with_principal(call.world.estate, wanted.identity, None, compute_arm_id(workspace.id, name), now),
        description=wanted.description,
        resource_id=wanted.resource_id,
        attached=wanted.kind not in ("ComputeInstance", "AmlCompute"),
        disable_local_auth=bool(wanted.disable_local_auth),
        properties=wanted.properties,
        secrets=wanted.secrets,
    )
    if wanted.kind == "ComputeInstance":
        number = len(call.world.estate.computes) % 250
        addresses = {"publicIpAddress": f"20.61.{number}.10", "privateIpAddress": f"10.0.{number}.4"}
        compute.properties = {**wanted.properties, "connectivityEndpoints": addresses}
    return compute


def change(compute: Compute, wanted: Wanted) -> None:
    """Apply what was asked to a compute that exists. What the caller left out of the kind's block stays."""
    compute.properties = {**compute.properties, **wanted.properties}
    compute.secrets = wanted.secrets or compute.secrets
    compute.description = wanted.description if wanted.description is not None else compute.description
    compute.tags = wanted.tags if wanted.tags is not None else compute.tags
