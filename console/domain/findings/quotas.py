"""Quota findings: VM families that are nearly or wholly used up, and those for which something waits."""

from __future__ import annotations

from collections.abc import Iterator

from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Severity, Source
from console.domain.quota import FamilyQuota

#: Used part of a limit from which on it presses: the next cluster that grows may find nothing left.
PRESSING = 0.9
#: Holders that the evidence names; they are told the largest first.
MOST_NAMED = 3


def pressing(row: FamilyQuota) -> Finding | None:
    """A family of whose cores most are used, or of which something wants more than are left."""
    if row.fault or row.used is None or row.share is None or not (_short(row) or (row.used and row.share >= PRESSING)):
        return None
    family = f"{row.short} in {row.place.region}" + (", low priority" if row.place.low_priority else "")
    waiting = len(row.waiting) if _short(row) else 0
    waits = f"; {waiting} {'compute waits' if waiting == 1 else 'computes wait'} for some" if waiting else ""
    return Finding(
        rule="quota-pressing",
        about="quota",
        subject_id=row.id,
        subject_name=row.short,
        what=f"quota at {row.share:.0%}" if row.used else "quota of none, waited for",
        claim=f"{row.used} of {row.limit} cores of {family} are used{waits}.",
        severity=Severity.SERIOUS if waiting or not row.left else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=tuple(_evidence(row)),
        unseen=(f"Who has {row.unaccounted} of them: deployments, serverless jobs, or what you may not see.",) if row.unaccounted else (),
        advice="Give back what is held and not used, use a family or region with room, or ask Azure for a higher limit.",
    )


def _short(row: FamilyQuota) -> bool:
    """Whether what waits wants more than is left, or may; where there is enough it waits for something else."""
    return bool(row.waiting) and (
        any(each.cores is None for each in row.waiting) or sum(each.cores or 0 for each in row.waiting) > (row.left or 0)
    )


def _evidence(row: FamilyQuota) -> Iterator[Evidence]:
    yield Evidence(f"{row.used} cores used, {row.limit} allowed, {row.left} left", Source.QUOTA)
    held = sorted((each for each in row.holdings if each.cores), key=lambda each: -(each.cores or 0))
    if held:
        named = ", ".join(f"{each.compute.name} {each.cores} ({each.how})" for each in held[:MOST_NAMED])
        yield Evidence(f"Held by {named}{f' and {len(held) - MOST_NAMED} more' if len(held) > MOST_NAMED else ''}", Source.ARM)
    for each in row.waiting:
        yield Evidence(f"{each.compute.name} waits for {'?' if each.cores is None else each.cores} cores: {each.why}", Source.ARM)
