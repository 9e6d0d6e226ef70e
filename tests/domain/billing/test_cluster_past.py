"""A cluster's past: billed nodes are all but the preempted ones, and what a metric lacks is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.domain.billing.cluster_past import from_metrics
from console.domain.metrics import Point, Series
from tests.domain.billing.spans import RECONSTRUCTED, at

HOUR = timedelta(hours=1)


def series(**means: list[float | None]) -> list[Series]:
    return [
        Series(name=f"{name.title()} Nodes", points=tuple(Point(at(index), mean) for index, mean in enumerate(values)))
        for name, values in means.items()
    ]


@pytest.mark.parametrize(
    ("means", "low_priority", "machines", "idle"),
    [
        ({"total": [3.0], "idle": [1.0], "unusable": [0.5]}, False, 3, 1.5),
        ({"total": [3.0]}, False, 3, None),
        ({"total": [3.0], "idle": [1.0]}, False, 3, None),
        ({"total": [3.0], "preempted": [2.0], "idle": [0.0], "unusable": [0.0]}, True, 1, 0),
        ({"total": [3.0], "preempted": [2.0]}, False, 1, None),
        ({"total": [1.0], "preempted": [2.0]}, True, 0, None),
        ({"total": [3.0]}, True, None, None),
        ({"total": [3.0], "active": [1.0], "idle": [1.0], "unusable": [0.0], "leaving": [0.25]}, True, 2.25, 1),
        ({"active": [1.0], "idle": [1.0], "unusable": [0.0]}, False, None, None),
        ({"total": [2.0], "idle": [1.5], "unusable": [1.5]}, False, 2, 2),
        ({"total": [None]}, False, None, None),
        ({}, False, None, None),
    ],
)
def test_billed_and_idle_nodes_of_an_interval(
    means: dict[str, list[float | None]], low_priority: bool, machines: float | None, idle: float | None
) -> None:
    spans = from_metrics(series(**means), HOUR, at(24), low_priority)
    assert [(each.machines, each.idle) for each in spans] == ([] if machines is None else [(machines, idle)])


def test_an_interval_reaches_until_azure_was_asked_and_a_hole_stays_one() -> None:
    spans = from_metrics(series(total=[1.0, None, 2.0, 9.0]), HOUR, at(2.5))
    assert [(each.start, each.end, each.machines) for each in spans] == [(at(0), at(1), 1), (at(2), at(2.5), 2)]
    assert {each.confidence for each in spans} == {RECONSTRUCTED}
