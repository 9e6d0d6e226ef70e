"""Cost Management's query through the emulator's front: shapes, sums, filters, pages, refusals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from console.emulator.estate import RoleAssignment
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.staff import READER
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask

TABLE = route_table()
EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
COMPANY = "/providers/Microsoft.Management/managementGroups/contoso"
OCTOBER = {"from": "2026-10-01T00:00:00Z", "to": "2026-10-31T23:59:59Z"}
COST = {"totalCost": {"name": "Cost", "function": "Sum"}}


@pytest.fixture(autouse=True)
def allowance(world: World) -> Iterator[None]:
    """Tests ask faster than Azure lets anybody ask."""
    world.cost_limits.clear()
    yield


def subscription(world: World, name: str = "contoso-prod") -> str:
    return next(f"/subscriptions/{one.id}" for one in world.estate.subscriptions.values() if one.name == name)


def definition(period: Any = None, kind: str = "ActualCost", **dataset: Any) -> dict[str, Any]:
    """The body of a query: October day by day, if not told otherwise."""
    merged = {"granularity": "Daily", "aggregation": COST, **dataset}
    return {"type": kind, "timeframe": "Custom", "timePeriod": period or OCTOBER, "dataset": merged}


def by(*names: str) -> list[dict[str, str]]:
    return [{"type": "TagKey" if name.islower() else "Dimension", "name": name} for name in names]


def query(world: World, body: Any, scope: str | None = None, identity: str = "cost-analyst", more: str = "", **headers: str) -> Reply:
    url = f"{scope or subscription(world)}/providers/Microsoft.CostManagement/query?api-version=2025-03-01{more}"
    return ask(world, url, identity, "POST", TABLE, body, **headers)


def rows(world: World, body: Any, scope: str | None = None) -> list[dict[str, Any]]:
    """The rows of an answer of one page, each by its columns' names."""
    reply = query(world, body, scope)
    assert reply.status == 200, reply.body
    properties = reply.body["properties"]
    assert properties["nextLink"] is None
    return [dict(zip([column["name"] for column in properties["columns"]], row, strict=True)) for row in properties["rows"]]


def total(found: list[dict[str, Any]], name: str = "Cost") -> Decimal:
    return sum((Decimal(str(row[name])) for row in found), Decimal(0)).quantize(Decimal("0.01"))


def told(reply: Reply) -> str:
    return f"{reply.status} {reply.body['error']['code']}: {reply.body['error']['message']}"


def test_the_answer_has_the_shape_that_was_recorded(world: World) -> None:
    body = definition(aggregation={**COST, "usd": {"name": "CostUSD", "function": "Sum"}}, grouping=by("ResourceId", "MeterCategory"))
    answer = query(world, body, more="&$top=5000").body
    assert answer["id"] == f"{subscription(world)[1:]}/providers/Microsoft.CostManagement/query/{answer['name']}"
    assert (answer["type"], answer["location"], answer["sku"], answer["eTag"]) == ("Microsoft.CostManagement/query", None, None, None)
    assert answer["properties"]["columns"] == [
        {"name": "Cost", "type": "Number"},
        {"name": "CostUSD", "type": "Number"},
        {"name": "UsageDate", "type": "Number"},
        {"name": "ResourceId", "type": "String"},
        {"name": "MeterCategory", "type": "String"},
        {"name": "Currency", "type": "String"},
    ]
    row = answer["properties"]["rows"][0]
    assert row[0] == row[1] and row[2] == 20261001 and row[5] == "USD"
    assert all(one[3] == one[3].lower() and one[3].startswith("/subscriptions/") for one in answer["properties"]["rows"])
    monthly = query(world, definition(granularity="Monthly")).body["properties"]
    assert monthly["columns"][1] == {"name": "BillingMonth", "type": "Datetime"}
    assert monthly["rows"][0][1] == "2026-10-01T00:00:00"
    # As recorded: who sums nothing is told the days.
    bare = query(world, definition(aggregation=None)).body["properties"]
    assert bare["columns"] == [{"name": "UsageDate", "type": "Number"}, {"name": "Currency", "type": "String"}]
    assert bare["rows"][0] == [20261001, "USD"] and len(bare["rows"]) == 31


