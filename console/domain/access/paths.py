"""Paths: how a principal comes by an operation: through which groups, by which role, at which scope, and what stands against it.

The same rules as console.domain.access.evaluation, one operation at a time and told in full; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.access.assignments import EVERYONE, DenyAssignment, Eligibility, RoleAssignment
from console.domain.access.conditions import leaves_alone
from console.domain.access.facts import Facts
from console.domain.access.masks import covers_operation
from console.domain.access.places import At, Place, covers
from console.domain.access.principals import PrincipalKind
from console.domain.access.reach import RESOURCES
from console.domain.access.roles import RoleDefinition
from console.domain.access.verbs import Need
from console.domain.permissions import matches, matches_literally


class Hold(StrEnum):
    """How firmly a path holds."""

    GRANTED = "granted"
    CONDITIONAL = "under a condition"
    ELIGIBLE = "once activated"
    UNKNOWN = "not known"
    TAKEN_BACK = "taken back by the role itself"


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """One assignment, eligibility or access policy by which a principal comes, or may come, by something.

    `via` are the groups from the principal to the one that holds it; `role` is None where its definition was not read, and for an access
    policy. `conditions` are those that may forbid it. `part` is the scope beneath the one asked for that it holds at only, `by_inference`
    whether it rests on `/*/` standing for nothing. `patterns` are what grants it or, where it is taken back, what takes it. `source` is the
    id of the assignment, or of the vault. `why` says what is not known.
    """

    hold: Hold
    via: tuple[str, ...]
    scope: str
    source: str
    role: RoleDefinition | None = None
    role_guid: str = ""
    conditions: tuple[str, ...] = ()
    part: str = ""
    by_inference: bool = False
    patterns: tuple[str, ...] = ()
    why: str = ""


def chain(facts: Facts, principal_id: str, holder: str) -> tuple[str, ...]:
    """The groups from a principal, not itself in it, to the group that holds something, which is the last; () for its own.

    Membership is read transitively: of several groups between, each one that is inside the next is told.
    """
    if principal_id == holder:
        return ()
    members = facts.directory.members
    inside = members.get(holder, frozenset())
    between = [group for group in inside if principal_id in members.get(group, frozenset()) and group != principal_id]
    found: list[str] = []
    for group in sorted(between, key=lambda each: (len(members[each]), each)):
        if not found or found[-1] in members[group]:
            found.append(group)
    return (*found, holder)


def holders(facts: Facts, principal_id: str) -> dict[str, bool]:
    """Whose assignments count for a principal: its own and its groups'; False for groups that it may be in, their members being unread."""
    candidates = {each.principal_id for each in facts.given}
    candidates.update(policy.object_id for vault in facts.vaults.values() for policy in vault.policies)
    kinds = facts.kinds()
    found: dict[str, bool] = {}
    for candidate in candidates:
        members = facts.members(candidate, kinds.get(candidate))
        if candidate == principal_id or (members and principal_id in members):
            found[candidate] = True
        elif members is None and candidate:
            found[candidate] = False
    return found


def bearing(facts: Facts, operation: str, scope: str = "") -> Facts:
    """The facts with those assignments only that grant, or may grant, a management operation at a scope, or ("") anywhere."""
    grants: dict[str, bool] = {}
    for guid in {each.role for each in facts.given}:
        role = facts.role(guid)
        grants[guid] = role is None or any(covers_operation(block, operation, False) for block in role.permissions)

    def bears(each: RoleAssignment | Eligibility) -> bool:
        if each.fault or not each.scope:
            return True
        return grants[each.role] and (not scope or covers(each.scope, scope, each.read_in))

    assignments = tuple(each for each in facts.assignments if bears(each))
    eligibilities = None if facts.eligibilities is None else tuple(each for each in facts.eligibilities if bears(each))
    return msgspec.structs.replace(facts, assignments=assignments, eligibilities=eligibilities, vaults={})


def paths(facts: Facts, place: Place, principal_id: str, need: Need) -> tuple[Path, ...]:
    """Every path to a need, firm or not, those included whose role takes back itself what it grants; denials not considered."""
    scope = place.scope(need.at)
    if not scope:
        return ()
    if need.policy:
        return tuple(_by_policy(facts, place, principal_id, need))
    return tuple(by_roles(facts, principal_id, need, scope))


def _by_policy(facts: Facts, place: Place, principal_id: str, need: Need) -> Iterator[Path]:
    vault = facts.vault(place.vault)
    whose = holders(facts, principal_id)
    for policy in vault.policies if vault and not vault.rbac else ():
        sure = whose.get(policy.object_id)
        if sure is not None and not policy.secrets.isdisjoint({need.policy, "all"}):
            hold = Hold.GRANTED if sure else Hold.UNKNOWN
            why = "" if sure else _closed(facts, policy.object_id)
            via = chain(facts, principal_id, policy.object_id)
            yield Path(hold=hold, via=via, scope=place.vault, source=place.vault, patterns=tuple(sorted(policy.secrets)), why=why)


def by_roles(facts: Facts, principal_id: str, need: Need, scope: str) -> Iterator[Path]:
    """The paths to a need's operation at any scope; of the need's own place it counts only whether parts of it count."""
    whose = holders(facts, principal_id)
    for each in facts.given:
        sure = True if not each.principal_id else whose.get(each.principal_id)
        if sure is None:
            continue
        via = chain(facts, principal_id, each.principal_id) if each.principal_id else ()
        whole = not each.scope or covers(each.scope, scope, each.read_in)
        part = not whole and need.at in RESOURCES and covers(scope, each.scope)
        if not whole and not part:
            continue
        role = facts.role(each.role)
        if each.fault or not each.scope or not each.principal_id or role is None:
            why = each.fault or f"the definition of the role {each.role} was not read"
            yield Path(hold=Hold.UNKNOWN, via=via, scope=each.scope, source=each.id, role=role, role_guid=each.role, why=why)
            continue
        found = _in_role(role, need, each.condition)
        if found is None:
            continue
        hold, conditions, literally, patterns = found
        if hold is not Hold.TAKEN_BACK:
            hold = _weakest(hold, sure, part, isinstance(each, Eligibility))
        yield Path(
            hold=hold,
            via=via,
            scope=each.scope,
            source=each.id,
            role=role,
            role_guid=each.role,
            conditions=conditions,
            part=each.scope if part else "",
            by_inference=not literally,
            patterns=patterns,
            why="" if sure else _closed(facts, each.principal_id),
        )


