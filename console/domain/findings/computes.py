"""Compute findings: what of any kind is broken, stuck or nobody's; and what the rules of all themes say of a compute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from console.domain import durations
from console.domain.compute import Compute, Kind
from console.domain.cost import OWN_MACHINES, burn
from console.domain.figures import Confidence
from console.domain.findings import clusters, instances
from console.domain.findings.finding import Evidence, Finding, Remedy, Severity, Source, worst_first
from console.domain.findings.subject import NO_REASON, Rule, Subject, errors, nodes_if_known

#: Starts, stops and resizes take minutes; creations up to half an hour (setup scripts are given up after 15 minutes by default).
STUCK_AFTER = timedelta(hours=1)

BROKEN_STATES = frozenset({"CreateFailed", "SetupFailed", "UserSetupFailed", "Unusable", "Unknown"})
BROKEN_PROVISIONING = frozenset({"Failed", "Canceled"})


def failed(subject: Subject) -> Finding | None:
    """What could not be made, set up or kept."""
    compute = subject.compute
    broken = compute.state in BROKEN_STATES and compute.kind is Kind.INSTANCE
    if not broken and compute.provisioning_state not in BROKEN_PROVISIONING:
        return None
    rate = burn(compute, subject.prices)
    billed = bool(compute.billed_nodes)
    money = "; its machine is billed" if billed else ""
    return Finding(
        rule="failed",
        subject_id=compute.id,
        subject_name=compute.name,
        what="failed, billed" if billed else "failed",
        claim=f"{compute.name} is {compute.shown_state}: nothing runs on it{money}.",
        severity=Severity.SERIOUS if billed else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(
            Evidence(f"State {compute.shown_state}, provisioning {compute.provisioning_state or '?'}", Source.ARM),
            *errors(compute),
        ),
        unseen=() if compute.errors else (NO_REASON,),
        cost=rate if billed else None,
        since=compute.last_changed,
        advice="Mend what the error names and make it anew; this one can only be deleted.",
        remedy=Remedy.DELETE,
    )


def stuck(subject: Subject) -> Finding | None:
    """A transition that takes minutes and has gone on for hours."""
    compute = subject.compute
    if not compute.passing:
        return None
    resizing = compute.kind is Kind.CLUSTER and compute.allocation_state == "Resizing"
    began = compute.allocation_since if resizing else compute.last_changed
    lasts = subject.since(began)
    if lasts is None or lasts < STUCK_AFTER:
        return None
    billed = compute.billed_nodes or 0
    wanted = (
        f", {compute.current_nodes if compute.current_nodes is not None else '?'} of {compute.target_nodes} nodes there" if resizing else ""
    )
    return Finding(
        rule="stuck",
        subject_id=compute.id,
        subject_name=compute.name,
        what="stuck, billed" if billed else "stuck",
        claim=f"{compute.name} has been {compute.shown_state} for {durations.words(lasts)}{wanted}; it usually takes minutes.",
        severity=Severity.SERIOUS if billed else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence(f"{compute.shown_state} since then", Source.ARM, began), *nodes_if_known(compute), *errors(compute)),
        unseen=() if compute.errors else ("Why: Azure tells no reason while it goes on; often the cores of its family are used up.",),
        cost=burn(compute, subject.prices) if billed else None,
        since=began,
        advice="Look at the quota of its family; scale it anew, or delete it and make it again.",
        remedy=Remedy.SCALE if compute.kind is Kind.CLUSTER else Remedy.DELETE,
    )


def untagged(subject: Subject) -> Finding | None:
    """A compute without tags where others have them; where nobody tags, a line for every row would tell nothing."""
    compute = subject.compute
    if compute.kind not in OWN_MACHINES or compute.tags or not subject.tagged_beside:
        return None
    beside = "1 other compute has" if subject.tagged_beside == 1 else f"{subject.tagged_beside} other computes have"
    return Finding(
        rule="untagged",
        subject_id=compute.id,
        subject_name=compute.name,
        what="no tags",
        claim=f"{compute.name} has no tags, {beside}: no bill can tell whose it is.",
        severity=Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence("No tags on the compute", Source.ARM),),
        unseen=("Whether a tag of the workspace or its resource group is meant for it: costs inherit none unless that is set.",),
        advice="Give it the tags that its neighbours have; past costs stay untagged.",
    )


#: Rules for whatever kind of compute, and all rules of those kinds that have rules of their own.
GENERAL: tuple[Rule, ...] = (failed, stuck, untagged)
RULES: Mapping[Kind, tuple[Rule, ...]] = {
    Kind.INSTANCE: (*instances.RULES, *GENERAL),
    Kind.CLUSTER: (*clusters.RULES, *GENERAL),
}


def findings_of(subject: Subject) -> tuple[Finding, ...]:
    """What the rules for its kind say of a compute, the worst first; nothing of one that could not be read."""
    if subject.compute.kind is Kind.UNREADABLE or subject.compute.fault:
        return ()
    rules = RULES.get(subject.compute.kind, GENERAL)
    return worst_first(found for rule in rules if (found := rule(subject)) is not None)


def tagged(computes: Iterable[Compute]) -> dict[str, int]:
    """ARM id of each workspace (as the rows have it) → how many of its computes carry tags."""
    counts: dict[str, int] = {}
    for compute in computes:
        if compute.tags:
            counts[compute.workspace.id] = counts.get(compute.workspace.id, 0) + 1
    return counts
