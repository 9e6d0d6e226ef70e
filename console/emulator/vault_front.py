"""The front of Key Vaults: which vault is asked, the challenge, the network, the version, and whether roles or policies let the caller.

A request to a vault has a path that begins with `//` and the vault's name, here, in the log of calls, in faults' routes and in the state
file; the resource manager's paths never do. Permissions are those that the swagger and "Azure RBAC for Key Vault data plane" name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from console.emulator import vault_access, vault_errors
from console.emulator.arm import Request, tenant_url
from console.emulator.audiences import KEY_VAULT
from console.emulator.estate import Vault
from console.emulator.faults import Rule
from console.emulator.routing import Call, Handler, Reply, Route, RouteTable
from console.emulator.tokens import InvalidTokenError
from console.emulator.vault_secrets import named
from console.emulator.world import World

# Those that the client library knows today; the swagger at hand is that of 7.5 and 7.6.
VERSIONS = frozenset({"7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"})
NEWEST = "2026-04-01"
SERVICE_VERSION = "1.9.908.1"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a request needs: a data action where roles decide, a permission for secrets where access policies do."""

    action: str
    policy: str


def is_vault(path: str) -> bool:
    """Whether a path is that of a request to a vault."""
    return path.startswith("//")


def path_in(vault: str, path: str) -> str:
    """The path of a request to the vault of that name."""
    return f"//{vault}{path}"


def vault_route(method: str, template: str, handler: Handler, permission: Permission) -> Route:
    """A route of every vault; `template` is what comes after its address. Every one of them was recorded."""
    return Route(
        method, f"//{{vault}}{template}", handler, "recorded", f"{vault_access.SECRETS}/{permission.action} {permission.policy}", VERSIONS
    )


def answer(world: World, table: RouteTable, request: Request) -> Reply:
    """Everything from the bearer token to the handler's reply. A vault that is not there has no address: its connection breaks."""
    with world.clock.standing():
        name = request.path[2:].partition("/")[0]
        vault = named(world.estate, name)
        if vault is None:
            return Reply(0)
        reply = _checked(world, table, request, vault)
        return Reply(reply.status, reply.body, {**headers(request, vault), **reply.headers})


def headers(request: Request, vault: Vault) -> dict[str, str]:
    """What every answer of a vault carries, an error or not; recorded."""
    return {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "x-ms-keyvault-region": vault.location,
        "x-ms-keyvault-service-version": SERVICE_VERSION,
        "x-ms-keyvault-network-info": f"conn_type=Ipv4;addr={vault_access.LOOPBACK};act_addr_fam=InterNetwork;",
        "x-ms-request-id": request.identifier,
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
    }


def _checked(world: World, table: RouteTable, request: Request, vault: Vault) -> Reply:
    route, params = _find(table, request)
    request.route = route
    refused = _sign_in(world, request) or vault_access.closed_to(world.estate, vault, request.principal) or _version(request)
    if refused is not None:
        return refused
    if route is None:
        message = f"No route of a Key Vault answers {request.method} {request.path.removeprefix(f'//{vault.name}')}."
        return vault_errors.vault_error(404, "NotFound", message)
    return carry_out(world, request, route, params)


def _find(table: RouteTable, request: Request) -> tuple[Route | None, Mapping[str, str]]:
    """The route of vaults that answers a request, and its parameters."""
    found = table.find(request.method, request.path)
    if found is None or not is_vault(found[0].template):
        return None, {}
    return found


def _sign_in(world: World, request: Request) -> Reply | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    tenant = tenant_url(world)
    if not token or scheme.lower() != "bearer":
        return vault_errors.challenge(tenant)
    try:
        request.principal = world.tokens.check(token.strip())
    except InvalidTokenError as refusal:
        expired = refusal.code == "ExpiredAuthenticationToken"
        return vault_errors.expired_token(tenant) if expired else vault_errors.challenge(tenant)
    if request.principal.audience != KEY_VAULT:
        return vault_errors.wrong_audience(tenant, request.principal.audience)
    return None


def _version(request: Request) -> Reply | None:
    version = request.query.get("api-version")
    if version is None:
        return vault_errors.bad_parameter("api-version must be specified")
    if version.lower() not in VERSIONS:
        message = f"The specified version ({version}) is not recognized. Consider using the latest supported version ({NEWEST})."
        return vault_errors.bad_parameter(message)
    return None


def carry_out(world: World, request: Request, route: Route, params: Mapping[str, str]) -> Reply:
    """Let the route answer a caller who is known; a write is kept in the state file. The clock stands."""
    if world.recorder is None or request.method == "GET":
        return _handle(world, request, route, params)
    return world.recorder.record(request, world.estate, world.clock.now(), lambda: _handle(world, request, route, params))


def _handle(world: World, request: Request, route: Route, params: Mapping[str, str]) -> Reply:
    vault = named(world.estate, params["vault"])
    if vault is None:
        return Reply(0)
    refused = vault_access.refusal(world.estate, vault, request.principal, route.action or "", params.get("secret", ""))
    if refused is not None:
        return refused
    try:
        body = json.loads(request.content) if request.content else None
    except ValueError:
        return vault_errors.bad_parameter("The request body is not valid JSON.")
    return route.handler(
        Call(
            world=world,
            method=request.method,
            path=request.path.removeprefix(f"//{params['vault']}"),
            params=params,
            query=request.query,
            headers=request.headers,
            body=body,
            principal_id="" if request.principal is None else request.principal.object_id,
            base_url=world.vault_address(vault.name),
        )
    )


def refused(world: World, table: RouteTable, request: Request, rule: Rule) -> Reply | None:
    """The answer of a vault to a fault that does not let the handler run; None for what is refused like anywhere else."""
    vault = named(world.estate, request.path[2:].partition("/")[0])
    if vault is None:
        return Reply(0)
    route, params = _find(table, request)
    secret = params.get("secret", "")
    match rule.kind:
        case "401" if not rule.claims:
            told = vault_errors.challenge(tenant_url(world))
        case "403":
            needed = "" if route is None else route.action or ""
            told = vault_access.forbidden(world.estate, vault, request.principal, needed, secret)
        case "404" | "404-next-page":
            told = vault_errors.secret_not_found("/".join(filter(None, (secret, params.get("version")))))
        case "429" | "429-no-retry-after":
            told = vault_errors.throttled(None if rule.kind != "429" else 1 if rule.retry_after is None else rule.retry_after)
        case _:
            return None
    return Reply(told.status, told.body, {**headers(request, vault), **told.headers})
