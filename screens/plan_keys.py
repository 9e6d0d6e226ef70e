"""What keys do to plans that run or ended: undo, stop between targets, resume, give up; and a plan's transcript."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from console.domain.access.places import covers
from console.domain.trouble import TroubleError
from console.operations.operation import Operation, concerned, tally, undo_of
from console.operations.plan import Plan, Step
from console.operations.revealed import revealed
from console.session import Session
from console.text import redact, redact_text
from screens.host import Host
from screens.widgets.facts import Fact

#: Targets whose requests are written out; those of the rest differ in the name only.
MOST_WRITTEN = 6


def undo(host: Host, session: Session, operation: Operation | None, only: Collection[str] = ()) -> None:
    """Propose the plan that takes back what an operation did, or of it the steps with the ids in `only`; says why where there is none."""
    if operation is None:
        host.flash("nothing was changed since the start", "warn")
        return
    if not operation.ended:
        host.flash(f"{operation.plan.verb} is still under way", "warn")
        return
    plan = undo_of(operation, only)
    if plan is None:
        host.flash(f"{operation.plan.verb} cannot be taken back{' here' if only else ''}", "warn")
        return
    host.propose(plan, refusal_of(session, plan))


def halt(host: Host, session: Session, operation: Operation) -> None:
    """Send no further step of a plan; what is under way goes on."""
    verb = operation.plan.verb
    if operation.ended:
        host.flash(f"{verb} has ended: {tally(operation)}", "warn")
        return
    if not operation.unsent:
        host.flash(f"{verb}: everything of it was sent; it goes on in Azure", "warn")
        return
    session.runner.stop(operation)
    host.flash(f"{verb} is stopped: {tally(operation)}", "warn")


async def resume(host: Host, session: Session, operation: Operation) -> None:
    """Re-read the targets of a paused plan and show it again; it goes on once it is agreed to, and stays paused if not."""
    host.flash(f"re-reading the targets of {operation.plan.title!r}")
    try:
        plan, notes = await session.runner.remaining(operation)
    except TroubleError as error:
        host.flash(f"{operation.plan.title} stays paused: {error.trouble.sentence}", "bad")
        return
    if operation not in session.operations:
        return  # somebody else signed in meanwhile: it is not theirs
    if plan is None:
        session.runner.drop(operation)
        host.flash(f"nothing is left of {operation.plan.title!r}: {'; '.join(notes)}", "warn")
        return
    made = f"{operation.begun:%Y-%m-%d %H:%M} UTC" if operation.begun is not None else "an earlier session"
    notes = (f"agreed to at {made}, not sent when the console ended; money and effects are told as of then", *notes)
    host.propose(plan, refusal_of(session, plan), notes=notes, agreed=lambda: session.runner.drop(operation))


def drop(host: Host, session: Session, operation: Operation) -> None:
    """Give up a paused plan."""
    session.runner.drop(operation)
    host.flash(f"{operation.plan.title!r} is given up; nothing of it was sent", "ok")


def what_is_open(operations: Sequence[Operation]) -> str:
    """What a person who quits leaves behind ("" where nothing is): what goes on in Azure, and what is not sent yet."""
    live = [operation for operation in operations if not operation.paused]
    sent = sum(not run.progress.ended and not run.progress.unsent for operation in live for run in operation.runs)
    kept = sum(operation.kept and operation.unsent > 0 for operation in live)
    lost = sum(operation.unsent for operation in live if not operation.kept)
    told = []
    if sent:
        told.append(f"{'1 change goes' if sent == 1 else f'{sent} changes go'} on in Azure; the next start tells the end")
    if kept:
        told.append(f"{'1 plan waits; it is' if kept == 1 else f'{kept} plans wait; they are'} offered again at the next start")
    if lost:
        told.append(f"{'1 change is' if lost == 1 else f'{lost} changes are'} not sent yet and would not be")
    return "; ".join(told)


def refusal_of(session: Session, plan: Plan) -> str:
    """Why a plan may not run now ("" when it may): the mode, or what is missing where one of its steps needs it.

    What one may do above a workspace holds in it too: what is missing in a workspace is missing at a scope that covers it. A step that
    needs no permission is Azure's to refuse.
    """
    for step in plan.steps:
        if not step.permission:
            continue
        beneath = (place.id for place in concerned(step) if not step.at or covers(step.at, place.id))
        for scope in (step.at, *beneath):
            if scope and (refusal := session.context.refusal_at(scope, step.permission)):
                return refusal
        for scope, permission in revealed(step):
            if refusal := session.context.refusal_at(scope, permission):
                return refusal
    return session.context.reading_only


def transcript(plan: Plan) -> list[Fact]:
    """The same plan by hand: as az, as REST with its body, and as the SDK has it."""
    facts: list[Fact] = []
    for step in plan.steps[:MOST_WRITTEN]:
        facts += [Fact("az", az_line(step)), Fact("REST", f"{step.request.method} {step.request.url}")]
        if step.request.body is not None:
            facts.append(Fact("body", msgspec.json.format(msgspec.json.encode(redact(step.request.body)), indent=2).decode()))
        facts.append(Fact("SDK", step.sdk or "none"))
    if len(plan.steps) > MOST_WRITTEN:
        facts.append(Fact("", f"and {len(plan.steps) - MOST_WRITTEN} more, alike"))
    return facts


def az_line(step: Step) -> str:
    """The command that does the same, or what it is where there is none."""
    return redact_text(step.az) or f"no az equivalent: this is {step.request.method} {step.request.path}"


def az_script(plan: Plan) -> str:
    """All commands of a plan, one a line; what has none is a comment."""
    return "\n".join(line if step.az else f"# {line}" for step in plan.steps for line in (az_line(step),))