def _weakest(hold: Hold, sure: bool, part: bool, later: bool) -> Hold:
    if not sure:
        return Hold.UNKNOWN
    if part:
        return Hold.CONDITIONAL
    return Hold.ELIGIBLE if later and hold is Hold.GRANTED else hold


def _in_role(role: RoleDefinition, need: Need, condition: str) -> tuple[Hold, tuple[str, ...], bool, tuple[str, ...]] | None:
    """How a role grants a need: how firmly, under which conditions, whether as it is spelt too, by which patterns; None: not at all."""
    taken: tuple[str, ...] = ()
    best: tuple[Hold, tuple[str, ...], bool, tuple[str, ...]] | None = None
    for block in role.permissions:
        granted, withheld = (block.data_actions, block.not_data_actions) if need.data else (block.actions, block.not_actions)
        patterns = tuple(pattern for pattern in granted if matches(pattern, need.operation))
        against = tuple(pattern for pattern in withheld if matches(pattern, need.operation))
        if patterns and against:
            taken += against
        if not patterns or against:
            continue
        open_ = tuple(text for text in (block.condition or "", condition) if not leaves_alone(text, need.operation))
        literally = covers_operation(block, need.operation, need.data, matches_literally)
        found = (Hold.CONDITIONAL if open_ else Hold.GRANTED, open_, literally, patterns)
        if best is None or (bool(found[1]), not found[2]) < (bool(best[1]), not best[2]):
            best = found
    if best is None and taken:
        return Hold.TAKEN_BACK, (), any(matches_literally(pattern, need.operation) for pattern in taken), taken
    return best


def _closed(facts: Facts, group: str) -> str:
    return f"the members of {facts.name(group)} were not read"


class Against(msgspec.Struct, frozen=True):
    """A deny assignment that denies a principal a need, or (not `sure`) may."""

    deny: DenyAssignment
    sure: bool


def denying(facts: Facts, place: Place, principal_id: str, need: Need) -> tuple[Against, ...]:
    """The deny assignments that stand against a need."""
    return tuple(denying_at(facts, place.scope(need.at), principal_id, need))


def denying_at(facts: Facts, scope: str, principal_id: str, need: Need) -> Iterator[Against]:
    """Those that stand against a need's operation at any scope."""
    kinds = facts.kinds() if facts.denies else {}
    for deny in facts.denies or ():
        if deny.fault or need.policy or not scope:
            continue
        if not (scopes.same_id(deny.scope, scope) if deny.only_here else covers(deny.scope, scope, deny.read_in)):
            continue
        certain = denied_for_certain(deny, need)
        named = among(facts, kinds, deny.principals, principal_id)
        excluded = among(facts, kinds, deny.excluded, principal_id)
        if certain is not None and named is not False and excluded is not True:
            yield Against(deny, named is True and excluded is False and certain)


def denied_for_certain(deny: DenyAssignment, need: Need) -> bool | None:
    """Whether a need's operation is denied where a deny assignment holds; None where that is not about it.

    Not for certain on a condition, and of one that holds at its scope only not what is done to something beneath that: Azure does not
    document whether that counts as a child scope.
    """
    blocks = [block for block in deny.permissions if covers_operation(block, need.operation, need.data)]
    if not blocks:
        return None
    return (need.of_itself or not deny.only_here) and any(not (block.condition or "").strip() for block in blocks)


def among(facts: Facts, kinds: dict[str, PrincipalKind], principals: frozenset[str], principal_id: str) -> bool | None:
    """Whether a principal is one of these or in a group of theirs; None where members were not read."""
    if EVERYONE in principals or principal_id in principals:
        return True
    found = [facts.members(each, kinds.get(each)) for each in principals]
    if any(members and principal_id in members for members in found):
        return True
    return None if None in found else False


def scope_words(scope: str) -> str:
    """A scope as people call it: `resource group rg-ml`, `storageAccounts stml`."""
    parts = [part for part in scope.split("/") if part]
    if not parts:
        return "the root" if scope else "a scope that could not be read"
    lowered = [part.lower() for part in parts]
    if "managementgroups" in lowered[:-1]:
        return f"management group {parts[-1]}"
    if lowered[0] == "subscriptions" and len(parts) == 2:
        return f"subscription {parts[1]}"
    if len(parts) == 4 and lowered[2] == "resourcegroups":
        return f"resource group {parts[3]}"
    if "providers" not in lowered:
        return scope
    names = parts[lowered.index("providers") + 2 :]
    pairs = [f"{_CALLED.get(kind.lower(), kind)} {name}" for kind, name in zip(names[::2], names[1::2], strict=False)]
    return ", ".join(reversed(pairs)) or scope


_CALLED = {
    "workspaces": "workspace",
    "storageaccounts": str(At.STORAGE),
    "vaults": str(At.VAULT),
    "registries": str(At.REGISTRY),
    "containers": "container",
    "computes": "compute",
    "onlineendpoints": "endpoint",
    "userassignedidentities": "identity",
    "blobservices": "blob service",
}
