"""Metrics: how a figure of Azure Monitor went over a time, as its own intervals give it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum

import msgspec

BLOCKS = "▁▂▃▄▅▆▇█"
PERCENT = "%"
#: Stands for an interval for which Azure has no value.
HOLE = "·"


class Range(IntEnum):
    """How far back metrics are looked at, in hours."""

    HOUR = 1
    DAY = 24
    WEEK = 168

    @property
    def label(self) -> str:
        return "7 d" if self is Range.WEEK else f"{int(self)} h"

    @property
    def interval(self) -> str:
        """Azure Monitor's time grain (ISO 8601): enough points for a line of the screen, not more."""
        return {Range.HOUR: "PT1M", Range.DAY: "PT15M", Range.WEEK: "PT1H"}[self]

    @property
    def span(self) -> timedelta:
        return timedelta(hours=int(self))

    @property
    def next(self) -> Range:
        every = tuple(Range)
        return every[(every.index(self) + 1) % len(every)]


class Point(msgspec.Struct, frozen=True):
    """One interval from `at` (UTC) on; None where Azure has no value for it."""

    at: datetime
    average: float | None = None
    minimum: float | None = None
    maximum: float | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one resource, oldest point first. `fault` says why there are no points, where that is so."""

    name: str
    unit: str = ""
    points: tuple[Point, ...] = ()
    fault: str = ""

    @property
    def last(self) -> Point | None:
        """The newest interval that has a value."""
        return next((point for point in reversed(self.points) if point.average is not None), None)

    @property
    def least(self) -> float | None:
        return min((value for point in self.points if (value := _first(point.minimum, point.average)) is not None), default=None)

    @property
    def most(self) -> float | None:
        return max((value for point in self.points if (value := _first(point.maximum, point.average)) is not None), default=None)

    @property
    def mean(self) -> float | None:
        """The mean of the intervals that have a value."""
        values = [point.average for point in self.points if point.average is not None]
        return sum(values) / len(values) if values else None

    def sparkline(self, width: int) -> str:
        """The whole time in at most `width` blocks, each as high as the mean of its part between 0 and the most; a hole where none is."""
        if width <= 0 or not self.points:
            return ""
        top = self.most or 0.0
        return "".join(_block(part, top) for part in _parts(self.points, width))


class NodeMetrics(msgspec.Struct, frozen=True):
    """How the nodes of one cluster (its name) went: metrics by their means over intervals of `step`."""

    cluster: str
    step: timedelta
    series: tuple[Series, ...]


def _parts(points: Sequence[Point], width: int) -> list[float | None]:
    """The means of so many parts of equal length (of each point where there are fewer)."""
    count = min(width, len(points))
    parts = []
    for index in range(count):
        own = points[index * len(points) // count : (index + 1) * len(points) // count]
        values = [point.average for point in own if point.average is not None]
        parts.append(sum(values) / len(values) if values else None)
    return parts


def _block(value: float | None, top: float) -> str:
    if value is None:
        return HOLE
    if top <= 0 or value <= 0:
        return BLOCKS[0]
    return BLOCKS[min(len(BLOCKS) - 1, max(1, round(value / top * (len(BLOCKS) - 1))))]


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)
