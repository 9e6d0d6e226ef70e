"""Cost findings: days that cost far too much, workspaces that nothing limits, budgets that are used up, bills that cannot be summed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from console.domain.billing.amounts import Form, money, sum_of
from console.domain.billing.budget_choice import PRESSING, Choice, State, in_force, state_of
from console.domain.billing.budgets import Budget, Notification
from console.domain.billing.calibration import midnight
from console.domain.billing.resource_names import ResourceName
from console.domain.billing.spikes import Spike
from console.domain.billing.sums import Sum
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Remedy, Severity, Source
from console.domain.scopes import WorkspaceRef

#: Older spikes are history: they are on the bill, and nobody can ask about them any more.
RECENT = timedelta(days=14)
#: Addresses that evidence names; the rest are counted.
MOST_NAMED = 3


def spiked(spike: Spike, name: ResourceName, today: date) -> Finding | None:
    """Days of the last two weeks on which a resource cost far more than it usually does. Each spike is a finding of its own."""
    if today - spike.last > RECENT:
        return None
    when = f"on {spike.first}" if spike.first == spike.last else f"from {spike.first} to {spike.last}"
    cost, usual, excess = (money(each, spike.currency) for each in (spike.cost, spike.usual, spike.excess))
    times = f", {spike.times:.1f} times its usual {usual} a day" if spike.times is not None else "; on most days it costs nothing"
    return Finding(
        rule=f"cost-spike-{spike.first}",
        about="cost",
        subject_id=spike.resource_id,
        subject_name=name.name,
        what="cost spike",
        claim=f"{name.name} cost {cost} {when}{times}.",
        severity=Severity.WARNING,
        confidence=Confidence.BILLED,
        evidence=(
            Evidence(
                f"{name.words}: {cost} billed {when}, {excess} more than usual (median {usual} a day)", Source.BILL, midnight(spike.first)
            ),
            *((Evidence(f"What rose most is {spike.meter}", Source.BILL),) if spike.meter else ()),
        ),
        unseen=("What ran: the bill does not tell; its jobs and nodes of these days do.",),
        since=midnight(spike.first),
        advice="Look at what ran on it on these days, and whether it may come again.",
    )


def unbudgeted(workspace: WorkspaceRef, choice: Choice, spent: Sum | None, read: int) -> Finding | None:
    """A workspace that no budget is for. `spent` is what it cost this month (None: not known), `read` how many budgets were looked at."""
    if choice.budget is not None:
        return None
    seen = "No budget was found" if not read else f"{read} budget{'s' if read > 1 else ''} found: no filter names it"
    billed = (Evidence(f"{sum_of(spent)} billed for it this month", Source.BILL),) if spent is not None and spent.amounts else ()
    return Finding(
        rule="no-budget",
        about="cost",
        subject_id=workspace.id,
        subject_name=workspace.name,
        what="no budget",
        claim=f"No budget is for {workspace.name}: nobody is told when it costs more than it should.",
        severity=Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence(f"{seen}, and none is on {workspace.resource_group}", Source.BUDGETS), *billed),
        unseen=("Budgets of billing accounts: the console does not read them.",),
        advice="Create one for the workspace, or for its group, with thresholds at 50, 80 and 100 % and a forecast at 100 %.",
        remedy=Remedy.BUDGET,
    )


def pressing(budget: Budget, today: date) -> Finding | None:
    """A budget in force of which at least 90 % is spent, or that the forecast passes."""
    state = state_of(budget)
    if not in_force(budget, today) or not state.pressing:
        return None
    return Finding(
        rule="budget-pressing",
        about="cost",
        subject_id=budget.id,
        subject_name=budget.name,
        what=_what(state),
        claim=_claim(budget, state),
        severity=Severity.SERIOUS if state.over else Severity.WARNING,
        confidence=Confidence.BILLED if not state.will_be_over else Confidence.ESTIMATED,
        evidence=tuple(_evidence(budget, state)),
        unseen=("What was used since Azure worked it out: it does so once a day at most, from figures 8 to 24 hours old.",),
        advice="Look at what rose (6), and stop or shrink what is waste (:waste); raise the budget only if it was too low.",
    )


def mixed(scope: str, name: str, currencies: Iterable[str]) -> Finding | None:
    """A scope that is billed in several currencies: its sums are told apart, as nobody told what one is worth in the other."""
    codes = sorted(currencies)
    if len(codes) < 2:
        return None
    listed = f"{', '.join(codes[:-1])} and {codes[-1]}"
    return Finding(
        rule="mixed-currencies",
        about="cost",
        subject_id=scope,
        subject_name=name,
        what="several currencies",
        claim=f"{name} is billed in {listed}: no sum is made of them, and shares are told within one only.",
        severity=Severity.NOTE,
        confidence=Confidence.BILLED,
        evidence=(Evidence(f"Currencies of its rows: {listed}", Source.BILL),),
        unseen=("What one is worth in the other: the bill has no rates.",),
        advice="Read each currency by itself; budgets hold in that of their scope.",
    )


def _what(state: State) -> str:
    if state.will_be_over and (state.spent is None or state.spent < PRESSING):
        return "forecast over budget"
    return "over budget" if state.over else f"budget at {_percent(state.spent)}"


def _claim(budget: Budget, state: State) -> str:
    allowed = money(budget.amount, budget.currency, Form.WHOLE)
    told = f"{_percent(state.spent)} of the {allowed} of {budget.name} is spent"
    forecast = money(budget.forecast, budget.currency, Form.WHOLE, estimate=True)
    return f"{told}; the forecast is {forecast}, {_percent(state.forecast)}." if state.will_be_over else f"{told}."


def _evidence(budget: Budget, state: State) -> Iterator[Evidence]:
    spent, allowed = money(budget.spent, budget.currency), money(budget.amount, budget.currency)
    yield Evidence(f"{spent} spent of {allowed} ({budget.grain}) at {budget.scope}", Source.BUDGETS)
    if state.forecast is not None:
        yield Evidence(f"Forecast {money(budget.forecast, budget.currency, estimate=True)} by Azure", Source.BUDGETS)
    if state.passed:
        yield Evidence(f"Threshold of {state.passed[0].threshold} % passed: {_told(state.passed[0])}", Source.BUDGETS)
    if state.next is not None:
        yield Evidence(f"The next threshold is {state.next.threshold} %: {_told(state.next)}", Source.BUDGETS)


def _told(notification: Notification) -> str:
    """Whom a threshold tells."""
    whom = (*notification.emails, *notification.roles, *(group.rsplit("/", 1)[-1] for group in notification.groups))
    more = f" and {len(whom) - MOST_NAMED} more" if len(whom) > MOST_NAMED else ""
    return f"it tells {', '.join(whom[:MOST_NAMED])}{more}" if whom else "it tells nobody"


def _percent(value: Decimal | None) -> str:
    """Per cent rounded down, so that what is not reached is not told as reached."""
    return "? %" if value is None else f"{int(value)} %"
