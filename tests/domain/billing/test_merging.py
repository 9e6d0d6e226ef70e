"""Merging: at every moment the firmest of what is known, without gaps, and a legend that sums to the time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.billing.machine_hours import hours_between
from console.domain.billing.merging import NOT_THERE, Coverage, coverage, extended, merged
from console.domain.billing.usage import Span
from console.domain.figures import Confidence
from tests.domain.billing.spans import OBSERVED, RECONSTRUCTED, UNKNOWN, any_spans, at, cluster, span
from tests.properties import steady


def told(spans: tuple[Span, ...]) -> list[tuple[float, float, float | None, Confidence]]:
    return [((each.start - at(0)).total_seconds() / 3600, each.hours, each.machines, each.confidence) for each in spans]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], [(0, 24, None, UNKNOWN)]),
        ([[span(-5, 30, 2)]], [(0, 24, 2, RECONSTRUCTED)]),
        ([[span(6, 8, 2)]], [(0, 6, None, UNKNOWN), (6, 2, 2, RECONSTRUCTED), (8, 16, None, UNKNOWN)]),
        (
            [[span(0, 24, 1)], [span(10, 12, 3, confidence=OBSERVED)]],
            [(0, 10, 1, RECONSTRUCTED), (10, 2, 3, OBSERVED), (12, 12, 1, RECONSTRUCTED)],
        ),
        ([[span(0, 12, 1)], [span(0, 24, 2)]], [(0, 12, 1, RECONSTRUCTED), (12, 12, 2, RECONSTRUCTED)]),
        ([[span(0, 12, 1), span(12, 24, 1)]], [(0, 24, 1, RECONSTRUCTED)]),
        ([[span(0, 12, None, confidence=OBSERVED)], [span(0, 24, 2)]], [(0, 24, 2, RECONSTRUCTED)]),
        ([[span(0, 24, 2, confidence=UNKNOWN)]], [(0, 24, None, UNKNOWN)]),
        ([[span(0, 24, 5), span(2, 3, 1)]], [(0, 24, 5, RECONSTRUCTED)]),
        (
            [[span(4, 6, 1, confidence=OBSERVED), span(10, 12, 1, confidence=OBSERVED)], [span(0, 24, 5), span(2, 3, 1)]],
            [(0, 4, 5, RECONSTRUCTED), (4, 2, 1, OBSERVED), (6, 4, 5, RECONSTRUCTED), (10, 2, 1, OBSERVED), (12, 12, 5, RECONSTRUCTED)],
        ),
    ],
)
def test_the_firmest_holds_and_no_moment_is_left_out(sources: list[list[Span]], expected: list[object]) -> None:
    assert told(merged(sources, at(0), at(24))) == expected


def test_before_it_was_made_and_after_it_is_gone_there_is_nothing_whatever_a_source_says() -> None:
    spans = merged([[span(0, 24, 4, confidence=OBSERVED)]], at(0), at(24), created=at(6), deleted=at(20))
    assert told(spans) == [(0, 6, 0, RECONSTRUCTED), (6, 14, 4, OBSERVED), (20, 4, 0, RECONSTRUCTED)]
    assert spans[0].source == NOT_THERE


def test_what_is_idle_is_kept() -> None:
    spans = merged([[span(0, 8, 4, 3)], [span(0, 24, 2, None)]], at(0), at(24))
    assert [each.idle for each in spans] == [3, None]


@settings(steady, max_examples=60)
@given(st.lists(any_spans, max_size=3))
def test_any_sources_make_one_account_without_gaps(sources: list[list[Span]]) -> None:
    spans = merged(sources, at(0), at(24))
    assert (spans[0].start, spans[-1].end) == (at(0), at(24))
    assert all(one.end == two.start for one, two in pairwise(spans))
    assert all(each.start < each.end for each in spans)
    assert all((each.machines is None) == (each.confidence is UNKNOWN) for each in spans)
    for each in spans:
        middle = each.start + (each.end - each.start) / 2
        there = [one for source in sources for one in source if one.start <= middle < one.end and one.machines is not None]
        firmest = min((list(Confidence).index(one.confidence) for one in there), default=list(Confidence).index(UNKNOWN))
        assert list(Confidence).index(each.confidence) == firmest


@settings(steady, max_examples=60)
@given(any_spans, any_spans, st.floats(20, 30))
def test_a_live_end_is_what_merging_all_anew_would_give(old: list[Span], new: list[Span], end: float) -> None:
    timeline = cluster(*merged([old], at(0), at(20)))
    longer = extended(timeline, [new], at(end))
    assert longer.spans == merged([new, timeline.spans], at(0), at(end))
    assert hours_between(longer, [at(0), at(7), at(end)]) == hours_between(cluster(*longer.spans), [at(0), at(7), at(end)])


def test_a_legend_tells_the_hours_of_the_time() -> None:
    half = cluster(*merged([[span(0, 14, 1, confidence=OBSERVED), span(14, 24, 1)]], at(0), at(24)))
    assert coverage([half], at(0), at(24)) == Coverage(14, 10, 0, 0)
    assert coverage([half], at(0), at(24)).words == "observed 14 h, reconstructed 10 h, unknown 0"
    other = cluster(*merged([[span(0, 21, 1)]], at(0), at(24)))
    both = coverage([half, other], at(0), at(24))
    assert (both.observed, both.reconstructed, both.unknown, both.gaps) == (7, 15.5, 1.5, 1)
    assert both.words == "observed 7 h, reconstructed 15.5 h, unknown 1.5 h (1 compute)"
    assert coverage([other], at(-10), at(24)).unknown == 13, "beyond its spans nothing is known"
    assert coverage([], at(0), at(24)).words == "observed 0, reconstructed 0, unknown 0"


def test_a_short_gap_is_not_rounded_away() -> None:
    words = coverage([cluster(span(0, 23.99, 1)) for _ in range(2)], at(0), at(24)).words
    assert words == "observed 0, reconstructed 24 h, unknown < 0.1 h (2 computes)"
