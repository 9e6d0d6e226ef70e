"""`plan -f` and `apply -f`: the CLI's YAML of a resource becomes a plan that is printed, and run like one that was agreed to on screen."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations.compute_files import Planned
from console.operations.operation import Operation, Progress, StepRun
from console.operations.plan import Plan
from console.operations.revealed import revealed
from console.operations.yaml_kinds import CONNECTION, DATASTORE, kind_of
from console.session import Session
from console.text import fit, redact, redact_text, safe

OK, FAILURE, USAGE = 0, 1, 2
#: A resource's file has a few hundred bytes.
MOST_BYTES = 1_000_000
LABEL_WIDTH = 14
STDIN = "-"


class Wish(NamedTuple):
    """What was asked for: the `file` ("-": standard input), whether to `apply` it, without asking (`yes`), and the `reason` to keep.

    `kind` says what the file describes; "": the file itself tells.
    """

    file: str
    apply: bool = False
    yes: bool = False
    reason: str = ""
    kind: str = ""


async def run_file(session: Session, wish: Wish) -> int:
    """Print the plan of a file; with `apply` run it once it is agreed to. Returns the exit code; raises TroubleError."""
    try:
        text = _read(wish.file)
    except (OSError, ValueError) as error:
        told = (error.strerror or str(error)) if isinstance(error, OSError) else "it is no UTF-8 text"
        print(f"aml-console: {safe(wish.file)} cannot be read: {told}", file=sys.stderr)
        return USAGE
    try:
        session.compiler.warm()  # its import takes longer than the sign-in
        await session.open_once()
        place = session.context.where[0]
        planned = await _planned(session, place, text, wish)
        if planned.flaws:
            name = "<stdin>" if wish.file == STDIN else wish.file
            for flaw in planned.flaws:
                print(f"{safe(name)}:{flaw.line}: {safe(': '.join(filter(None, (flaw.path, flaw.message))), 1_000)}", file=sys.stderr)
            return USAGE
        for line in _told(planned, session, place):
            print(line)
        sys.stdout.flush()
        if planned.plan is None:
            return OK
        return await _apply(session, planned.plan, place, wish) if wish.apply else _only_planned(session, planned.plan, place)
    finally:
        await session.close()


async def _planned(session: Session, place: WorkspaceRef, text: str, wish: Wish) -> Planned:
    """The plan of a text, of whichever kind it is: what is none is told as a compute would be."""
    kind = wish.kind or kind_of(text)
    if kind == DATASTORE:
        return await session.datastore_files.applied(place, text)
    if kind == CONNECTION:
        return await session.connection_files.applied(place, text)
    return await session.compute_files.applied(place, text, _folder(wish.file))


def _only_planned(session: Session, plan: Plan, place: WorkspaceRef) -> int:
    """A plan that could not be applied is told as such, and is a plan all the same."""
    for refusal in _refusals(session, plan, place):
        print(f"note: it could not be applied now: {refusal}", file=sys.stderr)
    return OK


async def _apply(session: Session, plan: Plan, place: WorkspaceRef, wish: Wish) -> int:
    for refusal in _refusals(session, plan, place):
        raise TroubleError(Trouble(Kind.PERMISSION, f"Nothing was sent: {refusal}.", "Refused"))
    protected = session.context.is_protected(place)
    if protected and not wish.reason:
        sentence = f"Nothing was sent: {place.name} is protected, and wants a reason: --reason 'why, or a ticket'."
        raise TroubleError(Trouble(Kind.INVALID, sentence, "ReasonWanted"))
    if (protected or not wish.yes) and not await _agreed(wish, place.name if protected else "yes"):
        return FAILURE
    operation = await _run(session, msgspec.structs.replace(plan, reason=wish.reason))
    for run in operation.runs:
        how = f"{plan.verb_of(run.step)} {run.step.target_name}: {run.progress}"
        print(safe(redact_text(f"{how}. {run.note}" if run.note else how), 2_000))
    return OK if all(run.progress is Progress.DONE for run in operation.runs) else FAILURE


async def _agreed(wish: Wish, word: str) -> bool:
    """Whether a person at the terminal types `word`; without one nobody can agree."""
    if wish.file == STDIN or not sys.stdin.isatty():
        need = "--yes agrees to it" if word == "yes" else f"it is protected: somebody has to type {word} on a terminal"
        print(f"aml-console: nothing was sent: {need}", file=sys.stderr)
        return False
    print(f"Type {safe(word)} to send it: ", end="", file=sys.stderr, flush=True)
    typed = await asyncio.to_thread(sys.stdin.readline)
    if typed.strip() == word:
        return True
    print("aml-console: nothing was sent", file=sys.stderr)
    return False


async def _run(session: Session, plan: Plan) -> Operation:
    """Run a plan to its end, telling each stage on standard error."""
    ended = asyncio.Event()

    def heard(operation: Operation, run: StepRun) -> None:
        if not run.progress.ended:
            print(safe(f"{plan.verb_of(run.step)} {run.step.target_name}: {run.progress}"), file=sys.stderr, flush=True)
        if operation.ended:
            ended.set()

    session.listen_to_steps(heard)
    operation = session.runner.run(plan)
    try:
        await ended.wait()
    except asyncio.CancelledError:
        if any(run.progress in {Progress.SENDING, Progress.RUNNING} for run in operation.runs):
            print("aml-console: what was sent goes on in Azure; the next start of the console tells its end", file=sys.stderr)
        raise
    return operation


def _refusals(session: Session, plan: Plan, place: WorkspaceRef) -> Sequence[str]:
    context = session.context
    if not context.write:
        return (f"the console is read-only ({context.write_reason}); --write lets it change things",)
    reading = [context.refusal_at(scope, permission) for step in plan.steps for scope, permission in revealed(step)]
    found = (*(context.refusal(place, permission) for permission in plan.permissions), *dict.fromkeys(reading), plan.refused)
    return tuple(refusal for refusal in found if refusal)


def _told(planned: Planned, session: Session, place: WorkspaceRef) -> Iterator[str]:
    """A plan in lines: target, effects, permission, and the request; secrets are not told."""
    plan = planned.plan
    if plan is None:
        yield "Nothing would change: it is as the file says."
        yield from (_line("note", note) for note in planned.notes)
        return
    yield safe(plan.title)
    yield _line("where", f"{plan.where} ({session.context.subscription(place)})")
    yield from (_line("note", note) for note in planned.notes)
    for step in plan.steps:
        yield from (_line(effect.concern, effect.sentence) for effect in (*plan.totals, *step.effects))
        yield from (_line("needs", permission) for permission in (step.permission, *(each for _, each in revealed(step))))
        if plan.provenance:
            yield _line("not yet seen", plan.provenance)
        yield _line("undo", plan.undo_note)
        yield ""
        yield safe(f"{step.request.method} {step.request.url}", 4_000)
        body = msgspec.json.format(msgspec.json.encode(redact(step.request.body)), indent=2).decode()
        yield from (safe(line, 4_000) for line in body.splitlines())


def _line(label: str, text: str) -> str:
    """A labelled text; the lines of one that has several stand below each other."""
    first, *rest = [safe(redact_text(line), 2_000) for line in text.split("\n")]
    return "\n".join((f"{fit(label, LABEL_WIDTH)}{first}", *(" " * LABEL_WIDTH + line for line in rest)))


def _folder(name: str) -> Path | None:
    """Where files that a file names are looked for."""
    return None if name == STDIN else Path(name).absolute().parent


def _read(name: str) -> str:
    """A file's text. Raises OSError, ValueError."""
    if name == STDIN:
        return sys.stdin.buffer.read(MOST_BYTES).decode("utf-8-sig")
    with open(name, "rb") as file:
        return file.read(MOST_BYTES).decode("utf-8-sig")
