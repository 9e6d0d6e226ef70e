"""Findings of all kinds: what the finders say of what is loaded, less what somebody accepted for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from console.clock import ServerClock
from console.domain.findings.finding import Finding, subject_of, worst_first
from console.domain.findings.snooze import Snooze
from console.domain.trouble import Trouble
from console.feeds.feed import Feed
from console.feeds.snoozes import Snoozes
from console.feeds.source import Derived


class Accepted(msgspec.Struct, frozen=True):
    """A finding that is snoozed now."""

    finding: Finding
    snooze: Snooze


class Finder(Protocol):
    """What applies the rules for one kind of resource to all of it that is loaded; `about` is that of its findings."""

    about: str

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        """What its rules rest on."""

    def changed(self) -> None:
        """Something was read."""

    def every(self) -> Iterator[Finding]:
        """All that is found, snoozed or not."""


class Findings:
    """The first finder is of what the console cannot be without; what the others rest on may not be had by everybody."""

    def __init__(
        self, finders: Sequence[Finder], snoozes: Snoozes, clock: ServerClock, tenant: Callable[[], str], tell: Callable[[], None]
    ) -> None:
        self.finders = tuple(finders)
        self.snoozes = snoozes
        self._clock = clock
        self._tenant = tenant
        self._tell = tell
        self._snoozed: dict[str, Snooze] | None = None
        self._open: tuple[Finding, ...] | None = None

    def add(self, finder: Finder) -> None:
        """Look at one more kind from now on: some are read only once somebody asks."""
        self.finders = (*self.finders, finder)
        self.changed()

    def changed(self) -> None:
        """Something was read, or a snooze was made or ended."""
        self._snoozed = self._open = None
        for finder in self.finders:
            finder.changed()

    def open_among(self, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Those that are not snoozed."""
        snoozed = self._in_force()
        return tuple(finding for finding in found if finding.id not in snoozed) if snoozed else found

    def accepted_among(self, found: Iterable[Finding]) -> tuple[Accepted, ...]:
        """Those that are snoozed."""
        snoozed = self._in_force()
        return tuple(Accepted(finding, snoozed[finding.id]) for finding in found if finding.id in snoozed)

    @property
    def open(self) -> tuple[Finding, ...]:
        """All that is found and not snoozed, the worst first; the same tuple until something was read or snoozed."""
        if self._open is None:
            self._open = worst_first(self.open_among(tuple(self._every())))
        return self._open

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """All that is found and snoozed, the one that wakes up first at the top."""
        return tuple(sorted(self.accepted_among(self._every()), key=lambda each: (each.snooze.until, each.finding.id)))

    def snooze_of(self, finding: Finding) -> Snooze | None:
        """The snooze of a finding that is in force now."""
        return self._in_force().get(finding.id)

    async def accept(self, finding: Finding, who: str, reason: str, until: datetime) -> None:
        """Snooze a finding. Raises TroubleError where that cannot be kept."""
        snooze = Snooze(finding=finding.id, who=who, reason=reason, since=self._clock.now(), until=until)
        await asyncio.to_thread(self.snoozes.keep, self._tenant(), snooze)
        self._tell()

    async def wake(self, finding: Finding) -> None:
        """End a finding's snooze. Raises TroubleError where that fails."""
        await asyncio.to_thread(self.snoozes.end, self._tenant(), finding.id)
        self._tell()

    def _every(self) -> Iterator[Finding]:
        for finder in self.finders:
            yield from finder.every()

    def _in_force(self) -> dict[str, Snooze]:
        """The snoozes in force, by finding; looked up anew after each change."""
        if self._snoozed is None:
            now = self._clock.now()
            self._snoozed = {name: snooze for name, snooze in self.snoozes.of(self._tenant()).items() if snooze.holds(now)}
        return self._snoozed


class OpenFindings(Derived[Finding]):
    """The findings that nobody snoozed, as rows: as old as what the first finder rests on, and incomplete where others lack theirs."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(*findings.finders[0].feeds)
        self._findings = findings

    @property
    def items(self) -> tuple[Finding, ...]:
        return self._findings.open

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return tuple(feed for finder in self._findings.finders for feed in finder.feeds)

    @property
    def incomplete(self) -> str:
        return super().incomplete or self._findings.snoozes.note or self._unread()

    def raw(self, key: str) -> bytes | None:
        return super().raw(subject_of(key))

    def refresh(self) -> None:
        for feed in self.feeds:
            feed.refresh()

    def _unread(self) -> str:
        """Which kinds could not be looked at."""
        unread: Mapping[str, Mapping[str, Trouble]] = {
            finder.about: troubles for finder in self._findings.finders[1:] for feed in finder.feeds if (troubles := feed.troubles)
        }
        return f"nothing is found of {', '.join(unread)}: it could not be read" if unread else ""


class AcceptedFindings(OpenFindings):
    """The findings that are snoozed, as rows."""

    @property
    def items(self) -> tuple[Finding, ...]:
        return tuple(accepted.finding for accepted in self._findings.accepted)
