"""What a role lets its holder do by itself, in verbs: what it was made for, whoever holds it and whatever else they hold."""

from __future__ import annotations

from console.domain.access import masks
from console.domain.access.roles import RoleDefinition
from console.domain.access.verbs import BY_KEY, VERBS, Kind, Verb

#: Verbs that read secrets.
SECRETS = ("datastore-secrets", "connection-secrets", "vault-secrets")


def verbs_of(role: RoleDefinition, kinds: tuple[Kind, ...] = (Kind.DIRECT,)) -> tuple[Verb, ...]:
    """The verbs that a role grants without a condition where it is held at all scopes that they need."""
    state = masks.role_state(role.permissions) & masks.ALL
    return tuple(
        verb
        for verb, ways in zip(VERBS, masks.WAYS, strict=True)
        if any(way.kind in kinds and not way.provided and mask & ~state == 0 for way, mask in zip(verb.ways, ways, strict=True))
    )


def verb_names(role: RoleDefinition, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The names of those of these verbs that a role grants directly."""
    granted = verbs_of(role)
    return tuple(BY_KEY[key].name for key in keys if BY_KEY[key] in granted)
