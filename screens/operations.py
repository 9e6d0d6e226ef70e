"""Operations in words: a step's progress for its row, an operation's steps, and one entry of the activity whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from console.domain.activity import Entry, Event, Origin
from console.operations.operation import Operation, Progress, StepRun, tally
from console.operations.plan import Plan
from screens.widgets.facts import Fact

#: The look of a result: a step's progress, a journal's outcome, or the activity log's word.
LOOKS: dict[str, str] = {
    Progress.DONE: "ok",
    Progress.FAILED: "bad",
    Progress.UNKNOWN: "bad",
    Progress.STOPPED: "warn",
    Progress.PAUSED: "warn",
    **dict.fromkeys((Progress.HOLDING, Progress.WAITING, Progress.CHECKING, Progress.SENDING, Progress.RUNNING), "busy"),
    **dict.fromkeys(("accepted", "started", "under way"), "busy"),
}
GLYPHS = {"ok": "●", "busy": "◐", "warn": "▲", "bad": "✕", "muted": "○"}
#: Why a reason stands in the journal alone.
KEPT_HERE = "kept in this machine's journal; Azure keeps none for this"
KEPT_THERE = "kept in the description of the assignment, and in this machine's journal"


def kept(plan: Plan) -> str:
    """Where a plan's reason is kept."""
    return KEPT_THERE if plan.reason_kept else KEPT_HERE


def step_text(operation: Operation, run: StepRun, *, passing: bool) -> str:
    """What the row of a target says of a step of ours on it; "" where Azure's own state tells it already."""
    if run.progress is Progress.RUNNING and passing:
        return ""
    return f"⟳ {operation.plan.verb_of(run.step)} {run.progress}"


def step_facts(operation: Operation, run: StepRun) -> list[Fact]:
    """What a step of ours on a target waits for, or what became of it."""
    facts = [Fact("operation", f"{operation.plan.verb_of(run.step)}: {run.progress}", "busy")]
    hold = run.step.hold
    if hold is not None and run.progress is Progress.HOLDING:
        facts.append(Fact("waits", _held(hold.sentence, hold.until)))
    retry = run.step.retry
    if retry is not None and run.looks_at is not None and run.progress is Progress.HOLDING and run.looks_at.code in retry.codes:
        facts.append(Fact("waits", f"{retry.sentence}; it is sent again"))
    if run.looks_at is not None:
        facts.append(Fact("last look", run.looks_at.sentence, "warn"))
    return facts


def operation_facts(operations: Sequence[Operation]) -> list[Fact]:
    """The newest first, each step with its progress and why."""
    facts: list[Fact] = []
    for operation in reversed(operations):
        facts.append(Fact("", f"{operation.plan.title}: {tally(operation)}", "bold"))
        if operation.plan.reason:
            facts.append(Fact("  reason", f"{operation.plan.reason} ({kept(operation.plan)})"))
        hold = operation.plan.hold
        if hold is not None and operation.unsent:
            facts.append(Fact("  waits", _held(hold.sentence, hold.until)))
        if operation.plan.then and all(run.progress is Progress.DONE for run in operation.runs):
            facts.append(Fact("  next", operation.plan.then, "key"))
        for run in operation.runs:
            facts.append(Fact(f"  {run.progress}", run.step.target_id, "", LOOKS.get(run.progress, "busy")))
            if run.note:
                facts.append(Fact("", f"  {run.note}", LOOKS.get(run.progress, "muted")))
    return facts or [Fact("", "Nothing was changed since the start.", "muted")]


def entry_facts(row: Entry, who: str) -> list[Fact]:
    """All that is known of one change."""
    told = {
        Origin.HERE: "this session",
        Origin.JOURNAL: "the journal of an earlier session, or of another console on this machine",
        Origin.AZURE: "Azure's activity log",
    }[row.origin]
    lines = [
        ("what", row.what),
        ("target", row.target_id or "?"),
        ("result", row.result),
        ("when", utc(row.at)),
        ("who", f"{who} ({row.who})" if row.who and who != row.who else row.who or "?"),
        ("reason", f"{row.reason} ({KEPT_HERE})" if row.reason else ""),
        ("told by", told + (" and Azure's activity log" if row.events and row.origin is not Origin.AZURE else "")),
        ("REST", row.request),
        ("request id", row.request_id),
        ("code", row.code),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    if row.note:
        facts.append(Fact("note", row.note, LOOKS.get(row.result, "")))
    if row.stages:
        facts += [Fact("", ""), Fact("", "what the console saw", "bold")]
        facts += [Fact(f"  {word}", utc(at)) for word, at in row.stages]
    if row.events:
        facts += [Fact("", ""), Fact("", "what Azure's activity log tells", "bold")]
        facts += [fact for event in row.events for fact in _event_facts(event)]
    return facts


def _event_facts(event: Event) -> list[Fact]:
    facts = [Fact(f"  {event.status or '?'}", f"{utc(event.at)} {event.sub_status}".rstrip())]
    lines = [
        ("  operation", event.operation),
        ("  message", event.message),
        ("  correlation", event.correlation_id),
        ("  in the log", utc(event.submitted) if event.submitted else ""),
        ("  unreadable", event.fault),
    ]
    return facts + [Fact(name, text) for name, text in lines if text]


def utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment is not None else "?"


def _held(sentence: str, until: datetime | None) -> str:
    return f"{sentence} (until {utc(until)})" if until is not None else sentence
