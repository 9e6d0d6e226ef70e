"""Spans and timelines that tests of billing share: hours of one day, 2026-11-10 (a Tuesday)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from console.domain.billing.estimate import Prices
from console.domain.billing.usage import Span, Timeline
from console.domain.compute import VmSize
from console.domain.figures import Confidence

DAY = datetime(2026, 11, 10, tzinfo=UTC)
OBSERVED, RECONSTRUCTED, UNKNOWN = Confidence.OBSERVED, Confidence.RECONSTRUCTED, Confidence.UNKNOWN
PRICES: Prices = {
    "westeurope": {
        "STANDARD_DS3_V2": VmSize(name="Standard_DS3_v2", dedicated=Decimal("0.293"), low_priority=Decimal("0.0586")),
        "STANDARD_NC6": VmSize(name="Standard_NC6", dedicated=Decimal("3.06")),
        "STANDARD_EUR": VmSize(name="Standard_EUR", currency="EUR", dedicated=Decimal(1)),
    }
}


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def span(start: float, end: float, machines: float | None, idle: float | None = None, confidence: Confidence = RECONSTRUCTED) -> Span:
    return Span(at(start), at(end), machines, idle, confidence, "")


def cluster(*spans: Span, name: str = "cpu", **fields: Any) -> Timeline:
    return Timeline(
        **{"compute_id": f"/computes/{name}", "name": name, "vm_size": "Standard_DS3_v2", "region": "West Europe", "spans": spans, **fields}
    )


def instance(*spans: Span, name: str = "ada-ci", **fields: Any) -> Timeline:
    return cluster(*spans, name=name, instance=True, **fields)


#: Some spans of means in any of the confidences, with gaps and overlaps, within the day.
any_spans = st.lists(
    st.builds(
        lambda start, length, machines, idle, confidence: span(start, start + length, machines, idle, confidence),
        st.floats(-2, 25, allow_nan=False),
        st.floats(0, 8, allow_nan=False),
        st.none() | st.floats(0, 120, allow_nan=False) | st.integers(0, 3).map(float),
        st.none() | st.floats(0, 4, allow_nan=False),
        st.sampled_from([OBSERVED, RECONSTRUCTED, UNKNOWN]),
    ),
    max_size=12,
)
