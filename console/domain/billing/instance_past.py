"""An instance's past: when it was up, from the changes that Azure recorded, its runs, and the state that it is in now.

A stop or start may be in no record (a schedule, an idle shutdown), so that two records are read together: what was so after the one and
before the next. Where they contradict each other something is missing between them, and only runs tell how far the one state reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from console.domain.billing.usage import Span
from console.domain.compute import Compute, Run
from console.domain.figures import Confidence

LOG, RUNS = "activity log", "run history"
#: Two records of one deed (the log's, and `lastOperation` or `createdOn`) lie no further apart: a start takes minutes.
SAME_DEED = timedelta(minutes=15)


class Deed(StrEnum):
    """What was done to an instance. CREATE stands for the first PUT only; a later one is no change of state."""

    CREATE = "create"
    START = "start"
    RESTART = "restart"
    STOP = "stop"
    DELETE = "delete"


class Change(msgspec.Struct, frozen=True, order=True):
    """A deed that succeeded, and when (UTC): a start when it began, a stop when it ended, as an instance on its way is billed."""

    at: datetime
    deed: Deed


#: Whether an instance is up after a deed, and what it was before: a start needs a stopped one
#: (409 StartComputeInstanceOnlyAllowedInStoppedState), a stop and a restart one that is up; a delete takes either.
_AFTER = {Deed.CREATE: True, Deed.START: True, Deed.RESTART: True, Deed.STOP: False, Deed.DELETE: False}
_BEFORE = {Deed.CREATE: False, Deed.START: False, Deed.RESTART: True, Deed.STOP: True, Deed.DELETE: None}
_LAST = {"Create": Deed.CREATE, "Start": Deed.START, "Restart": Deed.RESTART, "Stop": Deed.STOP}


def last_change(compute: Compute) -> Change | None:
    """What `lastOperation` tells: also a schedule's or an idle shutdown's deed, which the log may lack. None where it tells none."""
    last = compute.last_operation
    deed = _LAST.get(last.name) if last is not None else None
    return Change(last.time, deed) if last is not None and last.time is not None and deed and last.status == "Succeeded" else None


def from_events(
    changes: Iterable[Change],
    runs: Iterable[Run],
    *,
    log_start: datetime,
    now: datetime,
    up: bool | None,
    created: datetime | None = None,
    idle_shutdown: timedelta | None = None,
) -> tuple[Span, ...]:
    """Reconstructed spans of an instance from `log_start`, from when on every recorded change is in `changes`, to `now` (UTC).

    `changes` may hold `last_change` and older ones; of those only the newest counts, where nothing came after it. `up` is whether it is up
    now. Between two records, by the state after the first and before the second:

    - the same: it lasted; a run that began while it was thought stopped disproves that, and then only runs are known
    - up, then stopped: a stop is missing; up until the last run ended, and for the idle shutdown if there is one; not known after
    - stopped, then up: a start is missing; up since the first run that began; not known before
    - not known, then one: that one since the first record; it had no cause to change
    - up, then not known (a delete, a state without meaning): up, but with an idle shutdown only as where a stop is missing

    What is not known has no span. Before `created` there was no machine: an earlier instance of its name is another timeline's.
    """
    ordered = _true_changes(sorted(changes), created, log_start)
    begin = min([log_start, *(change.at for change in ordered)])
    begun = sorted((start, end) for run in runs if (start := run.started) is not None and (end := _ended(run, now)) > start)
    found: list[Span] = []
    state: bool | None = None
    gone = bool(ordered) and ordered[0].deed is Deed.CREATE
    for change in ordered:
        if change.at >= now:
            break
        found += _between(begin, change.at, False if gone else state, _BEFORE[change.deed], [] if gone else begun, idle_shutdown)
        begin, state, gone = change.at, _AFTER[change.deed], change.deed is Deed.DELETE
    last = False if gone and up is None else up
    found += _between(begin, now, False if gone else state, last, [] if gone else begun, idle_shutdown)
    return tuple(found)


def _true_changes(changes: Sequence[Change], created: datetime | None, log_start: datetime) -> list[Change]:
    """Those of the instance as it is known, each once: none before it was made, and no second creation of what exists.

    Before the log begins others may lie between those that are told.
    """
    recent = [change for change in changes if change.at >= log_start]
    found = [Change(created, Deed.CREATE)] if created is not None and created >= log_start else []
    for change in recent or changes[-1:]:
        if created is not None and change.at < created:
            continue
        last = found[-1] if found else None
        existed = last.deed is not Deed.DELETE if last is not None else created is not None and change.at - created > SAME_DEED
        if change.deed is Deed.CREATE and existed:
            continue
        if last is not None and change.deed is last.deed and change.at - last.at <= SAME_DEED:
            if change.deed is Deed.STOP:
                found[-1] = change
            continue
        found.append(change)
    return found


def _ended(run: Run, now: datetime) -> datetime:
    """A run that is over without an end is known for no time."""
    if run.ended is not None:
        return min(run.ended, now)
    return now if run.active or run.started is None else run.started


def _between(
    begin: datetime,
    end: datetime,
    after: bool | None,
    before: bool | None,
    runs: Sequence[tuple[datetime, datetime]],
    idle_shutdown: timedelta | None,
) -> list[Span]:
    """What is known from one record to the next, of an instance that was so `after` the first and so `before` the second."""
    if begin >= end:
        return []
    # A run may outlive the record of the stop that ended it: of a stopped instance only one that began says that it was not.
    inside = [
        (max(start, begin), min(stop, end))
        for start, stop in runs
        if start < end and stop > begin and (after is not False or start >= begin)
    ]
    lasted = before or (after and before is None and idle_shutdown is None)
    if after is not False and lasted:
        return [_up(begin, end, LOG)]
    if after:
        until = min(end, max([begin, *(stop for _, stop in inside)]) + (idle_shutdown or timedelta(0)))
        return [_up(begin, until, RUNS if inside else LOG)] if until > begin else []
    if before:
        return [_up(inside[0][0], end, RUNS)] if inside else []
    if inside or (after is None and before is None):
        return [_up(start, stop, RUNS) for start, stop in _united(inside)]
    return [Span(begin, end, 0.0, 0.0, Confidence.RECONSTRUCTED, LOG)]


def _united(times: Sequence[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Times by their start, those that overlap as one."""
    last: tuple[datetime, datetime] | None = None
    for start, end in times:
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last


def _up(begin: datetime, end: datetime, source: str) -> Span:
    return Span(begin, end, 1.0, None, Confidence.RECONSTRUCTED, source)
