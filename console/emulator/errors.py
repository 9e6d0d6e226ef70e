"""The three families of error bodies that Machine Learning callers meet, and ARM's own sentences."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from console.emulator.estate import DenyAssignment
from console.emulator.routing import Call, Reply


def gateway_error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None, details: Sequence[Any] = ()) -> Reply:
    """An error of Azure Resource Manager itself: `{"error": {"code", "message"}}`."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = list(details)
    return Reply(status, {"error": error}, {"x-ms-failure-cause": "gateway", **(headers or {})})


def _inner(codes: str | Sequence[str] | None) -> dict[str, Any] | None:
    """The chain of inner errors from the outermost code inwards."""
    chain: dict[str, Any] | None = None
    for code in reversed([codes] if isinstance(codes, str) else list(codes or ())):
        chain = {"code": code, "innerError": chain}
    return chain


def _stamp(call: Call) -> str:
    return call.world.clock.now().astimezone(UTC).isoformat()


def _location(call: Call) -> str:
    workspace = call.params.get("workspace") or call.params.get("ws") or ""
    for known in call.world.estate.workspaces.values():
        if known.name.lower() == workspace.lower():
            return known.location
    return call.params.get("location", "westeurope")


def account_rp_error(call: Call, status: int, code: str, message: str, inner: str | Sequence[str] | None = None) -> Reply:
    """An error of the workspace, compute and connection service; `code` is usually UserError, `inner` the codes within it."""
    location = _location(call)
    body = {
        "error": {
            "code": code,
            "severity": None,
            "message": message,
            "messageFormat": None,
            "messageParameters": None,
            "referenceCode": None,
            "detailsUri": None,
            "target": None,
            "details": [],
            "innerError": _inner(inner),
            "debugInfo": None,
            "additionalInfo": None,
        },
        "correlation": {"operation": uuid.uuid4().hex, "request": uuid.uuid4().hex[:16]},
        "environment": location,
        "location": location,
        "time": _stamp(call),
        "componentName": "account-rp",
        "statusCode": status,
    }
    return Reply(status, body, {"x-ms-failure-cause": "service"})


def management_frontend_error(
    call: Call, status: int, code: str, message: str, inner: str | Sequence[str] | None = None, details: Sequence[Any] = ()
) -> Reply:
    """An error of the asset, job, datastore and endpoint service, whose facts are under `additionalInfo`."""
    location = _location(call)
    facts = {
        "ComponentName": "managementfrontend",
        "Correlation": {"operation": uuid.uuid4().hex, "request": uuid.uuid4().hex[:16]},
        "Environment": location,
        "Location": location,
        "Time": _stamp(call),
    }
    if inner:
        facts["InnerError"] = _inner(inner) or {}
    info = [{"type": name, "info": {"value": value}} for name, value in facts.items()]
    body = {"error": {"code": code, "message": message, "details": list(details), "additionalInfo": info}}
    return Reply(status, body, {"x-ms-failure-cause": "service"})


def resource_not_found(call: Call, resource_type: str, name: str, resource_group: str) -> Reply:
    """ARM's 404 for a resource, e.g. of type `Microsoft.MachineLearningServices/workspaces`."""
    return gateway_error(
        404,
        "ResourceNotFound",
        f"The Resource '{resource_type}/{name}' under resource group '{resource_group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def resource_group_not_found(name: str) -> Reply:
    return gateway_error(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def subscription_not_found(subscription_id: str) -> Reply:
    return gateway_error(404, "SubscriptionNotFound", f"The subscription '{subscription_id}' could not be found.")


def authorization_failed(client: str, object_id: str, action: str, scope: str) -> Reply:
    """ARM's 403; `client` is the application's (or the user's) name in the token."""
    return gateway_error(
        403,
        "AuthorizationFailed",
        f"The client '{client}' with object id '{object_id}' does not have authorization to perform action '{action}' "
        f"over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
    )


def condition_not_fulfilled(client: str, object_id: str, action: str, scope: str) -> Reply:
    """ARM's 403 for who holds a role that grants the action under a condition only."""
    return gateway_error(
        403,
        "AuthorizationFailed",
        f"The client '{client}' with object id '{object_id}' has an authorization with ABAC condition that is not fulfilled to perform "
        f"action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
    )


def denied_by_assignment(client: str, object_id: str, action: str, scope: str, deny: DenyAssignment) -> Reply:
    """ARM's 403 for who holds a role that grants the action, at a scope where a deny assignment forbids it."""
    return gateway_error(
        403,
        "DenyAssignmentAuthorizationFailed",
        f"The client '{client}' with object id '{object_id}' has permission to perform action '{action}' on scope '{scope}'; however, "
        f"the access is denied because of the deny assignment with name '{deny.display_name}' and Id '{deny.name.replace('-', '')}' "
        f"at scope '{deny.scope}'.",
    )


def missing_api_version() -> Reply:
    return gateway_error(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")


def unsupported_api_version(asked: str, namespace: str, resource_type: str, supported: Sequence[str], location: str) -> Reply:
    """How ARM refuses an api-version: regional providers say NoRegisteredProviderFound (400), global ones InvalidResourceType (404)."""
    versions = ", ".join(supported)
    if not namespace:
        return gateway_error(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{asked}' is invalid. The supported versions are '{versions.replace(' ', '')}'.",
        )
    if namespace.lower() in ("microsoft.authorization", "microsoft.resources"):
        return gateway_error(
            404,
            "InvalidResourceType",
            f"The resource type '{resource_type}' could not be found in the namespace '{namespace}' for api version '{asked}'. "
            f"The supported api-versions are '{versions.replace(' ', '')}'.",
        )
    return gateway_error(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '{location}' and API version '{asked}' for type '{resource_type}'. "
        f"The supported api-versions are '{versions}'. The supported locations are '{location}'.",
    )


def unknown_resource_type(namespace: str, api_version: str) -> Reply:
    return gateway_error(
        404, "InvalidResourceType", f"The resource type could not be found in the namespace '{namespace}' for api version '{api_version}'."
    )


def too_many_requests(kind: str, subscription_id: str, principal_id: str, seconds: int) -> Reply:
    """ARM's 429 with its Retry-After."""
    return gateway_error(
        429,
        "SubscriptionRequestsThrottled",
        f"Number of '{kind}' requests for subscription '{subscription_id}' actor '{principal_id}' exceeded. "
        f"Please try again after '{seconds}' seconds.",
        {"Retry-After": str(seconds)},
    )


def unauthorized(tenant_url: str, code: str, message: str, claims: str | None = None) -> Reply:
    """ARM's 401; `claims` is the base64 of a claims challenge (continuous access evaluation)."""
    challenge = f'Bearer authorization_uri="{tenant_url}", error="invalid_token", error_description="{message}"'
    if claims is not None:
        challenge = f'Bearer authorization_uri="{tenant_url}", error="insufficient_claims", claims="{claims}"'
    return gateway_error(401, code, message, {"WWW-Authenticate": challenge})


def invalid_content(reason: str) -> Reply:
    return gateway_error(400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{reason}'.")


def seven_decimals(moment: datetime) -> str:
    """A moment as ARM writes it, with seven decimals and Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
