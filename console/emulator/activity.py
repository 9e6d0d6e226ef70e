"""What was done through the resource manager: who did what to which resource, and how it went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from console.emulator.operations import Operation

Stage = Literal["Started", "Accepted", "Succeeded", "Failed"]
ANSWERED_AFTER = timedelta(milliseconds=300)


def steady_guid(*parts: object) -> str:
    """A version 4 UUID that follows from `parts`: the same ones always give the same."""
    digest = blake2b(" ".join(map(str, parts)).encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


@dataclass(slots=True)
class Deed:
    """One request that changes something, or asks for an action.

    `resource` is the ARM id it was about, `scope` the one that its permission was checked at. `status` is the HTTP status
    it was answered with; a `lasting` one goes on until `ended`. `error` is the ARM error of one that was refused or failed later.
    """

    number: int
    moment: datetime
    object_id: str
    client_id: str
    method: str
    action: str
    scope: str
    resource: str
    correlation_id: str
    client_request_id: str | None = None
    client_address: str = "127.0.0.1"
    status: int = 200
    error: Mapping[str, Any] | None = None
    lasting: bool = False
    ended: datetime | None = None

    @property
    def subscription_id(self) -> str:
        parts = self.resource.split("/")
        return parts[2].lower() if len(parts) > 2 and parts[1].lower() == "subscriptions" else ""

    def end(self, operation: Operation, moment: datetime) -> None:
        """Tell that the operation which this set going is over."""
        self.ended, self.error = moment, operation.error


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the activity log: a deed at one of its stages. `http` is the status of the answer that made it, if any did."""

    deed: Deed
    stage: Stage
    moment: datetime
    http: HTTPStatus | None = None

    @property
    def submitted(self) -> datetime:
        """When it can be read: entries arrive late, by as much as two minutes."""
        late = 30 + blake2b(f"{self.deed.number} {self.stage}".encode(), digest_size=1).digest()[0] * 80 / 255
        return self.moment + timedelta(seconds=late)


def events(deed: Deed) -> list[Event]:
    """The stages that a deed has gone through, the earliest first."""
    http = HTTPStatus(deed.status)
    answered = deed.moment + ANSWERED_AFTER
    # Who may not do a thing never starts it.
    found = [] if http is HTTPStatus.FORBIDDEN else [Event(deed, "Started", deed.moment)]
    if deed.status >= 400:
        return [*found, Event(deed, "Failed", answered, http)]
    if not deed.lasting:
        return [*found, Event(deed, "Succeeded", answered, http)]
    found.append(Event(deed, "Accepted", answered, http))
    if deed.ended is not None:
        found.append(Event(deed, "Failed" if deed.error is not None else "Succeeded", max(deed.ended, answered)))
    return found


class Activity:
    """All deeds since the story began, and those of its past. Numbers of the past are negative."""

    def __init__(self, past: Callable[[], Sequence[Deed]]) -> None:
        self._past: Callable[[], Sequence[Deed]] | None = past
        self._of: dict[str, list[Deed]] = defaultdict(list)
        self._next = 1

    def next_number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def add(self, deed: Deed) -> None:
        self._of[deed.subscription_id].append(deed)

    def of(self, subscription_id: str) -> Sequence[Deed]:
        """The deeds in a subscription, in no order that means anything. The past is told when somebody asks first."""
        past, self._past = self._past, None
        for deed in past() if past is not None else ():
            self.add(deed)
        return self._of.get(subscription_id.lower(), ())
