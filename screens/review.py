"""`:review`: access as files for people to decide in; and a file in which they did, as one plan with all that was wrong in it told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from console.access.reviews import Made, Marked
from console.domain.trouble import TroubleError
from console.session import Session
from screens.host import Host
from screens.plan_keys import refusal_of
from screens.widgets.facts import Fact

#: Things that are wrong which the plan's dialog names; the rest are counted.
MOST_TOLD = 4


def review(file: str, host: Host, session: Session) -> None:
    """Make a review, or with the name of a file carry out what is marked there."""
    path = Path(file.strip()).expanduser() if file.strip() else None
    done: list[Callable[[], None]] = []

    async def work() -> Sequence[str]:
        try:
            reviews = session.access.reviews
            await reviews.look()
            if path is None:
                made = reviews.make()
                done.append(lambda: host.read("access review", _made(made)))
            else:
                done.append(await _carry_out(path, reviews.load(path), host, session))
        except TroubleError as error:
            trouble = error.trouble
            done.append(lambda: host.report(trouble))
        return ()

    def show(_: Sequence[str]) -> None:
        for act in done:
            act()

    host.flash("reading access …")
    host.later(work(), show)


async def _carry_out(path: Path, marked: Marked, host: Host, session: Session) -> Callable[[], None]:
    """What is to be shown: the plan, or why there is none. Raises TroubleError."""
    if not marked.remove:
        nothing = Fact("", "Nothing is marked REMOVE that could be removed.", "warn")
        return lambda: host.read(f"review {path.name}", [*_told(marked), Fact("", ""), nothing])
    plan = await session.access.reviews.plan(marked)
    return lambda: host.propose(plan, refusal_of(session, plan), notes=_notes(path, marked))


def _made(made: Made) -> list[Fact]:
    facts = [Fact("CSV", str(made.table)), Fact("Markdown", str(made.text)), Fact("rows", str(made.rows))]
    facts += [Fact(name, value) for name, value in made.evidence]
    facts += [Fact("", "")]
    facts += [Fact("changes" if number == 0 else " ", line) for number, line in enumerate(made.since)]
    facts += [Fact("", ""), Fact("go on", f"mark KEEP or REMOVE in the column DECISION, then :review {made.table}")]
    return facts


def _told(marked: Marked) -> list[Fact]:
    facts = [Fact("made at", marked.evidence.get("made at", "?")), Fact("made by", marked.evidence.get("made by", "?"))]
    facts.append(Fact("marked", f"{len(marked.remove)} to remove, {marked.kept} to keep, {marked.undecided} undecided"))
    return facts + [Fact(f"line {fault.line}" if fault.line else "file", fault.message, "bad", "bad") for fault in marked.faults]


def _notes(path: Path, marked: Marked) -> list[str]:
    made = f"as marked in {path.name}, made at {marked.evidence.get('made at', '?')} by {marked.evidence.get('made by', '?')}"
    notes = [f"{made}; {marked.kept} to keep, {marked.undecided} undecided"]
    wrong = [f"{path.name} {f'line {fault.line}' if fault.line else 'as a whole'}: {fault.message}" for fault in marked.faults]
    notes += wrong[:MOST_TOLD]
    return notes + ([f"and {len(wrong) - MOST_TOLD} more that are wrong in it"] if len(wrong) > MOST_TOLD else [])
