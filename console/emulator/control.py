"""The emulator's own levers: time, faults, the log of calls, the life of tokens. Behind the token of the ready file."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from console.emulator.errors import gateway_error
from console.emulator.faults import FaultsError, parse
from console.emulator.routing import Reply

if TYPE_CHECKING:
    from console.emulator.arm import Request
    from console.emulator.world import World


def answer(world: World, request: Request) -> Reply:
    """The answer to a request under /emulator/."""
    token = request.headers.get("authorization", "").partition(" ")[2]
    if not hmac.compare_digest(token.encode(), world.control_token.encode()):
        return gateway_error(401, "ControlTokenRequired", "The control token of the ready file is needed here.")
    try:
        body = json.loads(request.content) if request.content else {}
    except ValueError as error:
        return gateway_error(400, "InvalidControlRequest", f"The body is not JSON: {error}.")
    match request.method, request.path:
        case "POST", "/emulator/clock":
            return _clock(world, body)
        case "POST", "/emulator/reset":
            world.reset()
            return Reply(204)
        case "POST", "/emulator/faults":
            return _faults(world, body)
        case "POST", "/emulator/tokens":
            return _tokens(world, body)
        case "GET", "/emulator/calls":
            return Reply(200, {"value": world.calls.as_json()})
        case "DELETE", "/emulator/calls":
            world.calls.clear()
            return Reply(204)
    return gateway_error(404, "NotFound", f"There is no lever {request.method} {request.path}.")


def _positive(body: Any, name: str) -> float | None:
    value = body.get(name) if isinstance(body, dict) else None
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 else float(value)


def _clock(world: World, body: Any) -> Reply:
    seconds = _positive(body, "advance")
    if seconds is None:
        return gateway_error(400, "InvalidControlRequest", 'The body must be {"advance": seconds}, with seconds of 0 or more.')
    world.clock.advance(seconds)
    return Reply(200, {"now": world.clock.now().isoformat()})


def _faults(world: World, body: Any) -> Reply:
    try:
        rules = parse(body)
    except FaultsError as error:
        return gateway_error(400, "InvalidControlRequest", str(error))
    world.faults.replace(rules, world.tokens.next_challenge())
    return Reply(200, {"rules": len(rules)})


def _tokens(world: World, body: Any) -> Reply:
    seconds = _positive(body, "lifetime")
    if seconds is None:
        return gateway_error(400, "InvalidControlRequest", 'The body must be {"lifetime": seconds}, with seconds of 0 or more.')
    world.tokens.lifetime = int(seconds)
    return Reply(200, {"lifetime": world.tokens.lifetime})
