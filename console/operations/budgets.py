"""Plans for budgets: made, changed and deleted. azure-mgmt-costmanagement makes the requests.

A budget tells; it stops nothing (Create and manage budgets, Microsoft Learn).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from console.domain import scopes
from console.domain.access.naming import scope_words
from console.domain.billing.budgets import Budget, Notification, ten_years_after
from console.domain.scopes import WorkspaceRef
from console.operations.plan import GONE, Concern, Danger, Effect, Plan, Settling, Step

if TYPE_CHECKING:
    from console.azure.request import Request

WRITE = "Microsoft.CostManagement/budgets/write"
DELETE = "Microsoft.CostManagement/budgets/delete"
#: What az can express of a budget is one of these (azure-cli, `az consumption budget create`), without notifications.
AZ_GRAINS = {"Monthly": "monthly", "Quarterly": "quarterly", "Annually": "annually"}
#: Months of the periods that begin with a calendar month; those of a billing month begin whenever Azure bills.
PERIODS = {"Monthly": 1, "Quarterly": 3, "Annually": 12}
TELLS_ONLY = "it stops nothing when it is used up; Azure looks once a day, at costs that are 8 to 24 hours old"


class Compiling(Protocol):
    """What makes requests of budgets (console.azure.cost_compiler). Its methods raise TroubleError."""

    def warm(self) -> None: ...

    async def budget(self, budget: Budget, before: bytes = b"", *, guarded: bool = True) -> Request: ...

    async def budget_removal(self, budget: Budget) -> Request: ...


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is made in: the workspaces that it concerns, names of subscriptions by id, and the server's day (UTC)."""

    today: date
    about: tuple[WorkspaceRef, ...] = ()
    subscriptions: Mapping[str, str] = {}


async def create(compiler: Compiling, drafts: Sequence[Budget], around: Surroundings) -> Plan:
    """Make budgets that are not there yet. One without an end gets Azure's own, ten years. Raises TroubleError, ValueError."""
    steps = []
    for draft in map(_ended, drafts):
        undo = await _deletion(compiler, draft, around)
        steps.append(replace(await _writing(compiler, draft, b"", GONE, around), undo=undo))
    one = drafts[0]
    what = f"budget {one.name} on {scope_words(one.scope, around.subscriptions)}" if len(drafts) == 1 else f"{len(drafts)} budgets"
    return Plan(
        verb="create budget",
        title=f"Create {what}",
        where=_where(drafts, around),
        steps=tuple(steps),
        undo_note="Undo deletes it again; mails that were sent stay sent.",
    )


async def edit(compiler: Compiling, before: bytes, held: Budget, wanted: Budget, around: Surroundings) -> Plan:
    """Change a budget. `before` is its JSON as Azure sent it, of which `held` was read: what `wanted` leaves alone goes back as it was.

    Azure refuses it where somebody else has changed the budget since. Its name, scope and start are those of `held`: Azure changes none
    of them. Raises TroubleError, ValueError.
    """
    wanted = replace(wanted, id=held.id, name=held.name, scope=held.scope, start=held.start, end=wanted.end or held.end)
    # The tag of what the edit makes is not known before: the way back is guarded by what is read of it then.
    back = await compiler.budget(held, before, guarded=False)
    undo = replace(_step(held, back, wanted.aspect(""), around), effects=())
    step = replace(await _writing(compiler, wanted, before, held.aspect(""), around), undo=undo)
    return Plan(
        verb="edit budget",
        title=f"Edit budget {held.name} on {scope_words(held.scope, around.subscriptions)}",
        where=_where((held,), around),
        steps=(replace(step, effects=(*_changes(held, wanted), *step.effects)),),
        undo_note="Undo sets everything as it was before.",
    )


async def delete(compiler: Compiling, held: Sequence[tuple[Budget, bytes]], around: Surroundings) -> Plan:
    """Delete budgets, each given with its JSON as Azure sent it. Raises TroubleError, ValueError."""
    steps = []
    for budget, raw in held:
        again = _startable(budget, around.today)
        # A new budget carries no tag.
        back = await compiler.budget(again, raw, guarded=False)
        undo = replace(_step(again, back, GONE, around), effects=())
        steps.append(replace(await _deletion(compiler, budget, around), undo=undo))
    one = held[0][0]
    what = f"budget {one.name} on {scope_words(one.scope, around.subscriptions)}" if len(held) == 1 else f"{len(held)} budgets"
    return Plan(
        verb="delete budget",
        title=f"Delete {what}",
        where=_where([budget for budget, _ in held], around),
        steps=tuple(steps),
        danger=Danger.TYPED,
        typed=str(len(held)) if len(held) > 1 else one.name,
        undo_note="Undo makes it again, from the period that runs now: Azure takes no earlier start.",
    )


def can_change(budget: Budget) -> str:
    """Why a budget cannot be changed or deleted from here ("" when it can)."""
    if budget.fault:
        return "Azure's answer about it could not be read"
    return "" if budget.category == "Cost" else f"it is of {budget.category}, which is not about costs"


# Steps


async def _writing(compiler: Compiling, budget: Budget, before: bytes, rests_on: str, around: Surroundings) -> Step:
    return _step(budget, await compiler.budget(budget, before), rests_on, around)


