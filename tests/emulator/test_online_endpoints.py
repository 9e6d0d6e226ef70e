"""Online endpoints: what is told of them, to whom, and what their machines cost."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from console.emulator import sizes
from console.emulator.ledger import charges
from console.emulator.world import World
from tests.emulator.asking import TABLE, ask
from tests.emulator.swagger import Swagger

DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
VERSION = "2024-10-01"
LATER = datetime(2026, 11, 2, 8, tzinfo=UTC)


def space(world: World, name: str) -> str:
    return next(one.id for one in world.estate.workspaces.values() if one.name == name)


def test_endpoints_and_deployments_are_listed_and_told_one_by_one(world: World) -> None:
    endpoints = ask(world, f"{space(world, 'fraud-prod')}/onlineEndpoints?api-version={VERSION}", "admin", "GET", TABLE)
    scorer = endpoints.body["value"][0]
    assert [one["name"] for one in endpoints.body["value"]] == ["fraud-scorer"] and scorer["properties"]["traffic"] == {
        "blue": 100,
        "green": 0,
    }
    assert ask(world, f"{scorer['id']}?api-version={VERSION}", "admin", "GET", TABLE).body == scorer
    deployments = ask(world, f"{scorer['id']}/deployments?api-version={VERSION}", "admin", "GET", TABLE).body["value"]
    told = [(one["name"], one["properties"]["instanceType"], one["sku"]["capacity"]) for one in deployments]
    assert told == [("blue", "Standard_DS3_v2", 2), ("green", "Standard_DS2_v2", 1)]
    assert ask(world, f"{deployments[1]['id']}?api-version={VERSION}", "admin", "GET", TABLE).body == deployments[1]
    assert ask(world, f"{space(world, 'sandbox')}/onlineEndpoints?api-version={VERSION}", "admin", "GET", TABLE).body["value"] == []


@pytest.mark.parametrize(
    "path", ["onlineEndpoints/nothing", "onlineEndpoints/nothing/deployments", "onlineEndpoints/fraud-scorer/deployments/no"]
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    reply = ask(world, f"{space(world, 'fraud-prod')}/{path}?api-version={VERSION}", "admin", "GET", TABLE)
    assert reply.status == 404 and reply.body["error"]["code"] == "UserError"


def test_whoever_may_not_read_them_is_refused(world: World) -> None:
    reply = ask(world, f"{space(world, 'fraud-prod')}/onlineEndpoints?api-version={VERSION}", "outsider", "GET", TABLE)
    assert reply.status == 403 and "onlineEndpoints/read" in reply.body["error"]["message"]


def test_a_deployment_is_billed_to_its_workspace_from_the_day_it_was_made(world: World) -> None:
    key = space(world, "fraud-prod").lower()
    made = [
        one
        for one in charges(world, date(2026, 10, 20), date(2026, 10, 29), LATER)
        if one.resource_id == key and one.meter_category == "Virtual Machines"
    ]
    blue = [one for one in made if one.tags["azuremldeployment"] == "blue"]
    green = {one.day: one for one in made if one.tags["azuremldeployment"] == "green"}
    assert {one.quantity for one in blue} == {Decimal(48)} and len(blue) == 10
    assert {one.tags["azuremlendpoint"] for one in made} == {"fraud-scorer"} and blue[0].tags["team"] == "risk"
    price = Decimal(str(sizes.price("Standard_DS3_v2", "westeurope", False)))
    assert all(one.cost == 48 * price for one in blue)
    first = min(green)
    assert first == date(2026, 10, 27) and 0 < green[first].quantity < 24 and green[date(2026, 10, 28)].quantity == 24


@pytest.mark.skipif(DATA is None, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")
@pytest.mark.parametrize("version", ["2024-10-01", "2024-04-01-preview"])
def test_bodies_are_those_of_the_published_schema(world: World, version: str) -> None:
    provider = "Microsoft.MachineLearningServices"
    folder = Path(DATA or "missing") / "azure-specs/specification/machinelearningservices/resource-manager" / provider
    swagger = Swagger(folder / ("preview" if "preview" in version else "stable") / version)

    def checked(path: str) -> list[str]:
        reply = ask(world, f"{path}?api-version={version}", "admin", "GET", TABLE)
        assert swagger.problems("GET", path, reply.status, reply.body) == []
        return [one["id"] for one in reply.body.get("value", ())]

    for endpoint in checked(f"{space(world, 'fraud-prod')}/onlineEndpoints"):
        checked(endpoint)
        for deployment in checked(f"{endpoint}/deployments"):
            checked(deployment)
