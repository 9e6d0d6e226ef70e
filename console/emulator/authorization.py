"""What the caller may do at a scope, as ARM tells it to the caller."""

from __future__ import annotations

from console.emulator.rbac import permissions_at
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2015-07-01", "2018-01-01-preview", "2018-07-01", "2022-04-01", "2022-05-01-preview"})


def _permissions(call: Call) -> Reply:
    held = permissions_at(call.world.estate, call.principal_id, call.param("scope"))
    return Reply(200, {"value": [block.as_json(call.query.get("api-version", "")) for block in held]})


def routes() -> list[Route]:
    # What one may do, anyone may ask for oneself.
    return [Route("GET", "{scope}/providers/Microsoft.Authorization/permissions", _permissions, "schema", api_versions=VERSIONS)]
