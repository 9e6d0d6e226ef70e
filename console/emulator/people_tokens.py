"""The tokens of a person who has signed in: access, refresh and identity."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from console.emulator.audiences import audience_of
from console.emulator.entra_errors import refused, unknown_resource, unreadable_claims
from console.emulator.estate import Person
from console.emulator.routing import Call, Reply
from console.emulator.tokens import asked_freshness

# Applications of Microsoft's that people sign in to without a secret: the Azure CLI, Azure PowerShell, Visual Studio Code.
PUBLIC_CLIENTS = frozenset(
    {"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "1950a258-227b-4e31-a9cf-717495945fc2", "aebc6443-996d-45c2-90f0-388ff96faa56"}
)


def grant(call: Call, person: Person, client: str, scope: str, form: Mapping[str, str]) -> Reply:
    """The token endpoint's answer to a person who may have a token for what `scope` names."""
    audience = audience_of(scope, call.base_url)
    if audience is None:
        return unknown_resource(call, scope)
    if not person.enabled:
        return refused(call, 400, "invalid_grant", 50057, "The user account is disabled.")
    fresh_since = asked_freshness(form.get("claims"))
    if fresh_since is None:
        return unreadable_claims(call)
    tokens = call.world.tokens
    token, lifetime = tokens.issue(person.object_id, client, audience, fresh_since, person)
    asked = [part for part in scope.split() if part.endswith("/.default")]
    found: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": " ".join([f"{audience}/user_impersonation", *asked]),
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": token,
    }
    if "offline_access" in scope.split():
        found["refresh_token"] = tokens.issue_refresh(person.object_id, client)
    if "openid" in scope.split():
        found["id_token"] = tokens.issue_identity(person, client, f"{call.base_url}/{tokens.tenant_id}/v2.0")
    if form.get("client_info") == "1":
        identifiers = {"uid": person.object_id, "utid": tokens.tenant_id}
        found["client_info"] = base64.urlsafe_b64encode(json.dumps(identifiers).encode()).rstrip(b"=").decode("ascii")
    return Reply(200, found)


def refresh(call: Call, form: Mapping[str, str]) -> Reply:
    """A refresh token for new tokens, of any audience."""
    known = call.world.tokens.check_refresh(form.get("refresh_token", ""))
    if known is None:
        return refused(call, 400, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
    object_id, client, valid = known
    if client != form.get("client_id", "").lower():
        text = "Provided grant is invalid or malformed: it was issued to another client."
        return refused(call, 400, "invalid_grant", 700005, text)
    person = call.world.estate.people.get(object_id)
    if person is None or not valid:
        text = "The provided grant has expired due to it being revoked, a fresh auth token is needed."
        return refused(call, 400, "invalid_grant", 50173, text)
    return grant(call, person, client, form.get("scope", ""), form)
