"""Cluster findings: nodes that are billed and do nothing.

Azure tells of no node how long it has been idle, so what a rule rests on is the last job; it waits for that where it is not read yet.
"""

from __future__ import annotations

from datetime import timedelta

from console.domain import durations
from console.domain.compute import Compute, Kind
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Remedy, Severity, Source, Suggestion
from console.domain.findings.subject import LAST_JOB_UNREAD, NO_REASON, Rule, Subject, errors, last_job, node_counts, price_of

#: A cluster's idle nodes right after a job are its patience, not waste.
NODES_QUIET_FOR = timedelta(days=1)
#: From here on it is no long weekend and no short illness.
FORGOTTEN_FOR = timedelta(days=7)
#: A scale-down takes its patience and some minutes; after this many times the patience it evidently does not come.
PATIENCE_TIMES = 4
LEAST_PATIENCE = timedelta(hours=1)


def held_nodes(subject: Subject) -> Finding | None:
    """A cluster whose least number of nodes keeps idle ones up though nobody gave it a job for long."""
    compute = subject.compute
    held = min(compute.min_nodes or 0, compute.idle_nodes)
    if compute.kind is not Kind.CLUSTER or held <= 0 or _works(subject):
        return None
    quiet = subject.since(subject.quiet_since)
    if subject.run_known and (quiet is None or quiet < NODES_QUIET_FOR):
        return None
    known = subject.run_known
    without = f"nobody gave it a job for {durations.words(quiet)}" if quiet is not None else "its last job is not read yet"
    return Finding(
        rule="held-nodes",
        subject_id=compute.id,
        subject_name=compute.name,
        what="min nodes idle" if known else "min nodes idle, last job ?",
        claim=f"{compute.name} keeps {_nodes(held, 'idle')}: its minimum is {compute.min_nodes}, and {without}.",
        severity=Severity.NOTE if quiet is None else Severity.SERIOUS if quiet >= FORGOTTEN_FOR else Severity.WARNING,
        confidence=Confidence.RECONSTRUCTED if known else Confidence.UNKNOWN,
        evidence=(node_counts(compute), _scale(compute), *last_job(subject)),
        unseen=() if known else (LAST_JOB_UNREAD,),
        cost=price_of(subject, held),
        since=subject.quiet_since or compute.allocation_since,
        advice="Set its minimum to 0: a job then waits some minutes for a node.",
        remedy=Remedy.SCALE,
        suggestion=Suggestion(min_nodes=0),
    )


def lingering_nodes(subject: Subject) -> Finding | None:
    """Idle nodes above the least number, long after the last job and the time after which they should be gone."""
    compute = subject.compute
    above = compute.idle_nodes - (compute.min_nodes or 0)
    if compute.kind is not Kind.CLUSTER or above <= 0 or _works(subject) or compute.min_nodes is None:
        return None
    patience = durations.parse(compute.idle_scale_down)
    quiet = subject.since(subject.quiet_since)
    if quiet is None or patience is None or quiet < max(LEAST_PATIENCE, patience * PATIENCE_TIMES):
        return None
    return Finding(
        rule="lingering-nodes",
        subject_id=compute.id,
        subject_name=compute.name,
        what="idle nodes stay",
        claim=f"{compute.name} has {_nodes(above, 'idle')} above its minimum, {durations.words(quiet)} after its last job.",
        severity=Severity.WARNING,
        confidence=Confidence.RECONSTRUCTED,
        evidence=(node_counts(compute), _scale(compute), *last_job(subject)),
        unseen=("How long each node has been idle: Azure does not tell.",),
        cost=price_of(subject, above),
        since=subject.quiet_since,
        advice="Scale it down; if the nodes stay, Azure's support can say why.",
        remedy=Remedy.SCALE,
        suggestion=Suggestion(min_nodes=0),
    )


def unusable_nodes(subject: Subject) -> Finding | None:
    """Nodes that can run nothing and are billed all the same."""
    compute = subject.compute
    count = compute.nodes.unusable if compute.nodes is not None else 0
    if compute.kind is not Kind.CLUSTER or count == 0:
        return None
    return Finding(
        rule="unusable-nodes",
        subject_id=compute.id,
        subject_name=compute.name,
        what="unusable nodes, billed",
        claim=f"{compute.name} has {_nodes(count, 'unusable')}: they run nothing and are billed.",
        severity=Severity.SERIOUS,
        confidence=Confidence.OBSERVED,
        evidence=(node_counts(compute), *errors(compute)),
        unseen=("Since when each of them is unusable: Azure does not tell.", *(() if compute.errors else (NO_REASON,))),
        cost=price_of(subject, count),
        advice="Scale it to 0 and back: the nodes are replaced. Jobs that run on the others end with it.",
        remedy=Remedy.SCALE,
        suggestion=Suggestion(min_nodes=0, max_nodes=0),
    )


def _scale(compute: Compute) -> Evidence:
    patience = durations.parse(compute.idle_scale_down)
    down = "" if patience is None else f", down after {durations.words(patience)} idle"
    return Evidence(f"Scales from {compute.min_nodes} to {compute.max_nodes} nodes{down}", Source.ARM)


def _works(subject: Subject) -> bool:
    """Whether a cluster runs something, or gets nodes to run something on."""
    nodes = subject.compute.nodes
    return subject.busy or (nodes is not None and bool(nodes.running or nodes.preparing))


def _nodes(count: int, state: str) -> str:
    return f"1 {state} node" if count == 1 else f"{count} {state} nodes"


RULES: tuple[Rule, ...] = (held_nodes, lingering_nodes, unusable_nodes)
