"""Computes: list, get, create, change, delete, start, stop, restart, nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from console.emulator import lifecycle, quota
from console.emulator.compute_bodies import node_body
from console.emulator.compute_calls import ALL, ONE, begin, conflict, find, find_kind, in_transit, invalid, route, shown
from console.emulator.compute_requests import InvalidRequestError, Wanted, change, made, parse
from console.emulator.errors import account_rp_error
from console.emulator.estate import Compute, Workspace, compute_arm_id
from console.emulator.managed_identity import with_principal
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.schedules import keep_schedules
from console.emulator.workspaces import find as find_workspace

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
        return shown(self._call, chosen) if isinstance(chosen, Compute) else [shown(self._call, one) for one in chosen]


def _list(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    key = workspace.id.lower()
    return page(call, _Rendered(call, [one for one in call.world.estate.computes.values() if one.workspace_id == key]), PAGE_SIZE)


def _get(call: Call) -> Reply:
    found = find(call)
    return found if isinstance(found, Reply) else Reply(200, shown(call, found[1]))


def _put(call: Call) -> Reply:
    workspace = find_workspace(call)
    if isinstance(workspace, Reply):
        return workspace
    name = call.param("compute")
    existing = call.world.estate.computes.get(compute_arm_id(workspace.id, name).lower())
    try:
        wanted = parse(call.body, name, workspace, existing)
    except InvalidRequestError as error:
        return invalid(call, str(error))
    if existing is None:
        return _create(call, workspace, name, wanted)
    return _change(call, workspace, existing, wanted)


def _create(call: Call, workspace: Workspace, name: str, wanted: Wanted) -> Reply:
    estate, clock = call.world.estate, call.world.clock
    taken = [one for one in estate.computes.values() if one.name.lower() == name.lower() and one.location == wanted.location]
    if taken:
        return conflict(f"The compute name '{name}' is already taken in location '{wanted.location}'.")
    compute = made(call, workspace, name, wanted)
    estate.computes[compute.id.lower()] = compute
    operation = begin(call, workspace)
    if compute.kind == "ComputeInstance" and quota.refuse(estate, clock, compute, operation.fail):
        pass
    elif compute.kind == "ComputeInstance":
        lifecycle.create_instance(clock, compute, operation.succeed, operation.fail)
        keep_schedules(estate, clock, compute)
    elif compute.kind == "AmlCompute":
        lifecycle.provision_cluster(estate, clock, compute, operation.succeed, operation.fail)
    else:
        lifecycle.attach(clock, compute, operation.succeed, operation.fail)
    return Reply(201, shown(call, compute), operation.headers(call))


def _change(call: Call, workspace: Workspace, compute: Compute, wanted: Wanted) -> Reply:
    refused = in_transit(compute)
    if refused is not None:
        return refused
    estate, clock = call.world.estate, call.world.clock
    patience = compute.properties.get("idleTimeBeforeShutdown")
    tags = compute.tags
    change(compute, wanted)
    if compute.tags != tags:
        compute.former_tags.append((clock.now(), tags))
    compute.identity = with_principal(estate, wanted.identity, compute.identity, compute.id, clock.now())
    compute.modified_at = clock.now()
    if compute.kind != "AmlCompute":
        if compute.kind == "ComputeInstance":
            if compute.properties.get("idleTimeBeforeShutdown") != patience:
                lifecycle.watch_idleness(clock, compute)
            keep_schedules(estate, clock, compute)
        return Reply(200, shown(call, compute))
    # As recorded: a cluster is Creating again while its settings change, and the answer is 201.
    operation = begin(call, workspace)
    lifecycle.provision_cluster(estate, clock, compute, operation.succeed, operation.fail)
    return Reply(201, shown(call, compute), operation.headers(call))


def _delete(call: Call) -> Reply:
    asked = call.query.get("underlyingResourceAction", "")
    if asked not in ("Delete", "Detach"):
        return invalid(call, f"underlyingResourceAction must be Delete or Detach, not '{asked}'.")
    found = find(call)
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    if compute.provisioning_state == "Deleting":
        return conflict(f"Compute '{compute.name}' is being deleted.")
    operation = begin(call, workspace)
    lifecycle.remove(call.world.estate, call.world.clock, compute, operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def _start(call: Call) -> Reply:
    found = find_kind(call, "ComputeInstance", "start")
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    if compute.state != "Stopped":
        return conflict(
            f"Start Azure ML Compute Instance is only allowed when the instance {compute.name} is in 'stopped' state",
            "StartComputeInstanceOnlyAllowedInStoppedState",
        )
    operation = begin(call, workspace)
    if not quota.refuse_start(call.world.estate, call.world.clock, compute, operation.fail):
        lifecycle.start(call.world.clock, compute, operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def _stop(call: Call) -> Reply:
    found = find(call)
    if not isinstance(found, Reply) and found[1].disk_full:
        # Sentence and status as a user of Microsoft's extension for Visual Studio Code has reported them; the code is inferred.
        return account_rp_error(call, 400, "UserError", "StopCompute is not allowed when ComputeInstance disk is full.")
    return _from_running(call, "stop", lifecycle.stop)


def _restart(call: Call) -> Reply:
    return _from_running(call, "restart", lifecycle.restart)


def _from_running(call: Call, verb: str, carry_out: Callable[..., None]) -> Reply:
    found = find_kind(call, "ComputeInstance", verb)
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    if compute.state not in ("Running", "JobRunning"):
        return conflict(f"Compute instance '{compute.name}' cannot {verb} in state '{compute.state}'.")
    operation = begin(call, workspace)
    carry_out(call.world.clock, compute, operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def _list_nodes(call: Call) -> Reply:
    found = find_kind(call, "AmlCompute", "list nodes")
    return found if isinstance(found, Reply) else page(call, [node_body(node) for node in found[1].nodes], PAGE_SIZE, "nodes")


def routes() -> list[Route]:
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
