"""Alive: what burns now and what is estimated of the days that no bill tells of yet, under the keys of a dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from console.domain import scopes
from console.domain.billing import showback
from console.domain.billing.attribution import Piece, Use
from console.domain.billing.burning import hour_as_now, running
from console.domain.billing.compared import MACHINES
from console.domain.billing.estimate import FIXED, USD, Estimate, Prices, estimate
from console.domain.billing.lines import REST, Dimension, Live, Words
from console.domain.billing.showback import Share
from console.domain.billing.usage import Timeline
from console.domain.compute import Compute, Kind, Run
from console.domain.cost import PER_HOUR
from console.domain.figures import Figure, total
from console.turns import Turn

COMPUTES = "/computes/"
_DAY = timedelta(days=1)
#: What sums pieces up for each attributed dimension.
SHARED: Mapping[Dimension, Callable[[Iterable[Piece]], tuple[Share, ...]]] = {
    Dimension.USER: showback.by_user,
    Dimension.JOB: showback.by_job,
    Dimension.EXPERIMENT: showback.by_experiment,
}
#: What is nobody's, where its use has other words than a line needs.
NOBODYS = {Use.OWNER: "instances, whoever has them"}
#: Titles of runs that a note names; the rest are counted.
MOST_TITLES = 3
Rate = Callable[[Compute], Figure | None]
RunsOn = Callable[[str], Sequence[Run]]


def key_of(dimension: Dimension, compute_id: str, values: Mapping[str, str]) -> str:
    """Under which key of a dimension a compute is; `values` are those of the tag, by its id in lower case."""
    key = scopes.key(compute_id)
    if dimension is Dimension.WORKSPACE:
        return key.split(COMPUTES, 1)[0]
    return values.get(key, REST) if dimension is Dimension.TAG else key


async def by_compute(
    dimension: Dimension,
    values: Mapping[str, str],
    computes: Sequence[Compute],
    rate: Rate,
    runs_on: RunsOn,
    timelines: Sequence[Timeline],
    prices: Prices,
    times: tuple[datetime, datetime] | None,
    *,
    compared: bool,
) -> dict[str, Live]:
    """What computes burn, and their estimates over `times` (UTC; None: none is needed), under the dimension's keys.

    `values` are those of the tag that lines may be told apart by, by compute id in lower case. With `compared` the same time a day before
    is estimated as well. Meters have no burn of their own.
    """

    def key(compute_id: str) -> str:
        return key_of(dimension, compute_id, values)

    rates: dict[str, list[Figure]] = {}
    people: dict[str, list[str]] = {}
    for compute in computes if dimension is not Dimension.METER else ():
        burnt = rate(compute)
        if burnt is not None:
            rates.setdefault(key(compute.id), []).append(burnt)
        if dimension in {Dimension.COMPUTE, Dimension.RESOURCE}:
            people.setdefault(key(compute.id), []).extend(people_of(compute, runs_on))
    found = await _estimated(dimension, key, timelines, prices, times)
    before = await _estimated(dimension, key, timelines, prices, (times[0] - _DAY, times[1] - _DAY)) if compared and times else {}
    return {
        each: Live(
            now=total(rates[each], PER_HOUR, rates[each][0].source) if each in rates else None,
            estimated=found.get(each),
            before=before.get(each),
            people=tuple(dict.fromkeys(people.get(each, ()))),
        )
        for each in dict.fromkeys((*rates, *found, *before))
    }


async def _estimated(
    dimension: Dimension, key: Callable[[str], str], timelines: Sequence[Timeline], prices: Prices, times: tuple[datetime, datetime] | None
) -> dict[str, Figure]:
    """The estimates over a time, summed up by key; what never was within it is left out."""
    if times is None:
        return {}
    parts: dict[str, list[Figure]] = {}
    turn = Turn()
    for timeline in timelines:
        made = estimate((timeline,), prices, *times)
        for name, figure in _parts(dimension, key(timeline.compute_id), made):
            if figure.value or not figure.known or figure.missing:
                parts.setdefault(name, []).append(figure)
        if turn.over:
            await turn.give()
    return {name: _summed(own) for name, own in parts.items()}


def _parts(dimension: Dimension, key: str, made: Estimate) -> Iterable[tuple[str, Figure]]:
    if dimension is Dimension.METER:
        return (MACHINES, made.machines), (FIXED, made.fixed)
    return ((key, made.total),)


def _summed(parts: Sequence[Figure]) -> Figure:
    """The sum with all that is missing in its parts."""
    whole = total(list(parts), USD, parts[0].source)
    missing = sum(max(each.missing, 0 if each.known else 1) for each in parts)
    return Figure(whole.value, whole.unit, whole.source, whole.confidence, whole.as_of, missing)


def by_share(dimension: Dimension, computes: Sequence[Compute], rate: Rate, runs_on: RunsOn, pieces: Iterable[Piece]) -> dict[str, Live]:
    """Who and what machines run for now, and ran for over a time, by an attributed dimension; what is nobody's under its use's words."""
    summed, kept = SHARED[dimension], list(pieces)
    hour = hour_as_now(computes, rate, runs_on)
    now = {_key(share): share for share in summed(hour)}
    then = {_key(share): share for share in summed(kept)}
    about: dict[str, list[Piece]] = {}
    for piece in (*hour, *kept):
        about.setdefault(_part_of(dimension, piece), []).append(piece)
    found: dict[str, Live] = {}
    for key, share in {**now, **then}.items():
        burnt, cost, own = now.get(key), then.get(key), about.get(key, []) if share.key else []
        found[key] = Live(
            now=_hourly(burnt.cost) if burnt is not None else None,
            estimated=cost.cost if cost is not None else None,
            people=tuple(dict.fromkeys(piece.user for piece in own if piece.user)),
            words=_words(dimension, share, own),
        )
    return found


def _part_of(dimension: Dimension, piece: Piece) -> str:
    return {Dimension.USER: piece.user, Dimension.JOB: piece.run_id, Dimension.EXPERIMENT: piece.experiment}[dimension]


def _words(dimension: Dimension, share: Share, own: Sequence[Piece]) -> Words:
    """What a line of run history is called: of an experiment that tells no name, what ran in it is noted; of a job its id."""
    if not share.key:
        return Words(NOBODYS.get(share.use, str(share.use)), "", "nobody's: not shared out")
    if dimension is Dimension.JOB:
        return Words(share.label, dimension, share.key)
    titles = list(dict.fromkeys(piece.run_title for piece in own if piece.run_title))
    more = f" and {len(titles) - MOST_TITLES} more" if len(titles) > MOST_TITLES else ""
    return Words(share.label, dimension, ", ".join(titles[:MOST_TITLES]) + more)


def people_of(compute: Compute, runs_on: RunsOn) -> list[str]:
    """Whose a compute is: an instance its owner's, a cluster those whose runs are under way on it; ids where they are told, else names."""
    if compute.kind is Kind.INSTANCE:
        return [each for each in (compute.owner_id or compute.created_by,) if each]
    return [who for run in running(runs_on(compute.id)) if (who := run.user_id or run.user)]


def _key(share: Share) -> str:
    return share.key or str(share.use)


def _hourly(cost: Figure) -> Figure:
    return Figure(cost.value, PER_HOUR, cost.source, cost.confidence, cost.as_of, cost.missing)
