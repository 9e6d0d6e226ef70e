"""App registrations: who reads when an application's secrets and certificates end, and that nobody reads what they are."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from console.emulator.applications import lake_reader
from console.emulator.routing import Reply
from console.emulator.world import World
from tests.emulator.asking import code_of
from tests.emulator.test_graph import graph


def of_reader(world: World, who: str = "admin", select: str = "") -> Reply:
    chosen = f"appId in ('{lake_reader(world.estate).client_id}')"
    return graph(world, f"applications?$filter={chosen}{f'&$select={select}' if select else ''}", who=who)


def test_an_application_tells_when_its_credentials_end(world: World) -> None:
    (found,) = of_reader(world).body["value"]
    (secret,), (certificate,) = found["passwordCredentials"], found["keyCredentials"]
    left = datetime.fromisoformat(secret["endDateTime"]) - world.clock.now()
    assert timedelta(days=5) <= left < timedelta(days=6)
    assert certificate["type"] == "AsymmetricX509Cert"
    thumbprints = {each.credentials.get("thumbprint") for each in world.estate.datastores.values()} - {None}
    assert thumbprints == {certificate["customKeyIdentifier"]}
    assert graph(world, f"applications/{found['id']}").body["appId"] == found["appId"]


def test_nobody_reads_a_secret(world: World) -> None:
    reader, told = lake_reader(world.estate), of_reader(world).body
    text = json.dumps(told)
    assert reader.secret not in text and reader.certificate not in text
    assert told["value"][0]["passwordCredentials"][0]["secretText"] is None


def test_only_what_is_asked_for_is_told(world: World) -> None:
    (found,) = of_reader(world, select="appId,passwordCredentials").body["value"]
    assert set(found) == {"appId", "passwordCredentials"}
    assert code_of(of_reader(world, select="password")) == (400, "BadRequest")


def test_members_of_the_tenant_read_them_and_guests_do_not(world: World) -> None:
    guest = next(one.display_name for one in world.estate.people.values() if one.guest)
    assert of_reader(world, who="Mei Tanaka").status == 200
    assert code_of(of_reader(world, who=guest)) == (403, "Authorization_RequestDenied")


def test_of_an_application_that_is_not_there_nothing_is_told(world: World) -> None:
    assert graph(world, "applications?$filter=appId eq '00000000-0000-0000-0000-000000000001'").body["value"] == []
    assert graph(world, "applications/00000000-0000-0000-0000-000000000001").status == 404
