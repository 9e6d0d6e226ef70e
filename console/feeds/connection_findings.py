"""What is found of connections: their rules over what is read of them and of the secrets behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from console.clock import ServerClock
from console.domain.connections import Connection
from console.domain.findings import connections as rules
from console.domain.findings.finding import Finding, subject_of
from console.domain.scopes import key
from console.domain.secret_state import SecretState
from console.feeds.feed import Feed


class ConnectionFindings:
    """Finds nothing before connections are read; of the secrets behind them what is known then."""

    about = "connections"

    def __init__(self, connections: Feed[Connection], secret: Callable[[Connection], SecretState | None], clock: ServerClock) -> None:
        self._connections, self._secret, self._clock = connections, secret, clock

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self._connections,)

    def changed(self) -> None:
        """Nothing is kept of them here."""

    def every(self) -> Iterator[Finding]:
        for row in self._connections.items:
            yield from self.of(row)

    def of(self, row: Connection) -> tuple[Finding, ...]:
        """What is found of a connection."""
        return tuple(rules.of(row, self._secret(row), self._clock.now()))

    def subject(self, finding_id: str) -> Connection | None:
        """The connection that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._connections.items if key(row.id) == wanted), None)
