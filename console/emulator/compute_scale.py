"""Changing how far a cluster scales, and nothing else of it: PATCH on a compute."""

from __future__ import annotations

from console.emulator import lifecycle
from console.emulator.compute_calls import ONE, begin, find_kind, in_transit, invalid, route, shown
from console.emulator.compute_requests import InvalidRequestError, mapping, scale_settings
from console.emulator.routing import Call, Reply, Route


def _patch(call: Call) -> Reply:
    found = find_kind(call, "AmlCompute", "be scaled")
    if isinstance(found, Reply):
        return found
    workspace, compute = found
    refused = in_transit(compute)
    if refused is not None:
        return refused
    try:
        inner = mapping(
            mapping(mapping(call.body, "The request body").get("properties"), "properties").get("properties"), "properties.properties"
        )
        scale = scale_settings(inner.get("scaleSettings"), compute.properties["scaleSettings"]["nodeIdleTimeBeforeScaleDown"])
    except InvalidRequestError as error:
        return invalid(call, str(error))
    compute.properties = {**compute.properties, "scaleSettings": scale}
    compute.modified_at = call.world.clock.now()
    operation = begin(call, workspace)
    # The schema has a 200 for this long-running operation, and Microsoft's client looks for Azure-AsyncOperation on it. The state that
    # the cluster has meanwhile has not been seen; Updating is the schema's word.
    lifecycle.provision_cluster(call.world.estate, call.world.clock, compute, operation.succeed, operation.fail, "Updating")
    return Reply(200, shown(call, compute), operation.headers(call))


def routes() -> list[Route]:
    return [route("PATCH", ONE, _patch, "schema", "write")]
