"""Outlook: what a change of role assignments would let whom do, or no longer do, in a workspace: verbs before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from console.domain import scopes
from console.domain.access.assignments import RoleAssignment
from console.domain.access.evaluation import evaluate
from console.domain.access.facts import Facts
from console.domain.access.places import Place
from console.domain.access.verbs import VERBS
from console.domain.access.verdicts import Cell, Verdict

#: Verbs that are named in a sentence; the rest are counted.
MOST_NAMED = 8
#: Verdicts that let somebody do it, in the order in which they are told, with what is said before the verbs.
LETS = {
    Verdict.YES: "",
    Verdict.BY_KEY: "by key: ",
    Verdict.ONESELF: "could give it to oneself: ",
    Verdict.ELIGIBLE: "after activation: ",
    Verdict.CONDITIONAL: "under the condition: ",
}


class Change(msgspec.Struct, frozen=True):
    """A verb with its verdicts before and after."""

    verb: str
    before: Verdict
    after: Verdict


def changed(facts: Facts, assignments: Iterable[RoleAssignment]) -> Facts:
    """The facts with other role assignments."""
    return msgspec.structs.replace(facts, assignments=tuple(assignments))


def added(facts: Facts, new: RoleAssignment) -> Facts:
    """The facts once an assignment is made; one of the same id is replaced."""
    return changed(facts, (*(each for each in facts.assignments if not scopes.same_id(each.id, new.id)), new))


def removed(facts: Facts, ids: Iterable[str]) -> Facts:
    """The facts once assignments are gone."""
    gone = {scopes.key(each) for each in ids}
    return changed(facts, (each for each in facts.assignments if scopes.key(each.id) not in gone))


def changes(before: Facts, after: Facts, place: Place, principal_id: str) -> tuple[Change, ...]:
    """The verbs whose verdicts differ for a principal, in the order of VERBS."""
    pairs = zip(VERBS, evaluate(before, place).row(principal_id), evaluate(after, place).row(principal_id), strict=True)
    return tuple(Change(verb.name, was.verdict, now.verdict) for verb, was, now in pairs if was.verdict is not now.verdict)


def sentences(found: Sequence[Change], where: str) -> tuple[str, ...]:
    """The changes in a few sentences: what is won, and what is lost, in a workspace; that nothing changes is said too."""
    if not found:
        return (f"in {where} nothing changes of what they can do: other roles give the same, or it grants none of the verbs",)
    won = [each for each in found if each.after < each.before]
    lost = [each for each in found if each.after > each.before]
    told = [f"in {where} can then {_said([(each.verb, each.after) for each in won])}"] if won else []
    if lost:
        told.append(f"in {where} can no longer {_said([(each.verb, each.before) for each in lost])}")
        kept = [(each.verb, each.after) for each in lost if each.after in LETS]
        told += [f"in {where} still can {_said(kept)}"] if kept else []
        unsure = [each.verb for each in lost if each.after is Verdict.UNKNOWN]
        told += [f"in {where} it is unknown then whether they can {_named(unsure)}"] if unsure else []
    return tuple(told)


def lets(facts: Facts, place: Place, new: RoleAssignment) -> str:
    """What a role alone lets its holder do in a workspace, as a clause; "" where nothing of the verbs."""
    alone = msgspec.structs.replace(facts, assignments=(new,), denies=(), eligibilities=(), unread=())
    row: Sequence[Cell] = evaluate(alone, place).row(new.principal_id)
    return _said([(verb.name, cell.verdict) for verb, cell in zip(VERBS, row, strict=True) if cell.verdict in LETS])


def _said(verbs: Sequence[tuple[str, Verdict]]) -> str:
    """Verbs by how they can be done."""
    groups = ((lead, [name for name, verdict in verbs if verdict is each]) for each, lead in LETS.items())
    other = [name for name, verdict in verbs if verdict not in LETS]
    return "; ".join([f"{lead}{_named(names)}" for lead, names in groups if names] + ([_named(other)] if other else []))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
