"""Guards: what must not be taken away: the last who can assign roles at a scope, and one's own last path.

Who counts: users and service principals that the directory knows and that are not disabled, with an unconditional role that is not held
for a time only; of a group, its transitive members. Where that cannot be told, the guard wants it typed that it is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from console.domain.access.facts import Facts, What
from console.domain.access.paths import Hold, Path, bearing, by_roles, denying_at, holders, scope_words
from console.domain.access.places import At, covers
from console.domain.access.principals import PrincipalKind
from console.domain.access.reach import may_reach
from console.domain.access.verbs import ASSIGN, Need

#: At the group, so that a role on something beneath a scope does not count for it.
_ASSIGN = Need(ASSIGN, At.GROUP)


class Removal(msgspec.Struct, frozen=True):
    """What is to be taken away: assignments by id, and memberships as (group, member)."""

    assignments: frozenset[str] = frozenset()
    memberships: frozenset[tuple[str, str]] = frozenset()


class Refusal(msgspec.Struct, frozen=True):
    """Why a removal is refused; where it is not `sure`, it may go on once the person has typed that it is meant."""

    sentence: str
    scope: str
    sure: bool = True


class Assigners(msgspec.Struct, frozen=True):
    """Who can assign roles at a scope for good, and in sentences why there may be others."""

    people: frozenset[str]
    doubts: tuple[str, ...]


def refusals(facts: Facts, removal: Removal, me: str) -> tuple[Refusal, ...]:
    """What stands against a removal, by the person `me` (object id; "" where it is not known)."""
    after = without(facts, removal)
    before, later = bearing(facts, ASSIGN), bearing(after, ASSIGN)
    had, has = (holders(facts, me), holders(after, me)) if me else ({}, {})
    found: dict[Refusal, None] = {}
    for scope in _scopes(facts, removal):
        found.update(dict.fromkeys(_last(before, later, scope)))
        own = _own_path(before, later, scope, me) if me else []
        if me and not own:
            own = _own_last(_any(facts, had, scope), _any(after, has, scope), scope)
        found.update(dict.fromkeys(own))
    return tuple(found)


def without(facts: Facts, removal: Removal) -> Facts:
    """The facts once the removal is done.

    Memberships are known transitively only: who leaves a group leaves those above it too, unless another group between keeps them there.
    """
    left = tuple(each for each in facts.assignments if each.id not in removal.assignments)
    members = dict(facts.directory.members)
    for group, member in removal.memberships:
        leaving = {member, *members.get(member, frozenset())}
        members |= {
            each: frozenset(one for one in inside if one not in leaving or _kept(members, each, group, one, leaving))
            for each, inside in members.items()
            if each == group or group in inside
        }
    directory = msgspec.structs.replace(facts.directory, members=members)
    return msgspec.structs.replace(facts, assignments=left, directory=directory)


def _kept(members: Mapping[str, frozenset[str]], above: str, group: str, one: str, leaving: set[str]) -> bool:
    """Whether somebody who leaves `group` is still in `above` through another group."""
    others = (other for other in members[above] if other in members and other != group and other not in leaving)
    return any(one in members[other] and group not in members[other] for other in others)


def _scopes(facts: Facts, removal: Removal) -> list[str]:
    """The scopes at which something is taken away."""
    groups = {group for group, _ in removal.memberships}
    groups |= {above for above, inside in facts.directory.members.items() if not groups.isdisjoint(inside)}
    found = {each.scope for each in facts.assignments if each.scope and (each.id in removal.assignments or each.principal_id in groups)}
    return sorted(found, key=lambda scope: (scope.count("/"), scope))


def assigners(facts: Facts, scope: str) -> Assigners:
    """Who can assign roles at a scope."""
    facts = bearing(facts, ASSIGN, scope)
    people: set[str] = set()
    doubts: dict[str, None] = {}
    kinds = facts.kinds()
    candidates = {each.principal_id for each in facts.given if each.principal_id}
    for holder in tuple(candidates):
        candidates |= facts.members(holder, kinds.get(holder)) or frozenset()
    for who in candidates:
        found, counts = _firmly(facts, scope, who), _counts(facts, who)
        if found is None or counts is False:
            continue
        if _is_group(facts, who, kinds.get(who)):
            if facts.members(who, kinds.get(who)) is None:
                doubts[f"the members of {facts.name(who)} were not read"] = None
        elif found == "" and counts is True:
            people.add(who)
        else:
            doubts[found or f"whether the account {facts.name(who)} is enabled is not known"] = None
    for each in facts.given:
        if each.fault and not each.principal_id:
            doubts["an assignment could not be read"] = None
    for unread in facts.unread:
        if unread.what is What.ASSIGNMENTS and may_reach(unread.scope, scope):
            doubts[f"the role assignments of {scope_words(unread.scope)} could not be read"] = None
    return Assigners(frozenset(people), tuple(sorted(doubts)))


def _is_group(facts: Facts, who: str, kind: PrincipalKind | None) -> bool:
    known = facts.directory.get(who)
    sort = known.kind if known and known.kind is not PrincipalKind.UNKNOWN else kind
    return who in facts.directory.members or sort in (PrincipalKind.GROUP, PrincipalKind.FOREIGN_GROUP)


def _firmly(facts: Facts, scope: str, who: str) -> str | None:
    """Whether a principal can assign roles at a scope: "" for good, a clause where that is in doubt, None where not."""
    against = tuple(denying_at(facts, scope, who, _ASSIGN))
    if any(each.sure for each in against):
        return None
    lasting = {each.id for each in facts.assignments if each.until is None and not each.activated}
    doubt: str | None = None
    for path in by_roles(facts, who, _ASSIGN, scope):
        if path.hold is Hold.GRANTED and path.source in lasting:
            return "" if not against else f"a deny assignment may stand against {facts.name(who)}"
        doubt = _doubt(facts, who, path) or doubt
    return doubt


def _doubt(facts: Facts, who: str, path: Path) -> str | None:
    if path.hold is Hold.ELIGIBLE:
        return f"{facts.name(who)} is eligible and would have to activate it"
    if path.hold is Hold.GRANTED:
        return f"{facts.name(who)} has it for a time only"
    return path.why or None if path.hold is Hold.UNKNOWN else None


def _counts(facts: Facts, who: str) -> bool | None:
    """Whether somebody is there to act: None where the directory does not tell."""
    known = facts.directory.get(who)
    if known is None:
        return False if who in facts.directory.gone else None
    return known.enabled


def _last(before: Facts, after: Facts, scope: str) -> list[Refusal]:
    had, has = assigners(before, scope), assigners(after, scope)
    if has.people or not (had.people or had.doubts) or had == has:
        return []
    where = scope_words(scope)
    lost = ", ".join(sorted(before.name(who) for who in had.people))
    if has.doubts:
        return [Refusal(f"Nobody may be left who can assign roles at {where}: {'; '.join(has.doubts)}.", scope, sure=False)]
    if not lost:
        return [Refusal(f"Nobody may be left who can assign roles at {where}: {'; '.join(had.doubts)}.", scope, sure=False)]
    return [Refusal(f"Nobody would be left who can assign roles at {where}: {lost} would be the last.", scope)]


def _own_path(before: Facts, after: Facts, scope: str, me: str) -> list[Refusal]:
    if _firmly(before, scope, me) != "" or (left := _firmly(after, scope, me)) == "":
        return []
    told = f": {left}" if left else ""
    return [Refusal(f"You would lose your own last path to assign roles at {scope_words(scope)}{told}.", scope, sure=left is None)]


def _own_last(had: set[bool], has: set[bool], scope: str) -> list[Refusal]:
    if True not in had or True in has:
        return []
    return [Refusal(f"You would lose your own last role at {scope_words(scope)}.", scope, sure=not has)]


def _any(facts: Facts, whose: Mapping[str, bool], scope: str) -> set[bool]:
    """Whether somebody holds something at a scope for sure, or may."""
    mine = (each for each in facts.assignments if each.principal_id in whose)
    return {whose[each.principal_id] for each in mine if covers(each.scope, scope, each.read_in)}
