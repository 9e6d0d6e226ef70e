"""Forecasts and dimensions of Cost Management."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from console.emulator.cost_forecast import trend
from console.emulator.routing import Reply
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask
from tests.emulator.test_cost_query import COST, TABLE, definition, rows, subscription, told, total

NOVEMBER = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-30T23:59:59Z"}


@pytest.fixture(autouse=True)
def allowance(world: World) -> Iterator[None]:
    world.cost_limits.clear()
    yield


def forecast(world: World, period: Any = None, identity: str = "cost-analyst", scope: str | None = None, **more: Any) -> Reply:
    dataset = {"granularity": "Daily", "aggregation": COST, **more.pop("dataset", {})}
    body = {"type": "ActualCost", "timeframe": "Custom", "timePeriod": period or NOVEMBER, "dataset": dataset, **more}
    url = f"{scope or subscription(world)}/providers/Microsoft.CostManagement/forecast?api-version=2025-03-01"
    return ask(world, url, identity, "POST", TABLE, body)


def dimensions(world: World, more: str = "", identity: str = "cost-analyst") -> Reply:
    url = f"{subscription(world)}/providers/Microsoft.CostManagement/dimensions?api-version=2025-03-01{more}"
    return ask(world, url, identity, table=TABLE)


def test_days_that_are_known_are_actual_and_the_rest_is_forecast(world: World) -> None:
    properties = forecast(world).body["properties"]
    assert [column["name"] for column in properties["columns"]] == ["Cost", "UsageDate", "CostStatus", "Currency"]
    # The bill knows the first of November until 22:00: what is known of that day is fresh and partial.
    assert [row[1:3] for row in properties["rows"][:3]] == [[20261101, "Actual"], [20261101, "Forecast"], [20261102, "Forecast"]]
    assert len(properties["rows"]) == 31 and all(row[0] >= 0 for row in properties["rows"])
    known = total(rows(world, definition({"from": "2026-11-01", "to": "2026-11-01"})))
    assert Decimal(str(properties["rows"][0][0])).quantize(Decimal("0.01")) == known
    without = forecast(world, includeFreshPartialCost=False).body["properties"]["rows"]
    assert [row[1:3] for row in without[:2]] == [[20261101, "Forecast"], [20261102, "Forecast"]]
    assert without[0][0] == pytest.approx(properties["rows"][0][0] + properties["rows"][1][0])
    ahead = forecast(world, {"from": "2026-10-25", "to": "2026-11-05"}, includeActualCost=False, includeFreshPartialCost=False)
    assert {row[2] for row in ahead.body["properties"]["rows"]} == {"Forecast"}


def test_a_month_ahead_is_about_what_the_last_one_was(world: World) -> None:
    monthly = forecast(world, {"from": "2026-11-01", "to": "2026-11-30"}, dataset={"granularity": "Monthly"}).body["properties"]
    assert monthly["columns"][1] == {"name": "BillingMonth", "type": "Datetime"}
    assert {row[1] for row in monthly["rows"]} == {"2026-11-01T00:00:00"}
    ahead, october = sum(row[0] for row in monthly["rows"]), float(total(rows(world, definition(granularity="None"))))
    assert 0.7 * october < ahead < 1.4 * october


def test_the_trend_goes_on_at_half_its_pace() -> None:
    fresh = date(2026, 11, 2)
    flat = {fresh - timedelta(days=days): Decimal(10) for days in range(1, 29)}
    assert {trend(flat, fresh)(fresh + timedelta(days=days)) for days in range(30)} == {Decimal(10)}
    growing = {fresh - timedelta(days=days): Decimal(100 - days) for days in range(1, 29)}
    ahead = [trend(growing, fresh)(fresh + timedelta(days=7 * week)) for week in range(3)]
    assert [later - sooner for sooner, later in pairwise(ahead)] == [Decimal("3.5")] * 2
    falling = {fresh - timedelta(days=days): Decimal(days if days > 14 else 0) for days in range(1, 29)}
    assert trend(falling, fresh)(fresh + timedelta(days=60)) == 0


def test_a_filter_narrows_a_forecast(world: World) -> None:
    only = {"dimensions": {"name": "ResourceGroup", "operator": "In", "values": ["ml-prod-rg"]}}
    whole, part = (forecast(world, **more).body["properties"]["rows"] for more in ({}, {"dataset": {"filter": only}}))
    group = forecast(world, scope=f"{subscription(world)}/resourceGroups/ml-prod-rg").body["properties"]["rows"]
    assert part == group and 0 < sum(row[0] for row in part) < sum(row[0] for row in whole)


def test_what_cannot_be_forecast_is_told(world: World) -> None:
    past = forecast(world, {"from": "2026-10-01", "to": "2026-10-31"})
    assert told(past).startswith("400 CantForecastOnThePast: ")
    fresh = forecast(world, includeActualCost=False, includeFreshPartialCost=True)
    assert told(fresh).startswith("400 DontContainIncludeActualCostWhileIncludeFreshPartialCost: ")
    grouped = forecast(world, dataset={"grouping": [{"type": "Dimension", "name": "Meter"}]})
    assert told(grouped).startswith("400 InvalidForecastRequestBody: ")
    assert told(forecast(world, timeframe="MonthToDate")).startswith("400 BadRequest: ")
    assert told(forecast(world, dataset={"aggregation": None})).startswith("400 InvalidForecastRequestBody: ")
    nothing = {"dimensions": {"name": "Meter", "operator": "In", "values": ["none of these"]}}
    assert forecast(world, dataset={"filter": nothing}).status == 204
    assert forecast(world, identity="outsider").status == 403


def test_little_history_gives_no_forecast() -> None:
    world = build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)
    young = next(one for one in world.estate.computes.values() if one.name == "nb-sofia")
    only = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [young.id]}}
    assert told(forecast(world, dataset={"filter": only})).startswith("424 ")


def test_dimensions_are_listed_with_the_values_that_occur(world: World) -> None:
    plain = dimensions(world).body["value"]
    by_name = {one["properties"]["category"]: one["properties"] for one in plain}
    assert {"ResourceId", "ResourceGroupName", "MeterCategory", "ServiceName"} <= by_name.keys()
    assert by_name["MeterCategory"]["data"] == [] and by_name["MeterCategory"]["total"] > 5
    october = "&$filter=properties/usageStart%20ge%20'2026-10-01'%20and%20properties/usageEnd%20le%20'2026-10-31'".replace("%20", " ")
    groups = dimensions(world, f"{october} and properties/category eq 'resourcegroupname'&$expand=properties/data").body["value"]
    assert [one["properties"]["category"] for one in groups] == ["ResourceGroupName"]
    assert groups[0]["properties"]["data"] == ["ml-prod-rg", "supply-prod-rg", "vision-prod-rg"]
    assert groups[0]["name"] == "dimensions_ResourceGroupName_2026-10-01_2026-10-31_1000"


def test_the_values_of_a_dimension_come_in_pages(world: World) -> None:
    link = "&$filter=properties/category eq 'ResourceId'&$expand=properties/data&$top=20"
    first = dimensions(world, link).body["value"][0]["properties"]
    seen, following = list(first["data"]), first["nextLink"]
    while following is not None:
        path = following.removeprefix(BASE).replace("%3D", "=").replace("%20", " ").replace("%27", "'").replace("%2F", "/")
        page = ask(world, path, "cost-analyst", table=TABLE).body["value"][0]["properties"]
        seen, following = seen + page["data"], page["nextLink"]
    assert len(seen) == len(set(seen)) == first["total"] > 20


@pytest.mark.parametrize("more", ["&$top=0", "&$top=1001", "&$filter=mood eq 'x'", "&$filter=properties/category eq 'Mood'"])
def test_other_options_are_refused(world: World, more: str) -> None:
    assert dimensions(world, more).status == 400
    assert dimensions(world, identity="outsider").status == 403
