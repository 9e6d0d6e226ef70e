"""What is found of storage accounts: their rules over those that workspaces and datastores are on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from console.clock import ServerClock
from console.domain.findings.finding import Finding, subject_of, worst_first
from console.domain.findings.storage import keys_off, old_key
from console.domain.scopes import key
from console.domain.storage_accounts import UsedAccount
from console.feeds.feed import Feed
from console.feeds.source import Source

#: Claims tell ages in days: an account is not judged anew for time alone more often than this (seconds of the server's time).
EVERY_S = 3600


class StorageFindings:
    """Finds nothing before accounts are read."""

    about = "storage"

    def __init__(self, used: Source[UsedAccount], feeds: Sequence[Feed[Any]], clock: ServerClock) -> None:
        """`feeds` are those without which there are no accounts."""
        self._used, self._feeds, self._clock = used, feeds, clock
        self._judged: dict[str, tuple[UsedAccount, int, tuple[Finding, ...]]] = {}

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return self._feeds

    def changed(self) -> None:
        """An account that changed is another object: that tells it."""

    def every(self) -> Iterator[Finding]:
        for row in self._used.items:
            yield from self.of(row)

    def of(self, row: UsedAccount) -> tuple[Finding, ...]:
        """What is found of an account, the worst first."""
        now = self._clock.now()
        turn = int(now.timestamp() // EVERY_S)
        last = self._judged.get(row.name)
        if last is None or last[0] is not row or last[1] != turn:
            found = (each for each in (keys_off(row), old_key(row, now)) if each is not None)
            last = self._judged[row.name] = (row, turn, worst_first(found))
        return last[2]

    def subject(self, finding_id: str) -> UsedAccount | None:
        """The account that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._used.items if key(row.id) == wanted), None)
