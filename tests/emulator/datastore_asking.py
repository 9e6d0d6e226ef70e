"""Requests about datastores and their storage, and what is looked at in the answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from console.emulator import arm, control, storage_keys
from console.emulator.estate import StorageAccount
from console.emulator.routing import Reply
from console.emulator.storage_accounts import named
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, TABLE, ask, code_of

EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
VERSION = "api-version=2024-10-01-preview"


def fresh(scale: int = 1) -> World:
    """A world at the beginning of the story, its clock frozen."""
    return build_world(Options(seed=7, scale=scale, speed=0, epoch=EPOCH), BASE)


def space(world: World, name: str = "fraud-prod") -> str:
    return next(one.id for one in world.estate.workspaces.values() if one.name == name)


def send(world: World, what: str, method: str = "GET", body: Any = None, who: str = "admin", of: str = "fraud-prod") -> Reply:
    """A request below a workspace's datastores."""
    path, _, query = what.partition("?")
    return ask(world, f"{space(world, of)}/datastores{path}?{VERSION}{query and '&' + query}", who, method, TABLE, body)


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [one["name"] for one in reply.body["value"]]


def account(world: World, name: str = "contosodata") -> StorageAccount:
    found = named(world.estate, name)
    assert found is not None
    return found


def blob(credentials: dict[str, Any], container: str = "chargebacks", of: str = "contosodata", **more: Any) -> dict[str, Any]:
    return {"properties": {"datastoreType": "AzureBlob", "accountName": of, "containerName": container, "credentials": credentials, **more}}


def by_key(key: str | None) -> dict[str, Any]:
    return {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": key}}


def by_sas(token: str) -> dict[str, Any]:
    return {"credentialsType": "Sas", "secrets": {"secretsType": "Sas", "sasToken": token}}


def by_secret(world: World, name: str, secret: str | None = None, **changed: str) -> dict[str, Any]:
    known = world.estate.identities[name]
    whose = {"tenantId": world.estate.tenant_id, "clientId": known.client_id, **changed}
    secrets = {"secretsType": "ServicePrincipal", "clientSecret": secret or known.client_secret}
    return {"credentialsType": "ServicePrincipal", **whose, "secrets": secrets}


def key_of(world: World, name: str = "key1", of: str = "contosodata") -> str:
    return storage_keys.value(world.estate, account(world, of), name)


def why(reply: Reply) -> str | None:
    """The storage's code behind a refusal; None for what was stored."""
    if reply.status in (200, 201):
        return None
    assert code_of(reply) == (400, "UserError"), reply.body
    return str(reply.body["error"]["details"][0]["code"])


def closed(world: World) -> dict[str, str]:
    """The datastores whose storage does not open now, with the code of why."""
    reply = control.answer(
        world, arm.Request("GET", "/emulator/datastores", {}, {"authorization": f"Bearer {world.control_token}"}, b"", "")
    )
    return {"/".join(one["id"].split("/")[-3::2]): one["code"] for one in reply.body["value"] if not one["opens"]}


def regenerate(world: World, name: str, of: str = "contosodata") -> None:
    url = f"{account(world, of).id}/regenerateKey?api-version=2025-08-01"
    assert ask(world, url, method="POST", body={"keyName": name}, table=TABLE).status == 200
