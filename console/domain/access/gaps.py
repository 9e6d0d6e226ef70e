"""Gaps: what could not be read and bears on who can do what at a place, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from console.domain import scopes
from console.domain.access.facts import Facts
from console.domain.access.places import At, Place
from console.domain.access.reach import Scopes, touches


def gaps(facts: Facts, place: Place) -> Iterator[str]:
    """What could not be read and bears on the place, in sentences."""
    for at in At:
        if not place.scope(at):
            told = "none before its first image, or Azure did not tell it" if at is At.REGISTRY else "none that Azure told"
            yield f"The workspace has no {at}: {told}."
    for each in facts.unread:
        if touches(each.scope, place):
            yield f"The {each.what} of {each.scope} could not be read: {each.why}."
    if facts.denies is None:
        yield "Deny assignments were not read: a yes may be denied."
    if facts.eligibilities is None:
        yield "PIM eligibilities were not read: nothing is a no."
    if place.vault and facts.vault(place.vault) is None:
        found = facts.vaults.get(scopes.key(place.vault))
        why = f": {found.fault}" if found and found.fault else ""
        name = place.vault.rsplit("/", 1)[-1]
        yield f"The Key Vault {name} could not be read{why}: whether roles or access policies decide is not known."
    yield from _gaps_of_holders(facts, Scopes(place))


def _gaps_of_holders(facts: Facts, where: Scopes) -> Iterator[str]:
    unread = {role for role in {each.role for each in facts.given if each.role} if facts.role(role) is None}
    kinds = {each.principal_id: each.principal_kind for each in facts.given if each.principal_id}
    closed = {principal for principal, kind in kinds.items() if facts.members(principal, kind) is None}
    for each in facts.given:
        if each.fault:
            yield f"An assignment could not be read: {each.fault}."
        elif each.role in unread or each.principal_id in closed:
            reach = where.reach(each.scope, each.read_in)
            if reach.whole | reach.part and each.role in unread:
                unread.discard(each.role)
                yield f"The definition of the role {each.role} was not read."
            if reach.whole | reach.part and each.principal_id in closed:
                closed.discard(each.principal_id)
                yield f"The members of {facts.name(each.principal_id)} were not read: anybody may hold what it holds."
