"""Reach: which needs of a place are decided by what holds at a scope."""

from __future__ import annotations

import msgspec

from console.domain import scopes
from console.domain.access import masks
from console.domain.access.places import At, Place, covers

#: Whose children (a container, a secret, an endpoint) are part of it: a role on one grants the verb for that one.
RESOURCES = (At.WORKSPACE, At.STORAGE, At.VAULT, At.REGISTRY)


class Reach(msgspec.Struct, frozen=True):
    """Which of a place's needs what holds at a scope decides about: `whole`, and those that it decides for a part of only."""

    whole: int
    part: int


class Scopes:
    """The scopes of a place, ready to be compared with many others."""

    def __init__(self, place: Place) -> None:
        self.place = place
        keys = ((at, scopes.key(place.scope(at))) for at in At)
        self._keys = [(at, key, key + "/") for at, key in keys if key]
        self._found: dict[tuple[str, frozenset[str]], Reach] = {}

    def reach(self, scope: str, read_in: frozenset[str]) -> Reach:
        """What holds at `scope` reaches these needs; without any scope (it could not be read) it may reach all of them."""
        if (found := self._found.get((scope, read_in))) is None:
            found = self._found[scope, read_in] = self._reach(scope, read_in)
        return found

    def _reach(self, scope: str, read_in: frozenset[str]) -> Reach:
        whole = part = 0
        key = scopes.key(scope)
        above = not key.startswith("/subscriptions/")
        beneath = key + "/"
        for at, place, place_beneath in self._keys:
            if above:
                whole |= masks.AT[at] if covers(scope, place, read_in) else 0
            elif place == key or place.startswith(beneath):
                whole |= masks.AT[at]
            elif at in RESOURCES and key.startswith(place_beneath):
                part |= masks.AT[at]
        return Reach(whole, part & ~whole)


def may_reach(above: str, scope: str) -> bool:
    """Whether what is unread at `above` may hold at `scope`; of what lies above subscriptions it may."""
    return not scopes.key(above).startswith("/subscriptions/") or covers(above, scope)


def touches(scope: str, place: Place) -> bool:
    """Whether what is unread at a scope may bear on a place."""
    return any(may_reach(scope, found) for at in At if (found := place.scope(at)))
