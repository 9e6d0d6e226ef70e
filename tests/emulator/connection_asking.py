"""Requests about connections, and what is looked at in the answers."""

from __future__ import annotations

from typing import Any

from console.emulator import arm, connection_targets, control, vault_secrets
from console.emulator.estate import Vault
from console.emulator.routing import Reply
from console.emulator.world import World
from tests.emulator.asking import BASE, ask
from tests.emulator.datastore_asking import TABLE, VERSION, space


def link(world: World, what: str, method: str = "GET", body: Any = None, who: str = "admin", of: str = "fraud-prod") -> Reply:
    """A request below a workspace's connections."""
    path, _, query = what.partition("?")
    return ask(world, f"{space(world, of)}/connections{path}?{VERSION}{query and '&' + query}", who, method, TABLE, body)


def wanted(category: str, auth_type: str, target: str | None, credentials: Any = None, **more: Any) -> dict[str, Any]:
    """The body of a PUT."""
    told = {"category": category, "authType": auth_type, "target": target, "credentials": credentials, **more}
    return {"properties": {name: value for name, value in told.items() if value is not None}}


def openai(world: World, key: str | None = None) -> dict[str, Any]:
    """The body of a connection to the company's language models, by the right key or another."""
    right = connection_targets.credentials(world.estate, connection_targets.OPENAI, "ApiKey")
    return wanted("AzureOpenAI", "ApiKey", connection_targets.OPENAI, right if key is None else {"key": key})


def secrets(world: World, name: str, of: str = "fraud-prod", who: str = "admin") -> Any:
    reply = link(world, f"/{name}/listsecrets", "POST", who=who, of=of)
    assert reply.status == 200, reply.body
    return reply.body["properties"]["credentials"]


def vault_of(world: World, name: str = "kv-fraud-prod") -> Vault:
    found = vault_secrets.named(world.estate, name)
    assert found is not None
    return found


def lever(world: World) -> dict[str, dict[str, Any]]:
    """What the lever tells, by workspace and name."""
    request = arm.Request("GET", "/emulator/connections", {}, {"authorization": f"Bearer {world.control_token}"}, b"", "")
    return {"/".join(one["id"].split("/")[-3::2]): one for one in control.answer(world, request).body["value"]}


def verdict(world: World, name: str, body: Any = None, who: str = "admin", of: str = "fraud-prod") -> str | None:
    """How a test ends: None for well, else the code of what is wrong."""
    begun = link(world, f"/{name}/testconnection", "POST", body, who, of)
    assert begun.status == 202 and begun.headers["Retry-After"], begun.body
    url = begun.headers["Location"].removeprefix(BASE)
    assert ask(world, url, who, table=TABLE).status == 202
    world.clock.advance(10)
    over = ask(world, url, who, table=TABLE)
    assert over.status in (204, 400)
    return None if over.status == 204 else str(over.body["error"]["code"])
