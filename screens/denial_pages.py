"""Pages about deny assignments: all that bear on the workspaces that are open, and those that stand against one grant."""

from __future__ import annotations

from collections.abc import Iterator

from console.domain.access.assignments import EVERYONE, DenyAssignment
from console.domain.access.bars import bars, of_interest
from console.domain.access.grants import Grant
from console.session import Session
from screens.access_cells import scope_text
from screens.widgets.facts import Fact

GAP = Fact("", "")
#: Deny assignments are Azure's own ("Understand Azure deny assignments", Microsoft Learn).
LASTING = "no key here does: only Azure makes and removes them, through what it made them for (a deployment stack, a managed application)"


def counted(session: Session) -> int:
    """How many bear on the workspaces that are open, as far as they were read."""
    return len(of_interest(session.access.now.denies.items, session.access.now.places))


def denial_facts(session: Session) -> list[Fact]:
    """All that bear on the workspaces that are open, and what of them was not read."""
    feed = session.access.now.denies
    facts = [fact for deny in of_interest(feed.items, session.access.now.places) for fact in (*_one(deny, session), GAP)]
    unread = [trouble.sentence for trouble in feed.troubles.values()] + ([feed.incomplete] if feed.incomplete else [])
    if not facts and not unread:
        facts = [Fact("", "None bears on the workspaces that are open." if feed.loaded else "They are being read…", "muted")]
    return [*facts, *(Fact("not read", each, "warn", "warn") for each in unread)]


def bar_facts(grant: Grant, session: Session) -> list[Fact]:
    """Those that stand, or may stand, against what a grant gives."""
    facts = []
    for bar in bars(session.access.now.facts(), grant):
        where = f" on {scope_text(bar.deny.scope, session)}" if bar.part else ""
        what = ", ".join(verb.name for verb in bar.verbs) or "nothing of what is looked at here that the role grants"
        facts.append(Fact("denied" if bar.sure else "may be denied", f"{bar.deny.name or bar.deny.id}: {what}{where}", "bad", "bad"))
        facts += [Fact(" ", f"{fact.label} {fact.text}") for fact in _actions(bar.deny)]
    return [*facts, GAP] if facts else []


def _one(deny: DenyAssignment, session: Session) -> Iterator[Fact]:
    yield Fact("denied", deny.name or deny.id, "bold", "bad")
    if deny.fault:
        yield Fact("unreadable", deny.fault, "bad", "bad")
        return
    yield Fact("to", _names(deny.principals, session))
    if deny.excluded:
        yield Fact("but not to", _names(deny.excluded, session))
    yield from _actions(deny)
    yield Fact("at", f"{scope_text(deny.scope, session)}{', and not at what is beneath it' if deny.only_here else ', and below'}")
    if deny.description:
        yield Fact("description", deny.description)
    yield Fact("removed", LASTING, "muted")
    yield Fact("id", deny.id)


def _actions(deny: DenyAssignment) -> Iterator[Fact]:
    for block in deny.permissions:
        for label, actions in (("what", block.actions), ("data", block.data_actions)):
            if actions:
                yield Fact(label, ", ".join(actions))
        if kept := (*block.not_actions, *block.not_data_actions):
            yield Fact("but not", ", ".join(kept))
        if block.condition:
            yield Fact("only if", block.condition, "warn")


def _names(principals: frozenset[str], session: Session) -> str:
    known = session.access.now.directory
    names = (
        "everybody" if each == EVERYONE else who.label if (who := known.get(each)) is not None else each for each in sorted(principals)
    )
    return ", ".join(names)
