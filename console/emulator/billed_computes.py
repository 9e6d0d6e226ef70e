"""What computes use: machines by the hour, and what stays to be paid while they stand still.

All nodes of a cluster are paid except preempted ones; an instance is paid in every state except Stopped and CreateFailed. Before the days
of which the simulation knows every change there is a calmer past that gives each day its hours. That a compute pays under its own id,
not its workspace's, and that a workspace's tags count for its computes is inferred: Microsoft documents neither.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from operator import itemgetter

from console.emulator import meters
from console.emulator.autoscaler import NODE_STATES
from console.emulator.chance import chance, pattern
from console.emulator.estate import Compute, Estate, Stay
from console.emulator.history import DAYS, MOST_RUNS_PER_DAY, node_counts
from console.emulator.instance_past import explicit_from, past_stays
from console.emulator.payer import Use, hours, overlap, used

UNPAID = frozenset({"Stopped", "CreateFailed"})
_PREEMPTED = NODE_STATES.index("preempted")
Times = tuple[timedelta, timedelta]
_NOTHING = timedelta(0)
_NONE: Times = (_NOTHING, _NOTHING)
_DAY = timedelta(days=1)
Machines = Callable[[datetime, datetime], Iterator[tuple[str, timedelta]]]


def _paid(states: Sequence[int]) -> int:
    return sum(states) - states[_PREEMPTED]


def cluster_uses(estate: Estate, compute: Compute) -> Callable[[datetime, datetime, bool], Iterator[Use]]:
    """The nodes of a cluster and their load balancers."""
    size, low = str(compute.properties["vmSize"]), compute.properties.get("vmPriority") == "LowPriority"
    meter = meters.machine(size, compute.location, low)
    node_time = _node_time(estate, compute)

    def uses(start: datetime, end: datetime, _spread: bool) -> Iterator[Use]:
        nodes, balancers = node_time(start, end if compute.gone_at is None else min(end, compute.gone_at))
        yield from used(meter, hours(nodes))
        yield from used(meters.BALANCER, hours(balancers))

    return uses


def _weighed(length: timedelta, nodes: int) -> Times:
    """The time of so many nodes, and of their load balancers."""
    return length * nodes, length * -(-nodes // meters.NODES_PER_BALANCER)


def _added(left: Times, right: Times) -> Times:
    return left[0] + right[0], left[1] + right[1]


def _node_time(estate: Estate, compute: Compute) -> Callable[[datetime, datetime], Times]:
    """Of a cluster, between two moments of a day: the time of all its paid nodes added up, and of its load balancers."""
    epoch = estate.epoch
    exact = epoch.date() if compute.copied else (epoch - timedelta(days=DAYS)).date() + _DAY
    live = compute.counts
    before = [] if compute.copied or compute.created_at > epoch else node_counts(estate, compute)[: -len(live) or None]
    moments = [*(moment for moment, _ in before), epoch]
    paid = [_paid(states) for _, states in before]
    stretches = (_weighed(later - sooner, nodes) for (sooner, later), nodes in zip(pairwise(moments), paid, strict=True))
    sums = list(accumulate(stretches, _added, initial=_NONE))

    def until(moment: datetime) -> Times:
        """All the time up to a moment of the known past."""
        at = bisect_right(moments, moment) - 1
        if at < 0:
            return _NONE
        return _added(sums[at], _weighed(moment - moments[at], paid[at])) if at < len(paid) else sums[at]

    def lived(start: datetime, end: datetime) -> Times:
        """Since the epoch."""
        time = _NONE
        for index in range(max(0, bisect_right(live, start, key=itemgetter(0)) - 1), len(live)):
            moment, states = live[index]
            if moment >= end:
                break
            stretch = overlap(start, end, moment, live[index + 1][0] if index + 1 < len(live) else None)
            time = _added(time, _weighed(stretch, _paid(states)))
        return time

    def between(start: datetime, end: datetime) -> Times:
        time = lived(max(start, epoch), end) if epoch < end else _NONE
        finish = min(end, epoch)
        if start >= finish:
            return time
        if start.date() < exact or not before:
            return _added(time, _calm_time(estate, compute, start, finish))
        past, earlier = until(finish), until(start)
        return _added(time, (past[0] - earlier[0], past[1] - earlier[1]))

    return between


def _calm_time(estate: Estate, compute: Compute, start: datetime, end: datetime) -> Times:
    """A day of a cluster of which the simulation does not know every node: as its habit has it, in the mean."""
    scale, habit = compute.past_scale, compute.habit
    length = overlap(start, end, compute.created_at, None)
    if scale is None or not length:
        return _NONE
    nodes = 0.0
    if habit is not None and end <= habit.until - timedelta(days=habit.quiet_days):
        minutes = min(habit.runs_per_day, MOST_RUNS_PER_DAY) * (sum(habit.minutes) / 2 + 10) * sum(habit.nodes) / 2
        nodes = minutes / 1440 * _calmness(estate, compute, start.date())
    nodes = min(float(scale["maxNodeCount"]), max(float(scale.get("minNodeCount", 0)), round(nodes, 6)))
    return length * nodes, length * min(1.0, nodes)


def _calmness(estate: Estate, compute: Compute, day: date) -> float:
    """Use grew over the year; a day is busier or quieter than the mean."""
    age = min(1.0, max(0.0, (estate.epoch.date() - day).days / 400))
    return (1 - 0.45 * age) * pattern(estate.seed, compute.id, day, weekend=0.6, spread=0.45)


def instance_uses(estate: Estate, compute: Compute) -> Callable[[datetime, datetime, bool], Iterator[Use]]:
    """The machine of an instance while it runs; its disk, address and load balancer as long as it exists."""
    stays = past_stays(estate, compute)
    machines = _machine_time(estate, compute, stays)

    def uses(start: datetime, end: datetime, _spread: bool) -> Iterator[Use]:
        since, until = _there(compute, stays)
        until = end if until is None else min(end, until)
        there = overlap(start, until, since, None)
        if not there:
            return
        time: dict[str, timedelta] = {}
        for size, stretch in machines(start, until):
            time[size] = time.get(size, _NOTHING) + stretch
        for size, stretch in time.items():
            yield from used(meters.machine(size, compute.location), hours(stretch))
        for meter in (meters.DISK, meters.ADDRESS, meters.BALANCER):
            yield from used(meter, hours(there))

    return uses


def _there(compute: Compute, stays: Sequence[Stay]) -> tuple[datetime, datetime | None]:
    """From when on and until when an instance has something to pay for: never, where it could not be made."""
    failed = next((moment for moment, state, _ in compute.states if state == "CreateFailed"), None)
    begun = compute.created_at if stays else next((moment for moment, _, _ in compute.states), None)
    ends = [moment for moment in (failed, compute.gone_at) if moment is not None]
    if begun is None:
        return compute.created_at, compute.created_at
    return begun, min(ends, default=None)


def _machine_time(estate: Estate, compute: Compute, stays: Sequence[Stay]) -> Machines:
    """Between two moments of a day: how long the instance ran, in stretches with the size that it had."""
    states = compute.states
    then = states[0][2] if states else str(compute.properties["vmSize"])
    exact = explicit_from(estate, compute)

    def between(start: datetime, end: datetime) -> Iterator[tuple[str, timedelta]]:
        if stays and start < estate.epoch:
            finish = min(end, estate.epoch)
            if start.date() < min(exact, stays[-1].start.date()):
                yield then, _calm_hours(estate, compute, start, finish)
            else:
                for stay in stays:
                    yield then, overlap(start, finish, stay.start, stay.end)
        for index, (moment, state, size) in enumerate(states):
            if moment >= end:
                break
            if state not in UNPAID:
                yield size, overlap(start, end, moment, states[index + 1][0] if index + 1 < len(states) else None)

    return between


def _calm_hours(estate: Estate, compute: Compute, start: datetime, end: datetime) -> timedelta:
    """A day of an instance of which not every stay is known: some working days, for some hours in the morning and after."""
    day = start.date()
    morning = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    if day.weekday() >= 5 or chance(estate.seed, compute.id, day) > 0.55:
        return _NOTHING
    evening = morning + timedelta(minutes=int(180 + 360 * chance(estate.seed, compute.id, day, "hours")))
    return overlap(max(start, compute.created_at), end, morning, evening)
