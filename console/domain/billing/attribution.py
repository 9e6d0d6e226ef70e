"""Attribution: for whom and for what machines ran, from run history; what no run used stays apart and is smeared over nobody.

A run has its nodes for as long as it ran, at its compute's price: ≈, as run history tells no machines. Pieces sum to the estimate of the
same time exactly (`estimate.estimate`), as both count the same ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain.billing import fixed_costs
from console.domain.billing.estimate import BY_LIST, FIXED, USD, Prices, fixed_rate, price_of
from console.domain.billing.machine_hours import Hours, hours, hours_between, ticks_at
from console.domain.billing.usage import Timeline
from console.domain.compute import Run
from console.domain.figures import Confidence, Figure, total


class Use(StrEnum):
    """What machines were there for. Each but RUN and OWNER is one line of its own, in these words."""

    RUN = "run"
    OWNER = "≈ owner"
    IDLE = "idle and booting"
    FIXED = "disks, public IPs, load balancers"
    UNKNOWN = "not known"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Machine-hours of one compute for one use, and their cost in USD. Of UNKNOWN the hours are the clock's, and the cost is unknown.

    `user` is an object id where one is told, else a name; of a run and of an instance's owner. `user_name` is what run history calls them.
    """

    compute_id: str
    use: Use
    hours: Decimal
    cost: Figure
    user: str = ""
    user_name: str = ""
    run_id: str = ""
    run_title: str = ""
    experiment: str = ""


class Share(msgspec.Struct, frozen=True):
    """A line: whose or what (`key`: a user, job, experiment or compute; "" of the other uses), in words, its machine-hours and cost."""

    use: Use
    key: str
    label: str
    hours: Decimal
    cost: Figure


def attribute(
    timelines: Iterable[Timeline], runs: Mapping[str, Sequence[Run]], prices: Prices, start: datetime, end: datetime
) -> tuple[Piece, ...]:
    """All that computes had from `start` to `end` (UTC), in pieces; `runs` by the id of the compute.

    Within a span a run takes its nodes (one where none is told) × the time that it ran; where runs would take more than there was (means,
    parents that only wait for children), each takes its part. The rest is idle and booting. An instance's machine is its owner's, whatever
    runs on it. Hours of a price that is not known have an unknown cost.
    """
    found: list[Piece] = []
    for timeline in timelines:
        price = price_of(timeline, prices).value
        part = hours_between(timeline, (start, end))[0]
        if timeline.instance:
            found += _owned(timeline, part, price)
        else:
            found += _run(timeline, runs.get(timeline.compute_id, ()), part, price, start, end)
        fixed = _fixed(timeline, part)
        if fixed:
            cost = Figure(fixed, USD, FIXED, Confidence.ESTIMATED, end)
            found.append(Piece(compute_id=timeline.compute_id, use=Use.FIXED, hours=Decimal(0), cost=cost))
        if part.unknown:
            cost = Figure(None, USD, "its machines are not known", Confidence.UNKNOWN)
            found.append(Piece(compute_id=timeline.compute_id, use=Use.UNKNOWN, hours=hours(part.unknown), cost=cost))
    return tuple(found)


