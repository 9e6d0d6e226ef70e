"""Questions to Cost Management: what is asked of which scope, so that the same question is never asked twice.

Limits: at most two groupings; daily figures at most a month at a time (Query - Usage, REST reference of Cost Management 2025-03-01).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class CostType(StrEnum):
    """`type` of a query: actual as on the bill, amortized with reservations spread over what used them."""

    ACTUAL = "ActualCost"
    AMORTIZED = "AmortizedCost"
    USAGE = "Usage"


class Grain(StrEnum):
    """`granularity` of a query; TOTAL is none: one sum over the whole time."""

    DAILY = "Daily"
    MONTHLY = "Monthly"
    TOTAL = "None"


class Grouping(msgspec.Struct, frozen=True):
    """One grouping: a dimension (`ResourceId`, `MeterCategory` …), or a tag by its key."""

    name: str
    tag: bool = False

    @property
    def type(self) -> str:
        return "TagKey" if self.tag else "Dimension"


RESOURCE = Grouping("ResourceId")
METER = Grouping("MeterCategory")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What costs at `scope` (an ARM id) from the day `first` to the day `last`, both included, in UTC.

    A `forecast` is asked for days from today on; Azure gives it without groupings.
    """

    scope: str
    first: date
    last: date
    type: CostType = CostType.ACTUAL
    grain: Grain = Grain.DAILY
    groupings: tuple[Grouping, ...] = ()
    forecast: bool = False

    @property
    def key(self) -> str:
        """The same for questions that Azure answers alike."""
        grouped = ",".join(f"{each.type}:{each.name}" for each in self.groupings)
        kind = "forecast" if self.forecast else "query"
        return "|".join((kind, self.scope.lower(), self.type, self.grain, self.first.isoformat(), self.last.isoformat(), grouped))
