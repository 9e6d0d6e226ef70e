"""What is found of quotas: families that press, and no others."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from console.domain.findings.finding import Severity
from console.domain.findings.quotas import pressing
from console.domain.quota import FamilyQuota, Holding, Place, Waiting
from tests.domain.test_quota import cluster

PLACE = Place("s", "westeurope", "a100")


@dataclass(frozen=True)
class Case:
    used: int | None
    limit: int | None
    waiting: int = 0
    limited: bool = True
    fault: str = ""


def row(case: Case) -> FamilyQuota:
    gpu = cluster()
    return FamilyQuota(
        place=PLACE,
        spelt="StandardNCADSA100v4Family",
        used=case.used,
        limit=case.limit,
        limited=case.limited,
        holdings=(Holding(compute=gpu, place=PLACE, cores=case.used, most=96, how="4 nodes"),),
        waiting=tuple(Waiting(gpu, PLACE, 24, "its jobs wait") for _ in range(case.waiting)),
        fault=case.fault,
    )


@pytest.mark.parametrize(
    ("case", "severity"),
    [
        (Case(89, 100), None),
        (Case(90, 100), Severity.WARNING),
        (Case(100, 100), Severity.SERIOUS),
        (Case(120, 100), Severity.SERIOUS),
        (Case(48, 100, waiting=1), None),
        (Case(48, 100, waiting=3), Severity.SERIOUS),
        (Case(0, 0), None),
        (Case(0, 0, waiting=1), Severity.SERIOUS),
        (Case(None, 100), None),
        (Case(96, None, limited=False), None),
        (Case(96, 100, fault="unreadable"), None),
    ],
)
def test_a_family_presses_when_most_is_used_or_somebody_waits(case: Case, severity: Severity | None) -> None:
    found = pressing(row(case))
    assert (found.severity if found is not None else None) == severity


def test_it_tells_who_holds_and_who_waits() -> None:
    found = pressing(row(Case(96, 100, waiting=2)))
    assert found is not None and found.about == "quota" and found.subject_id == row(Case(96, 100)).id
    assert found.claim == "96 of 100 cores of NCADSA100v4 in westeurope are used; 2 computes wait for some."
    told = [each.sentence for each in found.evidence]
    assert told[:2] == ["96 cores used, 100 allowed, 4 left", "Held by gpu 96 (4 nodes)"] and len(told) == 4
