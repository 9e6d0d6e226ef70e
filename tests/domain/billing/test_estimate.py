"""Estimates: list price × machine-hours, exact however a time is cut, and never zero for want of knowledge."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.billing import fixed_costs
from console.domain.billing.estimate import band, daily, edges, estimate, estimates, most_machines
from console.domain.billing.machine_hours import hours, hours_between
from console.domain.billing.merging import merged
from console.domain.billing.usage import Span, Timeline
from console.domain.figures import Confidence
from tests.domain.billing.spans import OBSERVED, PRICES, RECONSTRUCTED, any_spans, at, cluster, instance, span
from tests.properties import steady

BALANCER = fixed_costs.LOAD_BALANCER


@pytest.mark.parametrize(
    ("timeline", "machines", "idle", "fixed"),
    [
        (cluster(span(0, 24, 2)), 48 * Decimal("0.293"), 0, 24 * BALANCER),
        (cluster(span(0, 24, 2), low_priority=True), 48 * Decimal("0.0586"), 0, 24 * BALANCER),
        (cluster(span(0, 24, 2, 0.5)), 48 * Decimal("0.293"), 12 * Decimal("0.293"), 24 * BALANCER),
        (cluster(span(0, 24, 0, 0)), 0, 0, 0),
        (cluster(span(0, 10, 0.5), span(10, 24, 0)), 5 * Decimal("0.293"), 0, 5 * BALANCER),
        (cluster(span(0, 10, 51), span(10, 24, 0)), 510 * Decimal("0.293"), 0, 20 * BALANCER),
        (cluster(span(0, 10, 50), span(10, 24, 0)), 500 * Decimal("0.293"), 0, 10 * BALANCER),
        (cluster(span(-5, 30, 1)), 24 * Decimal("0.293"), 0, 24 * BALANCER),
        (cluster(span(0, 24, 0), vm_size="Standard_Nowhere"), 0, 0, 0),
        (instance(span(0, 10, 1), span(10, 24, 0)), 10 * Decimal("0.293"), 0, 24 * fixed_costs.of_instance()),
        (instance(span(0, 24, 0), public_ip=False), 0, 0, 24 * fixed_costs.of_instance(public_ip=False)),
        (instance(span(0, 12, 0), span(12, 24, 1), created=at(12)), 12 * Decimal("0.293"), 0, 12 * fixed_costs.of_instance()),
        (instance(span(0, 12, 1), span(12, 24, 0), deleted=at(12)), 12 * Decimal("0.293"), 0, 12 * fixed_costs.of_instance()),
        (instance(span(0, 24, 0), created=at(30)), 0, 0, 0),
    ],
)
def test_a_compute_costs_its_machines_and_what_is_fixed(timeline: Timeline, machines: Decimal, idle: Decimal, fixed: Decimal) -> None:
    found = estimate([timeline], PRICES, at(0), at(24))
    assert (found.machines.value, found.idle.value, found.fixed.value) == (machines, idle, fixed)
    assert found.total.value == machines + fixed
    assert {figure.missing for figure in (found.machines, found.total, found.waste)} == {0}
    assert {figure.unit for figure in (found.machines, found.fixed, found.total, found.idle, found.waste)} == {"USD"}
    assert (found.total.confidence is Confidence.ESTIMATED) is bool(found.total.value), "a list price is never the bill"


def test_fixed_costs_are_what_the_pages_say() -> None:
    month, day = 730 * fixed_costs.OS_DISK, 24 * BALANCER
    assert (month, day) == (Decimal("19.71"), Decimal("0.33"))
    assert 24 * fixed_costs.of_instance() == Decimal("0.648") + Decimal("0.33") + Decimal("0.12")


@pytest.mark.parametrize(
    ("timeline", "machines", "total", "missing"),
    [
        (cluster(span(0, 6, 2)), 12 * Decimal("0.293"), 12 * Decimal("0.293") + 6 * BALANCER, 1),
        (cluster(), None, None, 1),
        (cluster(span(0, 24, 2), vm_size="Standard_Nowhere"), None, 24 * BALANCER, 1),
        (cluster(span(0, 24, 2), vm_size="Standard_EUR"), None, 24 * BALANCER, 1),
        (cluster(span(0, 24, 2), region="northeurope"), None, 24 * BALANCER, 1),
        (cluster(span(0, 24, 2), vm_size="Standard_NC6", low_priority=True), None, 24 * BALANCER, 1),
        (instance(), None, 24 * fixed_costs.of_instance(), 1),
    ],
)
def test_what_is_not_known_is_missing_never_zero(timeline: Timeline, machines: Decimal | None, total: Decimal | None, missing: int) -> None:
    found = estimate([timeline], PRICES, at(0), at(24))
    assert (found.machines.value, found.total.value, found.total.missing) == (machines, total, missing)
    assert (found.machines.confidence is Confidence.UNKNOWN) is (machines is None)
    beside = estimate([timeline, cluster(span(0, 24, 1))], PRICES, at(0), at(24))
    assert beside.machines.value == (machines or 0) + 24 * Decimal("0.293")
    assert (beside.machines.missing, beside.machines.confidence) == (missing, Confidence.ESTIMATED)


def test_nothing_costs_nothing_and_says_how_that_is_known() -> None:
    assert estimate([], PRICES, at(0), at(24)).total.value == 0
    seen = estimate([cluster(span(0, 24, 0, confidence=OBSERVED))], PRICES, at(0), at(24)).total
    assert (seen.value, seen.confidence) == (0, OBSERVED)
    rebuilt = estimate([cluster(span(0, 24, 0)), cluster(span(0, 24, 0, confidence=OBSERVED))], PRICES, at(0), at(24)).total
    assert (rebuilt.value, rebuilt.confidence) == (0, RECONSTRUCTED)


def test_waste_is_idle_machines_and_what_stopped_instances_cost() -> None:
    computes = [cluster(span(0, 24, 3, 1)), instance(span(0, 10, 1), span(10, 24, 0), deleted=at(20))]
    found = estimate(computes, PRICES, at(0), at(24))
    assert found.idle.value == 24 * Decimal("0.293")
    assert found.waste.value == 24 * Decimal("0.293") + 10 * fixed_costs.of_instance()


def test_days_are_those_of_utc() -> None:
    timeline = cluster(span(-10, 30, 1))
    days = daily([timeline], PRICES, at(-10), at(30))
    assert [(day.start, day.end, day.machine_hours) for day in days] == [(at(-10), at(0), 10), (at(0), at(24), 24), (at(24), at(30), 6)]
    assert daily([timeline], PRICES, at(3), at(3)) == ()


def test_days_lie_between_edges() -> None:
    assert edges(at(0), at(48)) == (at(0), at(24), at(48))
    assert estimates([cluster()], PRICES, (at(0),)) == ()


computes = st.lists(
    st.builds(
        lambda index, spans, is_instance, size: (instance if is_instance else cluster)(
            *merged([spans], at(0), at(24)), name=f"c{index}", vm_size=size
        ),
        st.integers(0, 1_000_000),
        any_spans,
        st.booleans(),
        st.sampled_from(["Standard_DS3_v2", "standard_nc6", "Standard_EUR"]),
    ),
    max_size=4,
    unique_by=lambda timeline: timeline.compute_id,
)
moments = st.lists(st.floats(0.001, 23.999).map(at), max_size=6, unique=True).map(sorted)


@settings(steady, max_examples=60)
@given(computes, moments)
def test_any_parts_of_a_time_sum_to_the_whole_exactly(timelines: list[Timeline], cuts: list[datetime]) -> None:
    whole = estimate(timelines, PRICES, at(0), at(24))
    ends = (at(0), *cuts, at(24))
    for parts in (
        estimates(timelines, PRICES, ends),
        tuple(estimate(timelines, PRICES, *pair) for pair in pairwise(ends)),
        tuple(estimate([timeline], PRICES, at(0), at(24)) for timeline in timelines),
        estimates(timelines, PRICES, [at(hour) for hour in range(25)]),
    ):
        for name in ("machines", "fixed", "total", "idle", "waste"):
            assert sum(getattr(part, name).value or 0 for part in parts) == (getattr(whole, name).value or 0)
        assert sum(part.machine_hours for part in parts) == whole.machine_hours


@steady
@given(any_spans)
def test_ticks_are_the_hours_to_within_a_tick_a_span(spans: list[Span]) -> None:
    account = merged([spans], at(0), at(24))
    found = hours_between(cluster(*account), (at(0), at(24)))[0]
    exact = sum(one.machines * one.hours for one in account if one.machines is not None)
    assert abs(float(hours(found.machines)) - exact) <= 0.000_001 * (1 + len(account)) * (
        1 + max((s.machines or 0 for s in account), default=0)
    )
    assert found.observed + found.reconstructed + found.unknown == 24_000_000
    assert 0 <= found.idle <= found.machines + len(account)


@pytest.mark.parametrize(
    ("timeline", "low", "high"),
    [
        (cluster(span(0, 24, 2)), 48, 48),
        (cluster(span(0, 12, 2)), 24, 48),
        (cluster(span(0, 6, 1), span(6, 12, 4)), 30, 78),
        (cluster(span(0, 12, 0), most=8), 0, 96),
        (cluster(span(0, 12, 0)), 0, None),
        (cluster(most=8), 0, 192),
        (cluster(), 0, None),
        (cluster(most=0), 0, 0),
        (instance(span(0, 12, 0)), 0, 12),
        (instance(span(0, 24, 1), vm_size="Standard_Nowhere"), 0, None),
        (instance(span(0, 12, 0), vm_size="Standard_Nowhere"), 0, None),
        (instance(span(0, 24, 0), vm_size="Standard_Nowhere"), 0, 0),
    ],
)
def test_a_band_counts_unknown_hours_as_none_and_as_all(timeline: Timeline, low: int, high: int | None) -> None:
    found = band([timeline], PRICES, at(0), at(24))
    fixed = estimate([timeline], PRICES, at(0), at(24)).fixed.value or 0
    assert found.low == low * Decimal("0.293") + fixed
    assert found.high == (None if high is None else high * Decimal("0.293") + fixed)


def test_what_is_known_has_no_bounds_beside_it() -> None:
    found = band([cluster(span(-24, 24, 1))], PRICES, at(0), at(9.5))
    assert found.figure.value == found.low == found.high == Decimal("9.5") * (Decimal("0.293") + BALANCER)
    assert band([], PRICES, at(0), at(24)).high == 0


def test_a_cluster_may_have_had_as_many_as_it_was_seen_to_have() -> None:
    assert most_machines(cluster(span(0, 1, 3), span(1, 2, 2), most=10)) == 3
    assert most_machines(cluster(most=10)) == 10
    assert most_machines(cluster()) is None
    assert most_machines(instance()) == 1
