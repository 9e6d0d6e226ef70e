"""Waste: the dearest first, and no machine saved twice."""

from __future__ import annotations

from decimal import Decimal

from console.domain.cost import PER_HOUR
from console.domain.figures import Confidence, Figure, unknown
from console.domain.findings.finding import Finding, Severity
from console.domain.findings.waste import saving, waste_findings

NO_PRICE = unknown(PER_HOUR, "no price")


def finding(subject: str, cost: str | Figure | None, rule: str = "quiet-instance", confidence: Confidence = Confidence.OBSERVED) -> Finding:
    rate = Figure(Decimal(cost), PER_HOUR, "list price", Confidence.ESTIMATED) if isinstance(cost, str) else cost
    return Finding(
        rule=rule,
        subject_id=f"/s/{subject}",
        subject_name=subject,
        what="w",
        claim="c",
        severity=Severity.NOTE,
        confidence=confidence,
        evidence=(),
        cost=rate,
    )


def test_waste_is_what_costs_something_the_dearest_first() -> None:
    small, dear, unpriced = finding("small", "0.1"), finding("dear", "3"), finding("unpriced", NO_PRICE)
    free, nothing, waits = finding("free", None), finding("nothing", "0"), finding("waits", "9", confidence=Confidence.UNKNOWN)
    assert waste_findings([small, unpriced, free, waits, dear, nothing]) == (dear, small, unpriced)


def test_what_is_saved_counts_each_machine_once() -> None:
    found = saving([finding("ci", "0.3"), finding("CI", "0.2", "up-for-weeks"), finding("other", "1")])
    assert (found.value, found.unit, found.confidence) == (Decimal("1.3") * 730, "USD/month", Confidence.ESTIMATED)
    nodes = [finding("gpu", "2", "held-nodes"), finding("gpu", "1", "unusable-nodes"), finding("gpu", "2.5", "stuck")]
    assert saving(nodes).value == Decimal(3) * 730, "idle and unusable nodes are different ones; the stuck cluster is made of them"


def test_what_has_no_price_is_told_as_missing() -> None:
    found = saving([finding("ci", "1"), finding("other", NO_PRICE)])
    assert (found.value, found.missing) == (Decimal(730), 1)
    assert not saving([finding("other", NO_PRICE)]).known
    assert saving([]).value == 0
