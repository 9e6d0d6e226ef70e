"""Who may read the directory, and how often: the checks that every Graph route makes before it answers.

Costs in resource units and quotas are those of Graph's published throttling limits for identity and access; the quota is held here
against the caller, the application's on Azure.
"""

from __future__ import annotations

from collections.abc import Callable

from console.emulator.estate import Estate
from console.emulator.graph_errors import denied, throttled
from console.emulator.routing import Call, Handler, Reply

#: Units in `QUOTA_SECONDS` by the number of users that a tenant has fewer than.
QUOTAS = ((50, 3_500.0), (501, 5_000.0))
LARGEST_QUOTA = 8_000.0
QUOTA_SECONDS = 10.0


def reads_directory(estate: Estate, principal_id: str) -> bool:
    """Members may, as users by default; guests may not, as where guest access is restricted; applications that were granted it."""
    person = estate.people.get(principal_id)
    if person is not None:
        return not person.guest
    return any(known.reads_directory for known in estate.identities.values() if known.object_id == principal_id)


def reading(cost: int, handler: Callable[[Call], Reply], own: bool = False) -> Handler:
    """`handler` behind the checks; `cost` is what the route costs without query options. `own`: it tells callers of themselves."""

    def guarded(call: Call) -> Reply:
        units = _units(call, cost)
        estate = call.world.estate
        quota = next((quota for below, quota in QUOTAS if len(estate.people) < below), LARGEST_QUOTA)
        wait, used = call.world.limits.take_units(call.principal_id, units, quota, QUOTA_SECONDS)
        if wait is not None:
            return throttled(call, wait)
        reply = handler(call) if own or reads_directory(estate, call.principal_id) else denied(call)
        headers = {"x-ms-resource-unit": str(units), **({"x-ms-throttle-limit-percentage": f"{used:.2f}"} if used >= 0.8 else {})}
        return Reply(reply.status, reply.body, {**headers, **reply.headers})

    return guarded


def _units(call: Call, cost: int) -> int:
    options = {name.lower(): value for name, value in call.query.items()}
    top = options.get("$top", "")
    return max(1, cost - ("$select" in options) - (top.isdecimal() and int(top) < 20))
