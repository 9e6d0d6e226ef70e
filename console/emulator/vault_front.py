"""The front of Key Vaults: which vault is asked, the challenge, the network, the version, and whether roles or policies let the caller.

A request to a vault has a path that begins with `//` and the vault's name, here, in the log of calls, in faults' routes and in the state
file; the resource manager's paths never do. Permissions are those that the swagger and "Azure RBAC for Key Vault data plane" name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from console.emulator import vault_errors
from console.emulator.arm import Request, tenant_url
from console.emulator.audiences import KEY_VAULT
from console.emulator.estate import Estate, Vault
from console.emulator.faults import Rule
from console.emulator.rbac import decide, subjects
from console.emulator.routing import Call, Handler, Reply, Route, RouteTable
from console.emulator.tokens import InvalidTokenError, Principal
from console.emulator.vault_secrets import named
from console.emulator.world import World

# Those that the client library knows today; the swagger at hand is that of 7.5 and 7.6.
VERSIONS = frozenset({"7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"})
NEWEST = "2026-04-01"
SERVICE_VERSION = "1.9.908.1"
LOOPBACK = "127.0.0.1"
SECRETS = "Microsoft.KeyVault/vaults/secrets"


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
    return Route(method, f"//{{vault}}{template}", handler, "recorded", f"{SECRETS}/{permission.action} {permission.policy}", VERSIONS)


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
        "x-ms-keyvault-network-info": f"conn_type=Ipv4;addr={LOOPBACK};act_addr_fam=InterNetwork;",
        "x-ms-request-id": request.identifier,
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
    }


def _checked(world: World, table: RouteTable, request: Request, vault: Vault) -> Reply:
    found = table.find(request.method, request.path)
    route, params = found if found is not None else (None, {})
    if route is None or not is_vault(route.template):
        route = None
    request.route = route
    refused = _sign_in(world, request) or _network(world.estate, request, vault) or _version(request)
    if refused is not None:
        return refused
    if route is None:
        message = f"No route of a Key Vault answers {request.method} {request.path.removeprefix(f'//{vault.name}')}."
        return vault_errors.vault_error(404, "NotFound", message)
    return carry_out(world, request, route, params)


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


def caller_of(estate: Estate, principal: Principal | None) -> str:
    """A caller as Key Vault's sentences have one."""
    client, object_id = ("", "") if principal is None else (principal.client_id, principal.object_id)
    return f"appid={client};oid={object_id};iss=https://sts.windows.net/{estate.tenant_id}/"


def _network(estate: Estate, request: Request, vault: Vault) -> Reply | None:
    """Whether the vault can be reached from where the emulator's clients are: the loopback, or a network with a private endpoint of it."""
    if vault.linked:
        return None
    caller = caller_of(estate, request.principal)
    if str(vault.body.get("publicNetworkAccess", "Enabled")).lower() == "disabled":
        return vault_errors.forbidden_by_connection(vault, caller)
    rules = vault.body.get("networkAcls")
    if isinstance(rules, Mapping) and str(rules.get("defaultAction", "Allow")).lower() == "deny":
        allowed = {str(one.get("value", "")).partition("/")[0] for one in rules.get("ipRules") or () if isinstance(one, Mapping)}
        return None if LOOPBACK in allowed else vault_errors.forbidden_by_firewall(vault, caller, LOOPBACK)
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
    refused = _refused(world.estate, request, route, vault, params.get("secret", ""))
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


def _refused(estate: Estate, request: Request, route: Route, vault: Vault, secret: str) -> Reply | None:
    """Why the caller may not; None when roles, or the vault's access policies, let it."""
    principal = request.principal or Principal("", "", "", 0)
    caller = caller_of(estate, principal)
    action, _, permission = (route.action or "").partition(" ")
    if not vault.body["enableRbacAuthorization"]:
        return None if _permitted(estate, principal, vault, permission) else vault_errors.forbidden_by_policy(vault, caller, permission)
    scope = f"{vault.id}/secrets/{secret}" if secret else vault.id
    decision = decide(estate, principal.object_id, action, scope, data=True)
    return None if decision.allowed else vault_errors.forbidden_by_rbac(vault, caller, action, scope, decision.denied_by)


def _permitted(estate: Estate, principal: Principal, vault: Vault, permission: str) -> bool:
    """Whether a policy of the vault names the caller, or a group that it is in, and has the permission.

    One for an application on somebody's behalf holds only for that application.
    """
    who = {one.lower() for one in subjects(estate, principal.object_id)}
    for policy in vault.body["accessPolicies"]:
        application = policy.get("applicationId")
        if policy["objectId"].lower() not in who or (application and application.lower() != principal.client_id.lower()):
            continue
        if {permission, "all"} & {one.lower() for one in policy["permissions"].get("secrets", ())}:
            return True
    return False


def refused(world: World, request: Request, rule: Rule) -> Reply | None:
    """The answer of a vault to a fault that does not let the handler run; None for what is refused like anywhere else."""
    vault = named(world.estate, request.path[2:].partition("/")[0])
    if vault is None:
        return Reply(0)
    match rule.kind:
        case "401" if not rule.claims:
            told = vault_errors.challenge(tenant_url(world))
        case "403":
            told = vault_errors.forbidden_by_policy(vault, caller_of(world.estate, request.principal), "get")
        case "404" | "404-next-page":
            told = vault_errors.secret_not_found(request.path.rstrip("/").rpartition("/")[2])
        case "429" | "429-no-retry-after":
            told = vault_errors.throttled(None if rule.kind != "429" else 1 if rule.retry_after is None else rule.retry_after)
        case _:
            return None
    return Reply(told.status, told.body, {**headers(request, vault), **told.headers})
