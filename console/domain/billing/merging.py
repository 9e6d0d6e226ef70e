"""Merging: one account of what a compute had, from several sources that each know a part of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from console.domain.billing.machine_hours import TICK_HOURS, Account, hours, hours_between
from console.domain.billing.usage import Span, Timeline
from console.domain.figures import Confidence

#: Sources of the spans that merging itself makes.
NO_SOURCE = "no source tells"
NOT_THERE = "did not exist"
_start, _end = attrgetter("start"), attrgetter("end")
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
    layers: dict[tuple[int, int], list[Span]] = {(-1, 0): _absent(start, end, created, deleted)}
    for order, source in enumerate(sources):
        for span in source:
            if span.machines is not None and span.confidence is not Confidence.UNKNOWN and span.start < span.end:
                layers.setdefault((_RANK[span.confidence], order), []).append(span)
    held: list[Span] = []
    for layer in sorted(layers):
        held = sorted([*held, *_fitted(layers[layer], _gaps(held, start, end))], key=_start)
    unknown = [Span(begin, until, None, None, Confidence.UNKNOWN, NO_SOURCE) for begin, until in _gaps(held, start, end)]
    return tuple(_joined(sorted([*held, *unknown], key=_start)))


def extended(timeline: Timeline, sources: Sequence[Sequence[Span]], end: datetime) -> Timeline:
    """The same timeline up to `end` (UTC), with what `sources` know now over what it held; for the live end, which moves at every poll.

    Only what follows the first span of `sources` is merged and summed anew.
    """
    cut = min((span.start for source in sources for span in source), default=end)
    old = timeline.spans
    kept = max(0, bisect_right(old, min(cut, end), key=_end) - 1)
    start = old[kept].start if old else cut
    tail = merged([*sources, old[kept:]], start, end, timeline.created, timeline.deleted) if start < end else ()
    longer = msgspec.structs.replace(timeline, spans=(*old[:kept], *tail))
    longer.__dict__["account"] = Account(longer.spans, timeline.account, kept)
    return longer


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


def _gaps(held: Sequence[Span], start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times from `start` to `end` that no span holds; spans are in order."""
    for span in held:
        if start < span.start:
            yield start, span.start
        start = span.end
    if start < end:
        yield start, end


def _fitted(spans: list[Span], gaps: Iterable[tuple[datetime, datetime]]) -> Iterator[Span]:
    """The parts of spans that fall into the gaps; of spans that overlap, the one that starts first holds."""
    spans.sort(key=_start)
    at = 0
    for begin, until in gaps:
        while at < len(spans) and spans[at].end <= begin:
            at += 1
        index = at
        while index < len(spans) and (span := spans[index]).start < until:
            if span.end > begin:
                start, begin = max(span.start, begin), min(span.end, until)
                yield _cut(span, start, begin)
            index += 1


def _cut(span: Span, start: datetime, end: datetime) -> Span:
    if span.start == start and span.end == end:
        return span
    return Span(start, end, span.machines, span.idle, span.confidence, span.source)


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
    return one.machines == other.machines and one.idle == other.idle and one.confidence is other.confidence and one.source == other.source


def _words(length: float) -> str:
    """Hours as short as they can be told without rounding something to nothing."""
    if length < TICK_HOURS:
        return "0"
    if length < 0.1:
        return "< 0.1 h"
    return f"{length:.1f} h".replace(".0 h", " h") if length < 100 else f"{length:,.0f} h"
