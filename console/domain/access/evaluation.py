"""Evaluation: which of the verbs each principal can do in a workspace, and how sure that is.

Sources: "How Azure RBAC determines if a user has access to a resource" and "Understand Azure deny assignments" (Microsoft Learn): deny
first, roles add up, `notActions` subtract within their own block, groups count transitively. Nothing is taken for a "no" that something
unread could turn into a yes: members of a group, a role definition, a list, a vault's model. Where the list of deny assignments itself was
not read, a yes stays a yes and is marked (`may_be_denied`): Azure's own services make deny assignments, hardly anybody else can; a single
one that was read and may apply makes it unknown. Not covered: delegation through Azure Lighthouse, Azure Policy, locks, network rules,
access lists of storage, elevation of a Global Administrator, changes to the definition of a custom role.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from console.domain.access import masks
from console.domain.access.assignments import Eligibility, RoleAssignment
from console.domain.access.denials import Kinds, denials
from console.domain.access.facts import Facts, What
from console.domain.access.gaps import gaps
from console.domain.access.identities import through_identities
from console.domain.access.places import At, Place
from console.domain.access.reach import Scopes, may_reach, touches
from console.domain.access.verbs import VERBS, Model, Way
from console.domain.access.verdicts import HOLDING, Cell, Matrix, Row, Verdict

#: What is told apart from a role that reaches the place and grants none of the needs.
NOWHERE = -1


def evaluate(facts: Facts, place: Place) -> Matrix:
    """The matrix of a workspace."""
    where = Scopes(place)
    kinds = facts.kinds()
    states, everybody = _held(facts, where, kinds)
    everybody |= _absent(facts, place)
    denied = denials(facts, where, kinds)
    doubt = facts.denies is None or any(each.what is What.DENIES and touches(each.scope, place) for each in facts.unread)
    doubt = doubt or any(deny.fault for deny in facts.denies or ())
    left = _by_model(facts, place)
    rows: dict[str, Row] = {}
    for principal, state in states.items():
        state |= everybody
        for denial in denied:
            state = denial.applied(principal, state)
        rows[principal] = _row(left(state), doubt)
    for denial in denied:
        everybody = denial.applied("", everybody)
    others = _row(left(everybody), doubt)
    return Matrix(place=place, rows=through_identities(facts, place, rows), others=others, gaps=tuple(gaps(facts, place)))


def _held(facts: Facts, where: Scopes, kinds: Kinds) -> tuple[dict[str, int], int]:
    """What each principal holds, through groups too, and what is not known of anybody."""
    holders, everybody = _holders(facts, where)
    states = dict(holders)
    for holder, state in holders.items():
        members = facts.members(holder, kinds.get(holder))
        if members is None:
            everybody |= masks.unsure(state)
            continue
        for member in members:
            states[member] = states.get(member, 0) | state
    return states, everybody


def _holders(facts: Facts, where: Scopes) -> tuple[dict[str, int], int]:
    """What is given to each principal itself, and what is not known of anybody."""
    holders: dict[str, int] = {}
    everybody = 0
    given = _Given(facts, where)
    for each in facts.assignments:
        state = given.state(each.role, each.scope, each.condition, each.read_in)
        if each.fault or not each.scope or not each.principal_id:
            state, everybody = _in_question(each, where, everybody)
        if state != NOWHERE:
            holders[each.principal_id] = holders.get(each.principal_id, 0) | state
    for eligible in facts.eligibilities or ():
        state = given.state(eligible.role, eligible.scope, eligible.condition, eligible.read_in)
        if eligible.fault or not eligible.scope or not eligible.principal_id:
            state, everybody = _in_question(eligible, where, everybody)
        if state != NOWHERE:
            holders[eligible.principal_id] = holders.get(eligible.principal_id, 0) | masks.once_activated(state)
    vault = facts.vault(where.place.vault)
    for policy in vault.policies if vault and not vault.rbac else ():
        if not policy.secrets.isdisjoint({"get", "all"}):
            holders[policy.object_id] = holders.get(policy.object_id, 0) | masks.BY_POLICY * masks.BOTH
    return holders, everybody


def _in_question(each: RoleAssignment | Eligibility, where: Scopes, everybody: int) -> tuple[int, int]:
    """What is not known of the principal, and of everybody, because of an assignment that was not read as a whole."""
    reach = where.reach(each.scope, each.read_in)
    state = masks.not_known(reach.whole | reach.part if each.scope else masks.ALL & ~masks.BY_POLICY)
    return (state, everybody) if each.principal_id else (NOWHERE, everybody | state)


class _Given:
    """What roles grant at a place, by the scope that they are held at: each role is looked up once, and each scope."""

    def __init__(self, facts: Facts, where: Scopes) -> None:
        self._facts, self._where = facts, where
        self._roles: dict[str, int | None] = {}
        self._scopes: dict[tuple[str, frozenset[str]], tuple[int, int]] = {}

    def state(self, guid: str, scope: str, condition: str, read_in: frozenset[str]) -> int:
        """What a role at a scope grants, NOWHERE near it; a role whose definition was not read may grant anything there."""
        at = (scope, read_in)
        if (reach := self._scopes.get(at)) is None:
            found = self._where.reach(scope, read_in)
            reach = self._scopes[at] = found.whole, found.part
        whole, part = reach
        if not whole | part:
            return NOWHERE
        if guid not in self._roles:
            role = self._facts.role(guid)
            self._roles[guid] = None if role is None else masks.role_state(role.permissions)
        held = self._roles[guid]
        if held is None:
            return masks.not_known(whole | part)
        state = masks.under(held & whole * masks.EVERYWHERE, condition)
        return state | masks.partly(held & part * masks.EVERYWHERE) if part else state


def _absent(facts: Facts, place: Place) -> int:
    """What is not known of anybody, because a list, a vault or a companion was not read."""
    mask = 0
    for at in At:
        scope = place.scope(at)
        if not scope:
            mask |= masks.AT_ALL[at]
        elif any(each.what is not What.DENIES and may_reach(each.scope, scope) for each in facts.unread):
            mask |= masks.AT[at]
    if facts.eligibilities is None:
        mask |= masks.ALL & ~masks.BY_POLICY
    if facts.vault(place.vault) is None:
        mask |= masks.BY_POLICY
    return masks.not_known(mask)


def _by_model(facts: Facts, place: Place) -> Callable[[int], int]:
    """What the vault's model leaves of a state; of a vault that was not read, both models are possible."""
    if (vault := facts.vault(place.vault)) is None:
        either = masks.OF_MODEL[Model.ROLES] | masks.OF_MODEL[Model.POLICIES]
        return lambda state: masks.unsure_where(state, either)
    ruled_out = masks.OF_MODEL[Model.POLICIES if vault.rbac else Model.ROLES] * masks.EVERYWHERE
    return lambda state: state & ~ruled_out


