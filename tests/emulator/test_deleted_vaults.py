"""Key Vaults that are deleted, listed, recovered and purged by Azure Resource Manager."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.emulator.estate import RoleAssignment
from console.emulator.routing import Reply
from console.emulator.world import World
from tests.emulator import asking
from tests.emulator.asking import code_of
from tests.emulator.swagger import Swagger
from tests.emulator.vault_asking import EPOCH, TABLE, fresh, vault

DATA = os.environ.get("AML_CONSOLE_TEST_DATA")
VERSION = "2023-07-01"
VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"
GUID = "0f0f0f0f-0000-4000-8000-00000000000c"


@pytest.fixture
def lived() -> World:
    world = fresh()
    # In production the group of the vaults has a lock.
    world.estate.locks.clear()
    return world


def send(world: World, path: str, method: str = "GET", body: Any = None, who: str = "admin") -> Reply:
    return asking.ask(world, f"{path}?api-version={VERSION}", who, method, TABLE, body)


def deleted(world: World, name: str = "kv-fraud-dev") -> tuple[str, str]:
    """The id of a vault that is deleted now, and where it is told of."""
    held = vault(world, name)
    assert send(world, held.id, "DELETE").status == 200
    subscription = held.id.partition("/resourceGroups/")[0]
    return held.id, f"{subscription}/providers/Microsoft.KeyVault/locations/{held.location}/deletedVaults/{name}"


def test_what_is_deleted_is_told_of_and_can_be_recovered(lived: World) -> None:
    held = vault(lived, "kv-fraud-dev")
    identifier, place = deleted(lived)
    assert code_of(send(lived, identifier)) == (404, "ResourceNotFound")
    assert send(lived, identifier, "DELETE").status == 204
    told = send(lived, place).body
    assert (told["id"], told["name"], told["properties"]["vaultId"]) == (place, "kv-fraud-dev", identifier)
    assert told["properties"]["scheduledPurgeDate"] == "2027-01-31T08:00:00.0000000Z"
    everything = send(lived, f"{place.partition('/locations/')[0]}/deletedVaults").body["value"]
    assert sorted(one["name"] for one in everything) == ["kv-fraud-dev", "kv-fraud-poc"]
    anew = {"location": held.location, "properties": {}}
    assert code_of(send(lived, identifier, "PUT", anew)) == (409, "ConflictError")
    back = send(lived, identifier, "PUT", {**anew, "properties": {"createMode": "recover"}})
    assert (back.status, back.body["id"]) == (200, identifier)
    assert vault(lived, "kv-fraud-dev").secrets == held.secrets
    assert code_of(send(lived, place)) == (404, "DeletedVaultNotFound")


def test_what_is_purged_is_gone_and_its_name_is_free(lived: World) -> None:
    identifier, place = deleted(lived)
    # A Contributor of vaults may do all but this.
    principal, subscription = lived.estate.identities["outsider"].object_id, identifier.partition("/resourceGroups/")[0]
    held = RoleAssignment(GUID, subscription, VAULT_CONTRIBUTOR, principal, "ServicePrincipal", EPOCH - timedelta(days=1), principal)
    lived.estate.role_assignments[held.id.lower()] = held
    assert send(lived, place, who="outsider").status == 200
    assert code_of(send(lived, f"{place}/purge", "POST", who="outsider")) == (403, "AuthorizationFailed")
    assert send(lived, f"{place}/purge", "POST").status == 200
    assert code_of(send(lived, f"{place}/purge", "POST")) == (404, "DeletedVaultNotFound")
    assert send(lived, identifier, "PUT", {"location": "westeurope", "properties": {}}).status == 201
    assert vault(lived, "kv-fraud-dev").secrets == {}


def test_protection_against_purging_and_the_end_of_the_retention(lived: World) -> None:
    vault(lived, "kv-fraud-dev").body["enablePurgeProtection"] = True
    _, place = deleted(lived)
    assert code_of(send(lived, f"{place}/purge", "POST")) == (400, "BadRequest")
    assert send(lived, place).body["properties"]["purgeProtectionEnabled"] is True
    lived.estate.deleted_vaults["kv-fraud-dev"].deleted = EPOCH - timedelta(days=90)
    assert code_of(send(lived, place)) == (404, "DeletedVaultNotFound")


def test_a_name_is_free_when_the_retention_is_over_whether_somebody_looks_or_not(lived: World) -> None:
    identifier, _ = deleted(lived)
    anew = {"location": "westeurope", "properties": {}}
    lived.estate.deleted_vaults["kv-fraud-dev"].deleted = EPOCH - timedelta(days=90)
    assert send(lived, identifier, "PUT", anew).status == 201


def test_it_is_asked_for_where_it_was(lived: World) -> None:
    _, place = deleted(lived)
    assert code_of(send(lived, place.replace("/westeurope/", "/eastus2/"))) == (404, "DeletedVaultNotFound")


@pytest.mark.skipif(DATA is None, reason="AML_CONSOLE_TEST_DATA does not name the folder with azure-specs")
def test_answers_are_what_the_swagger_says(lived: World) -> None:
    folder = (
        Path(DATA or "") / "azure-specs" / "specification" / "keyvault" / "resource-manager" / "Microsoft.KeyVault" / "stable" / VERSION
    )
    published = Swagger(folder)
    _, place = deleted(lived)
    for method, path in (("GET", place), ("GET", f"{place.partition('/locations/')[0]}/deletedVaults"), ("POST", f"{place}/purge")):
        reply = send(lived, path, method)
        assert published.problems(method, path, reply.status, reply.body) == []
