"""The activity log: what was asked of the resource manager in a resource group, by whom, and how it went.

`GET …/providers/Microsoft.Insights/eventtypes/management/values` (api-version 2015-04-01, as azure-mgmt-monitor sends it). Azure takes an
event in some minutes after it happened, and keeps it for 90 days.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import timestamps
from console.azure.errors import UNDECODABLE
from console.azure.request import Request
from console.domain.activity import Event
from console.domain.billing.log_changes import is_of_compute
from console.domain.readings import Reading
from console.domain.scopes import segments
from console.text import redact_text

if TYPE_CHECKING:
    from console.azure.arm import ArmClient

API = "2015-04-01"
#: How far back the log goes.
KEPT = timedelta(days=90)


class _Word(msgspec.Struct):
    value: str | None = None


class _Sent(msgspec.Struct, rename="camel"):
    client_request_id: str | None = None
    method: str | None = None


class _Wire(msgspec.Struct, rename="camel"):
    id: str | None = None
    event_data_id: str | None = None
    correlation_id: str | None = None
    caller: str | None = None
    event_timestamp: str | None = None
    submission_timestamp: str | None = None
    operation_name: _Word | None = None
    resource_id: str | None = None
    status: _Word | None = None
    sub_status: _Word | None = None
    http_request: _Sent | None = None
    properties: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(_Wire)


def list_request(group_id: str, since: datetime, until: datetime) -> Request:
    """What was asked in a resource group (its ARM id) from `since` to `until` (UTC). Raises ValueError where the id names no group."""
    parts = segments(group_id)
    try:
        subscription, group = parts["subscriptions"], parts["resourcegroups"].replace("'", "''")
    except KeyError as missing:
        raise ValueError(f"{group_id!r} is not the ARM id of a resource group") from missing
    return _request(subscription, since, until, f"resourceGroupName eq '{group}'")


def resource_request(resource_id: str, since: datetime, until: datetime) -> Request:
    """What was asked of one resource (its ARM id). Raises ValueError where the id names no subscription."""
    try:
        subscription = segments(resource_id)["subscriptions"]
    except KeyError as missing:
        raise ValueError(f"{resource_id!r} is not the ARM id of a resource") from missing
    quoted = resource_id.replace("'", "''")
    return _request(subscription, since, until, f"resourceUri eq '{quoted}'")


def _request(subscription: str, since: datetime, until: datetime, where: str) -> Request:
    times = f"eventTimestamp ge '{since:%Y-%m-%dT%H:%M:%SZ}' and eventTimestamp le '{until:%Y-%m-%dT%H:%M:%SZ}'"
    return Request(
        method="GET",
        path=f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values",
        api_version=API,
        query={"$filter": f"{times} and {where}"},
    )


async def read(arm: ArmClient, group_id: str, span: timedelta) -> Reading[Event]:
    """Events of a resource group, as far back from now as `span` and the log reach. Raises TroubleError."""
    now = arm.clock.now()
    request = list_request(group_id, now - min(span, KEPT), now + timedelta(minutes=1))
    return await arm.read_all(request, decode, lambda event: event.id)


async def read_of(arm: ArmClient, resource_id: str, span: timedelta) -> Reading[Event]:
    """Events of one resource, as far back from now as `span` and the log reach. Raises TroubleError."""
    now = arm.clock.now()
    request = resource_request(resource_id, now - min(span, KEPT), now + timedelta(minutes=1))
    return await arm.read_all(request, decode, lambda event: event.id)


async def read_computes(arm: ArmClient, group_id: str, since: datetime) -> Reading[Event]:
    """What was done to the computes of a resource group since a moment (UTC), as far back as the log reaches. Raises TroubleError.

    Azure filters by group, not by operation too ("Activity Logs - List"): other events come over the wire and are left out here.
    """
    now = arm.clock.now()
    request = list_request(group_id, max(since, now - KEPT), now + timedelta(minutes=1))
    reading = await arm.read_all(request, decode, lambda event: event.id)
    return Reading(tuple(event for event in reading.items if is_of_compute(event)), {}, reading.incomplete)


def decode(raw: bytes) -> Event:
    """One event; never raises: what does not fit the schema becomes an unreadable one that says why."""
    try:
        wire = _decoder.decode(raw)
    except UNDECODABLE as error:
        return Event(id=f"unreadable-{hashlib.blake2b(raw, digest_size=6).hexdigest()}", fault=str(error))
    sent = wire.http_request or _Sent()
    return Event(
        id=wire.event_data_id or wire.id or hashlib.blake2b(raw, digest_size=6).hexdigest(),
        correlation_id=wire.correlation_id or "",
        client_request_id=sent.client_request_id or "",
        at=timestamps.parse(wire.event_timestamp),
        submitted=timestamps.parse(wire.submission_timestamp),
        who=wire.caller or "",
        operation=_value(wire.operation_name),
        resource_id=wire.resource_id or "",
        status=_value(wire.status),
        sub_status=_value(wire.sub_status),
        method=sent.method or "",
        message=redact_text(_message((wire.properties or {}).get("statusMessage"))),
    )


def _value(word: _Word | None) -> str:
    return (word.value if word is not None else "") or ""


def _message(text: Any) -> str:
    """ARM's error in an event, code and message; the log holds it as JSON in a string."""
    try:
        data = msgspec.json.decode(text) if isinstance(text, str) and text else text
    except UNDECODABLE:
        return str(text)
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        return ": ".join(str(error[part]) for part in ("code", "message") if error.get(part))
    return "" if error is None else str(error)
