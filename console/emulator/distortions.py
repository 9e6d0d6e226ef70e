"""How a fault spoils an answer: refusals made from nothing, and bodies that were right before."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from console.emulator.errors import authorization_failed, gateway_error, unauthorized
from console.emulator.faults import Rule
from console.emulator.operations import not_found
from console.emulator.routing import Reply

UNSEEN = "Quiescing"
HOSTILE = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]0;owned\x07title",
    "\x1b]52;c;b3duZWQ=\x07clipboard",
    "[/nope] [bold]markup[/] [@click=app.quit]quit[/]",
    "\u202egnp.exe\u202c \u2066isolated\u2069",
    "nul\x00 c1\x9b31m del\x7f bell\x07",
    "line one\r\nline two\ttab\u2028separator",
    "e\u0301\u200d\ufeff\U0001f469\u200d\U0001f52c\u0300\u0301\u0302",
    "A" * 10_000,
)
_STATES = frozenset(
    """
    provisioningState state status allocationState computeType vmPriority remoteLoginPortPublicAccess osType operationStatus operationName
    operationTrigger nodeState applicationSharingPolicy computeInstanceAuthorizationType publicNetworkAccess kind principalType jobType
    datastoreType category authType provisioningStatus unit tier userType servicePrincipalType keys secrets certificates
    """.lower().split()
)
_KEPT = frozenset(
    """
    id nextLink location type code scope principalId roleDefinitionId tenantId subscriptionId vmSize size api sku roleGuid appId objectId
    @odata.type @odata.context createdByType assignableScopes actions notActions dataActions notDataActions resourceId runId
    access_token token_type token_endpoint issuer authorization_endpoint jwks_uri
    """.lower().split()
)
_MACHINE_MADE = re.compile(
    r"^(?:[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?|-?P(?:\d|T\d)[0-9DTHMS.]*"
    r"|https?://.*|azureml://.*|/.*|[\d.:]+|[0-9a-f]{16,}|true|false|)$",
    re.IGNORECASE,
)


def refusal(rule: Rule, method: str, path: str, tenant_url: str, client: str, object_id: str, challenge: int) -> Reply:
    """The answer of a rule that does not let the handler run; `challenge` is the number that claims are asked for with."""
    after = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    match rule.kind:
        case "429":
            return _throttled(rule.retry_after if rule.retry_after is not None else 1)
        case "429-no-retry-after":
            return _throttled_by_cost(rule.retry_after if rule.retry_after is not None else 1)
        case "401":
            return unauthorized(
                tenant_url, "InvalidAuthenticationToken", "The access token is invalid.", _claims(challenge) if rule.claims else None
            )
        case "403":
            return authorization_failed(client, object_id, f"{method} {path}", path)
        case "lro-loses-url":
            return not_found()
        case "404" | "404-next-page":
            return gateway_error(404, "NotFound", "The requested resource was not found.")
        case "html":
            return Reply(
                200,
                "<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>",
                {"Content-Type": "text/html; charset=utf-8"},
            )
        case "500":
            return gateway_error(500, "InternalServerError", "The server encountered an internal error. Please try again later.", after)
        case "502":
            return gateway_error(502, "BadGateway", "The gateway did not receive a response from the resource provider.", after)
        case "503":
            return gateway_error(503, "ServiceUnavailable", "The service is unavailable now, please try again later.", after)
        case _:
            return gateway_error(504, "GatewayTimeout", "The gateway did not receive a response within the specified time period.", after)


def _claims(challenge: int) -> str:
    """A claims challenge as continuous access evaluation words it, in base64."""
    return base64.b64encode(b'{"access_token":{"nbf":{"essential":true,"value":"%d"}}}' % challenge).decode("ascii")


def _throttled(seconds: int) -> Reply:
    return gateway_error(
        429,
        "TooManyRequests",
        f"The request is being throttled. Please try again after '{seconds}' seconds.",
        {"Retry-After": str(seconds)},
    )


def _throttled_by_cost(seconds: int) -> Reply:
    headers = {"x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after": str(seconds)}
    return Reply(429, {"error": {"code": "429", "message": "Too many requests. Please retry."}}, headers)


def distort(rule: Rule, reply: Reply) -> Reply:
    """The handler's answer, spoilt. Errors and empty answers pass as they are."""
    if not isinstance(reply.body, (dict, list)) or reply.status >= 400:
        return reply
    match rule.kind:
        case "malformed":
            text = json.dumps(reply.body)
            return Reply(reply.status, text[: len(text) // 2] + "}{", {**reply.headers, "Content-Type": "application/json; charset=utf-8"})
        case "wrong-types":
            return Reply(reply.status, _walk(reply.body, _wrong_type(rule)), reply.headers)
        case "unknown-enum":
            return Reply(reply.status, _walk(reply.body, _unknown_enum(rule)), reply.headers)
        case "hostile-text":
            return Reply(reply.status, _walk(reply.body, _hostile(rule)), reply.headers)
        case "lro-fails":
            error = {"code": "InternalServerError", "message": "The operation failed."}
            return Reply(200, {"status": "Failed", "error": error}, reply.headers) if "status" in reply.body else reply
        case _:
            return Reply(200, {"status": "InProgress"}, reply.headers) if "status" in reply.body else reply


Spoil = Callable[[str, Any, bool], Any]


#: What holds the properties of a resource, and of a secret in a vault.
PROPERTIES = frozenset({"properties", "attributes"})


def _walk(value: Any, spoil: Spoil, name: str = "", inside: bool = False) -> Any:
    """A copy of a body in which `spoil(name, value, inside properties)` has had its say about every value."""
    if isinstance(value, dict):
        spoilt = spoil(name, value, inside)
        if spoilt is not value:
            return spoilt
        return {key: _walk(item, spoil, key, inside or key in PROPERTIES) for key, item in value.items()}
    if isinstance(value, list):
        spoilt = spoil(name, value, inside)
        return spoilt if spoilt is not value else [_walk(item, spoil, name, inside) for item in value]
    return spoil(name, value, inside)


def _wrong_type(rule: Rule) -> Spoil:
    """Values of another JSON type: the named fields, or every plain value inside `properties`."""

    def spoil(name: str, value: Any, inside: bool) -> Any:
        chosen = name in rule.fields if rule.fields else inside and not isinstance(value, (dict, list))
        if not chosen or value is None:
            return value
        if isinstance(value, bool):
            return "yes"
        if isinstance(value, str):
            return 12345
        if isinstance(value, (int, float)):
            return "not a number"
        return {"unexpected": "object"} if isinstance(value, list) else ["unexpected", "list"]

    return spoil


def _unknown_enum(rule: Rule) -> Spoil:
    """A word that nobody has seen, in every field that holds one of a set."""

    def spoil(name: str, value: Any, inside: bool) -> Any:
        chosen = name in rule.fields if rule.fields else name.lower() in _STATES
        return UNSEEN if chosen and isinstance(value, str) else value

    return spoil


def _hostile(rule: Rule) -> Spoil:
    """Hostile text in every free string: the same text always becomes the same, so that names still agree with each other."""

    def spoil(name: str, value: Any, inside: bool) -> Any:
        if not isinstance(value, str):
            return value
        if rule.fields:
            return hostile(value) if name in rule.fields else value
        machine_made = name.lower() in _KEPT | _STATES or _MACHINE_MADE.match(value) is not None
        return value if machine_made or name.lower().endswith(("id", "url", "uri", "link")) else hostile(value)

    return spoil


def hostile(text: str) -> str:
    """A hostile string that stands for `text`; different texts give different strings."""
    pick = sum(text.encode("utf-8", "surrogatepass")) % len(HOSTILE)
    return f"{HOSTILE[pick]}{text}"
