"""Settings of a compute instance that have a route of their own: how long it may be idle before it stops, single sign-on."""

from __future__ import annotations

from console.emulator import lifecycle
from console.emulator.compute_calls import ONE, conflict, find_kind, invalid, route
from console.emulator.compute_requests import InvalidRequestError, idle_time, mapping
from console.emulator.routing import Call, Reply, Route

IDLE_SHUTDOWN = frozenset(
    {"2022-10-01-preview", "2023-04-01-preview", "2023-06-01-preview", "2023-08-01-preview"}
    | {"2024-01-01-preview", "2024-04-01-preview", "2024-10-01-preview"}
)
# azure-ai-ml 1.34 sends the first, 1.35 the second.
ENABLE_SSO = frozenset({"2024-01-01-preview", "2024-04-01-preview"})


def _update_idle_shutdown(call: Call) -> Reply:
    found = find_kind(call, "ComputeInstance", "stop when it is idle")
    if isinstance(found, Reply):
        return found
    compute = found[1]
    if compute.provisioning_state == "Deleting":
        return conflict(f"Compute '{compute.name}' is being deleted.")
    try:
        waits = idle_time(mapping(call.body, "The request body").get("idleTimeBeforeShutdown"))
    except InvalidRequestError as error:
        return invalid(call, str(error))
    if waits is None:
        compute.properties = {name: value for name, value in compute.properties.items() if name != "idleTimeBeforeShutdown"}
    else:
        compute.properties = {**compute.properties, "idleTimeBeforeShutdown": waits}
    compute.modified_at = call.world.clock.now()
    lifecycle.watch_idleness(call.world.clock, compute)
    return Reply(200)


def _enable_sso(call: Call) -> Reply:
    found = find_kind(call, "ComputeInstance", "have single sign-on")
    if isinstance(found, Reply):
        return found
    compute = found[1]
    if compute.provisioning_state == "Deleting":
        return conflict(f"Compute '{compute.name}' is being deleted.")
    wanted = call.body.get("enableSSO") if isinstance(call.body, dict) else None
    if not isinstance(wanted, bool):
        return invalid(call, "enableSSO must be true or false.")
    compute.properties = {**compute.properties, "enableSSO": wanted}
    compute.modified_at = call.world.clock.now()
    return Reply(200)


def routes() -> list[Route]:
    idle, sso = f"{ONE}/updateIdleShutdownSetting", f"{ONE}/enableSso"
    return [
        route("POST", idle, _update_idle_shutdown, "schema", "updateIdleShutdownSetting/action", IDLE_SHUTDOWN),
        # In no published schema: azure-ai-ml sends it, and takes any 2xx. The action follows from the path.
        route("POST", sso, _enable_sso, "sdk", "enableSso/action", ENABLE_SSO),
    ]