def _step(budget: Budget, request: Request, rests_on: str, around: Surroundings) -> Step:
    """The step of a PUT that makes a budget what `budget` tells."""
    return Step(
        target_id=budget.id,
        target_name=budget.name,
        request=request,
        permission=WRITE,
        at=budget.scope,
        effects=(*_mails(budget), Effect(Concern.MONEY, TELLS_ONLY)),
        az=_az_create(budget) if rests_on == GONE else "",
        sdk=f'client.budgets.create_or_update("{budget.scope}", "{budget.name}", budget)',
        rests_on=rests_on,
        settles=Settling((budget.aspect(""),)),
        about=around.about,
    )


async def _deletion(compiler: Compiling, budget: Budget, around: Surroundings) -> Step:
    told = sorted({address for each in budget.notifications for address in each.emails})
    hears = f"; {', '.join(told)} {'hears' if len(told) == 1 else 'hear'} of these costs no more" if told else ""
    return Step(
        target_id=budget.id,
        target_name=budget.name,
        request=await compiler.budget_removal(budget),
        permission=DELETE,
        at=budget.scope,
        effects=(Effect(Concern.CHANGE, f"the budget of {_amount(budget)} is gone{hears}"),),
        az=shlex.join(["az", "consumption", "budget", "delete", "--budget-name", budget.name, *_az_place(budget)]),
        sdk=f'client.budgets.delete("{budget.scope}", "{budget.name}")',
        rests_on=budget.aspect(""),
        settles=Settling(gone=True),
        about=around.about,
    )


# Words


def _changes(held: Budget, wanted: Budget) -> Sequence[Effect]:
    changed = []
    if held.amount != wanted.amount or held.grain != wanted.grain:
        changed.append(f"{_amount(wanted)} instead of {_amount(held)}")
    if held.end != wanted.end:
        changed.append(f"it ends on {wanted.end} instead of {held.end}")
    if held.filters != wanted.filters:
        changed.append("it counts other costs than before")
    before, after = ({each.name for each in budget.notifications} for budget in (held, wanted))
    changed += [f"the alert {name} is gone" for name in sorted(before - after)]
    return [Effect(Concern.CHANGE, sentence) for sentence in changed]


def _mails(budget: Budget) -> Sequence[Effect]:
    return [Effect(Concern.CHANGE, _mail(budget, each)) for each in budget.notifications]


def _mail(budget: Budget, told: Notification) -> str:
    groups = [scopes.key(group).rpartition("/")[2] for group in told.groups]
    whom = ", ".join((*told.emails, *(f"every {role}" for role in told.roles), *(f"the action group {group}" for group in groups)))
    costs = "the forecast" if told.kind == "Forecasted" else "what was billed"
    reaches = "reaches" if told.operator == "GreaterThanOrEqualTo" else "passes"
    sentence = f"{whom or 'nobody'} hears when {costs} {reaches} {told.threshold.normalize():f} % of {_amount(budget)}"
    return sentence if told.enabled else f"switched off: {sentence}"


def _amount(budget: Budget) -> str:
    """`500 USD a month`; the currency is the one that Azure bills in, where that is known."""
    each = {"Monthly": "a month", "Quarterly": "a quarter", "Annually": "a year"}.get(budget.grain, budget.grain)
    amount = "?" if budget.amount is None else f"{budget.amount:,f}"
    return " ".join(part for part in (amount, budget.currency, each) if part)


def _where(budgets: Sequence[Budget], around: Surroundings) -> str:
    places = tuple(dict.fromkeys(scope_words(each.scope, around.subscriptions) for each in budgets))
    return ", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")


def _az_create(budget: Budget) -> str:
    """What az has for it; "" where it has nothing: it knows neither notifications nor filters by tags and dimensions of today."""
    grain = AZ_GRAINS.get(budget.grain)
    if grain is None or budget.notifications or budget.filter_raw or budget.amount is None or budget.start is None or budget.end is None:
        return ""
    words = ["az", "consumption", "budget", "create", "--budget-name", budget.name, "--category", "cost", "--amount", f"{budget.amount:f}"]
    words += ["--time-grain", grain, "--start-date", budget.start.isoformat(), "--end-date", budget.end.isoformat()]
    return shlex.join([*words, *_az_place(budget)])


def _az_place(budget: Budget) -> list[str]:
    parts = scopes.segments(budget.scope)
    group = ["--resource-group", parts["resourcegroups"]] if "resourcegroups" in parts else []
    return [*group, "--subscription", parts["subscriptions"]] if "subscriptions" in parts else group


# Days


def _ended(draft: Budget) -> Budget:
    """With an end, so that what is read afterwards can be compared with what was sent."""
    if draft.start is None or draft.amount is None:
        raise ValueError(f"the budget {draft.name!r} has no start or no amount")
    return draft if draft.end is not None else replace(draft, end=ten_years_after(draft.start))


def _startable(budget: Budget, today: date) -> Budget:
    """The budget with a start that Azure takes of a new one: not before the period that runs now (published swagger, `startDate`)."""
    length = PERIODS.get(budget.grain)
    if length is None or budget.start is None:
        return budget
    month = (today.month - 1) // length * length + 1
    return replace(budget, start=max(budget.start, date(today.year, month, 1)))
