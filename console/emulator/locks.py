"""Management locks: which there are, and what they refuse.

The shape is that of azure-mgmt-resource's ManagementLockObject; the sentence is Azure's. Only what changes a resource by PUT, PATCH or
DELETE, or by an action that is not a reading one, is held to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.emulator.errors import gateway_error
from console.emulator.estate import Estate, Lock
from console.emulator.rbac import covers
from console.emulator.routing import Call, Reply, Route

VERSIONS = frozenset({"2016-09-01", "2020-05-01"})
READ = "Microsoft.Authorization/locks/read"
_LOCKS = "{scope}/providers/Microsoft.Authorization/locks"
_READING = ("/listnodes", "/checkpolicyrestrictions")
#: Resource groups by name, with the level and the reason of the lock on each.
STORY = {
    "vision-prod-rg": ("keep-production", "CanNotDelete", "Production: nothing here is deleted without a change request."),
    "supply-dev-rg": ("frozen", "ReadOnly", "Frozen while the environment is handed over."),
}


def put_on(estate: Estate) -> None:
    """Lock what the story has locked."""
    for group in estate.resource_groups.values():
        if group.name in STORY:
            name, level, notes = STORY[group.name]
            lock = Lock(group.id, name, level, notes)
            estate.locks[lock.id.lower()] = lock


def refusal(estate: Estate, method: str, scope: str, path: str) -> Reply | None:
    """How ARM refuses a change of a locked resource; None where no lock is in its way."""
    if method in ("GET", "HEAD") or path.lower().endswith(_READING):
        return None
    levels = ("CanNotDelete", "ReadOnly") if method == "DELETE" else ("ReadOnly",)
    found = [lock.scope for lock in estate.locks.values() if lock.level in levels and covers(lock.scope, scope)]
    if not found:
        return None
    verb = "delete" if method == "DELETE" else "write"
    message = (
        f"The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: "
        f"'{', '.join(found)}'. Please remove the lock and try again."
    )
    return gateway_error(409, "ScopeLocked", message)


def _body(lock: Lock) -> dict[str, Any]:
    return {
        "properties": {"level": lock.level, "notes": lock.notes},
        "id": lock.id,
        "type": "Microsoft.Authorization/locks",
        "name": lock.name,
    }


def _list(call: Call) -> Reply:
    """Those at a scope, above it and beneath it; `$filter=atScope()` leaves out those beneath (so Azure PowerShell documents it)."""

    def chosen() -> Iterator[Lock]:
        scope, below = call.param("scope"), "atscope()" not in call.query.get("$filter", "").lower()
        for lock in call.world.estate.locks.values():
            if covers(lock.scope, scope) or (below and covers(scope, lock.scope)):
                yield lock

    return Reply(200, {"value": [_body(lock) for lock in chosen()]})


def routes() -> list[Route]:
    return [Route("GET", _LOCKS, _list, "sdk", READ, VERSIONS, scope_of=lambda params: str(params["scope"]) or "/")]
