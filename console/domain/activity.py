"""Activity: what was changed, by whom and how it went, as the console, its journal and Azure's activity log tell it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from console.domain import scopes


class Origin(StrEnum):
    """Who tells of a change: this session, the journal (an earlier session, or another console), Azure's activity log alone."""

    HERE = "here"
    JOURNAL = "journal"
    AZURE = "Azure"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of Azure's activity log: a request to the resource manager at one of its stages (UTC).

    `client_request_id` is the `x-ms-client-request-id` of whoever sent it ("" where the log does not tell); `submitted` is when
    Azure's log took it in, which is minutes after `at`.
    """

    id: str
    correlation_id: str = ""
    client_request_id: str = ""
    at: datetime | None = None
    submitted: datetime | None = None
    who: str = ""
    operation: str = ""
    resource_id: str = ""
    status: str = ""
    sub_status: str = ""
    method: str = ""
    message: str = ""
    fault: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change, from everything that tells of it.

    `request_id` is what ties the console's own change to the events of Azure's log. `stages` are what the console saw of it, in order
    (a word, when: UTC). `events` are Azure's, the earliest first.
    """

    key: str
    origin: Origin
    what: str
    result: str
    at: datetime | None = None
    who: str = ""
    target_id: str = ""
    target_name: str = ""
    request_id: str = ""
    request: str = ""
    reason: str = ""
    note: str = ""
    code: str = ""
    stages: tuple[tuple[str, datetime | None], ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def known_at(self) -> datetime | None:
        """When it could be seen first: Azure's log takes a change in minutes after it happened."""
        times = [time for event in self.events for time in (event.at, event.submitted) if time is not None]
        return max([*times, *([self.at] if self.at is not None else [])], default=None)


#: The log's words for how an operation ended, in the console's; every other word is shown as Azure has it.
RESULTS = {"succeeded": "done", "failed": "failed", "accepted": "accepted", "started": "started"}
#: Actions of the resource manager that change nothing: the log holds every one of them, also those of this console's own polls.
READING = re.compile(r"/(listNodes|validate|query|forecast|resources)/action$", re.IGNORECASE)
#: In which order the stages of one request come where their times are the same.
_ORDER = {"started": 0, "accepted": 1}
_FIRST = datetime.min.replace(tzinfo=UTC)
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def merge(ours: Iterable[Entry], events: Iterable[Event]) -> tuple[Entry, ...]:
    """One entry for each change, the newest first: a change of the console's own and its events in Azure's log are one.

    Where several of `ours` have the same key, the first one counts. Events of one request share correlation id, operation and resource;
    those of requests that only read are left out.
    """
    found: dict[str, Entry] = {}
    for entry in ours:
        found.setdefault(entry.key, entry)
    groups: dict[tuple[str, str, str], list[Event]] = {}
    for event in events:
        if READING.search(event.operation):
            continue
        request = (event.correlation_id or event.id, event.operation.lower(), scopes.key(event.resource_id))
        groups.setdefault(request, []).append(event)
    by_request = {entry.request_id.lower(): key for key, entry in found.items() if entry.request_id}
    for group in groups.values():
        ordered = tuple(sorted(group, key=lambda event: (event.at or _FIRST, _ORDER.get(event.status.lower(), 2), event.id)))
        ids = (event.client_request_id.lower() for event in ordered if event.client_request_id)
        own = next((by_request[name] for name in ids if name in by_request), None)
        if own is not None:
            found[own] = msgspec.structs.replace(found[own], events=(*found[own].events, *ordered))
        else:
            theirs = of_azure(ordered)
            found[theirs.key] = theirs
    return tuple(sorted(found.values(), key=lambda entry: (entry.at or _FIRST, entry.key), reverse=True))


def of_azure(events: Sequence[Event]) -> Entry:
    """The change that events of one request tell of, the earliest of them first."""
    first, last = events[0], events[-1]
    fault = next((event.fault for event in events if event.fault), "")
    return Entry(
        key=f"{first.correlation_id or first.id}|{first.operation.lower()}|{scopes.key(first.resource_id)}",
        origin=Origin.AZURE,
        what="unreadable" if fault else words(first.operation),
        result=RESULTS.get(last.status.lower(), last.status or "?"),
        at=first.at,
        who=next((event.who for event in events if event.who), ""),
        target_id=first.resource_id,
        target_name=first.resource_id.rstrip("/").rsplit("/", 1)[-1],
        request_id=next((event.client_request_id for event in events if event.client_request_id), ""),
        note=fault or next((event.message for event in reversed(events) if event.message), ""),
        code=next((event.sub_status for event in reversed(events) if event.sub_status), "") if last.status.lower() == "failed" else "",
        events=tuple(events),
    )


def words(operation: str) -> str:
    """ARM's name of an operation in words: `…/workspaces/computes/stop/action` is "stop compute"; what is no such name stays."""
    parts = [part for part in operation.split("/") if part]
    if len(parts) < 3:
        return operation
    verb, kind = (parts[-2], parts[-3]) if parts[-1].lower() == "action" else (parts[-1], parts[-2])
    return f"{_spaced(verb)} {noun(kind)}"


def noun(kind: str) -> str:
    """One of a kind, by ARM's word for the kind: `roleAssignments` is "role assignment"."""
    if "." in kind:
        return kind
    one = kind[:-3] + "y" if kind.endswith("ies") else kind[:-1] if kind.endswith("s") and not kind.endswith("ss") else kind
    return _spaced(one)


def kind_of(target_id: str) -> str:
    """What an ARM id is one of: "compute" for `…/computes/nb`; "" where it does not tell."""
    parts = [part for part in target_id.split("/") if part]
    return noun(parts[-2]) if len(parts) >= 2 else ""


def _spaced(word: str) -> str:
    return _HUMPS.sub(" ", word).lower()