@lru_cache(maxsize=16_384)
def _row(state: int, doubt: bool) -> Row:
    return tuple(_cell(index, state & of_verb, doubt) for index, of_verb in enumerate(masks.VERB_STATES))


@lru_cache(maxsize=65_536)
def _cell(index: int, state: int, doubt: bool) -> Cell:
    ways = _ways(index, state)
    literally = _ways(index, state >> masks.LITERALLY)
    verdict = min(ways)
    return Cell(
        verdict=verdict,
        ways=ways,
        by_inference=verdict is not min(literally),
        may_be_denied=doubt and verdict < Verdict.UNKNOWN,
        more=verdict < Verdict.UNKNOWN and any(way is Verdict.UNKNOWN and _best(index, n) < verdict for n, way in enumerate(ways)),
    )


def _best(index: int, way: int) -> Verdict:
    return HOLDING[VERBS[index].ways[way].kind]


def _ways(index: int, state: int) -> tuple[Verdict, ...]:
    return tuple(_way(way, mask, state) for way, mask in zip(VERBS[index].ways, masks.WAYS[index], strict=True))


def _way(way: Way, mask: int, state: int) -> Verdict:
    held = state & masks.ALL
    if mask & ~held == 0:
        return Verdict.CONDITIONAL if way.provided else HOLDING[way.kind]
    held |= state >> masks.ELIGIBLE & masks.ALL
    if mask & ~held == 0:
        return Verdict.CONDITIONAL if way.provided else Verdict.ELIGIBLE
    held |= state >> masks.CONDITIONAL & masks.ALL
    if mask & ~held == 0:
        return Verdict.CONDITIONAL
    held |= state >> masks.UNKNOWN & masks.ALL
    return Verdict.UNKNOWN if mask & ~held == 0 else Verdict.NO