def test_days_resources_and_services_add_up_to_the_total_to_the_cent(world: World) -> None:
    whole = total(rows(world, definition(granularity="None")))
    assert whole > 1000
    for dataset in (
        {},
        {"granularity": "Monthly"},
        {"granularity": "None", "grouping": by("ResourceId")},
        {"granularity": "None", "grouping": by("ResourceId", "Meter")},
        {"grouping": by("MeterCategory")},
        {"granularity": "None", "grouping": by("ResourceGroupName", "team")},
    ):
        assert total(rows(world, definition(**dataset))) == whole, dataset
    groups = {row["ResourceGroup"] for row in rows(world, definition(granularity="None", grouping=by("ResourceGroup")))}
    of_groups = [rows(world, definition(granularity="None"), f"{subscription(world)}/resourceGroups/{name}") for name in groups if name]
    assert total([row for found in of_groups for row in found]) == whole


def test_tags_stand_as_key_and_value_and_what_has_none_is_there(world: World) -> None:
    found = rows(world, definition(granularity="None", grouping=by("team")), subscription(world, "contoso-research"))
    assert {(row["TagKey"], row["TagValue"]) for row in found} == {("team", "ai-lab"), (None, None)}
    daily = rows(world, definition(grouping=by("team")), subscription(world, "contoso-research"))
    hub = definition(filter={"tags": {"name": "Project", "operator": "In", "values": ["Assistants"]}}, grouping=by("team"))
    since = {row["TagValue"]: row["UsageDate"] for row in rows(world, hub, subscription(world, "contoso-research"))[::-1]}
    assert since == {None: 20261001, "ai-lab": 20261014}
    assert total(daily) == total(found)


def test_filters_pick_and_combine(world: World) -> None:
    def where(name: str, *values: str) -> dict[str, Any]:
        return {"dimensions": {"name": name, "operator": "In", "values": list(values)}}

    everything = rows(world, definition(granularity="None", grouping=by("ResourceLocation", "MeterCategory")))

    def expected(test: Any) -> Decimal:
        return total([row for row in everything if test(row["ResourceLocation"] == "westeurope", row["MeterCategory"] == "Storage")])

    europe, storage = where("resourcelocation", "West Europe"), where("MeterCategory", "storage")
    for wanted, test in (
        (europe, lambda here, stored: here),
        ({"and": [europe, storage]}, lambda here, stored: here and stored),
        ({"or": [europe, storage]}, lambda here, stored: here or stored),
        ({"and": [{"not": europe}, {"not": storage}]}, lambda here, stored: not here and not stored),
    ):
        assert total(rows(world, definition(granularity="None", filter=wanted))) == expected(test)
    assert rows(world, definition(filter=where("Meter", "none of these"))) == []


def test_actual_and_amortized_differ_by_what_was_paid_in_advance(world: World) -> None:
    both = {"from": "2026-09-01T00:00:00Z", "to": "2026-10-31T00:00:00Z"}
    actual, amortized = (
        {row["ChargeType"]: row["Cost"] for row in rows(world, definition(both, kind, granularity="None", grouping=by("ChargeType")))}
        for kind in ("ActualCost", "AmortizedCost")
    )
    (held,) = world.estate.reservations
    assert Decimal(str(actual["Purchase"])) == held.price and "Purchase" not in amortized
    assert amortized["Usage"] > actual["Usage"]


def test_management_groups_see_their_subscriptions_but_no_resources(world: World) -> None:
    reader = world.estate.identities["cost-analyst"].object_id
    assert query(world, definition(), COMPANY).status == 403
    held = RoleAssignment("0f0f0f0f-0000-4000-8000-0000000000ca", COMPANY, READER, reader, "ServicePrincipal", EPOCH, reader)
    world.estate.role_assignments[held.id.lower()] = held
    try:
        found = rows(world, definition(granularity="None", grouping=by("SubscriptionName")), COMPANY)
        assert {row["SubscriptionName"] for row in found} == {"contoso-prod", "contoso-dev", "contoso-research"}
        names = [row["SubscriptionName"] for row in found]
        alone = [row for name in names for row in rows(world, definition(granularity="None"), subscription(world, name))]
        assert total(alone) == total(found)
        assert "only valid for subscriptions" in told(query(world, definition(grouping=by("ResourceId")), COMPANY))
    finally:
        del world.estate.role_assignments[held.id.lower()]


