"""Questions: which one a compute's state raises, and who answers it."""

from __future__ import annotations

from console.domain.compute import Kind
from console.domain.findings.computes import BROKEN_PROVISIONING, BROKEN_STATES
from console.domain.findings.finding import Source
from console.domain.findings.instances import UP_STATES
from console.domain.reasons.answer import Answer, Check, Mark, Situation, errors_told
from console.domain.reasons.running import still_running
from console.domain.reasons.scaling import scaling
from console.domain.reasons.starting import failed, not_running, on_its_way


def answer(situation: Situation) -> Answer | None:
    """The answer to the question that a compute's state raises; None for one that could not be read."""
    compute = situation.compute
    if compute.kind is Kind.UNREADABLE or compute.fault:
        return None
    if compute.kind is Kind.CLUSTER:
        return scaling(situation)
    if compute.kind is not Kind.INSTANCE:
        return _attached(situation)
    if compute.state in UP_STATES:
        return still_running(situation)
    if compute.state in BROKEN_STATES or compute.provisioning_state in BROKEN_PROVISIONING:
        return failed(situation)
    return not_running(situation) if compute.state == "Stopped" else on_its_way(situation)


def _attached(situation: Situation) -> Answer:
    """A compute whose machines are not the workspace's: there is little to ask."""
    compute = situation.compute
    errors = errors_told(compute)
    state = Check(Mark.FACT, f"Provisioning {compute.provisioning_state or '?'}", Source.ARM, compute.modified_on)
    said = f"Azure says: {errors[0].sentence}." if errors else f"As far as the workspace knows it is {compute.shown_state}."
    unseen = ("Whether its machines are up, what they cost and what runs on them: they are not the workspace's.",)
    return Answer("How does it stand?", said, (state, *errors), unseen)
