"""When a fault's rule has something to strike at: some kinds need more than a route that matches."""

from __future__ import annotations

from datetime import timedelta

from console.emulator.arm import Request, is_arm
from console.emulator.faults import Rule
from console.emulator.tokens import InvalidTokenError
from console.emulator.vault_front import is_vault
from console.emulator.world import World


def recognise(world: World, request: Request) -> None:
    """Whose request this is, without checking anything: for faults, the log, and ARM's sentences."""
    try:
        request.principal = world.tokens.check(request.headers.get("authorization", "").partition(" ")[2])
    except InvalidTokenError:
        request.principal = None


def fits(world: World, request: Request, rule: Rule) -> bool:
    """Whether the request is one that a rule of this kind is about, given that its route matches."""
    match rule.kind:
        case "401" if rule.claims:
            recognise(world, request)
            return request.principal is None or request.principal.fresh_since < world.faults.challenge
        case "404-next-page":
            return any(name.lower() in ("$skip", "$skiptoken") and value != "0" for name, value in request.query.items())
        case "lro-loses-url":
            operation = world.operations.find(request.path.rpartition("/")[2])
            return operation is not None and world.clock.now() - operation.started >= timedelta(seconds=rule.seconds)
        case "stale-reads":
            reads = request.method == "GET" and (is_arm(request.path) or is_vault(request.path))
            return reads and world.staleness.before(world.clock.now(), rule.seconds) is not None
        case _:
            return True
