"""Errors: Azure's many ways to fail, made into one small taxonomy with a sentence for the user."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from console.azure import policy_denials
from console.domain.trouble import Kind, Trouble, TroubleError

#: What to wait after a 429 that does not say: ARM's buckets refill within seconds, Cost Management's within a minute.
UNSAID_WAIT_S = 10.0
#: Nobody is made to wait longer than this in one go, whatever an answer says.
LONGEST_WAIT_S = 3600.0
#: Cost Management's own headers often name a wait after which it refuses again: never less than this.
#: Source: reports of exporters of costs (electrolux-oss/azure-cost-exporter#8, Azure/azqr#1025).
SHORTEST_COST_WAIT_S = 45.0
COST_WAIT = re.compile(r"^x-ms-ratelimit-microsoft\.costmanagement-.*retry-after$", re.IGNORECASE)
#: What msgspec raises on bytes that are not what they should be.
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
#: Code of the trouble with a link that is not followed.
FOREIGN_LINK = "ForeignLink"
QUOTA_CODES = re.compile(r"quota|SkuNotAvailable", re.IGNORECASE)
AUTHORIZATION_FAILED = re.compile(r"perform action '([^']+)' over scope '([^']+)'")


def trouble_of_answer(status: int, headers: Mapping[str, str], body: bytes, operation: str, at: datetime) -> Trouble:
    """The trouble that an HTTP answer of 400 and above tells of; never raises, whatever the body holds."""
    error, code, message = _code_and_message(body)
    kind = _kind(status, code, message)
    denied = policy_denials.CODE.search(code) is not None
    return Trouble(
        kind=kind,
        sentence=policy_denials.sentence(error, message) if denied else _sentence(kind, status, code, message),
        code=code or str(status),
        message=message,
        status=status,
        correlation_id=headers.get("x-ms-correlation-request-id", ""),
        request_id=headers.get("x-ms-request-id", ""),
        operation=operation,
        at=at,
        retry_after=retry_after(headers),
    )


def unreadable(what: str, operation: str, at: datetime) -> TroubleError:
    """Azure answered with something that no schema allows."""
    return TroubleError(
        Trouble(
            kind=Kind.UNEXPECTED,
            sentence=f"Azure's answer could not be read: {what}. The last good data stays; it is asked again.",
            code="UnreadableAnswer",
            message=what,
            operation=operation,
            at=at,
        )
    )


def foreign_link(url: str, method: str, at: datetime) -> TroubleError:
    """A link leads to another host than the service's own: it is not followed, for the token would go there."""
    where = url[:200].encode("unicode_escape").decode()
    return TroubleError(
        Trouble(
            kind=Kind.UNEXPECTED,
            sentence=f"Azure's answer leads to another host, {where}; the console does not follow it there.",
            code=FOREIGN_LINK,
            message=where,
            operation=f"{method} {where}",
            at=at,
        )
    )


def unreachable(reason: str, host: str, operation: str, at: datetime) -> TroubleError:
    """The answer never came: no connection, no name, a cut connection, a refused certificate."""
    return TroubleError(
        Trouble(
            kind=Kind.UNREACHABLE,
            sentence=f"{host} could not be reached ({reason}). It is tried again by itself.",
            code="Unreachable",
            message=reason,
            operation=operation,
            at=at,
        )
    )


