"""Microsoft Graph's `$batch`: up to twenty requests in one, each with its own answer and status (Graph reference, JSON batching)."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from console.emulator import graph, graph_members
from console.emulator.graph_errors import bad_request
from console.emulator.routing import Call, Reply, Route, RouteTable

MOST_REQUESTS = 20
_VERSION = "/v1.0"


@cache
def _table() -> RouteTable:
    table = RouteTable()
    table.add(graph.routes())
    table.add(graph_members.routes())
    return table


def _batch(call: Call) -> Reply:
    requests = call.body.get("requests") if isinstance(call.body, dict) else None
    if not isinstance(requests, list) or not requests:
        return bad_request(call, "Invalid batch payload format.")
    if len(requests) > MOST_REQUESTS:
        return bad_request(call, f"Number of batch request steps exceeds max value of {MOST_REQUESTS}.")
    for one in requests:
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) and one[name] for name in ("id", "method", "url")):
            return bad_request(call, "Invalid batch payload format.")
    ids = [one["id"] for one in requests]
    if len(set(ids)) < len(ids):
        return bad_request(call, "Request ids have to be unique in a batch.")
    return Reply(200, {"responses": [_response(one["id"], _answered(call, one)) for one in requests]})


def _answered(call: Call, request: dict[str, Any]) -> Reply:
    path, _, query = request["url"].partition("?")
    path = f"{_VERSION}/{path.lstrip('/')}"
    found = _table().find(request["method"].upper(), path)
    if found is None:
        return bad_request(call, f"Resource not found for the segment '{path.rpartition('/')[2]}'.")
    route, params = found
    headers = request.get("headers") or {}
    given = {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    inner = replace(
        call,
        method=request["method"].upper(),
        path=path,
        params=params,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers=given,
        body=request.get("body"),
    )
    return route.handler(inner)


def _response(identifier: str, reply: Reply) -> dict[str, Any]:
    kind = "text/plain" if isinstance(reply.body, str) else "application/json"
    return {"id": identifier, "status": reply.status, "headers": {**reply.headers, "Content-Type": kind}, "body": reply.body}


def routes() -> list[Route]:
    # Clients that encode the dollar sign mean the same.
    return [Route("POST", f"/v1.0/{name}", _batch, "schema") for name in ("$batch", "%24batch")]
