"""The emulator's own levers: time, faults, the log of calls, the life of tokens. Behind the token of the ready file."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from console.emulator.connection_lever import opened as connections_opened
from console.emulator.device_code import ApprovalError, person_named
from console.emulator.errors import gateway_error
from console.emulator.faults import FaultsError, parse
from console.emulator.routing import Reply
from console.emulator.storage_access import denial

if TYPE_CHECKING:
    from console.emulator.arm import Request
    from console.emulator.estate import VaultSecret
    from console.emulator.world import World


def answer(world: World, request: Request) -> Reply:
    """The answer to a request under /emulator/."""
    token = request.headers.get("authorization", "").partition(" ")[2]
    if not hmac.compare_digest(token.encode(), world.control_token.encode()):
        return gateway_error(401, "ControlTokenRequired", "The control token of the ready file is needed here.")
    try:
        body = json.loads(request.content) if request.content else {}
    except ValueError as error:
        return _invalid(f"The body is not JSON: {error}.")
    match request.method, request.path:
        case "POST", "/emulator/clock":
            return _clock(world, body)
        case "POST", "/emulator/reset":
            return _reset(world)
        case "POST", "/emulator/faults":
            return _faults(world, body)
        case "POST", "/emulator/tokens":
            return _tokens(world, body)
        case "POST", "/emulator/approve":
            return _approve(world, body)
        case "GET", "/emulator/datastores":
            return Reply(200, {"value": _datastores(world)})
        case "GET", "/emulator/connections":
            return Reply(200, {"value": connections_opened(world)})
        case "GET", "/emulator/vaults":
            return Reply(200, {"value": _vaults(world)})
        case "GET", "/emulator/calls":
            return Reply(200, {"value": world.calls.as_json()})
        case "DELETE", "/emulator/calls":
            world.calls.clear()
            return Reply(204)
    return gateway_error(404, "NotFound", f"There is no lever {request.method} {request.path}.")


def _datastores(world: World) -> list[dict[str, Any]]:
    """Every datastore, and whether what it holds opens its storage now; `code` and `message` say why not."""
    estate, now = world.estate, world.clock.now()
    found = []
    for one in estate.datastores.values():
        why = denial(estate, now, estate.workspaces[one.workspace_id], one.body, one.credentials, one.secrets)
        told = {"code": None, "message": None} if why is None else {"code": why.code, "message": why.message}
        found.append({"id": one.id, "opens": why is None, **told})
    return found


def _vaults(world: World) -> list[dict[str, Any]]:
    """Every vault with its secrets; of a value there is nothing but what tells it from another."""
    return [
        {"name": vault.name, "secrets": [_secret(secret) for _, secret in sorted(vault.secrets.items())]}
        for vault in world.estate.vaults.values()
    ]


def _secret(secret: VaultSecret) -> dict[str, Any]:
    versions = [{"version": held.version, "sha256": hashlib.sha256(held.value.encode()).hexdigest()} for held in secret.versions]
    return {"name": secret.name, "deleted": None if secret.deleted is None else secret.deleted.isoformat(), "versions": versions}


def _invalid(message: str) -> Reply:
    return gateway_error(400, "InvalidControlRequest", message)


def _positive(body: Any, name: str) -> float | None:
    value = body.get(name) if isinstance(body, dict) else None
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 else float(value)


def _reset(world: World) -> Reply:
    refused = None if world.recorder is None else world.recorder.restart(world.options.epoch)
    if refused is not None:
        return refused
    world.reset()
    return Reply(204)


def _clock(world: World, body: Any) -> Reply:
    seconds = _positive(body, "advance")
    if seconds is None:
        return _invalid('The body must be {"advance": seconds}, with seconds of 0 or more.')
    world.clock.advance(seconds)
    return Reply(200, {"now": world.clock.now().isoformat()})


def _faults(world: World, body: Any) -> Reply:
    try:
        rules = parse(body)
    except FaultsError as error:
        return _invalid(str(error))
    world.faults.replace(rules, world.tokens.next_challenge())
    return Reply(200, {"rules": len(rules)})


def _tokens(world: World, body: Any) -> Reply:
    if not isinstance(body, dict) or not body or not body.keys() <= {"lifetime", "device_code_lifetime", "device_code_interval", "revoke"}:
        return _invalid('The body must have "lifetime", "device_code_lifetime", "device_code_interval" or "revoke".')
    wrong = [name for name in body.keys() - {"revoke"} if _positive(body, name) is None]
    if wrong:
        return _invalid(f"{wrong[0]!r} must be seconds of 0 or more.")
    if "lifetime" in body:
        world.tokens.lifetime = int(body["lifetime"])
    if "device_code_lifetime" in body:
        world.device_codes.lifetime = int(body["device_code_lifetime"])
    if "device_code_interval" in body:
        # Devices that are told 0 would ask without a pause.
        world.device_codes.interval = max(1, int(body["device_code_interval"]))
    if body.get("revoke") is True:
        world.tokens.revoke()
        if world.recorder is not None:
            world.recorder.state.note("revocations", str(world.tokens.revocations))
    codes = world.device_codes
    told = {"lifetime": world.tokens.lifetime, "device_code_lifetime": codes.lifetime, "device_code_interval": codes.interval}
    return Reply(200, told)


def _approve(world: World, body: Any) -> Reply:
    code, name = (body.get("user_code"), body.get("as")) if isinstance(body, dict) else (None, None)
    declines = isinstance(body, dict) and body.get("decline") is True
    if not isinstance(code, str) or not (declines or isinstance(name, str)):
        return _invalid('The body must be {"user_code": code, "as": name}, or {"user_code": code, "decline": true}.')
    try:
        person = None if declines else person_named(world.estate, str(name))
        world.device_codes.settle(code, person)
    except ApprovalError as error:
        return _invalid(str(error))
    return Reply(200, {"user_code": code, "as": None if person is None else person.upn})
