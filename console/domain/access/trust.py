"""Trust: whether what was read of access agrees with Azure's own answer of what the user who asks may do (the `permissions` of a scope)."""

from __future__ import annotations

import msgspec

from console.domain.access.facts import Facts
from console.domain.access.paths import Hold, denying, paths
from console.domain.access.places import At, Place
from console.domain.access.verbs import NEEDS, Need
from console.domain.permissions import Allowance


class Disagreement(msgspec.Struct, frozen=True):
    """An operation at the workspace that Azure says the user may do (`azure`) and the console's reading says otherwise, or the reverse."""

    operation: str
    azure: bool

    @property
    def sentence(self) -> str:
        if self.azure:
            return f"Azure lets you do {self.operation}; by the assignments that were read you may not."
        return f"Azure does not let you do {self.operation}; by the assignments that were read you may."


def disagreements(facts: Facts, place: Place, principal_id: str, allowance: Allowance) -> tuple[Disagreement, ...] | None:
    """Where the two differ at the workspace itself; None where Azure's answer is not known.

    Left out is what the reading leaves open: conditions, what has not been read, what deny assignments may deny.
    """
    if not allowance.known:
        return None
    found = []
    for need in NEEDS:
        if need.at is At.WORKSPACE and not need.data:
            mine = _granted(facts, place, principal_id.lower(), need)
            theirs = allowance.allows(need.operation)
            if mine is not None and mine is not theirs:
                found.append(Disagreement(need.operation, theirs))
    return tuple(found)


def _granted(facts: Facts, place: Place, principal_id: str, need: Need) -> bool | None:
    """Whether the assignments that were read grant a need now; None where they leave it open."""
    holds = {path.hold for path in paths(facts, place, principal_id, need)}
    against = denying(facts, place, principal_id, need)
    if any(each.sure for each in against):
        return False
    if Hold.GRANTED in holds:
        return None if against else True
    return None if holds & {Hold.CONDITIONAL, Hold.UNKNOWN} or facts.unread else False
