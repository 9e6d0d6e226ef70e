"""Sign-in: the tenant's OpenID configuration and its token endpoint."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from console.emulator.routing import Call, Reply, Route

_WELL_KNOWN = ("common", "organizations", "consumers")
# What Azure's clients ask tokens for, besides the emulator's own host.
RESOURCE_MANAGER = ("https://management.azure.com", "https://management.core.windows.net")
GRAPH = "https://graph.microsoft.com"
MACHINE_LEARNING = "https://ml.azure.com"
KEY_VAULT = "https://vault.azure.net"
_AUDIENCES = (*RESOURCE_MANAGER, GRAPH, MACHINE_LEARNING, KEY_VAULT)


def _error(call: Call, status: int, error: str, number: int, text: str) -> Reply:
    trace = str(uuid.uuid4())
    correlation = call.headers.get("client-request-id") or str(uuid.uuid4())
    stamp = f"{call.world.clock.now():%Y-%m-%d %H:%M:%SZ}"
    body: dict[str, Any] = {
        "error": error,
        "error_description": f"AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}",
        "error_codes": [number],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{call.base_url}/error?code={number}",
    }
    return Reply(status, body)


def _unknown_tenant(call: Call, tenant: str) -> Reply:
    text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    return _error(call, 400, "invalid_request", 90002, text)


def _known_tenant(call: Call, tenant: str) -> bool:
    return tenant.lower() == call.world.estate.tenant_id.lower()


def _configuration(call: Call) -> Reply:
    tenant = call.param("tenant")
    if not _known_tenant(call, tenant) and tenant.lower() not in _WELL_KNOWN:
        return _unknown_tenant(call, tenant)
    root = f"{call.base_url}/{tenant}"
    body = {
        "token_endpoint": f"{root}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "issuer": f"{call.base_url}/{call.world.estate.tenant_id}/v2.0",
        "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{root}/discovery/v2.0/keys",
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": "EU",
    }
    return Reply(200, body)


def audience_of(scope: str, base_url: str) -> str | None:
    """The resource that a `…/.default` scope asks for, without a trailing slash; None when it is none that is known here."""
    for part in scope.split():
        if part.endswith("/.default"):
            resource = part.removesuffix("/.default").rstrip("/")
            if resource.lower() in (base_url.lower(), *_AUDIENCES) or resource.lower() == base_url.lower().replace(
                "127.0.0.1", "localhost"
            ):
                return resource
    return None


def _token(call: Call) -> Reply:
    tenant = call.param("tenant")
    if not _known_tenant(call, tenant):
        return _unknown_tenant(call, tenant)
    form: Mapping[str, str] = call.body if isinstance(call.body, dict) else {}
    grant = form.get("grant_type")
    if grant is None:
        return _error(call, 400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
    if grant != "client_credentials":
        return _error(call, 400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'.")
    return _client_credentials(call, form)


def _asked_freshness(claims: str | None) -> int | None:
    """The number in a claims request (`access_token.nbf.value`), 0 without one, None for claims that cannot be read."""
    if not claims:
        return 0
    try:
        wanted = json.loads(claims)["access_token"]
        return int(wanted["nbf"]["value"]) if "nbf" in wanted else 0
    except (ValueError, KeyError, TypeError):
        return None


def _client_credentials(call: Call, form: Mapping[str, str]) -> Reply:
    client = form.get("client_id", "")
    identity = next((known for known in call.world.estate.identities.values() if known.client_id.lower() == client.lower()), None)
    if identity is None:
        text = f"Application with identifier '{client}' was not found in the directory '{call.world.estate.tenant_id}'."
        return _error(call, 400, "unauthorized_client", 700016, text)
    if form.get("client_secret") != identity.client_secret:
        text = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{identity.client_id}'."
        )
        return _error(call, 401, "invalid_client", 7000215, text)
    scope = form.get("scope", "")
    audience = audience_of(scope, call.base_url)
    if audience is None:
        text = f"The resource principal named {scope} was not found in the tenant named {call.world.estate.tenant_id}."
        return _error(call, 400, "invalid_resource", 500011, text)
    fresh_since = _asked_freshness(form.get("claims"))
    if fresh_since is None:
        return _error(call, 400, "invalid_request", 90014, "The value of the parameter 'claims' is not valid JSON.")
    token, lifetime = call.world.tokens.issue(identity.object_id, identity.client_id, audience, fresh_since)
    return Reply(200, {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token})


def routes() -> list[Route]:
    return [
        Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", _configuration, "sdk", anonymous=True),
        Route("POST", "/{tenant}/oauth2/v2.0/token", _token, "sdk", anonymous=True),
    ]
