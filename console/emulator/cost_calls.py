"""What the routes of Cost Management share: their scopes, their versions, their refusals and their throttling."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from console.emulator.arm_paths import segments
from console.emulator.cost_limits import units_of
from console.emulator.errors import gateway_error
from console.emulator.ledger import Charge
from console.emulator.rbac import beneath
from console.emulator.routing import Call, Reply

# 2025-03-01 is azure-mgmt-costmanagement's, 2024-08-01 has the published schema; older ones are those of Azure's command line.
VERSIONS = frozenset({"2019-11-01", "2021-10-01", "2022-10-01", "2023-03-01", "2023-11-01", "2024-08-01", "2025-03-01"})
QUERY = "{scope}/providers/Microsoft.CostManagement/query"
FORECAST = "{scope}/providers/Microsoft.CostManagement/forecast"
DIMENSIONS = "{scope}/providers/Microsoft.CostManagement/dimensions"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked about: `path` as the caller spelt it, and which charges lie in it. One `above` subscriptions has no resource ids."""

    path: str
    covers: Callable[[Charge], bool]
    above: bool = False


def on_scope(params: Mapping[str, str]) -> str:
    """The ARM scope that permissions are checked at."""
    return "/" + params["scope"].strip("/")


def scope_of_call(call: Call) -> Scope | Reply:
    """The subscription, resource group or management group that the path names, or the refusal of any other."""
    path = on_scope(call.params)
    parts = [part.lower() for part in segments(path)]
    if len(parts) == 2 and parts[0] == "subscriptions":
        return Scope(path, lambda charge: charge.subscription_id.lower() == parts[1])
    if len(parts) == 4 and parts[0] == "subscriptions" and parts[2] == "resourcegroups":
        return Scope(path, lambda charge: charge.resource_group == parts[3] and charge.subscription_id.lower() == parts[1])
    if path.lower() in call.world.estate.management_groups:
        inside = beneath(call.world.estate, path)
        within = {one for one in call.world.estate.subscriptions if inside(f"/subscriptions/{one}")}
        return Scope(path, lambda charge: charge.subscription_id in within, above=True)
    # Billing accounts and single resources are scopes of Azure's too; the emulator has none.
    return gateway_error(404, "NotFound", f"The scope '{path}' is not one that has costs.")


def bad_request(message: str, code: str = "BadRequest") -> Reply:
    """Cost Management's 400, which ends with the request's id."""
    return gateway_error(400, code, f"{message}\r\n\r\n (Request ID: {uuid.uuid4()})")


def metered(call: Call, first: date, last: date, answer: Callable[[], Reply]) -> Reply:
    """The answer, if the tenant's allowance suffices; else the 429, which has no Retry-After."""
    client = call.headers.get("clienttype", "")
    grant = call.world.cost_limits.take(client, on_scope(call.params), units_of(first, last))
    if not grant.passed:
        return Reply(429, {"error": {"code": "429", "message": "Too many requests. Please retry."}}, grant.headers)
    reply = answer()
    return Reply(reply.status, reply.body, {**reply.headers, **grant.headers})
