"""Reads of access by subscription: of a whole one, or where that is refused of the workspaces and companions in it that one may read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from console.domain import scopes
from console.domain.access.assignments import Activation, DenyAssignment, Eligibility, RoleAssignment, Usage
from console.domain.access.places import Place
from console.domain.access.roles import RoleDefinition
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, TroubleError
from console.domain.workspaces import Workspace
from console.readers import Readers

T = TypeVar("T")
#: What is missing where a subscription's own list is refused.
NARROW = "only what reaches here: you may not list the subscription's"


class AccessReads:
    """What the feeds of access read; their scopes are `SUBSCRIPTION/NAME OF THE FEED`. All raise TroubleError."""

    def __init__(self, readers: Readers, places: Callable[[], Sequence[Place]]) -> None:
        self._readers, self._places = readers, places
        #: The last reading of assignments by the feed's scope: of thousands, those that are unchanged are not decoded again.
        self.before: Callable[[str], Reading[RoleAssignment] | None] = lambda _scope: None

    async def assignments(self, scope: str) -> Reading[RoleAssignment]:
        before = self.before(scope)
        whole = before is not None and not before.incomplete
        return await self._widest(
            lambda part: self._readers.assignments(part, before), scope, lambda item: scopes.key(item.id), NARROW, whole=whole
        )

    async def definitions(self, scope: str) -> Reading[RoleDefinition]:
        return await self._widest(self._readers.role_definitions, scope, lambda item: item.guid, "")

    async def denies(self, scope: str) -> Reading[DenyAssignment]:
        return await self._widest(self._readers.denies, scope, lambda item: scopes.key(item.id), NARROW)

    async def eligibilities(self, scope: str) -> Reading[Eligibility]:
        return await self._readers.eligibilities(_head(scope))

    async def activations(self, scope: str) -> Reading[Activation]:
        return await self._readers.activations(_head(scope))

    async def usage(self, scope: str) -> Reading[Usage]:
        return await self._readers.assignment_usage(_head(scope))

    async def workspace(self, scope: str) -> Reading[Workspace]:
        """A workspace by its ARM id, for its companions."""
        found = await self._readers.workspace(WorkspaceRef.parse(scope))
        return Reading((found,))

    async def _widest(
        self, read: Callable[[str], Awaitable[Reading[T]]], scope: str, key: Callable[[T], str], told: str, *, whole: bool = False
    ) -> Reading[T]:
        """The list of a subscription; where that is refused, all that may be read of its parts, and `told` is what is missing.

        Where nothing may be read, the refusal of the subscription is raised; so it is where the list was `whole` the last time, which stays
        then, with its age.
        """
        subscription = _head(scope)
        try:
            return await read(f"/subscriptions/{subscription}")
        except TroubleError as error:
            if error.trouble.kind is not Kind.PERMISSION or whole:
                raise
            refused = error
        parts = [each for place in self._places() for each in (place.workspace.id, *(companion for _, companion in place.companions))]
        answers = await asyncio.gather(*(read(each) for each in parts if subscription_of(each) == subscription), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, TroubleError):
                raise answer
        readings = [answer for answer in answers if not isinstance(answer, BaseException)]
        if not readings:
            raise refused
        items = {key(item): item for reading in readings for item in reading.items}
        raw = {name: data for reading in readings for name, data in reading.raw.items()}
        return Reading(tuple(items.values()), raw, told)


def subscription_of(arm_id: str) -> str:
    """The subscription that an ARM id is in, in lower case; "" for one that is in none."""
    return scopes.segments(arm_id).get("subscriptions", "").lower()


def _head(scope: str) -> str:
    return scope.split("/", 1)[0]
