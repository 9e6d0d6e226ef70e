"""Timelines: what each compute of the open workspaces had, put together from this console's polls, those of others, and Azure's records.

What has not changed is not put together again: at each poll a timeline is only made longer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from console.costs.observed import Observed
from console.costs.past import Past, changes_of
from console.costs.polls import Facts, Polls, facts_of
from console.domain import durations, scopes
from console.domain.billing.booting import with_booting
from console.domain.billing.instance_past import Deed, from_events, last_change
from console.domain.billing.log_changes import LogChange
from console.domain.billing.merging import extended, merged
from console.domain.billing.usage import Span, Timeline
from console.domain.compute import Compute, Run
from console.domain.cost import OWN_MACHINES
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.turns import Turn

_OF_INSTANCES = frozenset({Deed.START, Deed.STOP, Deed.RESTART})


class _Kept(msgspec.Struct, frozen=True):
    """A timeline with what it rests on and how far what it ends with was seen."""

    rests_on: tuple[object, ...]
    timeline: Timeline
    seen: datetime


class Timelines:
    """By workspace and compute. `build` takes in what is known now; the answers are those of the last one."""

    def __init__(self, observed: Observed, past: Past) -> None:
        #: What other processes saw, by workspace id.
        self.others: dict[str, list[Polls]] = {}
        self._observed, self._past = observed, past
        self._kept: dict[str, dict[str, _Kept]] = {}
        self.all: tuple[Timeline, ...] = ()
        #: Grows where something else than the live end has changed.
        self.version = 0

    def forget(self) -> None:
        """Somebody else looks from now on."""
        self.others, self._kept, self.all = {}, {}, ()

    async def build(self, readings: Mapping[WorkspaceRef, tuple[Reading[Compute], datetime]], now: datetime) -> None:
        """Put together what is known of these workspaces, each by the last reading of its computes and when that was taken."""
        turn = Turn()
        found: dict[str, dict[str, _Kept]] = {}
        for place, (reading, taken_at) in readings.items():
            before, own = self._kept.get(place.id, {}), found.setdefault(place.id, {})
            for facts, compute in self._computes(place, reading):
                key = scopes.key(facts.compute_id)
                kept = self._one(place, facts, compute, taken_at, now, before.get(key))
                if kept is not None:
                    own[key] = kept
                if turn.over:
                    await turn.give()
        self._kept = found
        self.all = tuple(kept.timeline for own in found.values() for kept in own.values())

    def _computes(self, place: WorkspaceRef, reading: Reading[Compute]) -> Iterator[tuple[Facts, Compute | None]]:
        """Those that are there, and those that are gone and that somebody still tells of."""
        present = {each.name.lower() for each in reading.items}
        for each in reading.items:
            if each.kind in OWN_MACHINES:
                yield facts_of(each), each
        if reading.incomplete:
            return
        gone: dict[str, Facts] = {}
        for polls in (*self.others.get(place.id, ()), *filter(None, [self._observed.live(place.id)])):
            gone.update(polls.facts)
        for name, spelt in self._past.clusters(place.id).items():
            gone.setdefault(name, Facts(f"{place.id}/computes/{spelt}", spelt, "", ""))
        under = f"{scopes.key(place.id)}/computes/"
        for key, changes in self._past.changes(place.group_id).items():
            if key.startswith(under) and any(each.change.deed in _OF_INSTANCES for each in changes):
                spelt = changes[0].compute_id.rsplit("/", 1)[-1]
                gone.setdefault(spelt.lower(), Facts(changes[0].compute_id, spelt, "", "", instance=True))
        for name, facts in gone.items():
            if name not in present:
                yield facts, None

    def _one(
        self, place: WorkspaceRef, facts: Facts, compute: Compute | None, taken_at: datetime, now: datetime, before: _Kept | None
    ) -> _Kept | None:
        name, live = facts.name.lower(), self._observed.live(place.id)
        changes = self._past.changes(place.group_id).get(scopes.key(facts.compute_id), ())
        runs = self._past.runs_on(facts.compute_id)
        others = tuple(self.others.get(place.id, ()))
        now_so = (last_change(compute), _up(compute), compute.idle_shutdown) if compute is not None else ()
        resizing = (compute.allocation_state, compute.allocation_since) if compute is not None else ()
        of_azure = (changes, *now_so) if facts.instance else (*self._past.readings(place.id), *resizing)
        log_start = self._past.log_start(place.group_id, taken_at)
        start = _day(now - self._past.back)
        rests_on = (facts, start, others, live.stretches if live is not None else 0, log_start, runs, *of_azure)
        until = self._observed.lasts(place.id, now) or taken_at
        if before is not None and _same(before.rests_on, rests_on):
            seen = live.of(name, before.seen, until) if live is not None else ()
            longer = extended(before.timeline, [seen], max(until, before.timeline.spans[-1].end)) if seen else before.timeline
            return _Kept(before.rests_on, longer, live.until or before.seen if live is not None else before.seen)
        self.version += 1
        sources: list[Sequence[Span]] = [polls.of(name) for polls in others]
        if live is not None:
            sources.insert(0, live.of(name, until=until))
        if facts.instance:
            sources.append(_instance_past(facts, compute, changes, runs, log_start, taken_at))
        else:
            told = self._past.machines(place.id, name, facts.low_priority)
            sources += [with_booting(spans, runs, compute) for spans in told]
        deleted = _deleted(changes) if compute is None else None
        if compute is not None and _never_was(compute):
            deleted = facts.created or start  # its creation failed: it has neither machine nor disk
        spans = merged(sources, start, until, facts.created, deleted)
        if compute is None and not any(span.machines for span in spans):
            return None  # gone before, and it cost nothing since: nobody misses it
        return _Kept(rests_on, _timeline(facts, spans, deleted), live.until or until if live is not None else until)


def _instance_past(
    facts: Facts, compute: Compute | None, changes: Sequence[LogChange], runs: Sequence[Run], log_start: datetime, taken_at: datetime
) -> tuple[Span, ...]:
    last = last_change(compute) if compute is not None else None
    return from_events(
        [*changes_of(changes), *([last] if last is not None else [])],
        runs,
        log_start=log_start,
        now=taken_at,
        up=_up(compute) if compute is not None else None,
        created=facts.created,
        idle_shutdown=durations.parse(compute.idle_shutdown) if compute is not None else None,
    )


def _up(compute: Compute) -> bool | None:
    """Whether an instance's VM is billed now; None where that is not known."""
    return None if compute.billed_nodes is None else compute.billed_nodes > 0


def _never_was(compute: Compute) -> bool:
    """Whether it has no machine, and never had one since it was asked for."""
    return not compute.billed_nodes and (compute.state == "CreateFailed" or (not compute.state and compute.provisioning_state == "Failed"))


def _timeline(facts: Facts, spans: tuple[Span, ...], deleted: datetime | None) -> Timeline:
    return Timeline(
        compute_id=facts.compute_id,
        name=facts.name,
        vm_size=facts.vm_size,
        region=facts.region,
        low_priority=facts.low_priority,
        instance=facts.instance,
        owner_id=facts.owner_id,
        created=facts.created,
        deleted=deleted,
        most=facts.most,
        public_ip=facts.public_ip,
        spans=spans,
    )


def _deleted(changes: Sequence[LogChange]) -> datetime | None:
    return max((each.change.at for each in changes if each.change.deed is Deed.DELETE), default=None)


def _day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _same(these: Sequence[object], those: Sequence[object]) -> bool:
    return len(these) == len(those) and all(one is other or one == other for one, other in zip(these, those, strict=True))
