"""Budgets and their alerts: what is taken and refused, who may, what is spent of them, and what Contoso has."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from console.emulator import ledger
from console.emulator.budget_evaluation import last_evaluation
from console.emulator.budget_periods import period_end, period_start
from console.emulator.budget_story import grain_of
from console.emulator.estate import RoleAssignment
from console.emulator.replay import replay
from console.emulator.routing import Reply
from console.emulator.server import route_table
from console.emulator.staff import OWNER
from console.emulator.state import State
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask, code_of

TABLE = route_table()
EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
COMPANY = "/providers/Microsoft.Management/managementGroups/contoso"
BUDGETS = "/providers/Microsoft.CostManagement/budgets"
ALERTS = "/providers/Microsoft.CostManagement/alerts"
MACHINES = ("Virtual Machines",)
DAY = 86_400


@pytest.fixture(scope="module")
def world() -> World:
    """A world whose clock moves from test to test, through November: each has budgets of its own."""
    return build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)


@pytest.fixture(scope="module")
def untouched() -> World:
    """A world in which nothing is changed."""
    return build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)


@pytest.fixture(scope="module")
def late() -> World:
    """Another company, near the end of a month."""
    return build_world(Options(seed=3, scale=1, speed=0, epoch=datetime(2026, 11, 26, 8, tzinfo=UTC)), BASE)


def to_hour(world: World, hour: int) -> None:
    """Move the clock ahead to the next time that it is so late (UTC)."""
    now = world.clock.now()
    world.clock.advance(((hour - now.hour) % 24 or 24) * 3600 - now.minute * 60 - now.second)


def group(world: World, name: str) -> str:
    return next(one.id for one in world.estate.resource_groups.values() if one.name == name)


def subscription(world: World, name: str) -> str:
    return next(f"/subscriptions/{one.id}" for one in world.estate.subscriptions.values() if one.name == name)


def call(world: World, method: str, path: str, body: Any = None, identity: str = "admin", version: str = "2025-03-01") -> Reply:
    return ask(world, f"{path}?api-version={version}", identity, method, TABLE, body)


def rule(**changed: Any) -> dict[str, Any]:
    told = {"enabled": True, "operator": "GreaterThan", "threshold": 80, "contactEmails": ["ada@contoso.com"], "thresholdType": "Actual"}
    return {**told, **changed}


def budget(*, etag: str | None = None, **changed: Any) -> dict[str, Any]:
    told = {
        "category": "Cost",
        "amount": 1000,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-11-01T00:00:00Z", "endDate": "2027-11-01T00:00:00Z"},
        "notifications": {"at80": rule()},
    }
    found: dict[str, Any] = {"properties": {**told, **changed}}
    return found if etag is None else {**found, "eTag": etag}


def spent(world: World, scope: str, first: datetime, moment: datetime) -> Decimal:
    """What a resource group cost since the day of `first`, as the bill knew it at `moment`."""
    name = scope.rpartition("/")[2].lower()
    found = ledger.charges(world, first.date(), moment.date(), ledger.known_until(moment))
    return sum((one.cost for one in found if one.resource_group.lower() == name), Decimal())


def one_condition(name: str = "ResourceId", operator: str = "In", values: Any = ("x",)) -> dict[str, Any]:
    return {"dimensions": {"name": name, "operator": operator, "values": list(values)}}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": "many"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**400}, "amount"),
        ({"amount": float("inf")}, "amount"),
        ({"timePeriod": {"startDate": "0001-01-01T00:00:00+10:00"}}, "must be a date"),
        ({"timePeriod": {"startDate": 20261101}}, "must be a date"),
        ({"category": "Usage"}, "category"),
        ({"category": "ReservationUtilization"}, "billing scopes"),
        ({"timeGrain": "Weekly"}, "timeGrain"),
        ({"timeGrain": "BillingMonth"}, "web direct"),
        ({"timeGrain": "Last7Days"}, "reservation"),
        ({"timePeriod": {}}, "startDate"),
        ({"timePeriod": {"startDate": "soon"}}, "must be a date"),
        ({"timePeriod": {"startDate": "2026-11-02T00:00:00Z"}}, "first of a month"),
        ({"timePeriod": {"startDate": "2017-05-01T00:00:00Z"}}, "June 1, 2017"),
        ({"timePeriod": {"startDate": "2027-12-01T00:00:00Z"}}, "twelve months"),
        ({"timePeriod": {"startDate": "2026-10-01T00:00:00Z"}}, "current period"),
        ({"timeGrain": "Quarterly", "timePeriod": {"startDate": "2026-09-01T00:00:00Z"}}, "current period"),
        ({"timePeriod": {"startDate": "2026-11-01T00:00:00Z", "endDate": "2026-11-01T00:00:00Z"}}, "endDate"),
        ({"notifications": []}, "notifications"),
        ({"notifications": {f"n{at}": rule(threshold=at) for at in range(6)}}, "up to 5"),
        ({"notifications": {f"n{at}": rule(threshold=at, thresholdType="Forecasted") for at in range(6)}}, "up to 5"),
        ({"notifications": {"n": rule(enabled="yes")}}, "n.enabled"),
        ({"notifications": {"n": rule(operator="LessThan")}}, "n.operator"),
        ({"notifications": {"n": rule(threshold=1000.01)}}, "between 0 and 1000"),
        ({"notifications": {"n": rule(threshold=-1)}}, "between 0 and 1000"),
        ({"notifications": {"n": rule(threshold=80.555)}}, "2 decimal places"),
        ({"notifications": {"n": rule(thresholdType="Guessed")}}, "n.thresholdType"),
        ({"notifications": {"n": rule(contactEmails=[])}}, "at least one contact"),
        ({"notifications": {"n": rule(contactEmails=["nobody"])}}, "no e-mail address"),
        ({"notifications": {"n": rule(contactEmails=["a@contoso.com"] * 51)}}, "up to 50"),
        ({"notifications": {"n": rule(contactGroups=["ops"])}}, "action groups"),
        ({"notifications": {"n": rule(locale="tlh")}}, "n.locale"),
        ({"filter": {"or": []}}, "filter"),
        ({"filter": {"and": [one_condition()]}}, "at least 2"),
        ({"filter": one_condition(operator="NotIn")}, "must be In"),
        ({"filter": one_condition(values=())}, "at least one value"),
        ({"filter": one_condition(name="Mood")}, "Mood"),
        ({"filter": {"tags": {"operator": "In", "values": ["x"]}}}, "tags.name"),
        ({"filters": {"resources": ["x"]}}, "filters"),
    ],
)
def test_bad_budgets_are_refused(untouched: World, changed: dict[str, Any], told: str) -> None:
    path = f"{group(untouched, 'ml-dev-rg')}{BUDGETS}/trial"
    reply = call(untouched, "PUT", path, budget(**changed))
    assert code_of(reply) == (400, "400")
    assert told in reply.body["error"]["message"]
    assert call(untouched, "GET", path).status == 404


def test_names_scopes_and_bodies_that_are_none_are_refused(untouched: World) -> None:
    scope = group(untouched, "ml-dev-rg")
    workspace = next(iter(untouched.estate.workspaces.values())).id
    for path, body in (
        (f"{scope}{BUDGETS}/too.many.dots", budget()),
        (f"{scope}{BUDGETS}/{'x' * 64}", budget()),
        (f"{scope}{BUDGETS}/trial", {}),
        (f"{scope}{BUDGETS}/trial", []),
        (f"{workspace}{BUDGETS}/trial", budget()),
        (f"{scope}{BUDGETS}/trial", budget(etag='"1"')),
    ):
        assert call(untouched, "PUT", path, body).status == 400
    assert code_of(call(untouched, "GET", f"{scope}/nowhere-rg{BUDGETS}")) == (400, "400")
    assert call(untouched, "GET", f"{COMPANY}-x{BUDGETS}").status == 403
    assert call(untouched, "DELETE", f"{scope}{BUDGETS}/trial").status == 404
    assert call(untouched, "GET", f"{scope}{BUDGETS}", version="2019-01-01").status == 400


def test_contacts_depend_on_the_scope(world: World) -> None:
    owner = world.estate.identities["admin"].object_id
    held = RoleAssignment("0f0f0f0f-0000-4000-8000-00000000000c", COMPANY, OWNER, owner, "ServicePrincipal", EPOCH, owner)
    world.estate.role_assignments[held.id.lower()] = held
    action = f"{group(world, 'ml-dev-rg')}/providers/microsoft.insights/actionGroups/ops"
    for extra in ({"contactRoles": ["Owner"]}, {"contactGroups": [action]}):
        told = budget(notifications={"n": rule(contactEmails=[], **extra)})
        assert call(world, "PUT", f"{group(world, 'ml-dev-rg')}{BUDGETS}/{next(iter(extra))}", told).status == 201
        assert call(world, "PUT", f"{COMPANY}{BUDGETS}/trial", told).status == 400
    made = call(world, "PUT", f"{COMPANY}{BUDGETS}/trial", budget())
    assert (made.status, made.body["id"]) == (201, f"{COMPANY.lstrip('/')}{BUDGETS}/trial")
    world.clock.advance(DAY)
    moment = last_evaluation(world.clock.now())
    total = sum(one.cost for one in ledger.charges(world, EPOCH.date().replace(day=1), moment.date(), ledger.known_until(moment)))
    shown = call(world, "GET", f"{COMPANY}{BUDGETS}/trial").body["properties"]["currentSpend"]
    assert shown == {"amount": pytest.approx(float(total)), "unit": "USD"}


def test_a_list_gives_its_own_scope_only_and_both_providers_show_the_same(untouched: World) -> None:
    production, development = subscription(untouched, "contoso-prod"), subscription(untouched, "contoso-dev")
    assert call(untouched, "GET", f"{production}{BUDGETS}").body == {"value": []}
    (listed,) = call(untouched, "GET", f"{group(untouched, 'ml-prod-rg').upper()}{BUDGETS}").body["value"]
    assert listed["name"] == "ml-prod"
    assert [one["name"] for one in call(untouched, "GET", f"{development}{BUDGETS}").body["value"]] == ["contoso-dev"]
    older = f"{development}/providers/Microsoft.Consumption/budgets"
    (same,) = call(untouched, "GET", older, version="2023-05-01").body["value"]
    assert (same["type"], same["id"]) == ("Microsoft.Consumption/budgets", f"{older.lstrip('/')}/contoso-dev")
    asked = f"{development}{BUDGETS}?api-version=2025-03-01&$filter=properties/category eq "
    assert ask(untouched, f"{asked}'ReservationUtilization'", table=TABLE).body == {"value": []}
    assert len(ask(untouched, f"{asked}'Cost'", table=TABLE).body["value"]) == 1
    assert ask(untouched, f"{asked}Cost", table=TABLE).status == 400


def test_updates_hold_to_the_etag_and_the_start(world: World) -> None:
    path = f"{group(world, 'ml-dev-rg')}{BUDGETS}/trial"
    made = call(world, "PUT", path, budget(timePeriod={"startDate": "2026-11-01"}))
    assert made.status == 201
    assert made.body["properties"]["timePeriod"] == {"startDate": "2026-11-01T00:00:00Z", "endDate": "2036-11-01T00:00:00Z"}
    assert made.body["properties"]["currentSpend"] is None
    first = made.body["eTag"]
    changed = call(world, "PUT", path, budget(amount=1200.5, etag=first))
    assert (changed.status, changed.body["properties"]["amount"]) == (200, 1200.5)
    stale = call(world, "PUT", path, budget(amount=1300, etag=first))
    assert code_of(stale) == (400, "400")
    assert "Please get the latest budget to avoid overwrite" in stale.body["error"]["message"]
    moved = call(world, "PUT", path, budget(timePeriod={"startDate": "2026-12-01"}, etag=changed.body["eTag"]))
    assert "Start date of budgets cannot be updated" in moved.body["error"]["message"]
    assert call(world, "GET", path).body == changed.body
    assert call(world, "PUT", path, budget(amount=7)).status == 200
    assert (call(world, "DELETE", path).status, call(world, "GET", path).status) == (200, 404)


def test_an_old_budget_can_still_be_changed(world: World) -> None:
    path = f"{subscription(world, 'contoso-dev')}{BUDGETS}/contoso-dev"
    told = call(world, "GET", path).body
    told["properties"]["amount"] = 5.0
    changed = call(world, "PUT", path, told)
    assert (changed.status, changed.body["properties"]["timePeriod"]) == (200, told["properties"]["timePeriod"])


def test_roles_decide_who_writes(untouched: World) -> None:
    scope = group(untouched, "ml-prod-rg")
    path = f"{scope}{BUDGETS}/ml-prod"
    for identity, reads in (("cost-analyst", True), ("reader", True), ("outsider", False), ("data-scientist", False)):
        for listed in (path, f"{scope}{BUDGETS}", f"{scope}{ALERTS}", f"{scope}/providers/Microsoft.Consumption/budgets/ml-prod"):
            version = "2023-05-01" if "Consumption" in listed else "2025-03-01"
            assert call(untouched, "GET", listed, identity=identity, version=version).status == (200 if reads else 403)
        for method, body in (("PUT", budget()), ("DELETE", None)):
            assert code_of(call(untouched, method, path, body, identity)) == (403, "AuthorizationFailed")
    alert = call(untouched, "GET", f"{scope}{ALERTS}").body["value"][0]["name"]
    aside = {"properties": {"status": "Dismissed"}}
    assert call(untouched, "PATCH", f"{scope}{ALERTS}/{alert}", aside, "cost-analyst").status == 403


@pytest.mark.parametrize(("which", "grain"), [("untouched", "Annually"), ("late", "Monthly")])
def test_contoso_has_one_nearly_spent_with_a_forecast_over_it(request: pytest.FixtureRequest, which: str, grain: str) -> None:
    world: World = request.getfixturevalue(which)
    scope = group(world, "ml-prod-rg")
    told = call(world, "GET", f"{scope}{BUDGETS}/ml-prod").body["properties"]
    assert (told["timeGrain"], told["amount"] % 10) == (grain, 0)
    assert told["currentSpend"]["amount"] / told["amount"] == pytest.approx(0.92, abs=0.01)
    assert told["forecastSpend"]["amount"] > told["amount"]
    began = datetime.fromisoformat(told["timePeriod"]["startDate"])
    moment = last_evaluation(world.estate.epoch)
    assert told["currentSpend"]["amount"] == pytest.approx(float(spent(world, scope, began, moment)))
    raised = [one["properties"] for one in call(world, "GET", f"{scope}{ALERTS}").body["value"]]
    assert [(one["definition"]["type"], one["details"]["threshold"], one["status"]) for one in raised] == [
        ("Budget", 0.5, "Active"), ("Budget", 0.8, "Active"), ("BudgetForecast", 1.0, "Active"),
    ]  # fmt: skip


def test_its_period_leaves_room_for_a_forecast_but_in_the_last_days_of_a_year() -> None:
    for day in range(3, 360):
        today = date(2026, 1, 1) + timedelta(days=day)
        grain = grain_of(today)
        began = period_start(grain, today)
        assert 0.05 < (today - began) / (period_end(grain, today) - began) < 0.9 or day < 15, (today, grain)
    assert grain_of(date(2026, 12, 30)) == "Monthly"


def test_contoso_has_one_of_a_workspace_one_that_is_comfortable_and_groups_without(untouched: World) -> None:
    (language,) = call(untouched, "GET", f"{group(untouched, 'research-rg')}{BUDGETS}").body["value"]
    workspace, *computes = language["properties"]["filter"]["dimensions"]["values"]
    assert workspace.endswith("/workspaces/nlp-research")
    assert f"{workspace}/computes/gpu-a100" in computes
    assert language["properties"]["amount"] > 1000
    (development,) = call(untouched, "GET", f"{subscription(untouched, 'contoso-dev')}{BUDGETS}").body["value"]
    for told in (language, development):
        assert told["properties"]["currentSpend"]["amount"] < told["properties"]["amount"] / 2
    assert "forecastSpend" not in development["properties"]
    assert call(untouched, "GET", f"{subscription(untouched, 'contoso-dev')}{ALERTS}").body["value"] == []
    for name in ("sandbox-rg", "genai-rg", "vision-prod-rg", "supply-prod-rg"):
        assert call(untouched, "GET", f"{group(untouched, name)}{BUDGETS}").body == {"value": []}


def test_what_is_spent_moves_once_a_day(world: World) -> None:
    scope = group(world, "ml-prod-rg")
    path = f"{scope}{BUDGETS}/trial"
    to_hour(world, 8)
    call(world, "PUT", path, budget(amount=10))
    to_hour(world, 4)
    assert call(world, "GET", path).body["properties"]["currentSpend"] is None
    seen = []
    for hours in (3, 20, 5):
        world.clock.advance(hours * 3600)
        seen.append(call(world, "GET", path).body["properties"]["currentSpend"]["amount"])
    assert seen[0] == seen[1] < seen[2]
    moment = last_evaluation(world.clock.now())
    assert seen[2] == pytest.approx(float(spent(world, scope, EPOCH.replace(day=1), moment)))


def test_filters_count_what_they_name(world: World) -> None:
    scope = group(world, "ml-prod-rg")
    workspaces = [one for one in world.estate.workspaces.values() if one.resource_group == "ml-prod-rg"]
    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "none": one_condition(values=[f"{scope}/providers/x/y/z"]),
        "tag": {"tags": {"name": "Project", "operator": "In", "values": ["fraud"]}},
        "case": {"tags": {"name": "project", "operator": "In", "values": ["FRAUD"]}},
        "both": {"and": [one_condition("ResourceGroupName", values=["ML-PROD-RG"]), one_condition("MeterCategory", values=MACHINES)]},
        "place": one_condition("ResourceLocation", values=["westeurope"]),
        "spelt-out": one_condition("ResourceLocation", values=["West Europe"]),
        **{one.name: one_condition(values=[one.id.upper()]) for one in workspaces},
    }
    for name, kept in filters.items():
        assert call(world, "PUT", f"{scope}{BUDGETS}/{name}", budget(filter=kept)).status == 201
    world.clock.advance(2 * DAY)
    found = {name: call(world, "GET", f"{scope}{BUDGETS}/{name}").body["properties"]["currentSpend"]["amount"] for name in filters}
    assert found["none"] == 0
    assert 0 < found["tag"] == found["case"] < found["all"]
    assert 0 < found["both"] <= found["all"]
    assert 0 < found["place"] == found["spelt-out"]
    assert 0 < sum(found[one.name] for one in workspaces) <= found["all"]


def test_alerts_are_raised_once_kept_up_put_aside_and_over(world: World) -> None:
    scope = group(world, "supply-prod-rg")
    rules = {"low": rule(threshold=1), "off": rule(threshold=1, enabled=False), "next": rule(threshold=1, thresholdType="Forecasted")}
    call(world, "PUT", f"{scope}{BUDGETS}/trial", budget(amount=1, notifications=rules))
    assert call(world, "GET", f"{scope}{ALERTS}").body["value"] == []
    world.clock.advance(2 * DAY)
    first = call(world, "GET", f"{scope}{ALERTS}").body["value"]
    assert {one["properties"]["definition"]["criteria"] for one in first} == {"CostThresholdExceeded", "ForecastCostThresholdExceeded"}
    assert {one["properties"]["costEntityId"] for one in first} == {"trial"}
    world.clock.advance(DAY)
    again = call(world, "GET", f"{scope}{ALERTS}").body["value"]
    assert [one["name"] for one in again] == [one["name"] for one in first]
    assert again[0]["properties"]["details"]["currentSpend"] > first[0]["properties"]["details"]["currentSpend"]
    assert again[0]["properties"]["creationTime"] == first[0]["properties"]["creationTime"]
    one = f"{scope}{ALERTS}/{first[0]['name']}"
    for wrong in ({}, {"properties": {"status": "Active"}}, []):
        assert code_of(call(world, "PATCH", one, wrong)) == (400, "400")
    aside = call(world, "PATCH", one, {"properties": {"status": "Dismissed"}})
    assert aside.body["properties"]["status"] == "Dismissed"
    assert aside.body["properties"]["statusModificationUserName"]
    again = call(world, "PATCH", one, {"properties": {"status": "Active"}})
    assert again.body["properties"]["status"] == "Active" and call(world, "GET", one).body == again.body
    call(world, "PATCH", one, {"properties": {"status": "Dismissed"}})
    call(world, "DELETE", f"{scope}{BUDGETS}/trial")
    world.clock.advance(DAY)
    statuses = {told["name"]: told["properties"]["status"] for told in call(world, "GET", f"{scope}{ALERTS}").body["value"]}
    assert statuses == {first[0]["name"]: "Dismissed", first[1]["name"]: "Resolved"}
    assert call(world, "GET", f"{group(world, 'ml-prod-rg')}{ALERTS}/{first[0]['name']}").status == 404


def test_a_raised_amount_and_a_new_month_end_an_alert(late: World) -> None:
    world = late
    scope = group(world, "supply-prod-rg")
    call(world, "PUT", f"{scope}{BUDGETS}/trial", budget(amount=1))
    world.clock.advance(2 * DAY)

    def statuses() -> list[str]:
        return [told["properties"]["status"] for told in call(world, "GET", f"{scope}{ALERTS}").body["value"]]

    assert statuses() == ["Active"]
    call(world, "PUT", f"{scope}{BUDGETS}/trial", budget(amount=10_000_000))
    world.clock.advance(DAY)
    assert statuses() == ["Resolved"]
    call(world, "PUT", f"{scope}{BUDGETS}/trial", budget(amount=1))
    world.clock.advance(DAY)
    assert statuses() == ["Active"]
    world.clock.advance(DAY)
    assert statuses() == ["Resolved"]
    world.clock.advance(DAY)
    assert statuses() == ["Resolved", "Active"]


@pytest.mark.long
def test_a_state_file_brings_back_what_was_written(tmp_path: Path) -> None:
    made = Options(seed=7, scale=1, speed=0, epoch=EPOCH)
    seen = []
    for start in range(2):
        with closing(State(str(tmp_path / "state"))) as state:
            begun = build_world(made, BASE)
            replay(begun, TABLE, state)
            scope = group(begun, "ml-prod-rg")
            if start == 0:
                call(begun, "PUT", f"{scope}{BUDGETS}/trial", budget(amount=10))
                begun.clock.advance(2 * DAY)
                alert = call(begun, "GET", f"{scope}{ALERTS}").body["value"][-1]["name"]
                assert call(begun, "PATCH", f"{scope}{ALERTS}/{alert}", {"properties": {"status": "Dismissed"}}).status == 200
                call(begun, "DELETE", f"{scope}{BUDGETS}/ml-prod")
            seen.append([call(begun, "GET", f"{scope}{what}").body["value"] for what in (BUDGETS, ALERTS)])
    assert seen[0] == seen[1]
    assert [one["name"] for one in seen[0][0]] == ["trial"]
    assert "Dismissed" in {one["properties"]["status"] for one in seen[0][1]}


def test_a_forecast_is_that_of_the_route_for_forecasts(world: World) -> None:
    scope = group(world, "vision-prod-rg")
    ahead = {"n": rule(thresholdType="Forecasted")}
    call(world, "PUT", f"{scope}{BUDGETS}/trial", budget(notifications=ahead))
    to_hour(world, 6)
    told = call(world, "GET", f"{scope}{BUDGETS}/trial").body["properties"]
    asked = {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": "2026-11-01T00:00:00Z", "to": "2026-11-30T23:59:59Z"},
        "dataset": {"granularity": "Daily", "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}}},
        "includeActualCost": True,
        "includeFreshPartialCost": True,
    }
    answer = call(world, "POST", f"{scope}/providers/Microsoft.CostManagement/forecast", asked)
    total = sum(row[0] for row in answer.body["properties"]["rows"])
    assert told["forecastSpend"]["amount"] == pytest.approx(total)
    assert told["currentSpend"]["amount"] < total
