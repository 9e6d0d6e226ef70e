"""Burning: for whom and for what computes burn at this moment, by their owners and by the runs that are under way on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from console.domain.billing.attribution import Piece, Use
from console.domain.billing.estimate import USD
from console.domain.compute import Compute, Kind, Run
from console.domain.figures import Figure

_ONE = Decimal(1)


def hour_as_now(
    computes: Iterable[Compute], rate: Callable[[Compute], Figure | None], runs_on: Callable[[str], Sequence[Run]]
) -> tuple[Piece, ...]:
    """An hour in which all is as it is now, in pieces: `showback` sums them up, and each cost is what is burnt in USD/h.

    `rate` is what a compute burns (None: nothing through its workspace). A run that has started takes its nodes, or where runs would take
    more than there are, its part; the rest is idle and booting. An instance is its owner's.
    """
    found: list[Piece] = []
    for compute in computes:
        burnt, count = rate(compute), compute.billed_nodes
        if burnt is None or count == 0:
            continue
        if burnt.value is None or count is None:
            found.append(Piece(compute_id=compute.id, use=Use.UNKNOWN, hours=_ONE, cost=_cost(burnt, None)))
        elif compute.kind is Kind.INSTANCE:
            owner = compute.owner_id or compute.created_by
            found.append(Piece(compute_id=compute.id, use=Use.OWNER, hours=Decimal(count), cost=_cost(burnt, burnt.value), user=owner))
        else:
            found += _of_runs(compute, burnt, burnt.value, Decimal(count), running(runs_on(compute.id)))
    return tuple(found)


def running(runs: Iterable[Run]) -> list[Run]:
    """Those that have started and are not over."""
    return [run for run in runs if run.active and run.started is not None]


def _of_runs(compute: Compute, burnt: Figure, value: Decimal, count: Decimal, runs: Sequence[Run]) -> list[Piece]:
    wanted = [Decimal(max(run.nodes or 1, 1)) for run in runs]
    whole = sum(wanted, Decimal(0))
    share = count / whole if whole > count else _ONE
    taken = [nodes * share for nodes in wanted]
    found = [
        Piece(
            compute_id=compute.id,
            use=Use.RUN,
            hours=nodes,
            cost=_cost(burnt, value * nodes / count),
            user=run.user_id or run.user,
            user_name=run.user,
            run_id=run.id,
            run_title=run.title,
            experiment=run.experiment,
        )
        for run, nodes in zip(runs, taken, strict=True)
    ]
    rest = count - sum(taken, Decimal(0))
    if rest > 0:
        found.append(Piece(compute_id=compute.id, use=Use.IDLE, hours=rest, cost=_cost(burnt, value * rest / count)))
    return found


def _cost(burnt: Figure, value: Decimal | None) -> Figure:
    """In USD, as pieces are; of an hour that is the same number as USD/h."""
    return Figure(value, USD, burnt.source, burnt.confidence, burnt.as_of)
