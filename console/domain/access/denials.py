"""Denials: what deny assignments take from what is held at a place ("Understand Azure deny assignments", Microsoft Learn)."""

from __future__ import annotations

from collections.abc import Mapping

from console.domain import scopes
from console.domain.access import masks
from console.domain.access.assignments import EVERYONE, DenyAssignment
from console.domain.access.facts import Facts
from console.domain.access.places import At
from console.domain.access.principals import PrincipalKind
from console.domain.access.reach import Scopes

Kinds = Mapping[str, PrincipalKind]


class Denial:
    """A deny assignment as it bears on a place."""

    def __init__(self, facts: Facts, kinds: Kinds, deny: DenyAssignment, mask: int) -> None:
        denied, maybe, denied_literally, maybe_literally = (part & mask for part in masks.denied_masks(deny.permissions))
        if deny.only_here:  # Azure does not document whether what is beneath a resource counts as its child scopes
            maybe, maybe_literally = maybe | denied & ~masks.OF_ITSELF, maybe_literally | denied_literally & ~masks.OF_ITSELF
            denied, denied_literally = denied & masks.OF_ITSELF, denied_literally & masks.OF_ITSELF
        self._sure = (denied, denied_literally, maybe, maybe_literally)
        self._unsure = (0, 0, denied | maybe, denied_literally | maybe_literally)
        self._denied, self._denied_open = _crowd(facts, kinds, deny.principals)
        self._excluded, self._excluded_open = _crowd(facts, kinds, deny.excluded)

    def applied(self, principal: str, state: int) -> int:
        """The state less what is denied to the principal; "" is anybody who holds nothing, of whom it is not looked up who they are."""
        if principal and principal in self._excluded:
            return state
        hit = EVERYONE in self._denied or principal in self._denied
        if not hit and not self._denied_open:
            return state
        sure = hit and not self._excluded_open and bool(principal or not self._excluded)
        return masks.without(state, *(self._sure if sure else self._unsure))


def _crowd(facts: Facts, kinds: Kinds, principals: frozenset[str]) -> tuple[frozenset[str], bool]:
    """The principals with the members of those that are groups, and whether some of the members are not known."""
    found = set(principals)
    unread = False
    for principal in principals - {EVERYONE}:
        members = facts.members(principal, kinds.get(principal))
        unread = unread or members is None
        found |= members or frozenset()
    return frozenset(found), unread


def denials(facts: Facts, where: Scopes, kinds: Kinds) -> list[Denial]:
    """The deny assignments that bear on a place; those that could not be read are left to the mark that a yes may be denied."""
    found: list[Denial] = []
    for deny in facts.denies or ():
        mask = 0 if deny.fault else where.reach(deny.scope, deny.read_in).whole
        if deny.only_here:
            mask &= sum(masks.AT[at] for at in At if (scope := where.place.scope(at)) and scopes.same_id(scope, deny.scope))
        if mask:
            found.append(Denial(facts, kinds, deny, mask))
    return found
