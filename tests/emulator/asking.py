"""Requests straight to the emulator's front, without a process or a network between."""

from __future__ import annotations

import json
from typing import Any

from console.emulator import arm
from console.emulator.routing import Reply, RouteTable
from console.emulator.server import route_table
from console.emulator.world import World

BASE = "https://127.0.0.1:4433"
TABLE = route_table()


def ask(
    world: World, url: str, identity: str = "admin", method: str = "GET", table: RouteTable = TABLE, body: Any = None, **headers: str
) -> Reply:
    """A request straight to the front, without the network."""
    known = world.estate.identities[identity]
    token, _ = world.tokens.issue(known.object_id, known.client_id, BASE)
    path, _, query = url.partition("?")
    pairs = dict(part.split("=", 1) for part in query.split("&") if part)
    content = b"" if body is None else json.dumps(body).encode()
    request = arm.Request(method, path, pairs, {"authorization": f"Bearer {token}", **headers}, content, "application/json")
    return arm.answer(world, table, request)


def code_of(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["code"]


def subscription_of(world: World) -> str:
    return next(iter(world.estate.subscriptions.values())).id
