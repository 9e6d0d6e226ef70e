"""Facts of access: what the feeds know, in the form that access is decided from, with what of it could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.domain.access.assignments import DenyAssignment, Eligibility, RoleAssignment
from console.domain.access.facts import Facts, Unread, What
from console.domain.access.places import Vault
from console.domain.access.principals import Directory
from console.domain.access.roles import RoleDefinition
from console.feeds.beside import NO_PREMIUM
from console.feeds.feed import Feed


def facts_of(
    held: tuple[RoleAssignment, ...],
    eligible: tuple[Eligibility, ...],
    feeds: tuple[Feed[RoleAssignment], Feed[DenyAssignment], Feed[Eligibility]],
    roles: Mapping[str, RoleDefinition],
    directory: Directory,
    vaults: Mapping[str, Vault],
) -> Facts:
    """All that is known. `held` and `eligible` are what `feeds` (assignments, denies, eligibilities) gave, each once."""
    assignments, denies, eligibilities = feeds
    unread = (
        *_unread(What.ASSIGNMENTS, assignments),
        *_unread(What.DENIES, denies),
        *(() if _without_pim(eligibilities) else _unread(What.ELIGIBILITIES, eligibilities)),
    )
    return Facts(
        roles=roles,
        assignments=held,
        denies=denies.items if _any_read(denies) else None,
        eligibilities=eligible if _any_read(eligibilities) or _without_pim(eligibilities) else None,
        directory=directory,
        vaults=vaults,
        unread=unread,
    )


def _any_read(feed: Feed[Any]) -> bool:
    return any(part.reading is not None for part in feed.parts.values())


def _without_pim(feed: Feed[Eligibility]) -> bool:
    """Whether Azure says that the tenant has no PIM: then nobody is eligible for anything."""
    return bool(feed.parts) and all(part.trouble is not None and part.trouble.code == NO_PREMIUM for part in feed.parts.values())


def _unread(what: What, feed: Feed[Any]) -> Iterator[Unread]:
    if not feed.parts:
        yield Unread(what, "/", "it was not asked for yet")
    for scope, part in feed.parts.items():
        subscription = f"/subscriptions/{scope.split('/', 1)[0]}"
        if part.reading is None:
            yield Unread(what, subscription, part.trouble.sentence if part.trouble is not None else "it is being read")
        elif part.reading.incomplete:
            yield Unread(what, subscription, part.reading.incomplete)