def test_pages_are_posted_for_and_stay_what_they_were() -> None:
    world = build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)
    body = definition(grouping=by("ResourceId", "Meter"))
    reply = query(world, body, more="&$top=500")
    pages = [reply.body["properties"]]
    whole = query(world, body, more="&$top=5000").body["properties"]
    while pages[-1]["nextLink"] is not None:
        assert len(pages[-1]["rows"]) == 500
        # Meanwhile Azure learns of more.
        world.clock.advance(6 * 3600)
        world.cost_limits.clear()
        link = pages[-1]["nextLink"].removeprefix(BASE).replace("%3D", "=")
        assert "$skiptoken=" in link and ask(world, link, "cost-analyst", "GET", TABLE).status == 405
        pages.append(ask(world, link, "cost-analyst", "POST", TABLE, body).body["properties"])
    assert len(pages) == -(-len(whole["rows"]) // 500) > 2
    assert [row for page in pages for row in page["rows"]] == whole["rows"]
    ends = query(world, definition(grouping=by("ResourceId", "Meter"))).body["properties"]
    assert len(ends["rows"]) == 1000 and "$skiptoken=AQAAA" in ends["nextLink"]


def test_timeframes_are_those_of_the_calendar(world: World) -> None:
    def days(frame: str) -> list[int]:
        body = {"type": "Usage", "timeframe": frame, "dataset": {"granularity": "Daily", "aggregation": COST}}
        return [row["UsageDate"] for row in rows(world, body)]

    assert days("TheLastMonth") == days("TheLastBillingMonth") == list(range(20261001, 20261032))
    assert days("MonthToDate") == days("BillingMonthToDate") == days("TheCurrentMonth") == [20261101]
    assert days("WeekToDate") == [20261101]


def test_what_sorts_is_sorted(world: World) -> None:
    order = [{"direction": "descending", "name": "Cost"}]
    costs = [row["Cost"] for row in rows(world, definition(granularity="None", grouping=by("ResourceId"), sorting=order))]
    assert costs == sorted(costs, reverse=True) and len(costs) > 30


def test_there_is_no_content_where_there_is_no_cost_yet(world: World) -> None:
    reply = query(world, definition({"from": "2024-01-01T00:00:00Z", "to": "2024-01-31T00:00:00Z"}))
    assert (reply.status, reply.body) == (204, None)
    assert reply.headers["x-ms-ratelimit-microsoft.costmanagement-qpu-consumed"] == "1"
    today = {"from": "2026-11-02T00:00:00Z", "to": "2026-11-02T23:59:59Z"}
    assert query(world, definition(today)).status == 204


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grouping": [{"type": "Dimension", "name": "Mood"}]}, "Invalid dataset grouping: 'Mood'; valid values: 'ResourceGroup'"),
        ({"grouping": [{"type": "Tag", "name": "team"}]}, "Invalid dataset grouping type: 'Tag'"),
        ({"grouping": by("Meter", "ResourceId", "team")}, "3 are more than 2"),
        ({"grouping": "Meter"}, "must be a list"),
        ({"granularity": "Hourly"}, "Invalid dataset granularity: 'Hourly'"),
        ({"aggregation": {"a": {"name": "Mood", "function": "Sum"}}}, "Invalid dataset aggregation: 'Mood'"),
        ({"aggregation": {"a": {"name": "Cost", "function": "Mean"}}}, "aggregation function: 'Mean'"),
        ({"aggregation": dict.fromkeys("abc", COST["totalCost"])}, "at most 2"),
        ({"filter": {"dimensions": {"name": "Mood", "operator": "In", "values": ["x"]}}}, "Invalid dataset filter: 'Mood'"),
        ({"filter": {"dimensions": {"name": "Meter", "operator": "Like", "values": ["x"]}}}, "filter operator: 'Like'"),
        ({"filter": {"dimensions": {"name": "Meter", "operator": "In", "values": []}}}, "needs values"),
        ({"filter": {"and": [{"tags": {"name": "team", "operator": "In", "values": ["x"]}}]}}, "at least two"),
        ({"filter": {"xor": []}}, "'xor'"),
        ({"sorting": [{"name": "Cost", "direction": "sideways"}]}, "Invalid dataset sorting"),
    ],
)
def test_a_dataset_that_is_wrong_is_told_where(world: World, change: dict[str, Any], words: str) -> None:
    reply = query(world, definition(**change))
    assert told(reply).startswith("400 BadRequest: Invalid query definition: ") and words in told(reply)
    assert "(Request ID: " in told(reply)
    assert "x-ms-ratelimit-microsoft.costmanagement-qpu-consumed" not in reply.headers


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "Dataset is missing"),
        ([], "Dataset is missing"),
        ({**definition(), "type": "Guess"}, "Invalid type: 'Guess'"),
        ({**definition(), "timeframe": "Yesterday"}, "Invalid timeframe: 'Yesterday'"),
        ({**definition(), "timePeriod": None}, "'None' is not a date"),
        (definition({"from": "soon", "to": "2026-10-31"}), "'soon' is not a date"),
        (definition({"from": "2026-10-31", "to": "2026-10-01"}), "is before 'from'"),
        (definition({"from": "2026-09-30", "to": "2026-10-31"}, grouping=by("ResourceId")), "cannot exceed 31 days"),
    ],
)
def test_a_body_that_is_wrong_is_told_where(world: World, body: Any, words: str) -> None:
    assert words in told(query(world, body))


