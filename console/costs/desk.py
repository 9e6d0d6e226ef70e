"""The budget desk: what changes of budgets are planned with; each is read anew before, so that nothing newer is overwritten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from console.clock import ServerClock
from console.context import Context
from console.domain import scopes
from console.domain.billing.budgets import Budget
from console.domain.scopes import WorkspaceRef
from console.operations import budgets
from console.operations.budgets import Compiling, Surroundings
from console.operations.plan import Plan
from console.readers import Readers


class BudgetDesk:
    """Plans for budgets. Every method raises TroubleError where what it needs cannot be read or compiled."""

    def __init__(self, readers: Readers, context: Context, clock: ServerClock, compiler: Callable[[], Compiling]) -> None:
        self._readers, self._context, self._clock, self._compiler = readers, context, clock, compiler

    def warm(self) -> None:
        """Start what makes the requests ahead of the first of them."""
        self._compiler().warm()

    async def create(self, *drafts: Budget) -> Plan:
        """Make budgets; their ids are those of `console.domain.billing.budgets.id_of`."""
        return await budgets.create(self._compiler(), drafts, self._around([draft.scope for draft in drafts]))

    async def edit(self, held: Budget, wanted: Budget) -> Plan:
        """Change a budget into `wanted`; `held` is it as it was shown."""
        raw = await self._readers.budget_json(held.id)
        return await budgets.edit(self._compiler(), raw, held, wanted, self._around([held.scope]))

    async def delete(self, held: Sequence[Budget]) -> Plan:
        """Delete budgets."""
        raws = await asyncio.gather(*(self._readers.budget_json(each.id) for each in held))
        return await budgets.delete(self._compiler(), list(zip(held, raws, strict=True)), self._around([each.scope for each in held]))

    def _around(self, places: Sequence[str]) -> Surroundings:
        about = tuple(ref for ref in self._context.where if any(_in(ref, place) for place in places))
        return Surroundings(today=self._clock.now().date(), about=about, subscriptions=self._context.subscription_names)


def _in(ref: WorkspaceRef, scope: str) -> bool:
    """Whether a budget's scope has a workspace in it."""
    return scopes.key(ref.id).startswith(scopes.key(scope) + "/")
