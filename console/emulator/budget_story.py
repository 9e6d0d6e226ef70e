"""The budgets that Contoso has: one nearly spent with a forecast over it, one of a single workspace, one that is comfortable.

Their amounts follow from what the simulation spent, so that they are what they are meant to be whatever the seed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from console.emulator import budget_rules
from console.emulator.budget_evaluation import spend_by_day
from console.emulator.budget_periods import GRAINS, months_later, period_end, period_start, wire_day
from console.emulator.estate import Budget, subscription_scope

if TYPE_CHECKING:
    from console.emulator.world import World

#: What of the amount is spent.
_NEARLY = Decimal("0.92")
#: A period less of which is over, or more, does not show spending that runs ahead of its budget.
_EARLY, _LATE = 0.4, 0.88
_DAY = timedelta(days=1)


def tell(world: World, moment: datetime) -> None:
    """Add the budgets of the story, with amounts as of the evaluation at `moment`."""
    estate = world.estate
    groups = {one.name: one.id for one in estate.resource_groups.values()}
    language = next(one.id for one in estate.workspaces.values() if one.name == "nlp-research")
    # Computes stand on the bill under their own ids.
    computes = sorted(one.id for one in estate.computes.values() if one.workspace_id.lower() == language.lower())
    development = next(subscription_scope(one.id) for one in estate.subscriptions.values() if one.name == "contoso-dev")
    _nearly_spent(world, groups["ml-prod-rg"], moment)
    of_one = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [language, *computes]}}
    _monthly(world, groups["research-rg"], "nlp-research", of_one, Decimal("1.3"), moment, ["ai-lab@contoso.com"], (80, 100))
    _monthly(world, development, "contoso-dev", {}, Decimal(2), moment, ["ada.lindqvist@contoso.com"], (90,))


def grain_of(today: date) -> str:
    """The time grain in whose period spending can be seen to run ahead: the shortest of which neither little nor nearly all is over.

    Where there is none, the one of which most but not nearly all is over; in the last days of a year, the month.
    """
    shares = {grain: _share(grain, today) for grain in GRAINS}
    fitting = [grain for grain, share in shares.items() if _EARLY <= share <= _LATE]
    early = [grain for grain, share in shares.items() if share < _EARLY]
    if fitting or early:
        return fitting[0] if fitting else max(early, key=shares.__getitem__)
    return min(shares, key=shares.__getitem__)


def _share(grain: str, today: date) -> float:
    began = period_start(grain, today)
    return (today - began).days / (period_end(grain, today) - began).days


def _nearly_spent(world: World, scope: str, moment: datetime) -> None:
    today = moment.date()
    grain = grain_of(today)
    began = period_start(grain, today)
    daily, _ = spend_by_day(world, scope, {}, began, today, moment)
    amount = _rounded(sum(daily.values(), Decimal()) / _NEARLY, 10)
    emails = ["ada.lindqvist@contoso.com", "finance-controllers@contoso.com"]
    rules = {
        "actual_GreaterThanOrEqualTo_50_Percent": _rule(50, emails),
        "actual_GreaterThanOrEqualTo_80_Percent": _rule(80, emails),
        "actual_GreaterThanOrEqualTo_100_Percent": _rule(100, emails),
        "forecasted_GreaterThan_100_Percent": {**_rule(100, emails), "operator": "GreaterThan", "thresholdType": "Forecasted"},
    }
    _add(world, scope, "ml-prod", _told(amount, grain, began, {}, rules), began)


def _monthly(
    world: World, scope: str, name: str, kept: dict[str, Any], factor: Decimal, moment: datetime, emails: list[str], at: tuple[int, ...]
) -> None:
    """A budget of so many times what the last whole month cost."""
    this_month = period_start("Monthly", moment.date())
    daily, _ = spend_by_day(world, scope, kept, months_later(this_month, -1), this_month - _DAY, moment)
    amount = _rounded(sum(daily.values(), Decimal()) * factor, 100)
    began = months_later(this_month, -6)
    rules = {f"actual_GreaterThanOrEqualTo_{share}_Percent": _rule(share, emails) for share in at}
    _add(world, scope, name, _told(amount, "Monthly", began, kept, rules), began)


def _rule(share: int, emails: list[str]) -> dict[str, Any]:
    return {"enabled": True, "operator": "GreaterThanOrEqualTo", "threshold": share, "contactEmails": emails, "thresholdType": "Actual"}


def _told(amount: Decimal, grain: str, began: date, kept: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    period = {"startDate": wire_day(began), "endDate": wire_day(months_later(began, 60))}
    return {"category": "Cost", "amount": float(amount), "timeGrain": grain, "timePeriod": period, "filter": kept, "notifications": rules}


def _rounded(amount: Decimal, to: int) -> Decimal:
    """Down to a multiple of `to`, which is the least."""
    return max(Decimal(1), amount // to) * to


def _add(world: World, scope: str, name: str, told: dict[str, Any], began: date) -> None:
    """Make a budget as a request at its start would have."""
    estate = world.estate
    estate.budget_writes += 1
    begun = datetime(began.year, began.month, began.day, 9, tzinfo=estate.epoch.tzinfo)
    created = min(begun, estate.epoch - _DAY)
    body = budget_rules.properties(name, told, began, False, None)
    made = Budget(scope, name, body, budget_rules.etag(created, estate.budget_writes), created)
    estate.budgets[made.key] = made
