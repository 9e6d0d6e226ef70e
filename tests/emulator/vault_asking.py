"""Requests straight to the front of a Key Vault, without a network between, and clients of one over it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from console.emulator import arm, vault_front
from console.emulator.estate import Vault
from console.emulator.routing import Reply
from console.emulator.vault_secrets import named
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, TABLE

EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
VERSION = "7.5"
VAULT = "https://vault.azure.net"


def fresh() -> World:
    """A world at the beginning of the story, its clock frozen."""
    return build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)


def vault(world: World, name: str = "kv-fraud-prod") -> Vault:
    found = named(world.estate, name)
    assert found is not None
    return found


def token_of(world: World, who: str, audience: str = VAULT) -> str:
    """A token of one of the identities, or of the person of that name."""
    known = world.estate.identities.get(who)
    if known is not None:
        return world.tokens.issue(known.object_id, known.client_id, audience)[0]
    person = next(one for one in world.estate.people.values() if one.display_name == who)
    return world.tokens.issue(person.object_id, "04b07795-8ddb-461a-bbee-02f9e1bf7b46", audience, person=person)[0]


def ask(
    world: World, what: str, method: str = "GET", body: Any = None, who: str = "admin", of: str = "kv-fraud-prod", version: str = VERSION
) -> Reply:
    """A request to the vault `of`."""
    path, _, query = what.partition("?")
    pairs = dict(part.split("=", 1) for part in query.split("&") if part)
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token_of(world, who)}"}
    request = arm.Request(method, vault_front.path_in(of, path), {"api-version": version, **pairs}, headers, content, "application/json")
    return vault_front.answer(world, TABLE, request)


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    return [one["id"].rpartition("/")[2] for one in reply.body["value"]]


def why(reply: Reply) -> tuple[int, str, str | None]:
    error = reply.body["error"]
    return reply.status, error["code"], error.get("innererror", {}).get("code")
