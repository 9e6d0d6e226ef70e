"""The daily evaluation of budgets: what has been spent of each, what the period will come to, and which alerts that raises.

Azure evaluates once a day what it knows by then, which is hours old. When in the day it does is not told: the emulator does at six.
Its forecast is that of the route for forecasts. All this is worked out when somebody looks, as of each morning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from console.emulator import budget_alerts, ledger
from console.emulator.budget_filter import test_of
from console.emulator.budget_periods import period_end, period_start, read_day
from console.emulator.cost_forecast import LEARNT_DAYS, trend
from console.emulator.estate import Budget, group_id
from console.emulator.rbac import beneath

if TYPE_CHECKING:
    from console.emulator.world import World

HOUR = time(6)
#: A look back after a longer time skips the evaluations before these days.
_MOST_DAYS = 31
_DAY = timedelta(days=1)


def last_evaluation(moment: datetime) -> datetime:
    """The latest evaluation that was due by a moment (UTC)."""
    due = datetime.combine(moment.date(), HOUR, moment.tzinfo)
    return due if due <= moment else due - _DAY


def catch_up(world: World) -> None:
    """Do the evaluations that are due; at first tell the budgets of the story."""
    from console.emulator import budget_story

    estate, due = world.estate, last_evaluation(world.clock.now())
    if estate.budgets_evaluated is None:
        first = last_evaluation(estate.epoch)
        estate.budgets_evaluated = first - _DAY
        budget_story.tell(world, first)
    done = estate.budgets_evaluated
    for moment in _mornings(max(done + _DAY, due - _MOST_DAYS * _DAY), due):
        _evaluate_all(world, moment)
    estate.budgets_evaluated = max(done, due)


def _mornings(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += _DAY


def _evaluate_all(world: World, moment: datetime) -> None:
    for budget in list(world.estate.budgets.values()):
        active = moment.date() < read_day(budget.body["timePeriod"]["endDate"])
        if active and budget.created <= moment:
            evaluate(world, budget, moment)
    budget_alerts.resolve_ended(world.estate, moment)


def evaluate(world: World, budget: Budget, moment: datetime) -> None:
    """Work out what is spent of a budget and will be, from what is known at `moment`, and raise what its notifications ask for."""
    today, body = moment.date(), budget.body
    began = max(period_start(body["timeGrain"], today), read_day(body["timePeriod"]["startDate"]))
    ends = min(period_end(body["timeGrain"], today), read_day(body["timePeriod"]["endDate"]))
    first = min(began, today - (LEARNT_DAYS + 2) * _DAY)
    daily, budget.unit = spend_by_day(world, budget.scope, body["filter"], first, today, moment)
    budget.spent = sum((cost for day, cost in daily.items() if day >= began), Decimal())
    outlook = budget.spent + rest(daily, ledger.known_until(moment).date(), began, ends)
    asked = any(rule["thresholdType"] == "Forecasted" for rule in body["notifications"].values())
    budget.forecast = outlook if asked else None
    budget.evaluated = moment
    for name in body["notifications"]:
        budget_alerts.weigh(world.estate, budget, name, began, moment)


def spend_by_day(
    world: World, scope: str, kept: Mapping[str, Any], first: date, last: date, moment: datetime
) -> tuple[dict[date, Decimal], str]:
    """The cost of each day of a scope that fits a filter, and its currency, as known at `moment`."""
    within, fits = beneath(world.estate, scope), test_of(world.estate, kept)
    counted: dict[tuple[str, str], bool] = {}
    daily: dict[date, Decimal] = {}
    currency = ""
    for charge in ledger.charges(world, first, last, ledger.known_until(moment)):
        place = (charge.subscription_id, charge.resource_group)
        if place not in counted:
            counted[place] = within(group_id(*place))
        if counted[place] and fits(charge):
            daily[charge.day] = daily.get(charge.day, Decimal()) + charge.cost
            currency = charge.currency
    return daily, currency or ledger.CURRENCY


def rest(daily: Mapping[date, Decimal], fresh: date, began: date, ends: date) -> Decimal:
    """What the days of a period (from `began`, without `ends`) are still to cost: `fresh` is known in part, what comes after it is not."""
    whole = {day: daily.get(day, Decimal()) for day in (fresh - back * _DAY for back in range(1, LEARNT_DAYS + 1))}
    ahead = trend(whole, fresh)
    days = ((began + count * _DAY) for count in range((ends - began).days))
    return sum((max(Decimal(), ahead(day) - daily.get(day, Decimal())) for day in days if day >= fresh), Decimal())
