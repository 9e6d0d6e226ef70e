"""Nodes that were being prepared: those that runs waited for, up to the cluster's size, and those of a resize that does not end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.billing.booting import SOURCE, with_booting
from console.domain.billing.usage import Span
from console.domain.compute import Compute, Kind, NodeCounts, Run
from console.domain.figures import Confidence
from console.domain.scopes import WorkspaceRef

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def span(begin: float, end: float, machines: float | None, idle: float | None = 0.0) -> Span:
    return Span(at(begin), at(end), machines, idle, Confidence.RECONSTRUCTED, "node metrics")


def run(created: float, started: float | None, nodes: int | None = 1) -> Run:
    return Run(id=f"{created}", created=at(created), started=None if started is None else at(started), nodes=nodes)


def cluster(most: int | None = 4, state: str = "Steady", since: float | None = None, preparing: int = 0) -> Compute:
    return Compute(
        id="c",
        name="c",
        workspace=WorkspaceRef("s", "g", "w"),
        kind=Kind.CLUSTER,
        max_nodes=most,
        allocation_state=state,
        allocation_since=None if since is None else at(since),
        nodes=NodeCounts(preparing=preparing),
    )


@pytest.mark.parametrize(
    ("runs", "compute", "machines"),
    [
        ([run(10, 16, 2)], cluster(), 1 + 2 * 6 / 60),
        ([run(10, 16, None)], cluster(), 1 + 6 / 60),
        ([run(-5, 5)], cluster(), 1 + 5 / 60),
        ([run(55, 65)], cluster(), 1 + 5 / 60),
        ([run(0, 50)], cluster(), 1 + 10 / 60),
        ([run(10, 16, 60)], cluster(), 4),
        ([run(10, 16, 60)], cluster(None), 1 + 6),
        ([run(10, 16, 60)], None, 1 + 6),
        ([run(10, 16)], cluster(1), 1),
        ([run(10, None)], cluster(), 1),
        ([run(10, 10)], cluster(), 1),
        ([run(-90, -80), run(90, 99)], cluster(), 1),
        ([], cluster(4, "Resizing", 30, 2), 1 + 2 * 30 / 60),
        ([], cluster(4, "Steady", 30, 2), 1),
        ([run(40, 46)], cluster(4, "Resizing", 30, 2), 2),
        ([], cluster(4, "Resizing", 90, 2), 1),
    ],
)
def test_what_an_hour_of_metrics_lacks(runs: list[Run], compute: Compute | None, machines: float) -> None:
    (found,) = with_booting([span(0, 60, 1.0, 0.5)], runs, compute)
    assert found.machines == pytest.approx(machines)
    assert (found.start, found.end, found.idle, found.confidence) == (at(0), at(60), 0.5, Confidence.RECONSTRUCTED)
    assert (found.source == SOURCE) is (machines > 1)


def test_a_wait_is_split_over_the_spans_that_it_lies_in() -> None:
    spans = [span(0, 15, 0.0), span(15, 30, None, None), span(30, 45, 0.0)]
    found = with_booting(spans, [run(10, 18, 3), run(32, 35)], cluster())
    assert [each.machines for each in found] == [pytest.approx(1.0), None, pytest.approx(0.2)]
