"""Waste: the findings that cost money, the most expensive first, and what mending them would save."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from console.domain.figures import Figure, total
from console.domain.findings.finding import HOURS_A_MONTH, Finding
from console.domain.scopes import key

PER_MONTH = "USD/month"


def waste_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that cost something by the hour: dearest first, those whose price is not known last; none that waits for knowledge."""
    costly = (each for each in findings if each.cost is not None and each.known and each.monthly != 0)
    return tuple(sorted(costly, key=lambda each: (each.monthly is None, -(each.monthly or Decimal(0)), each.subject_name, each.rule)))


def saving(findings: Iterable[Finding]) -> Figure:
    """What is saved in USD a month by mending all of them, if nothing else changes.

    Several findings of one subject are about the same machines: of these only the dearest counts. Its `missing` are subjects of which
    no price is known.
    """
    dearest: dict[str, Figure] = {}
    for each in waste_findings(findings):
        if each.cost is not None:
            dearest.setdefault(key(each.subject_id), _monthly(each.cost))
    return total(list(dearest.values()), PER_MONTH, "sum over what is found")


def _monthly(rate: Figure) -> Figure:
    """A rate in USD/h by the month of 730 hours."""
    value = rate.value * HOURS_A_MONTH if rate.value is not None else None
    return Figure(value, PER_MONTH, f"{rate.source}, by the month", rate.confidence, rate.as_of)
