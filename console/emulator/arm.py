"""The front of Azure Resource Manager: who asks, in which version, whether they may, and how often."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from console.emulator import errors, policies
from console.emulator.activity import Deed
from console.emulator.arm_paths import after_provider, group_scope, named, resource_type_of, scope_of
from console.emulator.audiences import GRAPH, RESOURCE_MANAGER
from console.emulator.limits import SINGULAR, Allowance
from console.emulator.locks import refusal as locked
from console.emulator.rbac import decide, may, may_somewhere_below
from console.emulator.routing import Call, Reply, Route, RouteTable
from console.emulator.tokens import InvalidTokenError, Principal
from console.emulator.world import World

_ROOTS = ("/subscriptions", "/providers", "/tenants")
_PROVIDER = "Microsoft.MachineLearningServices"


@dataclass(slots=True)
class Request:
    """A request as it came in; `path` is percent-encoded and has no doubled slashes, header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    content_type: str
    # What the front finds out on the way, for the log and for faults.
    route: Route | None = None
    principal: Principal | None = None
    extra: dict[str, str] = field(default_factory=dict)
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def correlation_id(self) -> str:
        return self.headers.get("x-ms-correlation-request-id", self.identifier)


def is_arm(path: str) -> bool:
    """Whether a path belongs to the resource manager (the rest is sign-in, Graph, run history, control)."""
    return path.lower().startswith(_ROOTS)


def tenant_url(world: World) -> str:
    return f"{world.base_url}/{world.estate.tenant_id}"


def client_of(request: Request) -> tuple[str, str]:
    """The name and object id that ARM puts into its sentences."""
    principal = request.principal
    return ("", "") if principal is None else (principal.upn or principal.client_id, principal.object_id)


def answer(world: World, table: RouteTable, request: Request) -> Reply:
    """Everything from the bearer token to the handler's reply, with the headers that every ARM answer carries."""
    with world.clock.standing():
        reply = _checked(world, table, request)
    return Reply(reply.status, reply.body, {**common_headers(world, request), **reply.headers}) if is_arm(request.path) else reply


def _checked(world: World, table: RouteTable, request: Request) -> Reply:
    found = table.find(request.method, request.path)
    route, params = found if found is not None else (None, {})
    request.route = route
    if route is None or not route.anonymous:
        refused = _sign_in(world, request)
        if refused is not None:
            return refused
    if is_arm(request.path):
        refused = _throttle(world, request) or _address(world, table, request)
        if refused is not None:
            return refused
    if route is None:
        return errors.gateway_error(404, "NotFound", f"No route answers {request.method} {request.path}.")
    return carry_out(world, request, route, params)


def carry_out(world: World, request: Request, route: Route, params: Mapping[str, str]) -> Reply:
    """Let the route answer a caller who is known; what was done is kept in the activity log and the state file. The clock stands."""
    reads = request.method in ("GET", "HEAD") or route.dry
    if world.recorder is None or reads or not is_arm(request.path):
        return _carry_out(world, request, route, params)
    return world.recorder.record(request, world.estate, world.clock.now(), lambda: _carry_out(world, request, route, params))


def _carry_out(world: World, request: Request, route: Route, params: Mapping[str, str]) -> Reply:
    scope = route.scope_of(params) if route.scope_of is not None else scope_of(request.path)
    deed = _deed(world, request, route, scope)
    reply = _handle(world, request, route, params, scope)
    if deed is not None:
        _note(world, deed, reply)
    return reply


def _deed(world: World, request: Request, route: Route, scope: str) -> Deed | None:
    """What the activity log will tell of a request, or None for one that only reads."""
    reads = request.method in ("GET", "HEAD") or route.dry
    if request.principal is None or route.action is None or reads or route.action.endswith("/read"):
        return None
    return Deed(
        number=world.activity.next_number(),
        moment=world.clock.now(),
        object_id=request.principal.object_id,
        client_id=request.principal.client_id,
        method=request.method,
        action=route.action,
        scope=scope,
        resource=scope_of(request.path),
        correlation_id=request.correlation_id,
        client_request_id=request.headers.get("x-ms-client-request-id"),
    )


