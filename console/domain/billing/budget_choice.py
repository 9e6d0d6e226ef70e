"""Whose a budget is, and how far it is used up: the one whose filter names a workspace, else that of its group, else none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.access.places import covers
from console.domain.billing.budgets import Budget, BudgetFilter, Notification
from console.domain.billing.sums import ZERO
from console.domain.scopes import WorkspaceRef

GROUP_NAME = "ResourceGroupName"
RESOURCE_ID = "ResourceId"
#: Filters as JSON that filter nothing.
NO_FILTER = frozenset({b"", b"null", b"{}"})
#: From this part of its amount on a budget presses, in per cent.
PRESSING = Decimal(90)
FULL = Decimal(100)


class Named(StrEnum):
    """How a budget is a workspace's."""

    WORKSPACE = "workspace"
    GROUP = "group"
    NONE = "none"


class Choice(msgspec.Struct, frozen=True):
    """A workspace's budget. `shared` is how many of the workspaces that were read it is the budget of: 1 where it is its alone."""

    budget: Budget | None = None
    named: Named = Named.NONE
    shared: int = 0


NO_BUDGET = Choice()


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a budget is used up, in per cent of its amount; None where Azure gave no figure.

    `next` is the threshold of what is really spent that comes next, `passed` those that are passed, the highest first.
    """

    spent: Decimal | None
    forecast: Decimal | None
    next: Notification | None = None
    passed: tuple[Notification, ...] = ()

    @property
    def over(self) -> bool:
        """Whether more than its amount is spent."""
        return self.spent is not None and self.spent > FULL

    @property
    def will_be_over(self) -> bool:
        """Whether it is not over yet, but is to be by the forecast."""
        return not self.over and self.forecast is not None and self.forecast > FULL

    @property
    def pressing(self) -> bool:
        return (self.spent is not None and self.spent >= PRESSING) or self.will_be_over


def choices(budgets: Iterable[Budget], workspaces: Iterable[WorkspaceRef], today: date) -> dict[WorkspaceRef, Choice]:
    """Which budget is each workspace's, of those that are in force on `today` (UTC); workspaces without one are in it as `NO_BUDGET`.

    A filter names a workspace by its `ResourceId`; a group's budget is on the group without a filter, or on what is above it with a
    filter for nothing but groups. One for a whole subscription is nobody's. Of several it is the one that the fewest share, then the
    lowest.
    """
    refs = tuple({ref.id.lower(): ref for ref in workspaces}.values())
    chosen: dict[WorkspaceRef, Choice] = dict.fromkeys(refs, NO_BUDGET)
    for budget, named, owners in whose((each for each in budgets if in_force(each, today)), refs):
        for ref in owners:
            chosen[ref] = min(chosen[ref], Choice(budget, named, len(owners)), key=_order)
    return chosen


def whose(budgets: Iterable[Budget], workspaces: Iterable[WorkspaceRef]) -> Iterator[tuple[Budget, Named, tuple[WorkspaceRef, ...]]]:
    """Each budget with the workspaces that it could be the budget of, in force or not, and how it is theirs."""
    refs = {ref.id.lower(): ref for ref in workspaces}
    groups: dict[str, list[WorkspaceRef]] = {}
    for ref in refs.values():
        groups.setdefault(ref.resource_group.lower(), []).append(ref)
    for budget in budgets:
        named, owners = _whose(budget, refs, groups)
        yield budget, named, tuple(owners)


def in_force(budget: Budget, today: date) -> bool:
    """Whether it is a budget of money that could be read and runs on `today`."""
    begun = budget.start is None or budget.start <= today
    return not budget.fault and budget.category == "Cost" and begun and (budget.end is None or budget.end >= today)


def state_of(budget: Budget, spent: Decimal | None = None, forecast: Decimal | None = None) -> State:
    """How far it is used up: by what Azure worked out last, or by figures in its own currency that are newer than that."""
    used = _percent(spent if spent is not None else budget.spent, budget.amount)
    expected = _percent(forecast if forecast is not None else budget.forecast, budget.amount)
    actual = sorted((each for each in budget.notifications if each.enabled and each.kind == "Actual"), key=lambda each: each.threshold)
    if used is None:
        return State(spent=None, forecast=expected)
    passed = tuple(each for each in reversed(actual) if _passed(each, used))
    ahead = next((each for each in actual if not _passed(each, used)), None)
    return State(spent=used, forecast=expected, next=ahead, passed=passed)


def _whose(
    budget: Budget, refs: Mapping[str, WorkspaceRef], groups: Mapping[str, Sequence[WorkspaceRef]]
) -> tuple[Named, Sequence[WorkspaceRef]]:
    """The workspaces that it is the budget of, and how."""
    ids = [value for each in budget.filters if _is(each, RESOURCE_ID) for value in each.values]
    if ids:
        named = [ref for name in dict.fromkeys(map(scopes.key, ids)) if (ref := refs.get(name)) is not None and _names(budget, ref)]
        return Named.WORKSPACE, named
    names = {value.lower() for each in budget.filters if _is(each, GROUP_NAME) for value in each.values}
    names |= {scopes.segments(budget.scope).get("resourcegroups", "").lower()}
    return Named.GROUP, [ref for name in sorted(names) for ref in groups.get(name, ()) if _is_of_group(budget, ref)]


def _names(budget: Budget, workspace: WorkspaceRef) -> bool:
    """Whether its filter has the workspace's ARM id, and nothing but the workspace's group besides."""
    if not covers(budget.scope, workspace.id, frozenset({workspace.subscription_id})):
        return False
    by_id = [each for each in budget.filters if _is(each, RESOURCE_ID)]
    rest = [each for each in budget.filters if not _is(each, RESOURCE_ID)]
    return bool(by_id) and all(_has(each, workspace.id) for each in by_id) and all(_is_group(each, workspace) for each in rest)


def _is_of_group(budget: Budget, workspace: WorkspaceRef) -> bool:
    if scopes.same_id(budget.scope, workspace.group_id):
        return _unfiltered(budget) or (bool(budget.filters) and all(_is_group(each, workspace) for each in budget.filters))
    above = covers(budget.scope, workspace.group_id, frozenset({workspace.subscription_id}))
    return above and bool(budget.filters) and all(_is_group(each, workspace) for each in budget.filters)


def _unfiltered(budget: Budget) -> bool:
    return not budget.filters and budget.filter_raw.strip() in NO_FILTER


def _is(condition: BudgetFilter, dimension: str) -> bool:
    return not condition.tag and condition.name.lower() == dimension.lower()


def _is_group(condition: BudgetFilter, workspace: WorkspaceRef) -> bool:
    return _is(condition, GROUP_NAME) and workspace.resource_group.lower() in {value.lower() for value in condition.values}


def _has(condition: BudgetFilter, resource_id: str) -> bool:
    return any(scopes.same_id(value, resource_id) for value in condition.values)


def _order(choice: Choice) -> tuple[bool, bool, int, Decimal, str]:
    budget = choice.budget
    if budget is None:
        return (True, True, 0, ZERO, "")
    return (False, choice.named is not Named.WORKSPACE, choice.shared, budget.amount or Decimal("Infinity"), budget.name.lower())


def _percent(amount: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return amount / whole * 100 if amount is not None and whole else None


def _passed(notification: Notification, used: Decimal) -> bool:
    return used > notification.threshold or (used == notification.threshold and notification.operator != "GreaterThan")