def by_user(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each user, runs and instances together, the dearest first; then the other uses."""
    return _shares(pieces, lambda piece: (piece.user, piece.user_name))


def by_job(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each run, the dearest first; then the other uses. All instances are one line."""
    return _shares(pieces, lambda piece: (piece.run_id, piece.run_title or piece.run_id))


def by_experiment(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each experiment, the dearest first; then the other uses. All instances are one line."""
    return _shares(pieces, lambda piece: (piece.experiment, piece.experiment))


def by_compute(pieces: Iterable[Piece]) -> tuple[Share, ...]:
    """A line for each compute with all that it cost, the dearest first; what is not known of it is missing in its cost."""
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.compute_id, []).append(piece)
    return _sorted(_share(Use.RUN, key, key.rsplit("/", 1)[-1], own) for key, own in groups.items())


def _owned(timeline: Timeline, part: Hours, price: Decimal | None) -> list[Piece]:
    if not part.machines:
        return []
    cost = _cost(part.machines, price)
    return [Piece(compute_id=timeline.compute_id, use=Use.OWNER, hours=hours(part.machines), cost=cost, user=timeline.owner_id)]


def _run(timeline: Timeline, runs: Sequence[Run], part: Hours, price: Decimal | None, start: datetime, end: datetime) -> list[Piece]:
    taken = _taken(timeline, runs, start, end)
    found = [
        Piece(
            compute_id=timeline.compute_id,
            use=Use.RUN,
            hours=hours(ticks),
            cost=_cost(ticks, price),
            user=run.user_id or run.user,
            user_name=run.user,
            run_id=run.id,
            run_title=run.title,
            experiment=run.experiment,
        )
        for run, ticks in zip(runs, taken, strict=True)
        if ticks
    ]
    rest = part.machines - sum(taken)
    if rest:
        found.append(Piece(compute_id=timeline.compute_id, use=Use.IDLE, hours=hours(rest), cost=_cost(rest, price)))
    return found


def _taken(timeline: Timeline, runs: Sequence[Run], start: datetime, end: datetime) -> list[int]:
    """The machine ticks that each run takes of the timeline between two moments."""
    taken, account = [0] * len(runs), timeline.account
    first, last = ticks_at(start), ticks_at(end)
    waiting = sorted(
        (
            (max(first, ticks_at(run.started)), min(last, _ended(run, last)), index, max(run.nodes or 1, 1))
            for index, run in enumerate(runs)
            if run.started is not None
        ),
        reverse=True,
    )
    active: list[tuple[int, int, int, int]] = []
    for span in timeline.spans:
        begin, until = max(first, ticks_at(span.start)), min(last, ticks_at(span.end))
        if begin >= until:
            continue
        while waiting and waiting[-1][0] < until:
            active.append(waiting.pop())
        active = [run for run in active if run[1] > begin]
        if not active or not span.machines:
            continue
        there = account.up_to(until)[0] - account.up_to(begin)[0]
        wanted = [(min(until, stop) - max(begin, started)) * nodes for started, stop, _, nodes in active]
        for (_, _, index, _), ticks in zip(active, _granted(wanted, there), strict=True):
            taken[index] += ticks
    return taken


def _granted(wanted: Sequence[int], there: int) -> list[int]:
    """What is wanted, or where that is more than there is, of this each one's part; whole ticks that never sum to more."""
    whole = sum(wanted)
    return list(wanted) if whole <= there else [ticks * there // whole for ticks in wanted]


def _ended(run: Run, last: int) -> int:
    """When it ended; an active one runs on, one that is over without an end is known for no time."""
    if run.ended is not None:
        return ticks_at(run.ended)
    return last if run.active else 0


def _fixed(timeline: Timeline, part: Hours) -> Decimal:
    return hours(part.existed) * fixed_rate(timeline) + (0 if timeline.instance else hours(part.balancers) * fixed_costs.LOAD_BALANCER)


def _cost(ticks: int, price: Decimal | None) -> Figure:
    if price is None:
        return Figure(None, USD, "its price is not known", Confidence.UNKNOWN)
    return Figure(hours(ticks) * price, USD, BY_LIST, Confidence.ESTIMATED)


def _shares(pieces: Iterable[Piece], named: Callable[[Piece], tuple[str, str]]) -> tuple[Share, ...]:
    """Pieces of runs and owners by their key; one line for each other use, and for instances where the key is none of theirs."""
    groups: dict[tuple[Use, str], tuple[str, list[Piece]]] = {}
    for piece in pieces:
        key, label = named(piece) if piece.use in {Use.RUN, Use.OWNER} else ("", "")
        use = Use.RUN if key else piece.use
        known, own = groups.setdefault((use, key), (label, []))
        own.append(piece)
        if not known and label:
            groups[use, key] = label, own
    lines = [_share(_use(use, own), key, label or key, own) for (use, key), (label, own) in groups.items()]
    return (
        *_sorted(line for line in lines if line.key),
        *sorted((line for line in lines if not line.key), key=lambda line: list(Use).index(line.use)),
    )


def _use(use: Use, own: Sequence[Piece]) -> Use:
    """A line that rests on ownership alone says so."""
    return Use.OWNER if all(piece.use is Use.OWNER for piece in own) else use


def _share(use: Use, key: str, label: str, own: list[Piece]) -> Share:
    counted = sum((piece.hours for piece in own if use is Use.UNKNOWN or piece.use is not Use.UNKNOWN), Decimal(0))
    cost = total([piece.cost for piece in own], USD, own[0].cost.source)
    return Share(use, key, label, counted, cost)


def _sorted(lines: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(lines, key=lambda line: (line.cost.value is None, -(line.cost.value or 0), line.label)))
