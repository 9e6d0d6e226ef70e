"""Rows of budgets: each budget with whose it is and how far it is used up, and each workspace that has none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from console.domain import scopes
from console.domain.billing.budget_choice import Named, State, choices, in_force, state_of, whose
from console.domain.billing.budgets import Budget
from console.domain.scopes import WorkspaceRef


class BudgetRow(msgspec.Struct, frozen=True, kw_only=True):
    """A budget, or a workspace without one (`budget` None). `id` is the ARM id of the one or the other.

    `workspaces` are those that it is the budget of, as far as they were read; none where it is for what is above them.
    """

    id: str
    budget: Budget | None = None
    named: Named = Named.NONE
    workspaces: tuple[WorkspaceRef, ...] = ()
    state: State = State(spent=None, forecast=None)
    running: bool = True

    @property
    def name(self) -> str:
        return self.budget.name if self.budget is not None else "no budget"

    @property
    def whose(self) -> str:
        """A workspace's name, `shared by 3`, or what else it is on: `subscription`, `group research-rg`."""
        if self.workspaces:
            return self.workspaces[0].name if len(self.workspaces) == 1 else f"shared by {len(self.workspaces)}"
        scope = self.budget.scope if self.budget is not None else self.id
        kind, _, name = kind_of(scope).partition(" ")
        return f"{kind} {name}" if kind == "group" else kind

    @property
    def scope(self) -> str:
        """Where a budget like this one is set: its own scope, or the group of the workspace that has none."""
        if self.budget is not None:
            return self.budget.scope
        return self.workspaces[0].group_id if self.workspaces else self.id


def kind_of(scope: str) -> str:
    """What a scope is: `subscription`, `group NAME`, else `scope`."""
    parts = scopes.segments(scope)
    if "resourcegroups" in parts:
        return f"group {parts['resourcegroups']}"
    return "subscription" if "subscriptions" in parts else "scope"


def budget_rows(
    budgets: Sequence[Budget], known: Iterable[WorkspaceRef], asked: Iterable[WorkspaceRef], today: date
) -> tuple[BudgetRow, ...]:
    """The budgets, then those of the workspaces `asked` about that none in force on `today` is for.

    `known` are all workspaces that were read: they tell how many share a budget.
    """
    wanted = {ref.id.lower(): ref for ref in asked}
    every = tuple(({ref.id.lower(): ref for ref in known} | wanted).values())
    owned = {budget.id: (named, refs) for budget, named, refs in whose(budgets, every)}
    rows = [
        BudgetRow(
            id=budget.id,
            budget=budget,
            named=owned[budget.id][0] if owned[budget.id][1] else Named.NONE,
            workspaces=owned[budget.id][1],
            state=state_of(budget),
            running=in_force(budget, today),
        )
        for budget in budgets
    ]
    chosen = choices(budgets, every, today)
    return (*rows, *(BudgetRow(id=ref.id, workspaces=(ref,)) for ref in wanted.values() if chosen[ref].budget is None))
