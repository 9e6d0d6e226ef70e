"""Datastores and data assets against Microsoft's published swagger (AML_CONSOLE_TEST_DATA names the folder that holds it)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.emulator.routing import Reply
from console.emulator.world import World
from tests.emulator.asking import ask
from tests.emulator.datastore_asking import TABLE, blob, by_key, fresh, key_of
from tests.emulator.swagger import Swagger

DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")

PROVIDER = "Microsoft.MachineLearningServices"
VERSIONS = ("2023-08-01-preview", "2024-01-01-preview", "2024-04-01-preview", "2024-10-01", "2024-10-01-preview")
# Seen in recordings of Azure, and not in the schema: what no answer about credentials has, and what is null.
CREDENTIALS = ("AccountKey", "Certificate", "Sas", "ServicePrincipal")
LEFT_OUT = {f"{kind}DatastoreCredentials": frozenset({"secrets"}) for kind in CREDENTIALS}
NULLS = {"AssetBase": frozenset({"autoDeleteSetting"}), "DataVersionBase": frozenset({"stage", "intellectualProperty"})}


@cache
def swagger(version: str) -> Swagger:
    folder = Path(DATA or "missing") / "azure-specs" / "specification" / "machinelearningservices" / "resource-manager" / PROVIDER
    return Swagger(folder / ("preview" if "preview" in version else "stable") / version, NULLS, left_out=LEFT_OUT)


@pytest.fixture
def lived() -> World:
    return fresh()


def checked(world: World, version: str, path: str, method: str = "GET", body: Any = None, query: str = "") -> Reply:
    reply = ask(world, f"{path}?api-version={version}{query}", "admin", method, TABLE, body)
    assert reply.status < 300, reply.body
    assert swagger(version).problems(method, path, reply.status, reply.body) == []
    return reply


@pytest.mark.parametrize("version", VERSIONS)
def test_every_datastore_and_every_asset(lived: World, version: str) -> None:
    # A read-only lock refuses every POST beneath it, also one that reads.
    lived.estate.locks.clear()
    kinds, credentials, types = set(), set(), set()
    for workspace in lived.estate.workspaces.values():
        for one in checked(lived, version, f"{workspace.id}/datastores").body["value"]:
            kinds.add(one["properties"]["datastoreType"])
            credentials.add(one["properties"]["credentials"]["credentialsType"])
            checked(lived, version, one["id"])
            if one["properties"]["credentials"]["credentialsType"] != "None":
                checked(lived, version, f"{one['id']}/listSecrets", "POST")
        for one in checked(lived, version, f"{workspace.id}/data", query="&listViewType=All").body["value"]:
            checked(lived, version, one["id"])
            for each in checked(lived, version, f"{one['id']}/versions", query="&listViewType=All").body["value"]:
                types.add(checked(lived, version, each["id"]).body["properties"]["dataType"])
    assert kinds == {"AzureBlob", "AzureFile", "AzureDataLakeGen1", "AzureDataLakeGen2", "OneLake"}
    assert credentials == {"None", *CREDENTIALS}
    assert types == {"uri_file", "uri_folder", "mltable"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_and_resynchronised(lived: World, version: str) -> None:
    home = next(iter(lived.estate.workspaces))
    path = f"{home}/datastores/new"
    assert checked(lived, version, path, "PUT", blob(by_key(key_of(lived)), description="new")).status == 201
    assert checked(lived, version, path, "PUT", blob(by_key(None)), "&skipValidation=true").status == 200
    checked(lived, version, f"{path}/listSecrets", "POST")
    assert checked(lived, version, path, "DELETE").status == 200
    assert checked(lived, version, path, "DELETE").status == 204
    assert checked(lived, version, f"{home}/resyncKeys", "POST").status == 202


def test_the_check_notices_a_secret(lived: World) -> None:
    home = next(iter(lived.estate.workspaces))
    path = f"{home}/datastores/transactions"
    told = checked(lived, "2024-10-01", path).body
    wrong = {**told, "properties": {**told["properties"], "key": "canary"}}
    assert swagger("2024-10-01").problems("GET", path, 200, wrong)
    loose = {**told, "properties": {**told["properties"], "credentials": {"credentialsType": "AccountKey", "key": "canary"}}}
    assert swagger("2024-10-01").problems("GET", path, 200, loose)
