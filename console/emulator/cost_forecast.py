"""Cost Management's forecast: what days to come will cost, from the trend of the last four weeks that are known in full.

Columns and errors are published; how Azure forecasts is not. Here a day costs what its weekday cost in the mean of those weeks, more or
less by half the trend between their halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from console.emulator.cost_calls import FORECAST, VERSIONS, Scope, bad_request, metered, on_scope, scope_of_call
from console.emulator.cost_query import Row, result, time_column, time_value
from console.emulator.cost_questions import CostQuestion, QuestionError, field, question
from console.emulator.errors import gateway_error
from console.emulator.ledger import CURRENCY, charges, known_until
from console.emulator.routing import Call, Reply, Route

LEARNT_DAYS = 28
_DAY = timedelta(days=1)
_DIGITS = Decimal("1e-10")


def _forecast(call: Call) -> Reply:
    scope = scope_of_call(call)
    if isinstance(scope, Reply):
        return scope
    now = call.world.clock.now()
    try:
        asked = question(call.world.estate, call.body, now, scope.above, "forecast")
        _check(call.body, asked, now.date())
    except QuestionError as error:
        return bad_request(str(error), error.code)
    return metered(call, asked.first, asked.last, lambda: _answer(call, scope, asked, known_until(now)))


def _check(body: Any, asked: CostQuestion, today: date) -> None:
    if str(field(body, "timeframe")).lower() != "custom":
        raise QuestionError("Invalid forecast definition: Invalid timeframe: a forecast needs 'Custom'.")
    if asked.groupings or not asked.sums:
        raise QuestionError("Invalid forecast definition: a forecast has aggregations and no grouping.", "InvalidForecastRequestBody")
    if field(body, "includeFreshPartialCost") is True and field(body, "includeActualCost") is False:
        code = "DontContainIncludeActualCostWhileIncludeFreshPartialCost"
        raise QuestionError("Fresh partial cost is included only together with actual cost.", code)
    if asked.last < today:
        raise QuestionError("Can't forecast on the past: the end of the time period must be in the future.", "CantForecastOnThePast")


def _answer(call: Call, scope: Scope, asked: CostQuestion, until: datetime) -> Reply:
    """Days that are known in full are actual; the first that is not, and all after it, are forecast."""
    fresh = until.date()
    learnt = fresh - LEARNT_DAYS * _DAY
    daily: dict[date, Decimal] = {}
    for charge in charges(call.world, min(asked.first, learnt), fresh, until, asked.amortized):
        if scope.covers(charge) and asked.test(charge):
            daily[charge.day] = daily.get(charge.day, Decimal(0)) + charge.cost
    if not daily:
        return Reply(204)
    if sum(learnt <= day < fresh for day in daily) < LEARNT_DAYS:
        # The status is documented, the body is not.
        return gateway_error(424, "FailedDependency", f"Forecast is unavailable: it needs costs of {LEARNT_DAYS} days.")
    columns = [*((name, "Number") for name in asked.sums), *time_column(asked.grain), ("CostStatus", "String"), ("Currency", "String")]
    told = {name: field(call.body, name) is not False for name in ("includeActualCost", "includeFreshPartialCost")}
    costs = _costs(asked, daily, fresh, told["includeActualCost"], told["includeFreshPartialCost"])
    return Reply(200, result(scope, columns, _rows(asked, costs)))


def _costs(asked: CostQuestion, daily: Mapping[date, Decimal], fresh: date, actual: bool, partial: bool) -> list[tuple[date, str, Decimal]]:
    """Day, status and cost. Of the day that is known in part, the part is actual, if that is asked for, and the rest forecast."""
    ahead = trend({day: cost for day, cost in daily.items() if fresh - LEARNT_DAYS * _DAY <= day < fresh}, fresh)
    found: list[tuple[date, str, Decimal]] = []
    day = asked.first
    while day <= asked.last:
        known = daily.get(day, Decimal(0))
        if day < fresh:
            found += [(day, "Actual", known)] if actual else []
        elif day == fresh and actual and partial:
            found += [(day, "Actual", known), (day, "Forecast", max(Decimal(0), ahead(day) - known))]
        else:
            found.append((day, "Forecast", ahead(day)))
        day += _DAY
    return found


def trend(daily: Mapping[date, Decimal], fresh: date) -> Any:
    """What a day from `fresh` on will cost, from the days before it."""
    ends = sorted(daily)
    half = len(ends) // 2
    sooner, later = (sum((daily[day] for day in part), Decimal(0)) / len(part) for part in (ends[:half], ends[half:]))
    slope = (later - sooner) / half / 2
    by_weekday = [[cost for day, cost in daily.items() if day.weekday() == weekday] for weekday in range(7)]
    means = [sum(costs, Decimal(0)) / len(costs) for costs in by_weekday]

    def ahead(day: date) -> Decimal:
        return max(Decimal(0), means[day.weekday()] + slope * min((day - fresh).days + half, 2 * LEARNT_DAYS)).quantize(_DIGITS)

    return ahead


def _rows(asked: CostQuestion, costs: list[tuple[date, str, Decimal]]) -> list[Row]:
    totals: dict[tuple[Any, ...], Decimal] = {}
    for day, status, cost in costs:
        key = (*time_value(asked.grain, day), status, CURRENCY)
        totals[key] = totals.get(key, Decimal(0)) + cost
    return [[*[float(cost)] * len(asked.sums), *key] for key, cost in totals.items()]


def routes() -> list[Route]:
    return [Route("POST", FORECAST, _forecast, "schema", "Microsoft.CostManagement/forecast/read", VERSIONS, scope_of=on_scope, dry=True)]
