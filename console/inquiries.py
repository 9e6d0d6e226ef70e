"""Inquiries: what is read about one compute when somebody asks why, and what runs on it when somebody is about to take it away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from console.clock import ServerClock
from console.context import Context
from console.domain.activity import READING, Event
from console.domain.compute import Compute, Kind, Run
from console.domain.findings.subject import Subject
from console.domain.reasons.answer import Rights, Situation
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble, TroubleError
from console.feeds.lookup import Lookup
from console.readers import Readers

#: How many of the newest jobs an answer rests on (a page of run history), and how far back Azure's log is read for it.
NEWEST = 100
LOG_SPAN = timedelta(days=30)
#: Nobody waits longer than this (real seconds) for a list of jobs before a plan is shown.
PATIENCE_S = 3.0


class Inquiries:
    """Nothing is read before it is asked for; what was read is kept for a while. `changed` is called when something came."""

    def __init__(self, readers: Readers, context: Context, clock: ServerClock, changed: Callable[[], None]) -> None:
        self._readers, self._context = readers, context
        self.runs: Lookup[tuple[Run, ...]] = Lookup(self._read_runs, clock, changed, keep=60)
        self.events: Lookup[tuple[Event, ...]] = Lookup(self._read_events, clock, changed, keep=120)
        self.rights: Lookup[Rights] = Lookup(self._read_rights, clock, changed, keep=600)
        self._identities: dict[str, tuple[str, ...]] = {}

    def want(self, compute: Compute) -> None:
        """Somebody asks why about a compute: read what the answer rests on."""
        if compute.kind in {Kind.INSTANCE, Kind.CLUSTER}:
            self.runs.want([compute.id])
        self.events.want([compute.id])
        if compute.identities and compute.kind is Kind.INSTANCE:
            self._identities[compute.id] = compute.identities
            self.rights.want([compute.id])

    def situation(self, subject: Subject, start: str) -> Situation:
        """All that is known of a compute now; `start` is ARM's name for the operation that starts it."""
        compute = subject.compute
        refusal = self._context.refusal(compute.workspace, start)
        return Situation(subject, self.runs.get(compute.id), self.events.get(compute.id), self.rights.get(compute.id), refusal)

    @property
    def busy(self) -> int:
        return self.runs.busy + self.events.busy + self.rights.busy

    def trouble(self) -> Mapping[str, Trouble]:
        """What could not be read, by what it is: jobs, log, roles."""
        told = {"jobs": self.runs.trouble, "log": self.events.trouble, "roles": self.rights.trouble}
        return {name: trouble for name, trouble in told.items() if trouble is not None}

    async def active_on(self, computes: Sequence[Compute]) -> Mapping[str, tuple[Run, ...] | Trouble | None]:
        """Compute id → jobs that run or wait on it; the trouble where that could not be read; None where it took too long."""
        answers = await asyncio.gather(
            *(asyncio.wait_for(self._read_active(each.id), PATIENCE_S) for each in computes), return_exceptions=True
        )
        found: dict[str, tuple[Run, ...] | Trouble | None] = {}
        for compute, answer in zip(computes, answers, strict=True):
            if isinstance(answer, TroubleError):
                found[compute.id] = answer.trouble
            elif isinstance(answer, TimeoutError):
                found[compute.id] = None
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found[compute.id] = answer
        return found

    def forget(self) -> None:
        """Somebody else asks from now on."""
        for lookup in (self.runs, self.events, self.rights):
            lookup.forget()
        self._identities.clear()

    async def close(self) -> None:
        for lookup in (self.runs, self.events, self.rights):
            await lookup.close()

    async def _read_active(self, compute_id: str) -> tuple[Run, ...]:
        reading = await self._readers.recent_runs(compute_id, NEWEST)
        return tuple(run for run in reading.items if run.active)

    async def _read_runs(self, compute_ids: Sequence[str]) -> Mapping[str, tuple[Run, ...]]:
        return {each: (await self._readers.recent_runs(each, NEWEST)).items for each in compute_ids}

    async def _read_events(self, compute_ids: Sequence[str]) -> Mapping[str, tuple[Event, ...]]:
        """What was asked of each, the newest first, without what only reads."""
        found = {}
        for each in compute_ids:
            reading = await self._readers.activity_of(each, LOG_SPAN)
            events = [event for event in reading.items if not READING.search(event.operation)]
            found[each] = tuple(sorted(events, key=lambda event: event.at.timestamp() if event.at else 0.0, reverse=True))
        return found

    async def _read_rights(self, compute_ids: Sequence[str]) -> Mapping[str, Rights]:
        found = {}
        for each in compute_ids:
            found[each] = await self._readers.rights(WorkspaceRef.parse(each).id, self._identities[each])
        return found
