"""The findings of what is loaded: rules over the feeds, evaluated when somebody looks and again when what they rest on has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec

from console.clock import ServerClock
from console.domain.compute import Compute, Run
from console.domain.cost import PriceList
from console.domain.findings.computes import findings_of, tagged
from console.domain.findings.finding import Finding, subject_of, worst_first
from console.domain.findings.snooze import Snooze
from console.domain.findings.subject import Subject
from console.domain.scopes import key
from console.feeds.feed import Feed
from console.feeds.lookup import Lookup
from console.feeds.snoozes import Snoozes
from console.feeds.source import Derived

#: Claims tell ages in hours and days, so a finding is not made anew for time alone more often than this (seconds of the server's time).
EVERY_S = 600


class Judged(msgspec.Struct):
    """What was found of a compute, and all that it was found from."""

    compute: Compute
    prices: PriceList | None
    run: Run | None
    run_known: bool
    tagged_beside: int
    turn: int
    findings: tuple[Finding, ...]


class Accepted(msgspec.Struct, frozen=True):
    """A finding that is snoozed now."""

    finding: Finding
    snooze: Snooze


class ComputeFindings:
    """Asks no rule before somebody looks; then only those of the computes that are looked at, each once for what it rests on."""

    def __init__(
        self,
        computes: Feed[Compute],
        last_runs: Lookup[Run],
        price_list: Callable[[Compute], PriceList | None],
        clock: ServerClock,
        snoozes: Snoozes,
        tenant: Callable[[], str],
        tell: Callable[[], None],
    ) -> None:
        self.computes = computes
        self.snoozes = snoozes
        self._last_runs = last_runs
        self._price_list = price_list
        self._clock = clock
        self._tenant = tenant
        self._tell = tell
        self._judged: dict[str, Judged] = {}
        self._tagged: dict[str, int] = {}
        self._snoozed: dict[str, Snooze] | None = None
        self._open: tuple[Finding, ...] | None = None

    def changed(self) -> None:
        """Something was read: computes, prices, a last run; or a snooze was made or ended."""
        self._snoozed = self._open = None

    def of(self, compute: Compute) -> tuple[Finding, ...]:
        """What is found of a compute and not snoozed, the worst first."""
        snoozed = self._in_force()
        found = self._find(compute)
        return tuple(finding for finding in found if finding.id not in snoozed) if snoozed else found

    def accepted_of(self, compute: Compute) -> tuple[Accepted, ...]:
        """What is found of a compute and snoozed."""
        snoozed = self._in_force()
        return tuple(Accepted(finding, snoozed[finding.id]) for finding in self._find(compute) if finding.id in snoozed)

    @property
    def open(self) -> tuple[Finding, ...]:
        """All that is found and not snoozed, the worst first; the same tuple until something was read or snoozed."""
        if self._open is None:
            self._open = worst_first(finding for compute in self.computes.items for finding in self.of(compute))
        return self._open

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """All that is found and snoozed, the one that wakes up first at the top."""
        every = (accepted for compute in self.computes.items for accepted in self.accepted_of(compute))
        return tuple(sorted(every, key=lambda each: (each.snooze.until, each.finding.id)))

    def snooze_of(self, finding: Finding) -> Snooze | None:
        """The snooze of a finding that is in force now."""
        return self._in_force().get(finding.id)

    def subject(self, finding_id: str) -> Compute | None:
        """The compute that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((compute for compute in self.computes.items if key(compute.id) == wanted), None)

    async def accept(self, finding: Finding, who: str, reason: str, until: datetime) -> None:
        """Snooze a finding. Raises TroubleError where that cannot be kept."""
        snooze = Snooze(finding=finding.id, who=who, reason=reason, since=self._clock.now(), until=until)
        await asyncio.to_thread(self.snoozes.keep, self._tenant(), snooze)
        self._tell()

    async def wake(self, finding: Finding) -> None:
        """End a finding's snooze. Raises TroubleError where that fails."""
        await asyncio.to_thread(self.snoozes.end, self._tenant(), finding.id)
        self._tell()

    def subject_of(self, compute: Compute) -> Subject:
        """A compute with all that a rule may rest on, as it is known now."""
        run, known = self._last_runs.get(compute.id), self._last_runs.known(compute.id)
        return Subject(compute, self._clock.now(), self._price_list(compute), run, known, self._tagged_in(compute))

    def _find(self, compute: Compute) -> tuple[Finding, ...]:
        prices, known = self._price_list(compute), self._last_runs.known(compute.id)
        run = self._last_runs.get(compute.id)
        now = self._clock.now()
        turn, beside = int(now.timestamp() // EVERY_S), self._tagged_in(compute)
        last = self._judged.get(compute.id)
        if (
            last is not None
            and (last.turn, last.run_known, last.tagged_beside) == (turn, known, beside)
            and last.prices is prices
            and last.run == run
            and (last.compute is compute or last.compute == compute)
        ):
            last.compute = compute
            return last.findings
        findings = findings_of(Subject(compute, now, prices, run, known, beside))
        self._judged[compute.id] = Judged(compute, prices, run, known, beside, turn, findings)
        return findings

    def _tagged_in(self, compute: Compute) -> int:
        self._in_force()
        return self._tagged.get(compute.workspace.id, 0)

    def _in_force(self) -> dict[str, Snooze]:
        """The snoozes in force, by finding; looked up anew after each change, as is what else rests on all computes."""
        if self._snoozed is None:
            now = self._clock.now()
            self._snoozed = {name: snooze for name, snooze in self.snoozes.of(self._tenant()).items() if snooze.holds(now)}
            computes = self.computes.items
            self._tagged = tagged(computes)
            gone = self._judged.keys() - {compute.id for compute in computes}
            for compute_id in gone:
                del self._judged[compute_id]
        return self._snoozed


class OpenFindings(Derived[Finding]):
    """The findings that nobody snoozed, as rows."""

    def __init__(self, findings: ComputeFindings) -> None:
        super().__init__(findings.computes)
        self._findings = findings

    @property
    def items(self) -> tuple[Finding, ...]:
        return self._findings.open

    @property
    def incomplete(self) -> str:
        return super().incomplete or self._findings.snoozes.note

    def raw(self, key: str) -> bytes | None:
        return super().raw(subject_of(key))


class AcceptedFindings(OpenFindings):
    """The findings that are snoozed, as rows."""

    @property
    def items(self) -> tuple[Finding, ...]:
        return tuple(accepted.finding for accepted in self._findings.accepted)