def _note(world: World, deed: Deed, reply: Reply) -> None:
    deed.status = reply.status
    operation = world.operations.started_by(reply)
    if isinstance(reply.body, dict) and reply.status >= 400:
        deed.error = {name: reply.body["error"][name] for name in ("code", "message")}
    elif operation is not None:
        deed.lasting = True
        operation.when_over = lambda over: deed.end(over, world.clock.now())
    world.activity.add(deed)


def _sign_in(world: World, request: Request) -> Reply | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        message = "Authentication failed. The 'Authorization' header is missing."
        return errors.unauthorized(tenant_url(world), "AuthenticationFailed", message)
    if scheme.lower() != "bearer":
        message = "Authentication failed. The 'Authorization' header is provided in an invalid format."
        return errors.unauthorized(tenant_url(world), "AuthenticationFailedInvalidHeader", message)
    try:
        request.principal = world.tokens.check(token.strip())
    except InvalidTokenError as refusal:
        return errors.unauthorized(tenant_url(world), refusal.code, refusal.message)
    return _audience(world, request, request.principal)


def _audience(world: World, request: Request, principal: Principal) -> Reply | None:
    """A token opens only what it was asked for; run history takes the resource manager's too."""
    if principal.audience.replace("localhost", "127.0.0.1") == world.base_url:
        return None
    if is_arm(request.path) and principal.audience not in RESOURCE_MANAGER:
        allowed = ",".join(f"'{known}/','{known}'" for known in RESOURCE_MANAGER)
        message = (
            f"The access token has been obtained for wrong audience or resource '{principal.audience}'. "
            f"It should exactly match with one of the allowed audiences {allowed}."
        )
        return errors.unauthorized(tenant_url(world), "InvalidAuthenticationTokenAudience", message)
    if request.path.lower().startswith("/v1.0/") and principal.audience != GRAPH:
        message = "Access token validation failure. Invalid audience."
        return errors.unauthorized(tenant_url(world), "InvalidAuthenticationToken", message)
    return None


def _throttle(world: World, request: Request) -> Reply | None:
    subscription = named(request.path, "subscriptions")
    _, object_id = client_of(request)
    allowance = world.limits.take(subscription, object_id, request.method)
    request.extra = _remaining(subscription, allowance)
    if allowance.retry_after is None:
        return None
    return errors.too_many_requests(SINGULAR[allowance.kind], subscription, object_id, allowance.retry_after)


def _remaining(subscription: str, allowance: Allowance) -> dict[str, str]:
    level = "subscription" if subscription else "tenant"
    prefix = f"x-ms-ratelimit-remaining-{level}"
    return {
        f"{prefix}-{allowance.kind}": str(allowance.remaining),
        f"{prefix}-global-{allowance.kind}": str(allowance.global_remaining),
    }


def _address(world: World, table: RouteTable, request: Request) -> Reply | None:
    """Whether version, subscription and type in the URL exist; permissions come after."""
    version = request.query.get("api-version")
    if version is None:
        return errors.missing_api_version()
    subscription = named(request.path, "subscriptions")
    if subscription and subscription.lower() not in {known.lower() for known in world.estate.subscriptions}:
        return errors.subscription_not_found(subscription)
    namespace, resource_type = resource_type_of(request.path)
    route = request.route
    if route is None:
        return _unknown(table, request, namespace, version)
    if route.api_versions and version.lower() not in route.api_versions:
        group = world.estate.resource_groups.get(group_scope(request.path).lower())
        location = group.location if group is not None else "global"
        return errors.unsupported_api_version(version, namespace, resource_type, sorted(route.api_versions), location)
    return None


