"""What is found of access: the rules over the grants that are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from console.clock import ServerClock
from console.domain.access.grants import Grant
from console.domain.findings.access import findings_of
from console.domain.findings.finding import Finding, subject_of
from console.domain.scopes import key
from console.feeds.feed import Feed
from console.feeds.source import Source

#: Claims tell times in hours and days: a grant is not judged anew for time alone more often than this (seconds of the server's time).
EVERY_S = 600


class AccessFindings:
    """Finds nothing before access is read."""

    about = "access"

    def __init__(self, grants: Source[Grant], feeds: Sequence[Feed[Any]], clock: ServerClock) -> None:
        """`feeds` are those without which there are no grants."""
        self._grants, self._feeds, self._clock = grants, feeds, clock
        self._judged: dict[str, tuple[Grant, int, tuple[Finding, ...]]] = {}

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return self._feeds

    def changed(self) -> None:
        """A grant that changed is another object: that tells it."""

    def every(self) -> Iterator[Finding]:
        grants = self._grants.items
        if len(self._judged) > 2 * len(grants):
            self._judged.clear()
        for grant in grants:
            yield from self.of(grant)

    def of(self, grant: Grant) -> tuple[Finding, ...]:
        """What is found of a grant, the worst first."""
        now = self._clock.now()
        turn = int(now.timestamp() // EVERY_S)
        last = self._judged.get(grant.id)
        if last is None or last[0] is not grant or last[1] != turn:
            last = self._judged[grant.id] = (grant, turn, findings_of(grant, now))
        return last[2]

    def subject(self, finding_id: str) -> Grant | None:
        """The grant that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((grant for grant in self._grants.items if key(grant.id) == wanted), None)
