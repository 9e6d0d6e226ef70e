"""How Entra refuses: an OAuth error with an AADSTS number."""

from __future__ import annotations

import uuid
from typing import Any

from console.emulator.routing import Call, Reply

_WELL_KNOWN = ("common", "organizations", "consumers")


def refused(call: Call, status: int, error: str, number: int, text: str) -> Reply:
    """Entra's error body; `error` is OAuth's word, `number` the AADSTS code, `text` what follows it."""
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


def wrong_tenant(call: Call, people: bool = False) -> Reply | None:
    """The refusal of a path whose tenant is not this one, or None; `people` may also name no tenant in particular."""
    tenant = call.param("tenant")
    if tenant.lower() == call.world.estate.tenant_id.lower() or (people and tenant.lower() in _WELL_KNOWN):
        return None
    text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    return refused(call, 400, "invalid_request", 90002, text)


def unknown_application(call: Call, client: str) -> Reply:
    text = f"Application with identifier '{client}' was not found in the directory '{call.world.estate.tenant_id}'."
    return refused(call, 400, "unauthorized_client", 700016, text)


def unknown_resource(call: Call, scope: str) -> Reply:
    text = f"The resource principal named {scope} was not found in the tenant named {call.world.estate.tenant_id}."
    return refused(call, 400, "invalid_resource", 500011, text)


def unreadable_claims(call: Call) -> Reply:
    return refused(call, 400, "invalid_request", 90014, "The value of the parameter 'claims' is not valid JSON.")
