"""Account: what the month is told of where some workspaces are open: what one budget is about, a workspace, or whole subscriptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from console.domain import scopes
from console.domain.billing.belongings import Belongings
from console.domain.billing.budget_choice import GROUP_NAME, NO_BUDGET, RESOURCE_ID, Choice, Named, choices, in_force
from console.domain.billing.budgets import Budget
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace

#: Segments of an ARM id after which a scope may end: its subscription, its group, a resource, and what is in that.
_FIRST, _GROUP, _RESOURCE = 2, 4, 8


class Kind(StrEnum):
    """What an account is about."""

    WORKSPACE = "workspace"
    GROUP = "resource group"
    SUBSCRIPTION = "subscription"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What is summed up: all resources at or below one of `places` (ARM ids in lower case). `names` are those of what it is.

    `budget` is the one that is about exactly this (None: there is none), `shared` the number of workspaces that it is the budget of.
    """

    kind: Kind
    names: tuple[str, ...]
    places: frozenset[str]
    budget: Budget | None = None
    shared: int = 0

    def has(self, resource_id: str) -> bool:
        """Whether what is billed to a resource counts. "" is what is billed to none: that is only of whole subscriptions."""
        if not resource_id:
            return self.kind is Kind.SUBSCRIPTION
        parts = scopes.key(resource_id).strip("/").split("/")
        lengths = (_FIRST, _GROUP, *range(_RESOURCE, len(parts) + 1, 2))
        return any("/" + "/".join(parts[:length]) in self.places for length in lengths if length <= len(parts))


def account_of(open_places: Sequence[WorkspaceRef], workspaces: Sequence[Workspace], budgets: Sequence[Budget], today: date) -> Account:
    """The account of the workspaces that are open; `workspaces` are all that were read.

    Where they have one budget (`budget_choice.choices`), what that is about; else of one workspace it and the companions that are its
    alone; else their subscriptions, with the one budget of the subscription where there is but one of both.
    """
    known = list(dict.fromkeys((*(each.ref for each in workspaces if not each.fault), *open_places)))
    chosen = choices(budgets, known, today)
    own = {scopes.key(place.id): _chosen(chosen, place) for place in open_places}
    first = next(iter(own.values()), NO_BUDGET)
    if first.budget is not None and all(each.budget is first.budget for each in own.values()):
        return _of_budget(first.budget, first, open_places)
    if len(open_places) == 1:
        return _of_workspace(open_places[0], workspaces)
    return _of_subscriptions(open_places, budgets, today)


def _chosen(chosen: dict[WorkspaceRef, Choice], place: WorkspaceRef) -> Choice:
    """ARM ids differ in case only: the one that was read last under this id holds."""
    return next((each for ref, each in chosen.items() if scopes.same_id(ref.id, place.id) and each.budget is not None), NO_BUDGET)


def _of_budget(budget: Budget, choice: Choice, open_places: Sequence[WorkspaceRef]) -> Account:
    if choice.named is Named.WORKSPACE:
        ids = frozenset(map(scopes.key, _values(budget, RESOURCE_ID)))
        names = tuple(dict.fromkeys(place.name for place in open_places))
        return Account(kind=Kind.WORKSPACE, names=names, places=ids, budget=budget, shared=choice.shared)
    group = scopes.segments(budget.scope).get("resourcegroups", "")
    groups = [group] if group else _values(budget, GROUP_NAME)
    subscriptions = dict.fromkeys(place.subscription_id.lower() for place in open_places)
    places = frozenset(f"/subscriptions/{each}/resourcegroups/{name.lower()}" for each in subscriptions for name in groups)
    return Account(kind=Kind.GROUP, names=tuple(dict.fromkeys(groups)), places=places, budget=budget, shared=choice.shared)


def _of_workspace(place: WorkspaceRef, workspaces: Sequence[Workspace]) -> Account:
    read = next((each for each in workspaces if scopes.same_id(each.id, place.id)), None)
    belongings = Belongings(workspaces)
    companions = read.companions if read is not None else ()
    alone = {scopes.key(each) for each in companions if (whose := belongings.of(each)) is not None and whose.alone is not None}
    return Account(kind=Kind.WORKSPACE, names=(place.name,), places=frozenset({scopes.key(place.id), *alone}))


def _of_subscriptions(open_places: Sequence[WorkspaceRef], budgets: Iterable[Budget], today: date) -> Account:
    ids = tuple(dict.fromkeys(place.subscription_id.lower() for place in open_places))
    places = frozenset(f"/subscriptions/{each}" for each in ids)
    whole = [each for each in budgets if in_force(each, today) and not each.filters and scopes.key(each.scope) in places]
    budget = whole[0] if len(whole) == len(ids) == 1 else None
    return Account(kind=Kind.SUBSCRIPTION, names=ids, places=places, budget=budget, shared=len(open_places) if budget is not None else 0)


def _values(budget: Budget, dimension: str) -> list[str]:
    return [value for each in budget.filters if not each.tag and each.name.lower() == dimension.lower() for value in each.values]
