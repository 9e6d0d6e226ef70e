"""Why a cluster has the nodes that it has: why idle ones stay, why it does not scale up or down, why jobs wait, why it failed."""

from __future__ import annotations

from console.domain import durations
from console.domain.compute import NodeCounts
from console.domain.findings.clusters import LEAST_PATIENCE, PATIENCE_TIMES
from console.domain.findings.computes import BROKEN_PROVISIONING, STUCK_AFTER
from console.domain.findings.finding import Source
from console.domain.reasons.answer import Answer, Check, Mark, Situation, counted, errors_told, last_job, named

QUOTA_UNSEEN = "Whether the cores of its family are used up, here or in the region: `:quota` tells, as far as Azure does."
MACHINES_UNSEEN = "Whether the region has such machines free now: Azure tells only by giving none."


def scaling(situation: Situation) -> Answer:
    """What a cluster's state raises as a question, answered."""
    compute, nodes = situation.compute, situation.compute.nodes or NodeCounts()
    waiting = tuple(run for run in situation.active or () if run.waiting)
    if compute.provisioning_state in BROKEN_PROVISIONING:
        return _failed(situation)
    if compute.allocation_state == "Resizing":
        return _resizing(situation)
    if nodes.unusable:
        return _unusable(situation, nodes)
    if waiting and not nodes.preparing:
        return _waiting(situation, nodes, waiting)
    if nodes.running or nodes.preparing or nodes.leaving:
        return _at_work(situation, nodes)
    return _idle(situation, nodes) if nodes.idle else _empty(situation)


def _failed(situation: Situation) -> Answer:
    errors = errors_told(situation.compute)
    said = f"Azure says: {errors[0].sentence}." if errors else "Azure gives no reason with it."
    checks = (Check(Mark.FACT, f"Provisioning {situation.compute.provisioning_state}", Source.ARM, situation.compute.modified_on), *errors)
    return Answer("Why did it fail?", said, (*checks, *_scale(situation)), (QUOTA_UNSEEN,))


def _resizing(situation: Situation) -> Answer:
    compute = situation.compute
    length = situation.since(compute.allocation_since)
    has, wants = compute.current_nodes, compute.target_nodes
    told = f"{'?' if has is None else has} of {'?' if wants is None else wants} nodes"
    long = length is not None and length >= STUCK_AFTER
    since = f"for {durations.words(length)}" if length is not None else "since an unknown time"
    errors = errors_told(compute)
    if errors:
        said = f"Azure says: {errors[0].sentence}."
    elif long:
        said = f"It has been Resizing {since} with {told}: Azure gives it no nodes and says no reason. Mostly it is quota or a full region."
    else:
        said = f"It has been Resizing {since}: {told}. That takes some minutes."
    mark = Mark.CAUSE if long else Mark.FACT
    checks = (
        Check(mark, f"Resizing: {told}", Source.ARM, compute.allocation_since),
        *errors,
        *_jobs(situation, Mark.FACT),
        *_scale(situation),
    )
    question = "Why does it not get its nodes?" if long or errors else "Why is it resizing?"
    return Answer(question, said, checks, (QUOTA_UNSEEN, MACHINES_UNSEEN))


def _unusable(situation: Situation, nodes: NodeCounts) -> Answer:
    said = f"{counted(nodes.unusable, 'node')} cannot be used: nothing runs there, and each is billed like any other."
    checks = (_counts(situation), *errors_told(situation.compute), *_jobs(situation, Mark.FACT), *_scale(situation))
    return Answer("Why does it have unusable nodes?", said, checks, ("What broke on the nodes: Azure tells no more than its error.",))


def _waiting(situation: Situation, nodes: NodeCounts, waiting: tuple[object, ...]) -> Answer:
    compute = situation.compute
    jobs = counted(len(waiting), "job")
    full = compute.max_nodes is not None and (compute.current_nodes or nodes.billed) >= compute.max_nodes
    if full:
        said = f"{jobs} wait{'s' if len(waiting) == 1 else ''}: all {compute.max_nodes} nodes that it may have are there and taken."
    else:
        said = f"{jobs} wait{'s' if len(waiting) == 1 else ''} although it may have more nodes; it asks for none just now."
    has = compute.current_nodes if compute.current_nodes is not None else nodes.billed
    limit = Check(Mark.CAUSE if full else Mark.RULED_OUT, f"Its maximum: it has {has} of at most {compute.max_nodes} nodes", Source.ARM)
    checks = (limit, _counts(situation), *_jobs(situation, Mark.FACT), *errors_told(compute), *_scale(situation))
    return Answer("Why do its jobs wait?", said, checks, () if full else (QUOTA_UNSEEN, MACHINES_UNSEEN))


