"""Waste: the findings that cost money, the most expensive first, and what mending them would save."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from console.domain.figures import Figure, total
from console.domain.findings.finding import HOURS_A_MONTH, Finding
from console.domain.scopes import key

PER_MONTH = "USD/month"
#: Rules that are about some of a cluster's nodes, no two about the same ones.
SOME_NODES = frozenset({"held-nodes", "lingering-nodes", "unusable-nodes"})


def waste_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that cost something by the hour: dearest first, those whose price is not known last; none that waits for knowledge."""
    costly = (each for each in findings if each.cost is not None and each.known and each.monthly != 0)
    return tuple(sorted(costly, key=lambda each: (each.monthly is None, -(each.monthly or Decimal(0)), each.subject_name, each.rule)))


def saving(findings: Iterable[Finding]) -> Figure:
    """What is saved in USD a month by mending all of them, if nothing else changes.

    Findings of one subject are mostly about the same machines: of these only the dearest counts; those about some of a cluster's nodes
    are about others each, and are added. Its `missing` are subjects of which no price is known.
    """
    by_subject: dict[str, list[Finding]] = {}
    for each in waste_findings(findings):
        by_subject.setdefault(key(each.subject_id), []).append(each)
    return total([_of_one(found) for found in by_subject.values()], PER_MONTH, "sum over what is found")


def _of_one(findings: list[Finding]) -> Figure:
    """What all waste of one subject comes to by the month."""
    rates = [_monthly(each.cost) for each in findings if each.cost is not None and each.rule not in SOME_NODES]
    parts = [_monthly(each.cost) for each in findings if each.cost is not None and each.rule in SOME_NODES]
    if parts:
        rates.append(total(parts, PER_MONTH, "sum over nodes"))
    return max(rates, key=lambda figure: figure.value if figure.value is not None else Decimal(-1))


def _monthly(rate: Figure) -> Figure:
    """A rate in USD/h by the month of 730 hours."""
    value = rate.value * HOURS_A_MONTH if rate.value is not None else None
    return Figure(value, PER_MONTH, f"{rate.source}, by the month", rate.confidence, rate.as_of)
