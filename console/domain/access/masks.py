"""Masks: what roles, conditions and denials mean for the needs of all verbs, as bits of one integer, compiled once per role used.

A state is eight lanes of bits, one bit per need (console.domain.access.verbs.NEEDS): granted, granted under a condition, granted once
activated, not known; first as `/*/` in a role is read here, then (the upper half) as it is spelt.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from console.domain.access.conditions import leaves_alone
from console.domain.access.places import At
from console.domain.access.verbs import NEEDS, VERBS, Model, Need, Way
from console.domain.permissions import Permission, matches, matches_literally

WIDTH = len(NEEDS)
#: Lanes by their shift, and both readings of each.
GRANTED, CONDITIONAL, ELIGIBLE, UNKNOWN = 0, WIDTH, 2 * WIDTH, 3 * WIDTH
LITERALLY = 4 * WIDTH
ALL = (1 << WIDTH) - 1
#: A mask of needs, times this, is that mask in the lane GRANTED, as it is read and as it is spelt.
BOTH = 1 | 1 << LITERALLY
_LANES = 1 | 1 << CONDITIONAL | 1 << ELIGIBLE | 1 << UNKNOWN
#: A mask of needs, times this, is that mask in every lane.
EVERYWHERE = BOTH * _LANES
Matcher = Callable[[str, str], bool]


def mask_of(chosen: Callable[[Need], bool]) -> int:
    """The bits of the needs that are chosen."""
    return sum(1 << bit for bit, need in enumerate(NEEDS) if chosen(need))


#: Needs that roles decide about, by where they are; those of access policies stand apart.
AT = {at: mask_of(lambda need, at=at: need.at is at and not need.policy) for at in At}  # type: ignore[misc]
AT_ALL = {at: mask_of(lambda need, at=at: need.at is at) for at in At}  # type: ignore[misc]
OF_MODEL = {model: mask_of(lambda need, model=model: need.model is model) for model in Model}  # type: ignore[misc]
#: Needs of what is done to the resource at their scope itself.
OF_ITSELF = mask_of(lambda need: need.of_itself)
BY_POLICY = mask_of(lambda need: bool(need.policy))
_BIT = {need: 1 << bit for bit, need in enumerate(NEEDS)}


@lru_cache(maxsize=1024)
def way_mask(way: Way) -> int:
    """The bits of a way's needs."""
    return sum(_BIT[need] for need in way.needs)


WAYS = tuple(tuple(way_mask(way) for way in verb.ways) for verb in VERBS)
#: Everything of a state that a verb depends on.
VERB_STATES = tuple(mask_of(lambda need, verb=verb: any(need in way.needs for way in verb.ways)) * EVERYWHERE for verb in VERBS)  # type: ignore[misc]


@lru_cache(maxsize=2048)
def role_state(permissions: tuple[Permission, ...]) -> int:
    """What a role grants to whoever holds it everywhere: the lanes GRANTED and CONDITIONAL, in both readings."""
    return _role_lanes(permissions, matches) | _role_lanes(permissions, matches_literally) << LITERALLY


def _role_lanes(permissions: tuple[Permission, ...], match: Matcher) -> int:
    granted = conditional = 0
    for block in permissions:
        mask = block_mask(block, match)
        open_ = mask & concerned(block.condition or "")
        granted |= mask & ~open_
        conditional |= open_
    return granted | (conditional & ~granted) << CONDITIONAL


def block_mask(block: Permission, match: Matcher) -> int:
    """The needs that one block of permissions covers; what it takes back counts in this block only."""
    return mask_of(lambda need: not need.policy and covers_operation(block, need.operation, need.data, match))


def covers_operation(block: Permission, operation: str, data: bool, match: Matcher = matches) -> bool:
    """Whether a block grants an operation and does not take it back itself; data operations go by the data actions only."""
    granted, withheld = (block.data_actions, block.not_data_actions) if data else (block.actions, block.not_actions)
    return any(match(pattern, operation) for pattern in granted) and not any(match(pattern, operation) for pattern in withheld)


@lru_cache(maxsize=2048)
def concerned(condition: str) -> int:
    """The needs that a condition may forbid."""
    return mask_of(lambda need: not leaves_alone(condition, need.operation)) if condition.strip() else 0


@lru_cache(maxsize=2048)
def denied_masks(permissions: tuple[Permission, ...]) -> tuple[int, int, int, int]:
    """The needs that a deny assignment denies and those that it may deny (under a condition), in both readings."""
    found: list[int] = []
    for match in (matches, matches_literally):
        denied = maybe = 0
        for block in permissions:
            mask = block_mask(block, match)
            if (block.condition or "").strip():
                maybe |= mask
            else:
                denied |= mask
        found += (denied, maybe & ~denied)
    return found[0], found[1], found[2], found[3]


def under(state: int, condition: str) -> int:
    """The state under an assignment's condition: what the condition may forbid is granted under a condition."""
    if not condition:
        return state
    moved = state & concerned(condition) * BOTH
    return state ^ moved | moved << CONDITIONAL


def partly(state: int) -> int:
    """The state where it holds for a part only: granted under a condition."""
    return _gathered(state, CONDITIONAL)


def once_activated(state: int) -> int:
    """The state of a role that has to be activated first: what it grants under a condition stays that."""
    granted = state & ALL * BOTH
    return state ^ granted | granted << ELIGIBLE


def unsure(state: int) -> int:
    """The state where it is not known whether it holds."""
    return _gathered(state, UNKNOWN)


def unsure_where(state: int, mask: int) -> int:
    """The state, what the mask (of one reading) names being not known."""
    chosen = state & mask * EVERYWHERE
    return state ^ chosen | _gathered(chosen, UNKNOWN)


def not_known(mask: int) -> int:
    """The state of which nothing is known but that the needs of the mask are in question."""
    return mask * BOTH << UNKNOWN


def without(state: int, denied: int, denied_literally: int, maybe: int, maybe_literally: int) -> int:
    """The state less what is denied; what may be denied is not known any more."""
    state &= ~((denied | denied_literally << LITERALLY) * _LANES)
    doubted = state & (maybe | maybe_literally << LITERALLY) * _LANES
    return state ^ doubted | _gathered(doubted, UNKNOWN)


def _gathered(state: int, lane: int) -> int:
    bits = (state | state >> CONDITIONAL | state >> ELIGIBLE | state >> UNKNOWN) & ALL
    upper = state >> LITERALLY
    literal = (upper | upper >> CONDITIONAL | upper >> ELIGIBLE | upper >> UNKNOWN) & ALL
    return (bits | literal << LITERALLY) << lane
