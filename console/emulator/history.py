"""The past of a compute: jobs that ran before the epoch and how its nodes stood, made up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from console.emulator.autoscaler import FAILURES, NODE_STATES, make_run
from console.emulator.durations import seconds_of
from console.emulator.estate import Compute, Estate, Run

DAYS = 93
# A live cluster's pace is for a demo to move; its past was calmer.
MOST_RUNS_PER_DAY = 12.0
COLD_START = timedelta(minutes=4)
Counts = tuple[int, ...]
Point = tuple[datetime, Counts]


def remember(compute: Compute) -> None:
    """Keep of a cluster what its past is made up from: whatever becomes of it, and whenever somebody asks, its past stays the same."""
    if compute.allocation_state is not None:
        compute.past_scale = compute.properties["scaleSettings"]
        compute.past_unusable = tuple(node.since for node in compute.nodes if node.state == "unusable")


def past_runs(estate: Estate, compute: Compute) -> list[Run]:
    """Jobs of the compute that had ended by the epoch, oldest first; the same list every time."""
    key = compute.life
    if key not in estate.past:
        estate.past[key] = _made_up(estate, compute)
    return estate.past[key]


def _made_up(estate: Estate, compute: Compute) -> list[Run]:
    habit = compute.habit
    if habit is None:
        return []
    rng = Random(f"{estate.seed} {compute.id} past")
    moment = max(estate.epoch - timedelta(days=DAYS), compute.created_at)
    last = min(habit.until, estate.epoch) - timedelta(days=habit.quiet_days)
    most = int(compute.past_scale["maxNodeCount"]) if compute.past_scale is not None else 1
    free = [moment] * most
    runs: list[Run] = []
    while True:
        moment += timedelta(days=rng.expovariate(min(habit.runs_per_day, MOST_RUNS_PER_DAY)))
        moment = _in_office(moment, rng) if compute.kind == "ComputeInstance" else moment
        run = make_run(compute, rng, moment)
        minutes = rng.uniform(*habit.minutes)
        free.sort()
        # Nodes that have been free for long are gone: a new one takes its time.
        started = max(moment, free[run.nodes - 1] + timedelta(seconds=20), moment + COLD_START * (free[run.nodes - 1] < moment))
        ended = started + timedelta(minutes=minutes)
        if ended >= last:
            break
        free[: run.nodes] = [ended] * run.nodes
        runs.append(_ended(run, rng, habit.failing, started, ended))
    if habit.burst is not None:
        runs.append(_burst(estate, compute, rng, *habit.burst))
    return sorted(runs, key=lambda run: run.created)


def _in_office(moment: datetime, rng: Random) -> datetime:
    """Notebooks are used by day, on week days."""
    day = moment + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[moment.weekday()])
    return day.replace(hour=rng.randrange(8, 17))


def _ended(run: Run, rng: Random, failing: float, started: datetime, ended: datetime) -> Run:
    run.started, run.ended = started, ended
    run.minutes = (ended - started).total_seconds() / 60
    run.status = "Failed" if rng.random() < failing else "Completed"
    run.error = rng.choice(FAILURES) if run.status == "Failed" else None
    return run


def _burst(estate: Estate, compute: Compute, rng: Random, days_ago: float, hours: int) -> Run:
    """One day at full size, which the bill will show: from midnight (UTC) on, so that it is all on one day of the bill."""
    day = estate.epoch - timedelta(days=days_ago)
    run = make_run(compute, rng, day.replace(hour=0, minute=10, second=0, microsecond=0))
    run.nodes = int((compute.past_scale or {})["maxNodeCount"])
    return _ended(run, rng, 0.0, run.created + COLD_START, run.created + COLD_START + timedelta(hours=hours))


def runs_on(estate: Estate, compute: Compute) -> list[Run]:
    """Every job of the compute, ended or not, newest first."""
    key = compute.id.lower()
    present = [run for run in estate.runs.values() if run.compute == key]
    return sorted([*past_runs(estate, compute), *present], key=lambda run: (run.created, run.id), reverse=True)


def node_counts(estate: Estate, compute: Compute) -> list[Point]:
    """How many nodes were in each state (in the order of NODE_STATES) from when on: before the epoch as its jobs had it, then as lived."""
    key = compute.life
    if key not in estate.past_counts:
        estate.past_counts[key] = _before(estate, compute)
    return [*estate.past_counts[key], *compute.counts]


def _before(estate: Estate, compute: Compute) -> list[Point]:
    scale = compute.past_scale
    if scale is None:
        return [(compute.created_at, _counts(0, 0, 0))]
    patience = timedelta(seconds=seconds_of(scale.get("nodeIdleTimeBeforeScaleDown", "PT2M")))
    key = compute.id.lower()
    begun = [run for run in estate.runs.values() if run.compute == key and run.started is not None and run.started < estate.epoch]
    changes: list[tuple[datetime, int, int]] = []
    for run in [*past_runs(estate, compute), *begun]:
        if run.started is None:
            continue
        ended = min(run.ended or estate.epoch, estate.epoch)
        changes.append((run.started, run.nodes, 0))
        changes.append((ended, -run.nodes, run.nodes))
        changes.append((min(ended + patience, estate.epoch), 0, -run.nodes))
    return list(_swept(compute, scale, estate.epoch, sorted(changes)))


def _swept(compute: Compute, scale: dict[str, Any], epoch: datetime, changes: Iterable[tuple[datetime, int, int]]) -> Iterable[Point]:
    """Add the changes up: nodes that run, and nodes that rest after a run, up to the cluster's size and down to its minimum."""
    least, most = int(scale.get("minNodeCount", 0)), int(scale["maxNodeCount"])
    running, resting = 0, 0
    standing = max(compute.created_at, epoch - timedelta(days=DAYS))
    yield standing, _counts(0, least, 0)
    for moment, more_running, more_resting in changes:
        running += more_running
        resting += more_resting
        idle = max(least - running, min(resting, most - running), 0)
        yield moment, _counts(min(running, most), idle, sum(since <= moment for since in compute.past_unusable))


def _counts(running: int, idle: int, unusable: int) -> Counts:
    states = dict.fromkeys(NODE_STATES, 0) | {"running": running, "idle": idle, "unusable": unusable}
    return tuple(states.values())