def _unknown(table: RouteTable, request: Request, namespace: str, version: str) -> Reply:
    methods = [route.method for route in table.routes if route.pattern.match(request.path)]
    if methods:
        message = f"The requested resource does not support http method '{request.method}'."
        return errors.gateway_error(405, "UnsupportedHttpVerb", message, {"Allow": ", ".join(sorted(set(methods)))})
    if namespace and namespace.lower() not in _namespaces(table):
        return errors.gateway_error(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    return errors.unknown_resource_type(namespace or "Microsoft.Resources", version)


def _namespaces(table: RouteTable) -> set[str]:
    return {resource_type_of(route.template)[0].lower() for route in table.routes}


def _handle(world: World, request: Request, route: Route, params: Mapping[str, str], scope: str) -> Reply:
    try:
        body = _body(request)
    except ValueError as error:
        return errors.invalid_content(str(error))
    client, object_id = client_of(request)
    call = Call(
        world=world,
        method=request.method,
        path=request.path,
        params=params,
        query=request.query,
        headers=request.headers,
        body=body,
        principal_id=object_id,
        base_url=world.base_url,
    )
    if route.action is None:
        return _in_group(world, request) or route.handler(call)
    attributes = route.attributes_of(call) if route.attributes_of is not None else None
    decision = decide(world.estate, object_id, route.action, scope, attributes=attributes)
    if decision.allowed:
        in_the_way = _in_group(world, request) or locked(world.estate, request.method, scope, request.path)
        return in_the_way or policies.refusal(world.estate, request.method, request.path, body) or route.handler(call)
    below = route.filters_itself or is_list_over_groups(request)
    if below and may_somewhere_below(world.estate, object_id, route.action, scope):
        return route.handler(call) if route.filters_itself else _only_visible(world, object_id, route.action, route.handler(call))
    if decision.denied_by is not None:
        return errors.denied_by_assignment(client, object_id, route.action, scope, decision.denied_by)
    refused = errors.condition_not_fulfilled if decision.unfulfilled else errors.authorization_failed
    return refused(client, object_id, route.action, scope)


def _in_group(world: World, request: Request) -> Reply | None:
    scope = group_scope(request.path)
    if scope and scope.lower() not in world.estate.resource_groups:
        return errors.resource_group_not_found(named(request.path, "resourcegroups"))
    return None


def _body(request: Request) -> Any:
    if not request.content:
        return None
    if "x-www-form-urlencoded" in request.content_type:
        return dict(parse_qsl(request.content.decode("utf-8"), keep_blank_values=True))
    return json.loads(request.content)


def is_list_over_groups(request: Request) -> bool:
    """Whether this lists a provider's resources in a whole subscription or resource group; ARM filters such lists by permission."""
    head, tail = after_provider(request.path)
    in_scope = len(head) in (4, 6) and head[-2].lower() == "providers" and head[-1].lower() == _PROVIDER.lower()
    return request.method == "GET" and in_scope and len(tail) == 1


def _only_visible(world: World, object_id: str, action: str, reply: Reply) -> Reply:
    if not isinstance(reply.body, dict) or not isinstance(reply.body.get("value"), list):
        return reply
    seen = [item for item in reply.body["value"] if may(world.estate, object_id, action, str(item.get("id", "")))]
    return Reply(reply.status, {**reply.body, "value": seen}, reply.headers)


def common_headers(world: World, request: Request) -> dict[str, str]:
    """What every answer of the resource manager carries, an error or not."""
    identifier = request.identifier
    found = {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        **request.extra,
        "x-ms-request-id": identifier,
        "x-ms-correlation-request-id": request.correlation_id,
        "x-ms-routing-request-id": f"WESTEUROPE:{world.clock.now():%Y%m%dT%H%M%SZ}:{identifier}",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
    }
    client_request = request.headers.get("x-ms-client-request-id")
    if client_request is not None:
        found["x-ms-client-request-id"] = client_request
    return found