def _at_work(situation: Situation, nodes: NodeCounts) -> Answer:
    up = [f"{getattr(nodes, name)} {name}" for name in ("running", "preparing", "leaving", "idle") if getattr(nodes, name)]
    said = f"It works: {', '.join(up)}."
    return Answer("Why is it running?", said, (_counts(situation), *_jobs(situation), *_scale(situation), *errors_told(situation.compute)))


def _idle(situation: Situation, nodes: NodeCounts) -> Answer:
    compute = situation.compute
    least, patience = compute.min_nodes or 0, durations.parse(compute.idle_scale_down)
    held = min(least, nodes.idle)
    above = nodes.idle - held
    quiet = situation.since(situation.subject.quiet_since)
    checks = [_counts(situation)]
    if held:
        said = f"Its minimum is {least}: {counted(held, 'idle node')} stay{'s' if held == 1 else ''} whatever happens."
        checks.append(Check(Mark.CAUSE, f"Min nodes {least}: so many are kept, work or none", Source.ARM))
    else:
        checks.append(Check(Mark.RULED_OUT, "Min nodes: it is 0, none is kept", Source.ARM))
        said = "Idle nodes go by themselves after its patience."
    if above:
        wait = durations.words(patience) if patience is not None else "?"
        late = patience is not None and quiet is not None and quiet >= max(LEAST_PATIENCE, patience * PATIENCE_TIMES)
        mark = Mark.POSSIBLE if late else Mark.FACT
        told = f"{counted(above, 'idle node')} above it: down after {wait} without a job"
        checks.append(Check(mark, told + (", which has passed long since" if late else ""), Source.ARM))
        if late:
            gone = f"{counted(above, 'idle node')} should be gone by now: the scale-down does not come."
            said = f"{said} {gone}" if held else gone
    checks += [*_jobs(situation), *errors_told(compute)]
    unseen = ("How long each node has been idle: Azure does not tell.", "Whether a lock on the resource group bars the scale-down.")
    return Answer("Why do idle nodes stay?", said, tuple(checks), unseen[: 2 if above else 1])


def _empty(situation: Situation) -> Answer:
    compute = situation.compute
    if compute.nodes is None and compute.current_nodes is None:
        return Answer("How does it stand?", "Azure tells no nodes of it.", (*errors_told(compute), *_scale(situation)))
    said = "It has no nodes and costs nothing: it gets some when a job comes."
    return Answer("Why has it no nodes?", said, (_counts(situation), *_jobs(situation), *_scale(situation), *errors_told(compute)))


def _counts(situation: Situation) -> Check:
    nodes = situation.compute.nodes or NodeCounts()
    told = ", ".join(f"{count} {name}" for name in nodes.__struct_fields__ if (count := getattr(nodes, name)))
    return Check(
        Mark.FACT, f"Nodes: {told or 'none'}, {situation.compute.allocation_state or '?'}", Source.ARM, situation.compute.allocation_since
    )


def _scale(situation: Situation) -> tuple[Check, ...]:
    compute = situation.compute
    patience = durations.parse(compute.idle_scale_down)
    down = f", down after {durations.words(patience)} idle" if patience is not None else ""
    return (Check(Mark.FACT, f"Scales from {compute.min_nodes} to {compute.max_nodes} nodes{down}", Source.ARM),)


def _jobs(situation: Situation, at_work: Mark = Mark.CAUSE) -> tuple[Check, ...]:
    active = situation.active
    if active is None:
        return (Check(Mark.UNREAD, "Which jobs run on it", Source.RUNS),)
    running = tuple(run for run in active if not run.waiting)
    waiting = tuple(run for run in active if run.waiting)
    found = []
    if running:
        found.append(Check(at_work, f"{counted(len(running), 'job')} at work: {named(running)}", Source.RUNS))
    if waiting:
        found.append(Check(Mark.FACT, f"{counted(len(waiting), 'job')} waiting: {named(waiting)}", Source.RUNS))
    return tuple(found) or (last_job(situation),)
