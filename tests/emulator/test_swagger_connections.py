"""Connections against Microsoft's published swagger (AML_CONSOLE_TEST_DATA names the folder that holds it)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.emulator.connection_categories import CREDENTIALS
from console.emulator.routing import Reply
from console.emulator.world import World
from tests.emulator.asking import ask
from tests.emulator.connection_asking import openai
from tests.emulator.datastore_asking import TABLE, fresh
from tests.emulator.swagger import Swagger

DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")

PROVIDER = "Microsoft.MachineLearningServices"
VERSIONS = ("2024-01-01-preview", "2024-04-01-preview", "2024-10-01", "2024-10-01-preview")
#: Categories that came later; values of an enumeration that is open, so an old version lists them too.
LATER = {"AIServices": "2024-10-01", "Serverless": "2024-04-01-preview"}
#: Of 2023, when there were seven types and sixteen categories.
OLD = "2023-08-01-preview"
_NAMES = {kind: f"{kind}AuthTypeWorkspaceConnectionProperties" for kind in CREDENTIALS}
_NAMES |= {"ApiKey": "ApiKeyAuthWorkspaceConnectionProperties", "CustomKeys": "CustomKeysWorkspaceConnectionProperties"}
# Seen in recordings of Azure, and not in the schema: what is null, and what comes beside.
NULLS = {name: frozenset({"credentials"}) for name in _NAMES.values()}
NULLS["WorkspaceConnectionPropertiesV2"] = frozenset({"expiryTime"})
EXTRAS = {name: frozenset({"useWorkspaceManagedIdentity", "autoPrivateLinkCreate"}) for name in _NAMES.values()}
EXTRAS["WorkspaceConnectionPropertiesV2BasicResource"] = frozenset({"tags", "location"})


@cache
def swagger(version: str) -> Swagger:
    folder = Path(DATA or "missing") / "azure-specs" / "specification" / "machinelearningservices" / "resource-manager" / PROVIDER
    extras = EXTRAS if version == "2024-04-01-preview" else {name: told for name, told in EXTRAS.items() if "tags" in told}
    return Swagger(folder / ("preview" if "preview" in version else "stable") / version, NULLS, extras)


def checked(world: World, version: str, path: str, method: str = "GET", body: Any = None, query: str = "") -> Reply:
    reply = ask(world, f"{path}?api-version={version}{query}", "admin", method, TABLE, body)
    assert reply.status < 300, reply.body
    assert swagger(version).problems(method, path, reply.status, reply.body) == []
    return reply


@pytest.mark.parametrize("version", VERSIONS)
def test_every_connection_with_and_without_its_secrets(version: str) -> None:
    world = fresh()
    # A read-only lock refuses every POST beneath it, also one that reads.
    world.estate.locks.clear()
    for one in [one for one in world.estate.connections.values() if version < LATER.get(one.category, "")]:
        del world.estate.connections[one.id.lower()]
    kinds = set()
    for workspace in world.estate.workspaces.values():
        for one in checked(world, version, f"{workspace.id}/connections", query="&includeAll=true").body["value"]:
            kinds.add(one["properties"]["authType"])
            checked(world, version, one["id"])
            # This version's schema takes an account's key for a signature, against its own description.
            if (version, one["properties"]["authType"]) != ("2024-01-01-preview", "AccountKey"):
                checked(world, version, f"{one['id']}/listsecrets", "POST")
    assert kinds == set(CREDENTIALS) - {"OAuth2"}


@pytest.mark.parametrize("version", (OLD, *VERSIONS))
def test_what_is_written_and_tested(version: str) -> None:
    world = fresh()
    path = f"{next(iter(world.estate.workspaces))}/connections/new"
    token = {"category": "Git", "authType": "PAT", "target": "https://git", "credentials": {"pat": "canary"}, "metadata": {"a": "b"}}
    body = {"properties": token} if version == OLD else openai(world)
    assert checked(world, version, path, "PUT", body).status == 200
    assert checked(world, version, path, "PATCH", {"properties": {"authType": body["properties"]["authType"]}}).status == 200
    checked(world, version, f"{path}/listsecrets", "POST")
    if version != "2024-10-01":
        assert checked(world, version, f"{path}/testconnection", "POST", body).status == 202
    assert checked(world, version, path, "DELETE").status == 200
    assert checked(world, version, path, "DELETE").status == 204


def test_the_check_notices_what_the_schema_does_not_have(world: World) -> None:
    path = f"{next(iter(world.estate.workspaces))}/connections/feature-repo"
    told = checked(world, "2024-10-01", path).body
    for more in ({"peStatus": "Active"}, {"credentials": {"key": []}}, {"group": "Friends"}):
        assert swagger("2024-10-01").problems("GET", path, 200, {**told, "properties": {**told["properties"], **more}})
