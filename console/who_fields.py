"""What `list who` prints: a line for each principal and verb, with the verdict and the shortest path to it."""

from __future__ import annotations

from collections.abc import Iterator

from console.domain.access.abilities import Ability, route_words
from console.domain.access.paths import scope_words
from console.domain.access.verbs import VERBS
from console.session import Session

#: Field → its width in a table, in cells; 0: only JSON and CSV have it.
FIELDS = {
    "principal": 34,
    "kind": 16,
    "verb": 24,
    "can": 24,
    "how": 70,
    "orphan": 0,
    "guest": 0,
    "enabled": 0,
    "inferred": 0,
    "may_be_denied": 0,
    "workspace": 0,
    "principal_id": 0,
}


def rows(session: Session) -> Iterator[dict[str, object]]:
    """Every principal with every verb, the "no" included: that somebody cannot is an answer too. None is what is not known."""
    answer = session.access.who.answer
    for row in session.access.who.rows.items if answer is not None else ():
        for verb in VERBS:
            cell, found = row.cell(verb), session.access.who.shortest(row, verb)
            yield {
                **_who(row, session),
                "verb": verb.name,
                "can": cell.verdict.words,
                "how": (route_words(found, answer.facts, scope_words) if answer is not None else "") or None,
                "inferred": cell.by_inference,
                "may_be_denied": cell.may_be_denied,
                "workspace": row.place.workspace.id,
            }


def _who(row: Ability, session: Session) -> dict[str, object]:
    who = session.access.now.directory.get(row.principal_id)
    return {
        "principal": row.label,
        "kind": "ManagedIdentity" if who is not None and who.service == "ManagedIdentity" else row.kind or None,
        "orphan": row.orphan,
        "guest": who.guest if who is not None else None,
        "enabled": who.enabled if who is not None else None,
        "principal_id": row.principal_id or None,
    }
