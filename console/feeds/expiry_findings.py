"""What is found of things that expire and have no finder of their own: applications' credentials and scanned signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from console.clock import ServerClock
from console.domain.expiry import Expiring
from console.domain.findings.expiry import ending
from console.domain.findings.finding import Finding, subject_of
from console.domain.scopes import key
from console.feeds.feed import Feed


class ExpiryFindings:
    """Finds nothing before somebody asks what expires: `rows` are empty until then."""

    about = "expiry"
    #: What its rules rest on is what those of the others do.
    feeds: Sequence[Feed[Any]] = ()

    def __init__(self, rows: Callable[[], Sequence[Expiring]], touch: Callable[[], None], clock: ServerClock) -> None:
        self._rows, self._touch, self._clock = rows, touch, clock

    def changed(self) -> None:
        self._touch()

    def every(self) -> Iterator[Finding]:
        for row in self._rows():
            yield from self.of(row)

    def of(self, row: Expiring) -> tuple[Finding, ...]:
        """What is found of one."""
        found = ending(row, self._clock.now())
        return (found,) if found is not None else ()

    def subject(self, finding_id: str) -> Expiring | None:
        """What a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._rows() if key(row.id) == wanted), None)
