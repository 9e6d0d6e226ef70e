"""Merging: one account of what a compute had, from several sources that each know a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import pairwise

import msgspec

from console.domain.billing.machine_hours import TICK, hours, hours_between
from console.domain.billing.usage import Span, Timeline
from console.domain.figures import Confidence

#: Sources of the spans that merging itself makes.
NO_SOURCE = "no source tells"
NOT_THERE = "did not exist"
_RANK = {confidence: rank for rank, confidence in enumerate(Confidence)}


class Coverage(msgspec.Struct, frozen=True):
    """How a time is known, in hours that sum to its length: a mean over computes. `gaps` is how many of these have unknown hours."""

    observed: float = 0.0
    reconstructed: float = 0.0
    unknown: float = 0.0
    gaps: int = 0

    @property
    def words(self) -> str:
        """The legend: `observed 14 h, reconstructed 10 h, unknown 0`."""
        gaps = f" ({self.gaps} {'compute' if self.gaps == 1 else 'computes'})" if self.gaps else ""
        return f"observed {_words(self.observed)}, reconstructed {_words(self.reconstructed)}, unknown {_words(self.unknown)}{gaps}"


def merged(
    sources: Iterable[Sequence[Span]],
    start: datetime,
    end: datetime,
    created: datetime | None = None,
    deleted: datetime | None = None,
) -> tuple[Span, ...]:
    """The spans of a compute from `start` to `end` (UTC): in order, without overlaps or gaps.

    Of overlapping spans the firmest confidence holds; of equals the one whose source was given first, so the finer one is given first.
    What no source knows is a span of unknown machines; before `created` and after `deleted` there were none. Adjoining spans that say
    the same are one.
    """
    spans = [(_RANK[span.confidence], order, span) for order, source in enumerate(sources) for span in source if span.machines is not None]
    spans += [(-1, 0, span) for span in _absent(start, end, created, deleted)]
    spans = [each for each in spans if each[0] < _RANK[Confidence.UNKNOWN] and each[2].end > start and each[2].start < end]
    spans.sort(key=lambda each: each[2].start)
    return tuple(_joined(_firmest(spans, start, end)))


def extended(timeline: Timeline, sources: Iterable[Sequence[Span]], start: datetime, end: datetime) -> Timeline:
    """The timeline of the same compute from `start` to `end`, from what it holds and what `sources` know; these hold over it."""
    spans = merged([*sources, timeline.spans], start, end, timeline.created, timeline.deleted)
    return msgspec.structs.replace(timeline, spans=spans)


def coverage(timelines: Sequence[Timeline], start: datetime, end: datetime) -> Coverage:
    """How the time from `start` to `end` is known of these computes; nothing of none."""
    found = [hours_between(timeline, (start, end))[0] for timeline in timelines]
    if not found:
        return Coverage()
    observed, reconstructed = (
        float(hours(sum(ticks))) / len(found) for ticks in ([each.observed for each in found], [each.reconstructed for each in found])
    )
    gaps = sum(1 for each in found if each.unknown)
    unknown = float(hours(sum(each.unknown for each in found))) / len(found)
    return Coverage(observed, reconstructed, unknown, gaps)


def _absent(start: datetime, end: datetime, created: datetime | None, deleted: datetime | None) -> list[Span]:
    times = []
    if created is not None and created > start:
        times.append((start, min(created, end)))
    if deleted is not None and deleted < end:
        times.append((max(deleted, start), end))
    return [Span(begin, until, 0.0, 0.0, Confidence.RECONSTRUCTED, NOT_THERE) for begin, until in times]


def _firmest(spans: Sequence[tuple[int, int, Span]], start: datetime, end: datetime) -> Iterable[Span]:
    """Sweeps over the time: of the spans that hold at a moment the first by rank, then by source, then by place."""
    edges = sorted({start, end, *(edge for each in spans for edge in (each[2].start, each[2].end) if start < edge < end)})
    open_: list[tuple[int, int, int, Span]] = []
    following = 0
    for begin, until in pairwise(edges):
        while following < len(spans) and spans[following][2].start <= begin:
            rank, order, span = spans[following]
            heappush(open_, (rank, order, following, span))
            following += 1
        while open_ and open_[0][3].end <= begin:
            heappop(open_)
        if not open_:
            yield Span(begin, until, None, None, Confidence.UNKNOWN, NO_SOURCE)
            continue
        best = open_[0][3]
        same = best.start == begin and best.end == until
        yield best if same else Span(begin, until, best.machines, best.idle, best.confidence, best.source)


def _joined(spans: Iterable[Span]) -> Iterable[Span]:
    last: Span | None = None
    for span in spans:
        if last is not None and _alike(last, span):
            last = Span(last.start, span.end, span.machines, span.idle, span.confidence, span.source)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _alike(one: Span, other: Span) -> bool:
    return (one.machines, one.idle, one.confidence, one.source) == (other.machines, other.idle, other.confidence, other.source)


def _words(length: float) -> str:
    """Hours as short as they can be told without rounding something to nothing."""
    if length * 3_600_000_000 < TICK.microseconds:
        return "0"
    if length < 0.1:
        return "< 0.1 h"
    return f"{length:.1f} h".replace(".0 h", " h") if length < 100 else f"{length:,.0f} h"
