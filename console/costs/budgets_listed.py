"""Budgets listed: the budgets of the open workspaces' subscriptions as rows, with each open workspace that has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from operator import is_

from console.clock import ServerClock
from console.costs.now import CostNow
from console.domain.billing.budget_outlook import Ahead, ahead, counted_by_day
from console.domain.billing.budget_rows import BudgetRow, budget_rows
from console.domain.billing.budgets import Budget
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace
from console.feeds.source import Derived


class BudgetsListed(Derived[BudgetRow]):
    """`workspaces` are all that were read, which tell how many share a budget; `where` those that are open."""

    def __init__(
        self, cost: CostNow, workspaces: Callable[[], Sequence[Workspace]], where: Callable[[], Sequence[WorkspaceRef]], clock: ServerClock
    ) -> None:
        super().__init__(cost.budgets)
        self._cost, self._workspaces, self._where, self._clock = cost, workspaces, where, clock
        self._rests_on: tuple[object, ...] = ()
        self._rows: tuple[BudgetRow, ...] = ()
        self._ahead: dict[str, tuple[tuple[object, ...], Ahead | None]] = {}

    @property
    def items(self) -> tuple[BudgetRow, ...]:
        budgets, workspaces, today = self._cost.budgets.items, self._workspaces(), self._clock.now().astimezone(UTC).date()
        asked = tuple(ref for ref in self._where() if self._cost.budgets_read_of(ref))
        rests_on = (budgets, workspaces)
        if len(self._rests_on) != 4 or not all(map(is_, rests_on, self._rests_on)) or (asked, today) != self._rests_on[2:]:
            known = (each.ref for each in workspaces if not each.fault)
            self._rows, self._rests_on = budget_rows(budgets, known, asked, today), (*rests_on, asked, today)
        return self._rows

    def ahead(self, budget: Budget) -> Ahead | None:
        """When a budget is passed if days go on like the last week's; None where the bill does not tell."""
        bills = self._cost.billed
        rests_on = (budget, *bills)
        known = self._ahead.get(budget.id)
        if known is None or len(known[0]) != len(rests_on) or not all(map(is_, known[0], rests_on)):
            days = counted_by_day(budget, bills) if bills else None
            asked = max((bill.asked for bill in bills), default=None)
            found = ahead(budget, days, asked, self._clock.now()) if days and asked is not None else None
            known = self._ahead[budget.id] = rests_on, found
        return known[1]

    def raw(self, key: str) -> bytes | None:
        return self._cost.budgets.raw(key)
