"""How Microsoft Graph refuses: its error body and its sentences."""

from __future__ import annotations

import uuid

from console.emulator.routing import Call, Reply


def graph_error(call: Call, status: int, code: str, message: str) -> Reply:
    """An error in Graph's envelope, as recorded."""
    identifier = str(uuid.uuid4())
    inner = {
        "date": f"{call.world.clock.now():%Y-%m-%dT%H:%M:%S}",
        "request-id": identifier,
        "client-request-id": call.headers.get("client-request-id", identifier),
    }
    return Reply(status, {"error": {"code": code, "message": message, "innerError": inner}})


def not_found(call: Call, identifier: str) -> Reply:
    message = f"Resource '{identifier}' does not exist or one of its queried reference-property objects are not present."
    return graph_error(call, 404, "Request_ResourceNotFound", message)


def denied(call: Call) -> Reply:
    return graph_error(call, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def throttled(call: Call, seconds: float) -> Reply:
    """Graph's 429, whose Retry-After has decimals."""
    identifier = str(uuid.uuid4())
    inner = {
        "code": "429",
        "date": f"{call.world.clock.now():%Y-%m-%dT%H:%M:%S}",
        "message": "Please retry after",
        "request-id": identifier,
        "status": "429",
    }
    body = {"error": {"code": "TooManyRequests", "innerError": inner, "message": "Please retry again later."}}
    return Reply(429, body, {"Retry-After": f"{max(seconds, 0.001):.3f}"})


def bad_request(call: Call, message: str) -> Reply:
    return graph_error(call, 400, "BadRequest", message)


def unsupported(call: Call, message: str) -> Reply:
    return graph_error(call, 400, "Request_UnsupportedQuery", message)
