"""Remedies: the plan that mends a finding, through the very action that a key of its resource has."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain import durations
from console.domain.compute import Compute
from console.domain.findings.finding import Finding, Suggestion
from console.session import Session
from screens.actions import Action, begin
from screens.host import Host

#: In front of what the dialog says of the finding.
MENDS = "this is to mend: "


def remedy_of(finding: Finding, actions: Sequence[Action[Compute]]) -> Action[Compute] | None:
    """The action that mends a finding, where the screen of its resource has it."""
    return next((action for action in actions if action.name == finding.remedy), None)


def plan_line(finding: Finding, compute: Compute | None, actions: Sequence[Action[Compute]], session: Session) -> str:
    """What `f` would do, in a sentence; why it would not where it would not."""
    action = remedy_of(finding, actions)
    if compute is None:
        return f"{finding.subject_name} is gone."
    if action is None:
        return "No key of this console does it yet."
    why = action.refusal(compute) or session.context.refusal(compute.workspace, action.needs)
    return f"f proposes to {action.label} {compute.name}{f'; refused: {why}' if why else ''}."


def mend(finding: Finding, compute: Compute | None, actions: Sequence[Action[Compute]], session: Session, host: Host) -> None:
    """Show the plan that mends a finding; where there is none, say what else to do."""
    action = remedy_of(finding, actions)
    if compute is None:
        host.flash(f"{finding.subject_name} is gone; there is nothing to mend", "warn")
    elif action is None:
        host.flash(f"no key of this console mends it yet. {finding.advice}", "warn")
    elif why := action.refusal(compute):
        host.flash(f"{action.label}: {why}. {finding.advice}", "warn")
    else:
        refusal = session.context.refusal(compute.workspace, action.needs)
        begin(action, (compute,), refusal, session, host, notes=(f"{MENDS}{finding.claim}",), suggested=_texts(finding.suggestion))


def _texts(suggestion: Suggestion) -> dict[str, str]:
    """What a finding suggests, as the fields of the forms for scale and idle shutdown take it."""
    idle = durations.parse(suggestion.idle)
    texts = {
        "least": "" if suggestion.min_nodes is None else str(suggestion.min_nodes),
        "most": "" if suggestion.max_nodes is None else str(suggestion.max_nodes),
        "idle": "" if idle is None else durations.exactly(idle),
    }
    return {name: text for name, text in texts.items() if text}
