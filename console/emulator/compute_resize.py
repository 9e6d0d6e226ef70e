"""Another size for a compute instance: which ones it may have, and the change."""

from __future__ import annotations

from console.emulator import lifecycle, sizes
from console.emulator.compute_calls import ONE, begin, conflict, find_kind, invalid, route
from console.emulator.compute_requests import InvalidRequestError, mapping
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2023-08-01-preview", "2024-01-01-preview", "2024-04-01-preview", "2024-10-01-preview"})


def _allowed(call: Call) -> Reply:
    found = find_kind(call, "ComputeInstance", "be resized")
    return found if isinstance(found, Reply) else Reply(200, {"value": sizes.for_kind(found[1].location, "ComputeInstance")})


def _resize(call: Call) -> Reply:
    found = find_kind(call, "ComputeInstance", "be resized")
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    try:
        target = mapping(call.body, "The request body").get("targetVMSize")
    except InvalidRequestError as error:
        return invalid(call, str(error))
    if not isinstance(target, str) or not target:
        return invalid(call, "targetVMSize is missing.")
    if target.upper() not in {size["name"].upper() for size in sizes.for_kind(compute.location, "ComputeInstance")}:
        return invalid(call, f"VM size '{target}' is not available in location '{compute.location}'.")
    # That only a stopped instance takes another size is inferred; what the refusal looks like has not been seen.
    if compute.state != "Stopped":
        return conflict(f"Compute instance '{compute.name}' cannot be resized in state '{compute.state}'; stop it first.")
    operation = begin(call, workspace, "location")
    lifecycle.resize(call.world.estate, call.world.clock, compute, target.upper(), operation.succeed, operation.fail)
    return Reply(202, None, operation.headers(call))


def routes() -> list[Route]:
    # The schema has no names for these actions; they follow from the paths, as ARM's do.
    return [
        route("POST", f"{ONE}/getAllowedVmSizesForResize", _allowed, "schema", "getAllowedVmSizesForResize/action", VERSIONS),
        route("POST", f"{ONE}/resize", _resize, "schema", "resize/action", VERSIONS),
    ]
