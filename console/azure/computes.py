"""Computes: their requests out, their JSON in. Published swagger of Microsoft.MachineLearningServices, machineLearningServices.json.

The api-version is the one that azure-ai-ml 1.35.2 sends for computes.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import timestamps, unreadable
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain import scopes
from console.domain.compute import Compute, Kind, LastOperation, Node, NodeCounts, Schedule, Setup
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.text import redact, redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2023-08-01-preview"
#: Of computes whose answer says nothing of how they are set up.
NOTHING_TOLD = Setup()
KINDS = {kind.value: kind for kind in Kind if kind not in {Kind.UNKNOWN, Kind.UNREADABLE}}


class _Counts(msgspec.Struct, rename="camel"):
    idle_node_count: int = 0
    running_node_count: int = 0
    preparing_node_count: int = 0
    unusable_node_count: int = 0
    leaving_node_count: int = 0
    preempted_node_count: int = 0


class _Scale(msgspec.Struct, rename="camel"):
    min_node_count: int | None = None
    max_node_count: int | None = None
    node_idle_time_before_scale_down: str | None = None


class _Person(msgspec.Struct, rename="camel"):
    object_id: str | None = None
    user_id: str | None = None
    user_name: str | None = None


class _Personal(msgspec.Struct, rename="camel"):
    assigned_user: _Person | None = None


class _Operation(msgspec.Struct, rename="camel"):
    operation_name: str | None = None
    operation_time: str | None = None
    operation_status: str | None = None
    operation_trigger: str | None = None


class _Cron(msgspec.Struct, rename="camel"):
    expression: str | None = None
    time_zone: str | None = None


class _Hours(msgspec.Struct, rename="camel"):
    hours: list[int] | None = None
    minutes: list[int] | None = None
    week_days: list[str] | None = None


class _Recurrence(msgspec.Struct, rename="camel"):
    frequency: str | None = None
    interval: int | None = None
    time_zone: str | None = None
    schedule: _Hours | None = None


class _Schedule(msgspec.Struct, rename="camel"):
    action: str | None = None
    status: str | None = None
    provisioning_status: str | None = None
    cron: _Cron | None = None
    recurrence: _Recurrence | None = None


class _Schedules(msgspec.Struct, rename="camel"):
    compute_start_stop: list[_Schedule] | None = None


class _Image(msgspec.Struct, rename="camel"):
    current_image_version: str | None = None
    latest_image_version: str | None = None
    is_latest_os_image_version: bool | None = None


class _Named(msgspec.Struct):
    name: str | None = None


class _Ssh(msgspec.Struct, rename="camel"):
    ssh_public_access: str | None = None


class _Principal(msgspec.Struct, rename="camel"):
    principal_id: str | None = None


class _Subnet(msgspec.Struct):
    id: str | None = None


class _Identity(msgspec.Struct, rename="camel"):
    type: str | None = None
    principal_id: str | None = None
    user_assigned_identities: dict[str, _Principal | None] | None = None


class _Inner(msgspec.Struct, rename="camel"):
    """`properties.properties`, the union of what the kinds have there."""

    vm_size: str | None = None
    vm_priority: str | None = None
    state: str | None = None
    scale_settings: _Scale | None = None
    node_state_counts: _Counts | None = None
    current_node_count: int | None = None
    target_node_count: int | None = None
    allocation_state: str | None = None
    allocation_state_transition_time: str | None = None
    last_operation: _Operation | None = None
    personal_compute_instance_settings: _Personal | None = None
    created_by: _Person | None = None
    idle_time_before_shutdown: str | None = None
    release_quota_on_stop: bool | None = None
    errors: list[Any] | None = None
    schedules: _Schedules | None = None
    os_image_metadata: _Image | None = None
    custom_services: list[_Named] | None = None
    ssh_settings: _Ssh | None = None
    subnet: _Subnet | None = None
    enable_node_public_ip: bool | None = None
    agent_vm_size: str | None = None
    virtual_machine_size: str | None = None


class _Outer(msgspec.Struct, rename="camel"):
    compute_type: str | None = None
    compute_location: str | None = None
    provisioning_state: str | None = None
    description: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    provisioning_errors: list[Any] | None = None
    is_attached_compute: bool | None = None
    properties: _Inner | None = None


class _System(msgspec.Struct, rename="camel"):
    created_by: str | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str
    name: str | None = None
    location: str | None = None
    tags: dict[str, str | None] | None = None
    properties: _Outer | None = None
    system_data: _System | None = None
    identity: _Identity | None = None


class _WireNode(msgspec.Struct, rename="camel"):
    node_id: str
    node_state: str | None = None
    run_id: str | None = None
    private_ip_address: str | None = None
    public_ip_address: str | None = None
    port: int | float | None = None


@cache
def _decoder() -> msgspec.json.Decoder[_Wire]:
    """Made when a first compute is read: plans import this module for its requests, before the first frame."""
    return msgspec.json.Decoder(_Wire)


@cache
def _node_decoder() -> msgspec.json.Decoder[_WireNode]:
    return msgspec.json.Decoder(_WireNode)


def list_request(workspace: WorkspaceRef) -> Request:
    return Request(method="GET", path=f"{workspace.id}/computes", api_version=API)


def get_request(compute_id: str) -> Request:
    return Request(method="GET", path=compute_id, api_version=API)


def start(compute_id: str) -> Request:
    return Request(method="POST", path=f"{compute_id}/start", api_version=API)


def stop(compute_id: str) -> Request:
    return Request(method="POST", path=f"{compute_id}/stop", api_version=API)


def restart(compute_id: str) -> Request:
    return Request(method="POST", path=f"{compute_id}/restart", api_version=API)


def delete(compute_id: str, *, detach: bool = False) -> Request:
    """Delete a compute, or with `detach` only take it out of the workspace and leave its machines (attached kinds)."""
    action = "Detach" if detach else "Delete"
    return Request(method="DELETE", path=compute_id, api_version=API, query={"underlyingResourceAction": action})


def scale(compute_id: str, least: int, most: int, idle: str) -> Request:
    """Change a cluster's scale settings and nothing else (`ClusterUpdateParameters` of the swagger). `idle` is ISO 8601.

    azure-ai-ml's `compute.begin_update` is a PUT of the whole cluster instead, with an empty subnet in it.
    """
    settings = {"minNodeCount": least, "maxNodeCount": most, "nodeIdleTimeBeforeScaleDown": idle}
    body = {"properties": {"properties": {"scaleSettings": settings}}}
    return Request(method="PATCH", path=compute_id, api_version=API, body=body)


def idle_shutdown(compute_id: str, idle: str) -> Request:
    """Set after how long without activity an instance is stopped (`IdleShutdownSetting` of the swagger). `idle` is ISO 8601."""
    path = f"{compute_id}/updateIdleShutdownSetting"
    return Request(method="POST", path=path, api_version=API, body={"idleTimeBeforeShutdown": idle})


def resize(compute_id: str, size: str) -> Request:
    """Give an instance another VM size (`ResizeSchema` of the swagger)."""
    return Request(method="POST", path=f"{compute_id}/resize", api_version=API, body={"targetVMSize": size})


def put(compute_id: str, body: Any) -> Request:
    """Make a compute, or replace its settings by all that `body` says (`ComputeResource` of the swagger)."""
    return Request(method="PUT", path=compute_id, api_version=API, body=body)


async def read(arm: ArmClient, workspace: WorkspaceRef, before: Reading[Compute] | None = None) -> Reading[Compute]:
    """All computes of a workspace; those that are unchanged since `before` are the same objects. Raises TroubleError."""
    return await arm.read_all(list_request(workspace), lambda raw: decode(raw, workspace), lambda item: scopes.key(item.id), before=before)


async def read_one(arm: ArmClient, compute_id: str) -> Compute:
    """One compute as it is now. Raises TroubleError (not found included)."""
    answer = await arm.send(get_request(compute_id))
    return decode(answer.body, WorkspaceRef.parse(compute_id))


async def read_nodes(arm: ArmClient, compute_id: str) -> Reading[Node]:
    """The nodes of a cluster. Raises TroubleError; Azure refuses it for other kinds."""
    request = Request(method="POST", path=f"{compute_id}/listNodes", api_version=API)
    return await arm.read_all(request, decode_node, lambda node: node.id)


def decode(raw: bytes, workspace: WorkspaceRef) -> Compute:
    """One item as a row; never raises: what does not fit the schema becomes an unreadable row that says why."""
    try:
        wire = _decoder().decode(raw)
    except UNDECODABLE as error:
        item_id, name = unreadable.named(raw, f"{workspace.id}/computes")
        return Compute(id=item_id, name=name, workspace=workspace, kind=Kind.UNREADABLE, fault=str(error))
    outer = wire.properties or _Outer()
    inner = outer.properties or _Inner()
    word = outer.compute_type or ""
    scale = inner.scale_settings or _Scale()
    counts = inner.node_state_counts
    person = (inner.personal_compute_instance_settings or _Personal()).assigned_user or inner.created_by or _Person()
    creator = inner.created_by or _Person()
    return Compute(
        id=wire.id,
        name=wire.name or wire.id.rsplit("/", 1)[-1],
        workspace=workspace,
        kind=KINDS.get(word, Kind.UNKNOWN),
        kind_word=word,
        location=outer.compute_location or wire.location or "",
        provisioning_state=outer.provisioning_state or "",
        state=inner.state or "",
        vm_size=inner.vm_size or inner.agent_vm_size or inner.virtual_machine_size or "",
        low_priority=(inner.vm_priority or "").lower() == "lowpriority",
        nodes=None
        if counts is None
        else NodeCounts(
            counts.idle_node_count,
            counts.running_node_count,
            counts.preparing_node_count,
            counts.unusable_node_count,
            counts.leaving_node_count,
            counts.preempted_node_count,
        ),
        current_nodes=inner.current_node_count,
        target_nodes=inner.target_node_count,
        min_nodes=scale.min_node_count,
        max_nodes=scale.max_node_count,
        allocation_state=inner.allocation_state or "",
        allocation_since=timestamps.parse(inner.allocation_state_transition_time),
        last_operation=_operation(inner.last_operation),
        owner_id=person.object_id or person.user_id or "",
        created_by=creator.user_name or (wire.system_data.created_by if wire.system_data else None) or "",
        created_on=timestamps.parse(outer.created_on),
        modified_on=timestamps.parse(outer.modified_on),
        idle_shutdown=inner.idle_time_before_shutdown or "",
        idle_scale_down=scale.node_idle_time_before_scale_down or "",
        # People paste keys and signed addresses into these; rows are kept on disk and shown.
        description=_harmless(outer.description),
        attached=bool(outer.is_attached_compute),
        release_quota_on_stop=bool(inner.release_quota_on_stop),
        errors=tuple(_harmless(_error_text(error)) for error in (*(outer.provisioning_errors or ()), *(inner.errors or ()))),
        tags=redact({name: value or "" for name, value in (wire.tags or {}).items()}),
        schedules=() if inner.schedules is None else tuple(map(_schedule, inner.schedules.compute_start_stop or ())),
        setup=_setup(inner, wire.identity),
        identities=() if wire.identity is None else _principals(wire.identity),
    )


def _setup(inner: _Inner, identity: _Identity | None) -> Setup:
    image = inner.os_image_metadata or _Image()
    setup = Setup(
        image=image.current_image_version or "",
        image_latest=image.latest_image_version or "",
        image_current=image.is_latest_os_image_version,
        applications=tuple(each.name or "?" for each in inner.custom_services or ()),
        ssh=(inner.ssh_settings or _Ssh()).ssh_public_access or "",
        subnet=(inner.subnet or _Subnet()).id or "",
        public_ip=inner.enable_node_public_ip,
        identity=() if identity is None else _identities(identity),
    )
    return NOTHING_TOLD if setup == NOTHING_TOLD else setup


def _identities(identity: _Identity) -> tuple[str, ...]:
    """`system` and ARM ids, as the forms take them."""
    own = ("system",) if "systemassigned" in (identity.type or "").lower() else ()
    return (*own, *(identity.user_assigned_identities or ()))


def _schedule(wire: _Schedule) -> Schedule:
    cron, recurrence = wire.cron, wire.recurrence
    if cron is not None:
        when, zone = f"cron {cron.expression or '?'}", cron.time_zone
    elif recurrence is not None:
        when, zone = _recurrence(recurrence), recurrence.time_zone
    else:
        when, zone = "?", None
    return Schedule(wire.action or "", when, zone or "", wire.status or "", wire.provisioning_status or "")


def _recurrence(wire: _Recurrence) -> str:
    """`every week on Monday, Friday at 19:00`; what Azure leaves out is left out."""
    unit = (wire.frequency or "?").lower()
    every = f"every {unit}" if wire.interval in {None, 1} else f"every {wire.interval} {unit}s"
    hours = wire.schedule or _Hours()
    days = f" on {', '.join(hours.week_days)}" if hours.week_days else ""
    times = ", ".join(f"{hour:02d}:{minute:02d}" for hour in hours.hours or () for minute in hours.minutes or (0,))
    return f"{every}{days}{f' at {times}' if times else ''}"


def _principals(identity: _Identity) -> tuple[str, ...]:
    given = [each.principal_id for each in (identity.user_assigned_identities or {}).values() if each is not None]
    return tuple(principal for principal in (identity.principal_id, *given) if principal)


def decode_node(raw: bytes) -> Node:
    """One node as a row; never raises."""
    try:
        wire = _node_decoder().decode(raw)
    except UNDECODABLE as error:
        return Node(id=f"unreadable-{hash(raw) & 0xFFFF:04x}", fault=str(error))
    return Node(
        id=wire.node_id,
        state=wire.node_state or "",
        run_id=wire.run_id or "",
        private_ip=wire.private_ip_address or "",
        public_ip=wire.public_ip_address or "",
        port=None if wire.port is None else int(wire.port),
    )


def _operation(wire: _Operation | None) -> LastOperation | None:
    if wire is None:
        return None
    return LastOperation(
        wire.operation_name or "", wire.operation_status or "", wire.operation_trigger or "", timestamps.parse(wire.operation_time)
    )


@lru_cache(maxsize=4096)  # the same errors come with every refresh
def _harmless(text: str | None) -> str:
    return redact_text(text) if text else ""


def _error_text(error: Any) -> str:
    """`ErrorResponse` of the swagger: code and message under `error`; anything else as it is."""
    inner = error.get("error", error) if isinstance(error, dict) else error
    if isinstance(inner, dict):
        return ": ".join(str(inner[part]) for part in ("code", "message") if inner.get(part)) or str(inner)
    return str(inner)
