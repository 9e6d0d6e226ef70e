"""Jobs before: what runs on computes that somebody is about to take away, read before the plan is shown, as notes for its dialog."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.compute import Compute, Kind
from console.domain.reasons.answer import counted, named
from console.domain.trouble import Trouble
from console.session import Session

#: Of more targets than this the list of jobs is not read: the plan must not wait, and ARM's bucket is shared.
MOST_TARGETS = 8
#: Jobs that a note names; the rest are counted.
MOST_JOBS = 6


async def running_jobs(session: Session, computes: Sequence[Compute]) -> list[str]:
    """A sentence for each compute on which jobs run or wait, or of which that could not be told; bounded in time."""
    busy = [each for each in computes if _may_be_busy(each, session)]
    answers = await session.inquiries.active_on(busy[:MOST_TARGETS])
    notes = []
    for compute in busy[:MOST_TARGETS]:
        found = answers[compute.id]
        if found is None:
            notes.append(f"jobs on {compute.name}: not known, run history did not answer in time")
        elif isinstance(found, Trouble):
            notes.append(f"jobs on {compute.name}: not known. {found.sentence}")
        elif found:
            running = sum(not run.waiting for run in found)
            told = f"{counted(running, 'job')} running" + (f", {len(found) - running} waiting" if running < len(found) else "")
            notes.append(f"{told} on {compute.name}: {named(found, MOST_JOBS)}")
    if len(busy) > MOST_TARGETS:
        rest = ", ".join(each.name for each in busy[MOST_TARGETS:][:MOST_JOBS])
        notes.append(f"jobs on {len(busy) - MOST_TARGETS} more are not looked up: {rest}")
    return notes


def needs_asking(session: Session, computes: Sequence[Compute]) -> bool:
    """Whether there is anything to ask: a compute without machines runs no job, though some may wait for one."""
    return any(_may_be_busy(each, session) for each in computes)


def _may_be_busy(compute: Compute, session: Session) -> bool:
    last = session.last_runs.get(compute.id)
    if last is not None and last.active:
        return True
    nodes = compute.nodes
    if compute.kind is Kind.CLUSTER:
        # One that failed has no nodes to tell of; of another it is only not known.
        return bool(nodes.running or nodes.preparing) if nodes is not None else compute.provisioning_state == "Succeeded"
    return compute.kind is Kind.INSTANCE and compute.state == "JobRunning"
