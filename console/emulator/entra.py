"""Sign-in: the tenant's OpenID configuration and its token endpoint."""

from __future__ import annotations

from collections.abc import Mapping

from console.emulator import device_code, people_tokens
from console.emulator.audiences import audience_of
from console.emulator.entra_errors import refused, unknown_application, unknown_resource, unreadable_claims, wrong_tenant
from console.emulator.routing import Call, Reply, Route
from console.emulator.tokens import asked_freshness


def _configuration(call: Call) -> Reply:
    wrong = wrong_tenant(call, people=True)
    if wrong is not None:
        return wrong
    root = f"{call.base_url}/{call.param('tenant')}"
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


def _token(call: Call) -> Reply:
    form: Mapping[str, str] = call.body if isinstance(call.body, dict) else {}
    asked = form.get("grant_type")
    wrong = wrong_tenant(call, people=asked in (device_code.GRANT, "refresh_token"))
    if wrong is not None:
        return wrong
    match asked:
        case None:
            return refused(call, 400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
        case "client_credentials":
            return _client_credentials(call, form)
        case device_code.GRANT:
            return device_code.redeem(call, form)
        case "refresh_token":
            return people_tokens.refresh(call, form)
    return refused(call, 400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{asked}'.")


def _client_credentials(call: Call, form: Mapping[str, str]) -> Reply:
    client = form.get("client_id", "")
    identity = next((known for known in call.world.estate.identities.values() if known.client_id.lower() == client.lower()), None)
    if identity is None:
        return unknown_application(call, client)
    if form.get("client_secret") != identity.client_secret:
        text = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{identity.client_id}'."
        )
        return refused(call, 401, "invalid_client", 7000215, text)
    scope = form.get("scope", "")
    audience = audience_of(scope, call.base_url)
    if audience is None:
        return unknown_resource(call, scope)
    fresh_since = asked_freshness(form.get("claims"))
    if fresh_since is None:
        return unreadable_claims(call)
    token, lifetime = call.world.tokens.issue(identity.object_id, identity.client_id, audience, fresh_since)
    return Reply(200, {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token})


def routes() -> list[Route]:
    return [
        Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", _configuration, "sdk", anonymous=True),
        Route("POST", "/{tenant}/oauth2/v2.0/devicecode", device_code.begin, "sdk", anonymous=True),
        Route("POST", "/{tenant}/oauth2/v2.0/token", _token, "sdk", anonymous=True),
        Route("GET", "/devicelogin", device_code.approve, "emulator", anonymous=True),
    ]
