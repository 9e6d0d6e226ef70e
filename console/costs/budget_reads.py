"""Reads of budgets and alerts: those of a subscription, and those of the resource groups of the open workspaces in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from console.domain import scopes
from console.domain.billing.budgets import Alert, Budget
from console.domain.readings import Reading
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import TroubleError
from console.readers import Readers

T = TypeVar("T", Budget, Alert)


class BudgetReads:
    """What feeds of budgets and alerts read, by the id of a subscription; every method raises TroubleError."""

    def __init__(self, readers: Readers, where: Callable[[], Sequence[WorkspaceRef]]) -> None:
        self._readers, self._where = readers, where

    async def budgets(self, subscription: str) -> Reading[Budget]:
        return await self._everywhere(subscription, self._readers.budgets)

    async def alerts(self, subscription: str) -> Reading[Alert]:
        return await self._everywhere(subscription, self._readers.cost_alerts)

    def groups_of(self, scope: str) -> tuple[str, ...]:
        """The resource groups of the open workspaces in a subscription; none for any other scope."""
        return tuple(
            dict.fromkeys(place.group_id for place in self._where() if scopes.same_id(f"/subscriptions/{place.subscription_id}", scope))
        )

    async def _everywhere(self, subscription: str, read: Callable[[str], Awaitable[Reading[T]]]) -> Reading[T]:
        """Both: it is not promised that a subscription's list has what is on its groups. Where some may not be read, it says so."""
        places = (f"/subscriptions/{subscription}", *self.groups_of(f"/subscriptions/{subscription}"))
        answers = await asyncio.gather(*map(read, places), return_exceptions=True)
        items: dict[str, T] = {}
        raw: dict[str, bytes] = {}
        troubles: list[TroubleError] = []
        for answer in answers:
            if isinstance(answer, TroubleError):
                troubles.append(answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                items |= {scopes.key(each.id): each for each in answer.items}
                raw |= answer.raw
        if len(troubles) == len(places):
            raise troubles[0]
        return Reading(tuple(items.values()), raw, " ".join(error.trouble.sentence for error in troubles))
