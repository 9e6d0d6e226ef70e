"""The log of what was asked: what tests count and what a demo can be watched by."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 100_000


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One answered (or broken off) request. `status` is 0 when the connection was reset before any answer."""

    number: int
    time: str
    method: str
    path: str
    query: str
    api_version: str | None
    route: str | None
    provenance: str | None
    principal_id: str | None
    principal: str | None
    status: int
    faults: Sequence[str]
    client_request_id: str | None


class CallLog:
    """The newest requests in the order they were answered; `number` goes on when old ones are dropped."""

    def __init__(self) -> None:
        self._records: deque[CallRecord] = deque(maxlen=KEPT)
        self._next = 1

    def next_number(self) -> int:
        number = self._next
        self._next += 1
        return number

    def add(self, record: CallRecord) -> None:
        self._records.append(record)

    def clear(self) -> None:
        self._records.clear()
        self._next = 1

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(record) for record in self._records]
