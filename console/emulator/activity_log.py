"""Azure Monitor's activity log of a subscription: filters, pages, and events in their published shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from console.emulator.activity import Deed, Event, events, steady_guid
from console.emulator.arm_paths import place_of
from console.emulator.errors import seven_decimals
from console.emulator.estate import Estate, subscription_scope
from console.emulator.odata import Term, terms
from console.emulator.paging import link
from console.emulator.rbac import may
from console.emulator.routing import Call, Reply, Route

VERSION = "2015-04-01"
READ = "Microsoft.Insights/eventtypes/values/read"
KEPT = timedelta(days=90)
PAGE_SIZE = 200
_TICKS_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_ALWAYS = "id"
_CLAIMS = "http://schemas.microsoft.com/identity/claims"
_PERSONS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_FIELDS = (
    "authorization", "caller", "category", "claims", "correlationId", "description", "eventDataId", "eventName",
    "eventTimestamp", "httpRequest", "id", "level", "operationId", "operationName", "properties", "resourceGroupName",
    "resourceId", "resourceProviderName", "resourceType", "status", "subStatus", "submissionTimestamp", "subscriptionId", "tenantId",
)  # fmt: skip


class _QueryError(Exception):
    """A query option that cannot be answered; the message is the sentence."""


@dataclass(frozen=True, slots=True)
class _Question:
    start: datetime
    end: datetime
    conditions: tuple[tuple[str, str], ...]
    fields: frozenset[str] | None


def _moment(term: Term) -> datetime:
    try:
        found = datetime.fromisoformat(term.value)
    except ValueError:
        raise _QueryError(f"The value '{term.value}' of eventTimestamp is not a date and time.") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _question(query: Mapping[str, str], now: datetime) -> _Question:
    options = {name.lower(): value for name, value in query.items()}
    text = options.get("$filter", "")
    asked = terms(text)
    if not asked:
        raise _QueryError(
            "The $filter option needs at least a start time: eventTimestamp ge '…'." if not text.strip() else _unreadable(text)
        )
    start, end = None, now
    conditions: list[tuple[str, str]] = []
    for term in asked:
        if term.name == "eventtimestamp" and term.form == "ge":
            start = _moment(term)
        elif term.name == "eventtimestamp" and term.form == "le":
            end = _moment(term)
        elif term.form == "eq" and term.name in _CONDITIONS:
            conditions.append((term.name, term.value.lower()))
        else:
            raise _QueryError(_unreadable(text))
    if start is None:
        raise _QueryError("The $filter option needs at least a start time: eventTimestamp ge '…'.")
    if start < now - KEPT - timedelta(days=1):
        raise _QueryError(f"The start time {seven_decimals(start)} is more than 90 days ago; older events are not kept.")
    if end < start:
        raise _QueryError("The end of the time range is before its start.")
    return _Question(max(start, now - KEPT), end, tuple(conditions), _selected(options.get("$select", "")))


def _unreadable(text: str) -> str:
    return f"The filter '{text}' is not one of the allowed patterns."


def _selected(text: str) -> frozenset[str] | None:
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = {name.lower(): name for name in _FIELDS}
    for name in names:
        if name.lower() not in known:
            raise _QueryError(f"The property '{name}' of the $select option does not exist.")
    return frozenset(known[name.lower()] for name in names) | {_ALWAYS} if names else None


def _group_of(deed: Deed) -> str:
    parts = deed.resource.split("/")
    return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""


def _type_of(deed: Deed) -> tuple[str, str]:
    """Provider namespace and full resource type of what a deed was about."""
    _, _, tail = deed.resource.rpartition("/providers/")
    namespace, *rest = tail.split("/")
    return namespace, "/".join([namespace, *rest[::2]])


def _caller(estate: Estate, deed: Deed) -> str:
    person = estate.people.get(deed.object_id)
    return deed.object_id if person is None else person.upn


_CONDITIONS: Mapping[str, Callable[[Estate, Event], str]] = {
    "resourcegroupname": lambda estate, event: _group_of(event.deed),
    "resourceuri": lambda estate, event: event.deed.resource,
    "resourceid": lambda estate, event: event.deed.resource,
    "resourceprovider": lambda estate, event: _type_of(event.deed)[0],
    "correlationid": lambda estate, event: event.deed.correlation_id,
    "caller": lambda estate, event: _caller(estate, event.deed),
    "status": lambda estate, event: event.stage,
}


def _found(call: Call, question: _Question, seen_by: datetime) -> list[Event]:
    """What the caller may see of what was asked for, the newest first, as it was known at `seen_by`."""
    estate, who = call.world.estate, call.principal_id
    everything = may(estate, who, READ, subscription_scope(call.param("subscription")))
    allowed: dict[str, bool] = {}

    def visible(deed: Deed) -> bool:
        if deed.resource not in allowed:
            allowed[deed.resource] = everything or may(estate, who, READ, deed.resource)
        return allowed[deed.resource]

    chosen = [
        event
        for deed in call.world.activity.of(call.param("subscription"))
        for event in events(deed)
        if question.start <= event.moment <= question.end
        and event.submitted <= seen_by
        and all(_CONDITIONS[name](estate, event).lower() == value for name, value in question.conditions)
        and visible(deed)
    ]
    return sorted(chosen, key=lambda event: (event.moment, event.deed.number), reverse=True)


def _word(value: str, told: str | None = None) -> dict[str, str]:
    return {"value": value, "localizedValue": value if told is None else told}


def _claims(estate: Estate, deed: Deed) -> dict[str, str]:
    claims = {
        "aud": "https://management.core.windows.net/",
        "iss": f"https://sts.windows.net/{estate.tenant_id}/",
        "appid": deed.client_id,
        f"{_CLAIMS}/objectidentifier": deed.object_id,
        f"{_CLAIMS}/tenantid": estate.tenant_id,
        "ver": "1.0",
    }
    person = estate.people.get(deed.object_id)
    if person is None:
        return {**claims, "idtyp": "app", "appidacr": "1"}
    names = {"name": person.display_name, f"{_PERSONS}/name": person.upn, f"{_PERSONS}/upn": person.upn}
    return {**claims, **names, "appidacr": "0", f"{_CLAIMS}/scope": "user_impersonation"}


def _properties(estate: Estate, event: Event) -> dict[str, str]:
    deed = event.deed
    found = {"eventCategory": "Administrative", "entity": deed.resource, "message": deed.action}
    found["hierarchy"] = f"{estate.tenant_id}/{deed.subscription_id}"
    if event.http is not None:
        found["statusCode"] = _compact(event)
    if event.stage == "Failed" and deed.error is not None:
        found["statusMessage"] = json.dumps({"error": deed.error}, separators=(",", ":"), ensure_ascii=False)
    return found


def _compact(event: Event) -> str:
    """The HTTP status as .NET writes it: OK, NoContent, BadRequest."""
    return "" if event.http is None else event.http.phrase.replace(" ", "")


def _body(estate: Estate, event: Event) -> dict[str, Any]:
    deed = event.deed
    identifier = steady_guid(estate.seed, deed.number, deed.correlation_id, event.stage)
    ticks = (event.moment - _TICKS_EPOCH) // timedelta(microseconds=1) * 10
    namespace, resource_type = _type_of(deed)
    sub_status = "" if event.http is None else f"{event.http.phrase} (HTTP Status Code: {event.http.value})"
    begin = event.stage == "Started"
    body: dict[str, Any] = {
        "authorization": {"action": deed.action, "scope": deed.scope},
        "caller": _caller(estate, deed),
        "claims": _claims(estate, deed),
        "correlationId": deed.correlation_id,
        "description": "",
        "eventDataId": identifier,
        "eventName": _word("BeginRequest", "Begin request") if begin else _word("EndRequest", "End request"),
        "category": _word("Administrative"),
        "eventTimestamp": seven_decimals(event.moment),
        "id": f"{deed.resource}/events/{identifier}/ticks/{ticks}",
        "level": "Error" if event.stage == "Failed" else "Informational",
        "operationId": deed.correlation_id,
        "operationName": _word(deed.action),
        "resourceGroupName": _group_of(deed),
        "resourceProviderName": _word(namespace),
        "resourceType": _word(resource_type),
        "resourceId": deed.resource,
        "status": _word(event.stage),
        "subStatus": _word(_compact(event), sub_status),
        "submissionTimestamp": seven_decimals(event.submitted),
        "subscriptionId": deed.subscription_id,
        "tenantId": estate.tenant_id,
        "properties": _properties(estate, event),
    }
    if begin or event.http is not None:
        request = {"clientIpAddress": deed.client_address, "method": deed.method}
        body["httpRequest"] = request if deed.client_request_id is None else {"clientRequestId": deed.client_request_id, **request}
    return body


def _refused(message: str) -> Reply:
    # As the schema has it: this API's errors are not wrapped in "error".
    return Reply(400, {"code": "BadRequest", "message": message}, {"x-ms-failure-cause": "service"})


def _position(call: Call, now: datetime) -> tuple[datetime, int]:
    """Where a page starts, and when the first page was asked for: later events must not shift the pages after it."""
    token = next((value for name, value in call.query.items() if name.lower() == "$skiptoken"), None)
    if token is None:
        return now, 0
    seen, _, start = token.partition("_")
    if not seen.isdecimal() or not start.isdecimal():
        raise _QueryError("The $skiptoken is not valid.")
    try:
        return _TICKS_EPOCH + timedelta(microseconds=int(seen)), int(start)
    except OverflowError:
        raise _QueryError("The $skiptoken is not valid.") from None


def _values(call: Call) -> Reply:
    now = call.world.clock.now()
    try:
        question = _question(call.query, now)
        seen_by, start = _position(call, now)
    except _QueryError as error:
        return _refused(str(error))
    return _page(call, question.fields, _found(call, question, seen_by), seen_by, start)


def _page(call: Call, fields: frozenset[str] | None, found: Sequence[Event], seen_by: datetime, start: int) -> Reply:
    bodies = [_body(call.world.estate, event) for event in found[start : start + PAGE_SIZE]]
    if fields is not None:
        bodies = [{name: value for name, value in body.items() if name in fields} for body in bodies]
    answer: dict[str, Any] = {"value": bodies}
    if start + PAGE_SIZE < len(found):
        token = f"{(seen_by - _TICKS_EPOCH) // timedelta(microseconds=1)}_{start + PAGE_SIZE}"
        answer["nextLink"] = link(call, "$skiptoken", token)
    return Reply(200, answer)


def routes() -> list[Route]:
    template = "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"

    return [Route("GET", template, _values, "schema", READ, frozenset({VERSION}), scope_of=place_of, filters_itself=True)]