def read_only(refused: str, operation: str) -> TroubleError:
    """The transport let nothing out that changes or reveals something; `refused` is its own sentence."""
    sentence = "The console is read-only; :write lets it change things."
    return TroubleError(Trouble(Kind.PERMISSION, sentence, "ReadOnly", refused, operation=operation))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the answer asks, an hour at most; None if it asks nothing.

    `Retry-After` in seconds (fractions occur) or Cost Management's own headers, the longest of them; with those alone, 45 s at least.
    """
    waits = []
    said = any(name.lower() == "retry-after" for name in headers)
    for name, value in headers.items():
        low = name.lower()
        if low == "retry-after" or (low.startswith("x-ms-ratelimit-microsoft.") and low.endswith("-retry-after")):
            try:
                wait = float(value)
            except ValueError:
                continue  # an HTTP date or nonsense: no number to honour, the caller's own back-off applies
            if math.isfinite(wait):
                least = SHORTEST_COST_WAIT_S if not said and COST_WAIT.match(low) else 0.0
                waits.append(min(max(least, wait), LONGEST_WAIT_S))
    return max(waits, default=None)


def _code_and_message(body: bytes) -> tuple[Any, str, str]:
    """The error as it came, its code and its message."""
    try:
        data: Any = msgspec.json.decode(body) if body else None
    except UNDECODABLE:
        text = body[:200].decode("utf-8", "replace")
        return None, "", "the answer is not JSON" + (" (an HTML page)" if "<html" in text.lower() else "")
    if not isinstance(data, dict):
        return None, "", ""
    error = data.get("error", data)
    if isinstance(error, str):
        return error, error, str(data.get("error_description") or data.get("message") or "")
    if not isinstance(error, dict):
        return None, "", ""
    # Cost Management has a form of its own for some refusals, without an `error`: a message, and what it is about.
    told = (error.get("message"), error.get("messageDetail") if error is data else None)
    return error, str(error.get("code") or ""), " ".join(str(each) for each in told if each)


def _kind(status: int, code: str, message: str) -> Kind:
    if status in {400, 403, 409} and (QUOTA_CODES.search(code) or (code == "OperationNotAllowed" and "quota" in message.lower())):
        return Kind.QUOTA
    if policy_denials.CODE.search(code):
        return Kind.INVALID  # no role helps: what is asked for has to change, or the policy
    by_status = {
        401: Kind.SIGN_IN,
        403: Kind.PERMISSION,
        404: Kind.NOT_FOUND,
        409: Kind.CONFLICT,
        412: Kind.CONFLICT,
        429: Kind.THROTTLED,
        408: Kind.UNREACHABLE,
    }
    if status in by_status:
        return by_status[status]
    if 400 <= status < 500:
        return Kind.INVALID
    return Kind.UNREACHABLE if status >= 500 else Kind.UNEXPECTED


#: Refusals that are known well enough to say first what to do; found in the code or the message. Sources: the threads
#: vscode-tools-for-ai#2605, and Azure Resource Manager's documentation of locks and allocation failures.
KNOWN = (
    (
        re.compile(r"get the latest budget to avoid overwrite", re.IGNORECASE),
        "Somebody else has changed this budget meanwhile, and nothing was changed now: look at it again, then plan anew.",
    ),
    (
        re.compile(r"disk is full", re.IGNORECASE),
        "Its disk is full, and Azure stops no instance like that: free space on it, or delete it.",
    ),
    (re.compile(r"^ScopeLocked", re.IGNORECASE), "A management lock forbids it: whoever may delete locks has to take it away first."),
    (
        re.compile(r"^(AllocationFailed|ZonalAllocationFailed)", re.IGNORECASE),
        "The region has no such machines free now: another size or region.",
    ),
)


def _sentence(kind: Kind, status: int, code: str, message: str) -> str:
    said = f" Azure says: {message}" if message else ""
    named = code or str(status)
    known = next((lead for pattern, lead in KNOWN if pattern.search(code) or pattern.search(message)), "")
    if known:
        return f"{known} ({named}){said}" if said else f"{known} ({named})"
    if kind is Kind.PERMISSION:
        found = AUTHORIZATION_FAILED.search(message)
        if found:
            place = "/".join(found[2].rstrip("/").split("/")[-2:])
            return f"You need {found[1]} on {place}; your roles do not grant it. If it was granted just now, it can take minutes."
        return f"Azure refuses this ({named}).{said}"
    lead = {
        Kind.SIGN_IN: f"Azure does not accept the sign-in ({named}).",
        Kind.THROTTLED: "Azure asks to slow down (429); the console waits and goes on by itself.",
        Kind.NOT_FOUND: f"Not there ({named}).",
        Kind.CONFLICT: f"Azure refuses this in the present state ({named}).",
        Kind.QUOTA: f"No quota left for this ({named}).",
        Kind.INVALID: f"Azure does not accept the request ({named}).",
        Kind.UNREACHABLE: f"Azure is failing ({status}); it is tried again by itself.",
        Kind.UNEXPECTED: f"Azure answered unexpectedly ({named}).",
    }[kind]
    return lead + said
