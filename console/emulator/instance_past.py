"""How a compute instance was started and stopped before the epoch, made up when somebody asks, to fit its jobs and the state it is in.

Its owner starts it in the morning and stops it in the evening. Where it has an idle shutdown or a schedule that stops it, these
stop it now and then instead; without either, its owner sometimes leaves it running over night.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from console.emulator.durations import seconds_of
from console.emulator.estate import Compute, Estate, Run, Stay
from console.emulator.history import DAYS, past_runs

# How long before an instance runs its start was asked for, and how long before it is stopped its stop: as its last operation tells.
STARTED_BEFORE = timedelta(seconds=285)
STOPPED_BEFORE = timedelta(seconds=205)
_PAUSE = timedelta(minutes=15)
_DAY = timedelta(days=1)


def remember_state(estate: Estate, compute: Compute) -> None:
    """Keep what an instance is at the epoch: whatever becomes of it, and whenever somebody asks, its past stays the same."""
    if compute.state is None:
        return
    compute.states = [(estate.epoch, compute.state, compute.properties["vmSize"])]
    compute.at_epoch = replace(compute)


def past_stays(estate: Estate, compute: Compute) -> tuple[Stay, ...]:
    """When the instance ran before the epoch, the earliest stay first; the same ones every time."""
    key, then = compute.life, compute.at_epoch
    if key not in estate.past_stays:
        estate.past_stays[key] = () if then is None or then.state == "CreateFailed" else tuple(_made_up(estate, then))
    return estate.past_stays[key]


def explicit_from(estate: Estate, compute: Compute) -> date:
    """The first day (UTC) of which every stay is known; before it there are only daily hours. Of a copy only its last stay is known."""
    if compute.copied:
        stays = past_stays(estate, compute)
        return stays[-1].start.date() if stays else estate.epoch.date()
    return (estate.epoch - timedelta(days=DAYS)).date()


def _made_up(estate: Estate, compute: Compute) -> list[Stay]:
    rng = Random(f"{estate.seed} {compute.id} stays")
    runs = [] if compute.copied else past_runs(estate, compute)
    last = _last(estate, compute, rng, runs)
    if compute.copied:
        return [last]
    earlier: list[Stay] = []
    for stay in _earlier(estate, compute, rng, runs, last.start):
        if earlier and stay.start <= (earlier[-1].end or stay.start) + _PAUSE:
            before = earlier.pop()
            stay = Stay(before.start, max(before.end or stay.start, stay.end or stay.start), stay.stopped_by, before.made)
        earlier.append(stay)
    return [*earlier, last]


def _last(estate: Estate, compute: Compute, rng: Random, runs: list[Run]) -> Stay:
    """The stay that goes on at the epoch, or the one before the instance was stopped for the last time."""
    since, operation = compute.state_since or compute.created_at, compute.last_operation
    if compute.state != "Stopped":
        made = operation is None or operation.name == "Create"
        start = compute.created_at if made else since - STARTED_BEFORE
        return Stay(max(start, compute.created_at), None, "", made or start <= compute.created_at)
    start = since - timedelta(hours=rng.uniform(3, 9))
    that_day = [run.started for run in runs if run.started is not None and since - _DAY / 2 < run.started < since]
    start = min([start, *(moment - _PAUSE for moment in that_day)])
    made = start <= compute.created_at
    return Stay(max(start, compute.created_at), since, operation.trigger if operation is not None else "User", made)


def _earlier(estate: Estate, compute: Compute, rng: Random, runs: list[Run], until: datetime) -> Iterator[Stay]:
    """Stays that end before `until`, in the order of their days."""
    by_day: dict[date, list[Run]] = {}
    for run in runs:
        if run.started is not None and run.ended is not None and run.started < until - 2 * _PAUSE:
            by_day.setdefault(run.started.date(), []).append(run)
    latest = until - _PAUSE
    day = max((estate.epoch - timedelta(days=DAYS)).date(), compute.created_at.date())
    quiet = estate.epoch - timedelta(days=compute.habit.quiet_days if compute.habit is not None else 0)
    while datetime.combine(day, datetime.min.time(), estate.epoch.tzinfo) < latest:
        midnight = datetime.combine(day, datetime.min.time(), estate.epoch.tzinfo)
        used = _used(compute, rng, by_day.get(day, []), midnight, midnight < quiet)
        if used is not None and used[0] < latest:
            start, end, by = used[0], *_stopped(compute, rng, used[1])
            yield Stay(start, min(end, latest), by if end <= latest else "User", made=start <= compute.created_at)
        day += _DAY


def _used(compute: Compute, rng: Random, runs: list[Run], midnight: datetime, active: bool) -> tuple[datetime, datetime] | None:
    """From when to when somebody worked on it that day: while its jobs ran, on other working days now and then."""
    before, after, chance, length = rng.uniform(5, 40), rng.uniform(10, 90), rng.random(), rng.uniform(2, 6)
    made = compute.created_at if midnight <= compute.created_at < midnight + _DAY else None
    if runs:
        starts, ends = [run.started for run in runs if run.started], [run.ended for run in runs if run.ended]
        start, end = min(starts) - timedelta(minutes=before), max(ends) + timedelta(minutes=after)
    elif made is not None or (active and midnight.weekday() < 5 and chance < 0.15):
        start = made or midnight + timedelta(hours=8, minutes=after)
        end = start + timedelta(hours=length)
    else:
        return None
    return (made or start, max(end, (made or start) + _PAUSE))


def _stopped(compute: Compute, rng: Random, used: datetime) -> tuple[datetime, str]:
    """When it was stopped after a day's work, and by what."""
    later, chance = rng.uniform(6, 45), rng.random()
    idle = compute.properties.get("idleTimeBeforeShutdown")
    schedules = (compute.properties.get("schedules") or {}).get("computeStartStop") or ()
    if idle is not None and not compute.never_idle:
        if chance < 0.5:
            return used + timedelta(seconds=seconds_of(idle)), "IdleShutdown"
    elif schedules:
        evening = used.replace(hour=19, minute=2)
        if chance < 0.5 and used < evening and used.weekday() < 5:
            return evening, "Schedule"
    elif chance < 0.6 and used.weekday() < 4:
        # Over night: into the next working day, whose stay follows on.
        return (used + _DAY).replace(hour=9, minute=int(later)), "User"
    return used + timedelta(minutes=later), "User"
