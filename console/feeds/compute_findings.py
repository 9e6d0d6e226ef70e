"""What is found of computes: rules over what is loaded of them, each asked once for what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from console.clock import ServerClock
from console.domain.compute import Compute, Run
from console.domain.cost import PriceList
from console.domain.findings.computes import findings_of, tagged
from console.domain.findings.finding import Finding, subject_of
from console.domain.findings.subject import Subject
from console.domain.scopes import key
from console.feeds.feed import Feed
from console.feeds.lookup import Lookup

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


class ComputeFindings:
    """Asks no rule before somebody looks; then only those of the computes that are looked at."""

    about = "compute"

    def __init__(
        self,
        computes: Feed[Compute],
        last_runs: Lookup[Run],
        price_list: Callable[[Compute], PriceList | None],
        clock: ServerClock,
    ) -> None:
        self.computes = computes
        self._last_runs = last_runs
        self._price_list = price_list
        self._clock = clock
        self._judged: dict[str, Judged] = {}
        self._tagged: dict[str, int] | None = None

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self.computes,)

    def changed(self) -> None:
        """Something was read: computes, prices, a last run."""
        self._tagged = None

    def every(self) -> Iterator[Finding]:
        for compute in self.computes.items:
            yield from self.of(compute)

    def subject(self, finding_id: str) -> Compute | None:
        """The compute that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((compute for compute in self.computes.items if key(compute.id) == wanted), None)

    def subject_of(self, compute: Compute) -> Subject:
        """A compute with all that a rule may rest on, as it is known now."""
        run, known = self._last_runs.get(compute.id), self._last_runs.known(compute.id)
        return Subject(compute, self._clock.now(), self._price_list(compute), run, known, self._tagged_in(compute))

    def of(self, compute: Compute) -> tuple[Finding, ...]:
        """What is found of a compute, the worst first."""
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
        """How many computes of its workspace carry tags; counted anew after each change, when what is gone is forgotten as well."""
        if self._tagged is None:
            computes = self.computes.items
            self._tagged = tagged(computes)
            for gone in self._judged.keys() - {each.id for each in computes}:
                del self._judged[gone]
        return self._tagged.get(compute.workspace.id, 0)
