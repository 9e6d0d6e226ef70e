"""Computes: list, get, create, change, delete, start, stop, restart, nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from console.emulator import lifecycle, quota
from console.emulator.compute_bodies import body, node_body
from console.emulator.compute_requests import InvalidRequestError, Wanted, change, made, parse
from console.emulator.errors import account_rp_error, gateway_error
from console.emulator.estate import PROVIDER, Compute, Workspace, compute_arm_id
from console.emulator.operations import Operation
from console.emulator.paging import page
from console.emulator.routing import Call, Handler, Provenance, Reply, Route
from console.emulator.schedules import keep_schedules
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

ALL = f"{WORKSPACE}/computes"
ONE = f"{ALL}/{{compute}}"
ACTION = f"{PROVIDER}/workspaces/computes"
PAGE_SIZE = 100


class _Rendered(Sequence[dict[str, Any]]):
    """Bodies that are made when they are looked at: of a long list a page costs a page."""

    def __init__(self, call: Call, computes: Sequence[Compute]) -> None:
        self._call = call
        self._computes = computes

    def __len__(self) -> int:
        return len(self._computes)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        chosen = self._computes[index]
        return _body(self._call, chosen) if isinstance(chosen, Compute) else [_body(self._call, one) for one in chosen]


def _body(call: Call, compute: Compute) -> dict[str, Any]:
    return body(call.world.estate, compute, call.query.get("api-version", ""), call.world.clock.now())


def _find(call: Call) -> tuple[Workspace, Compute] | Reply:
    """The workspace and the compute that the path names, or the 404 of whichever is missing."""
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name = call.param("compute")
    compute = call.world.estate.computes.get(compute_arm_id(workspace.id, name).lower())
    if compute is None:
        # No recording has this body; the family is account-rp's, the sentence the emulator's.
        return account_rp_error(call, 404, "UserError", f"Compute '{name}' can't be found in this workspace.", "ComputeNotFound")
    return workspace, compute


def _begin(call: Call, workspace: Workspace) -> Operation:
    now = call.world.clock.now()
    return call.world.operations.begin("computeOperationsStatus", workspace.subscription_id, workspace.location, "async", now)


def _conflict(message: str, code: str = "Conflict") -> Reply:
    # The bare {"error": {"code", "message"}} is what callers have reported for StartComputeInstanceOnlyAllowedInStoppedState.
    # For every other conflict neither code nor status has been seen; they are inferred from it.
    return gateway_error(409, code, message)


def _list(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    key = workspace.id.lower()
    return page(call, _Rendered(call, [one for one in call.world.estate.computes.values() if one.workspace_id == key]), PAGE_SIZE)


def _get(call: Call) -> Reply:
    found = _find(call)
    return found if isinstance(found, Reply) else Reply(200, _body(call, found[1]))


def _put(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name = call.param("compute")
    existing = call.world.estate.computes.get(compute_arm_id(workspace.id, name).lower())
    try:
        wanted = parse(call.body, name, workspace, existing)
    except InvalidRequestError as error:
        return account_rp_error(call, 400, "UserError", str(error), "ValidationError")
    if existing is None:
        return _create(call, workspace, name, wanted)
    return _change(call, workspace, existing, wanted)


def _create(call: Call, workspace: Workspace, name: str, wanted: Wanted) -> Reply:
    estate, clock = call.world.estate, call.world.clock
    taken = [one for one in estate.computes.values() if one.name.lower() == name.lower() and one.location == wanted.location]
    if taken:
        return _conflict(f"The compute name '{name}' is already taken in location '{wanted.location}'.")
    compute = made(call, workspace, name, wanted)
    estate.computes[compute.id.lower()] = compute
    operation = _begin(call, workspace)
    if compute.kind == "ComputeInstance" and quota.refuse(estate, clock, compute, operation.fail):
        pass
    elif compute.kind == "ComputeInstance":
        lifecycle.create_instance(clock, compute, operation.succeed, operation.fail)
        keep_schedules(estate, clock, compute)
    elif compute.kind == "AmlCompute":
        lifecycle.provision_cluster(estate, clock, compute, operation.succeed, operation.fail)
    else:
        lifecycle.attach(clock, compute, operation.succeed, operation.fail)
    return Reply(201, _body(call, compute), operation.headers(call))


def _change(call: Call, workspace: Workspace, compute: Compute, wanted: Wanted) -> Reply:
    if compute.provisioning_state == "Deleting":
        return _conflict(f"Compute '{compute.name}' is being deleted.")
    if compute.provisioning_state == "Creating":
        return _conflict(f"Compute '{compute.name}' is being created or changed.")
    estate, clock = call.world.estate, call.world.clock
    change(compute, wanted)
    compute.modified_at = clock.now()
    if compute.kind != "AmlCompute":
        if compute.kind == "ComputeInstance":
            lifecycle.watch_idleness(clock, compute)
            keep_schedules(estate, clock, compute)
        return Reply(200, _body(call, compute))
    # As recorded: a cluster is Creating again while its settings change, and the answer is 201.
    operation = _begin(call, workspace)
    lifecycle.provision_cluster(estate, clock, compute, operation.succeed, operation.fail)
    return Reply(201, _body(call, compute), operation.headers(call))


def _delete(call: Call) -> Reply:
    asked = call.query.get("underlyingResourceAction", "")
    if asked not in ("Delete", "Detach"):
        return account_rp_error(
            call, 400, "UserError", f"underlyingResourceAction must be Delete or Detach, not '{asked}'.", "ValidationError"
        )
    found = _find(call)
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    if compute.provisioning_state == "Deleting":
        return _conflict(f"Compute '{compute.name}' is being deleted.")
    operation = _begin(call, workspace)
    lifecycle.remove(call.world.estate, call.world.clock, compute, operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def _instance_for(call: Call, verb: str) -> tuple[Workspace, Compute] | Reply:
    found = _find(call)
    if isinstance(found, Reply):
        return found
    compute = found[1]
    if compute.kind != "ComputeInstance":
        message = f"Compute '{compute.name}' is of type {compute.kind}; only a ComputeInstance can {verb}."
        return account_rp_error(call, 400, "UserError", message, "ValidationError")
    return found


def _start(call: Call) -> Reply:
    found = _instance_for(call, "start")
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    if compute.state != "Stopped":
        return _conflict(
            f"Start Azure ML Compute Instance is only allowed when the instance {compute.name} is in 'stopped' state",
            "StartComputeInstanceOnlyAllowedInStoppedState",
        )
    operation = _begin(call, workspace)
    if not quota.refuse_start(call.world.estate, call.world.clock, compute, operation.fail):
        lifecycle.start(call.world.clock, compute, operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def _stop(call: Call) -> Reply:
    return _from_running(call, "stop", lifecycle.stop)


def _restart(call: Call) -> Reply:
    return _from_running(call, "restart", lifecycle.restart)


def _from_running(call: Call, verb: str, carry_out: Callable[..., None]) -> Reply:
    found = _instance_for(call, verb)
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    if compute.state not in ("Running", "JobRunning"):
        return _conflict(f"Compute instance '{compute.name}' cannot {verb} in state '{compute.state}'.")
    operation = _begin(call, workspace)
    carry_out(call.world.clock, compute, operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def _list_nodes(call: Call) -> Reply:
    found = _find(call)
    if isinstance(found, Reply):
        return found
    compute = found[1]
    if compute.kind != "AmlCompute":
        message = f"Compute '{compute.name}' is of type {compute.kind}; only an AmlCompute has nodes to list."
        return account_rp_error(call, 400, "UserError", message, "ValidationError")
    return page(call, [node_body(node) for node in compute.nodes], PAGE_SIZE, "nodes")


def routes() -> list[Route]:
    def route(method: str, template: str, handler: Handler, provenance: Provenance, action: str) -> Route:
        return Route(method, template, handler, provenance, action=f"{ACTION}/{action}", api_versions=MACHINE_LEARNING)

    return [
        route("GET", ALL, _list, "schema", "read"),
        route("GET", ONE, _get, "recorded", "read"),
        route("PUT", ONE, _put, "recorded", "write"),
        route("DELETE", ONE, _delete, "recorded", "delete"),
        route("POST", f"{ONE}/start", _start, "sdk", "start/action"),
        route("POST", f"{ONE}/stop", _stop, "sdk", "stop/action"),
        route("POST", f"{ONE}/restart", _restart, "sdk", "restart/action"),
        route("POST", f"{ONE}/listNodes", _list_nodes, "schema", "listNodes/action"),
    ]
