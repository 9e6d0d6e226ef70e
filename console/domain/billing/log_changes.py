"""Changes of computes as the activity log tells them: who started, stopped, made or deleted which, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from console.domain import scopes
from console.domain.activity import Event
from console.domain.billing.instance_past import Change, Deed
from console.domain.scopes import ML

_COMPUTES = f"{ML}/workspaces/computes".lower()
#: ARM's names of the operations, in lower case: the log writes them in either.
DEEDS = {
    f"{_COMPUTES}/write": Deed.CREATE,
    f"{_COMPUTES}/start/action": Deed.START,
    f"{_COMPUTES}/restart/action": Deed.RESTART,
    f"{_COMPUTES}/stop/action": Deed.STOP,
    f"{_COMPUTES}/delete": Deed.DELETE,
}
_ENDED_WELL = frozenset({"succeeded", "accepted"})
_FIRST = datetime.min.replace(tzinfo=UTC)


class LogChange(msgspec.Struct, frozen=True):
    """What somebody (a user principal name or an object id) did to a compute, with success; `request` is the same for all its events."""

    compute_id: str
    change: Change
    who: str = ""
    request: str = ""


def is_of_compute(event: Event) -> bool:
    """Whether an event may tell of such a change."""
    return event.operation.lower() in DEEDS and event.at is not None


def changes(events: Iterable[Event]) -> tuple[LogChange, ...]:
    """Each change once, the earliest first: a request has an event for each of its stages.

    A start counts from when it was asked for and a stop from when it ended, as an instance is billed on its way. A request that failed is
    none; one that was accepted and whose end the log does not tell (yet) counts with what it tells. A PUT that made nothing new
    (HTTP 200) is none either.
    """
    requests: dict[tuple[str, str, str], list[Event]] = {}
    for event in events:
        if is_of_compute(event):
            requests.setdefault((event.correlation_id or event.id, event.operation.lower(), scopes.key(event.resource_id)), []).append(
                event
            )
    found = [made for (_, operation, _), stages in requests.items() if (made := _made(DEEDS[operation], stages)) is not None]
    return tuple(sorted(found, key=lambda each: (each.change, each.compute_id)))


def _made(deed: Deed, stages: Sequence[Event]) -> LogChange | None:
    ordered = sorted(stages, key=lambda event: event.at or _FIRST)
    words = {event.status.lower() for event in ordered}
    if "failed" in words or not words & _ENDED_WELL:
        return None
    if deed is Deed.CREATE and not any(event.sub_status.lower() == "created" for event in ordered):
        return None
    at = (ordered[-1] if deed is Deed.STOP else ordered[0]).at
    who = next((event.who for event in ordered if event.who), "")
    return None if at is None else LogChange(ordered[0].resource_id, Change(at, deed), who, ordered[0].correlation_id or ordered[0].id)
