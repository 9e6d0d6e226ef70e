"""Bars: which deny assignments stand against what a role assignment gives, or are of interest to a workspace at all.

Source: "Understand Azure deny assignments" (Microsoft Learn). Only Azure makes and removes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from console.domain import scopes
from console.domain.access.assignments import DenyAssignment
from console.domain.access.facts import Facts
from console.domain.access.grants import Grant
from console.domain.access.masks import covers_operation
from console.domain.access.paths import among, denied_for_certain
from console.domain.access.places import At, Place, covers
from console.domain.access.verbs import VERBS, Kind, Verb


class Bar(msgspec.Struct, frozen=True):
    """A deny assignment against a grant: `verbs` are those of the role that it denies, `sure` that it does, and to the grant's holder.

    `part` says that it holds on something beneath the grant's scope only.
    """

    deny: DenyAssignment
    sure: bool
    part: bool
    verbs: tuple[Verb, ...]


def bars(facts: Facts, grant: Grant) -> tuple[Bar, ...]:
    """Those that stand, or may stand, against what a grant gives; none where nothing says that they are about its holder."""
    kinds = facts.kinds()
    found = []
    for deny in facts.denies or ():
        whole = scopes.same_id(deny.scope, grant.scope) if deny.only_here else covers(deny.scope, grant.scope, deny.read_in)
        if deny.fault or not (whole or covers(grant.scope, deny.scope, deny.read_in)):
            continue
        named = among(facts, kinds, deny.principals, grant.principal_id)
        excluded = among(facts, kinds, deny.excluded, grant.principal_id)
        if named is not False and excluded is not True:
            verbs = {verb: certain for verb in VERBS if (certain := _denied(deny, grant, verb)) is not None}
            sure = named is True and excluded is False and all(verbs.values())
            found.append(Bar(deny, sure, not whole, tuple(verbs)))
    return tuple(found)


def _denied(deny: DenyAssignment, grant: Grant, verb: Verb) -> bool | None:
    """Whether an operation by which the verb is done directly is denied for certain; None where none is granted by the role and denied."""
    if grant.definition is None:
        return None
    needs = (need for way in verb.ways if way.kind is Kind.DIRECT for need in way.needs if not need.policy)
    granted = (need for need in needs if any(covers_operation(block, need.operation, need.data) for block in grant.definition.permissions))
    denied = [certain for need in granted if (certain := denied_for_certain(deny, need)) is not None]
    return any(denied) if denied else None


def of_interest(denies: Iterable[DenyAssignment], places: Sequence[Place]) -> list[DenyAssignment]:
    """Each deny assignment that bears on one of the workspaces or on a companion: from above, on it, or beneath it."""
    wanted = [scope for place in places for at in At if (scope := place.scope(at))]
    inner = [scope for place in places for at in At if at not in (At.GROUP, At.SUBSCRIPTION) and (scope := place.scope(at))]
    found = {
        scopes.key(each.id): each
        for each in denies
        if each.fault
        or any(covers(each.scope, scope, each.read_in) for scope in wanted)
        or any(covers(scope, each.scope) for scope in inner)
    }
    return sorted(found.values(), key=lambda each: (each.scope.count("/"), each.name))