def test_who_may_not_see_cost_is_refused(world: World) -> None:
    refused = query(world, definition(), identity="outsider")
    assert refused.status == 403 and "Microsoft.CostManagement/query/read" in refused.body["error"]["message"]
    for identity in ("admin", "reader", "cost-analyst"):
        assert query(world, definition(), identity=identity).status == 200
    assert query(world, definition(), identity="operator").status == 403
    assert told(query(world, definition(), f"{subscription(world)}/resourceGroups/nowhere")).startswith("404 ResourceGroupNotFound")
    workspace = next(iter(world.estate.workspaces.values())).id
    assert query(world, definition(), workspace, "admin").status == 404
    assert query(world, definition(), more="&$top=5001").status == query(world, definition(), more="&$skiptoken=x").status == 400


def test_a_query_leaves_no_trace_in_the_activity_log(world: World) -> None:
    key = subscription(world).rpartition("/")[2]
    before = len(world.activity.of(key))
    assert query(world, definition()).status == 200
    assert len(world.activity.of(key)) == before


def test_a_node_that_boots_today_shows_once_azure_knows_of_it() -> None:
    world = build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)
    ulrich = next(one for one in world.estate.computes.values() if one.name == "nb-ulrich")
    machines = {"dimensions": {"name": "MeterCategory", "operator": "In", "values": ["Virtual Machines"]}}
    week = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-07T00:00:00Z"}
    body = definition(week, filter=machines, grouping=by("ResourceId"))

    def billed() -> dict[int, float]:
        world.cost_limits.clear()
        return {row["UsageDate"]: row["Cost"] for row in rows(world, body) if row["ResourceId"] == ulrich.id.lower()}

    assert ask(world, f"{ulrich.id}/start?api-version=2024-10-01", method="POST", table=TABLE).status == 202
    world.clock.advance(6 * 3600)
    assert billed() == {}
    seen: dict[int, list[float]] = defaultdict(list)
    for _ in range(12):
        world.clock.advance(6 * 3600)
        for day, cost in billed().items():
            seen[day].append(cost)
    assert seen[20261102] == sorted(seen[20261102])
    # Sixteen hours of the first day: from eight in the morning on.
    assert seen[20261102][-1] == pytest.approx(16 * 0.5404, abs=0.01)
    assert seen[20261103][-1] == pytest.approx(24 * 0.5404, abs=0.01)
    assert world.clock.now() == EPOCH + timedelta(hours=78)
