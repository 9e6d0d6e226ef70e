"""What the routes of a compute share: its paths and actions, finding it, beginning its operations, refusing."""

from __future__ import annotations

from typing import Any

from console.emulator.compute_bodies import body
from console.emulator.errors import account_rp_error, gateway_error
from console.emulator.estate import PROVIDER, Compute, Workspace, compute_arm_id
from console.emulator.operations import Operation, Style
from console.emulator.routing import Call, Handler, Provenance, Reply, Route
from console.emulator.versions import MACHINE_LEARNING
from console.emulator.workspaces import ONE as WORKSPACE
from console.emulator.workspaces import find as find_workspace

ALL = f"{WORKSPACE}/computes"
ONE = f"{ALL}/{{compute}}"
ACTION = f"{PROVIDER}/workspaces/computes"


def shown(call: Call, compute: Compute) -> dict[str, Any]:
    """The compute as the call's api-version shows it now."""
    return body(call.world.estate, compute, call.query.get("api-version", ""), call.world.clock.now())


def find(call: Call) -> tuple[Workspace, Compute] | Reply:
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


def find_kind(call: Call, kind: str, verb: str) -> tuple[Workspace, Compute] | Reply:
    """Like `find`, for what only computes of one kind can do; `verb` ends the sentence `only a … can`."""
    found = find(call)
    if isinstance(found, Reply) or found[1].kind == kind:
        return found
    compute = found[1]
    return invalid(call, f"Compute '{compute.name}' is of type {compute.kind}; only a {kind} can {verb}.")


def begin(call: Call, workspace: Workspace, style: Style = "async") -> Operation:
    """Start an operation on a compute of the workspace."""
    now = call.world.clock.now()
    return call.world.operations.begin("computeOperationsStatus", workspace.subscription_id, workspace.location, style, now)


def invalid(call: Call, message: str) -> Reply:
    """The 400 for a request that is wrong in itself."""
    return account_rp_error(call, 400, "UserError", message, "ValidationError")


def conflict(message: str, code: str = "Conflict") -> Reply:
    """The 409 for a request that the compute's state forbids."""
    # The bare {"error": {"code", "message"}} is what callers have reported for StartComputeInstanceOnlyAllowedInStoppedState.
    # For every other conflict neither code nor status has been seen; they are inferred from it.
    return gateway_error(409, code, message)


def in_transit(compute: Compute) -> Reply | None:
    """The 409 for a compute that is being made, changed or deleted; None for one that can be changed."""
    if compute.provisioning_state == "Deleting":
        return conflict(f"Compute '{compute.name}' is being deleted.")
    if compute.provisioning_state in ("Creating", "Updating"):
        return conflict(f"Compute '{compute.name}' is being created or changed.")
    return None


def route(
    method: str, template: str, handler: Handler, provenance: Provenance, action: str, versions: frozenset[str] = MACHINE_LEARNING
) -> Route:
    """A route of computes; `action` is what follows `workspaces/computes/` in its ARM operation."""
    return Route(method, template, handler, provenance, action=f"{ACTION}/{action}", api_versions=versions)
