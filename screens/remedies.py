"""Remedies: the plan that mends a finding, through the very action that a key of its resource has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from console.domain import durations
from console.domain.compute import Compute
from console.domain.findings.finding import Finding, Suggestion
from console.domain.findings.waste import waste_findings
from console.operations.waste import saved
from console.session import Session
from screens.actions import Action, begin
from screens.host import Host

#: In front of what the dialog says of the finding.
MENDS = "this is to mend: "
#: Targets that a note names; the rest are counted.
MOST_NAMED = 6


class Case(NamedTuple):
    """What is to be mended: the compute (None: it is gone) and what is found of it, the worst first."""

    name: str
    compute: Compute | None
    findings: tuple[Finding, ...]


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


def mend(
    cases: Sequence[Case],
    actions: Sequence[Action[Compute]],
    session: Session,
    host: Host,
    notes: Sequence[str] = (),
    agreed: Callable[[], None] | None = None,
) -> None:
    """Show the plan that mends the worst finding of one case, or whatever the most of several have in common; say so where none does."""
    if len(cases) == 1:
        _mend_one(cases[0], actions, session, host, notes, agreed)
        return
    action = _most_wanted(cases, actions)
    if action is None:
        host.flash(f"no key of this console mends what is found of the {len(cases)} marked; w on each tells what else to do", "warn")
        return
    mended: dict[str, tuple[Compute, Finding]] = {}
    left: list[str] = []
    for case in cases:
        finding = next((each for each in case.findings if each.remedy == action.name), None)
        if case.compute is None or finding is None or action.refusal(case.compute):
            left.append(f"{case.name} ({_why_left(case, finding, action)})")
        else:
            mended.setdefault(case.compute.id, (case.compute, finding))
    told = [MENDS + listed(f"{compute.name}, {finding.what}" for compute, finding in mended.values())]
    told += saves([finding for _, finding in mended.values()])
    if left:
        told.append(f"{len(left)} of the {len(cases)} marked left out: {listed(left)}")
    rows = [compute for compute, _ in mended.values()]
    refusal = next((why for row in rows if (why := session.context.refusal(row.workspace, action.needs))), "")
    suggested = [_texts(finding.suggestion) for _, finding in mended.values()]
    # What is not suggested of all alike is left to whoever fills the form in.
    alike = suggested[0] if all(each == suggested[0] for each in suggested) else None
    begin(action, rows, refusal, session, host, notes=(*told, *notes), agreed=agreed, suggested=alike)


def _mend_one(
    case: Case,
    actions: Sequence[Action[Compute]],
    session: Session,
    host: Host,
    notes: Sequence[str],
    agreed: Callable[[], None] | None,
) -> None:
    finding, compute = case.findings[0], case.compute
    action = remedy_of(finding, actions)
    if compute is None:
        host.flash(f"{finding.subject_name} is gone; there is nothing to mend", "warn")
    elif action is None:
        host.flash(f"no key of this console mends it yet. {finding.advice}", "warn")
    elif why := action.refusal(compute):
        host.flash(f"{action.label}: {why}. {finding.advice}", "warn")
    else:
        refusal = session.context.refusal(compute.workspace, action.needs)
        begin(
            action,
            (compute,),
            refusal,
            session,
            host,
            notes=(f"{MENDS}{finding.claim}", *saves([finding]), *notes),
            agreed=agreed,
            suggested=_texts(finding.suggestion),
        )


def _most_wanted(cases: Sequence[Case], actions: Sequence[Action[Compute]]) -> Action[Compute] | None:
    """The action that mends the worst finding of the most cases; of equals the one of the first case."""
    wanted: Counter[str] = Counter()
    for case in cases:
        action = remedy_of(case.findings[0], actions) if case.findings else None
        if action is not None and case.compute is not None and not action.refusal(case.compute):
            wanted[action.name] += 1
    name = wanted.most_common(1)[0][0] if wanted else ""
    return next((action for action in actions if action.name == name), None)


def _why_left(case: Case, finding: Finding | None, action: Action[Compute]) -> str:
    if case.compute is None:
        return "it is gone"
    if not case.findings:
        return "nothing is found of it"
    return f"{action.label} mends nothing of it" if finding is None else action.refusal(case.compute)


def saves(findings: Sequence[Finding]) -> list[str]:
    """What mending findings saves by the month; nothing where none of them costs anything by itself."""
    return [f"saves {saved(findings)}, if nothing else changes"] if waste_findings(findings) else []


def listed(texts: Iterable[str]) -> str:
    """The first few of some texts, and how many more there are."""
    every = list(texts)
    return "; ".join(every[:MOST_NAMED]) + (f"; and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else "")


def _texts(suggestion: Suggestion) -> dict[str, str]:
    """What a finding suggests, as the fields of the forms for scale and idle shutdown take it."""
    idle = durations.parse(suggestion.idle)
    texts = {
        "least": "" if suggestion.min_nodes is None else str(suggestion.min_nodes),
        "most": "" if suggestion.max_nodes is None else str(suggestion.max_nodes),
        "idle": "" if idle is None else durations.exactly(idle),
    }
    return {name: text for name, text in texts.items() if text}
