"""What keeps the writes that reach the resource manager in the state file, and repeats them at the next start."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.emulator import arm, kept_connections, vault_front, vault_kept
from console.emulator.compute_requests import without_secrets
from console.emulator.errors import gateway_error
from console.emulator.estate import Estate
from console.emulator.kept_secrets import opened, sealed
from console.emulator.routing import Reply, RouteTable
from console.emulator.state import State, StateError, Write
from console.emulator.tokens import Principal
from console.emulator.vault_front import is_vault
from console.emulator.world import World


def _content(estate: Estate, path: str, content: bytes) -> bytes:
    """A body without secrets."""
    try:
        body = json.loads(content) if content else None
    except ValueError:
        # What cannot be read may hold a secret all the same; this cannot be read either.
        return b"{"
    if body is None:
        return content
    if is_vault(path):
        return _written(vault_kept.sealed(estate, body))
    if kept_connections.concerns(path):
        return _written(kept_connections.sealed(estate, path, body))
    return _written(without_secrets(sealed(estate, body)))


def _written(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _opened(estate: Estate, path: str, content: bytes) -> bytes:
    """A kept body with the secrets of the emulator's own again."""
    try:
        body = json.loads(content) if content else None
    except ValueError:
        return content
    if body is None:
        return content
    if is_vault(path):
        return _written(vault_kept.opened(estate, body))
    return _written(kept_connections.opened(estate, path, body) if kept_connections.concerns(path) else opened(estate, body))


@dataclass(slots=True)
class Recorder:
    """Keeps every write in a state file: before it is carried out, and again with its answer."""

    state: State
    number: int

    def record(self, request: arm.Request, estate: Estate, moment: datetime, carry_out: Callable[[], Reply]) -> Reply:
        """Carry a write out and remember it. One that cannot be remembered is refused, and nothing is done."""
        who = request.principal or Principal("", "", "", 0)
        kept = {name: value for name, value in request.headers.items() if name.startswith("x-ms-") or name in ("if-match", "if-none-match")}
        self.number += 1
        number = self.number
        content = _content(estate, request.path, request.content)
        write = Write(
            *(number, moment, request.method, request.path, request.query, kept, content, request.content_type),
            *(who.object_id, who.client_id, who.upn, request.identifier),
        )
        try:
            self.state.begin(write)
        except StateError as error:
            return gateway_error(500, "InternalServerError", str(error))
        try:
            reply = carry_out()
        except BaseException:
            self.state.withdraw(number)
            raise
        self.state.end(number, reply.status)
        return reply

    def restart(self, epoch: datetime) -> Reply | None:
        """Forget every write; the refusal to answer with if that cannot be done."""
        try:
            self.state.restart(epoch)
        except StateError as error:
            return gateway_error(500, "InternalServerError", str(error))
        self.number = 0
        return None


def replay(world: World, table: RouteTable, state: State) -> None:
    """Let happen again what is in the state file, and keep there what comes. Raises StateError when it leads elsewhere than it did."""
    last = world.clock.epoch
    number = 0
    for write in state.writes():
        reply = _repeat(world, table, write)
        if reply is None or write.status not in (None, reply.status):
            told = "not understood" if reply is None else f"answered {reply.status} instead of {write.status}"
            request = f"request {write.number}, {write.method} {write.path},"
            raise StateError(f"--state {state.path} was written by another version of the emulator: its {request} is {told}.")
        last, number = write.moment, write.number
    world.clock.resume(max(last, state.reached or last))
    world.recorder = Recorder(state, number)


def _repeat(world: World, table: RouteTable, write: Write) -> Reply | None:
    request = arm.Request(write.method, write.path, write.query, write.headers, write.content, write.content_type)
    request.identifier = write.identifier
    request.principal = Principal(write.object_id, write.client_id, "", 0, upn=write.upn)
    found = table.find(write.method, write.path)
    if found is None:
        return None
    with world.clock.standing(write.moment):
        request.content = _opened(world.estate, write.path, write.content)
        carry_out = vault_front.carry_out if is_vault(write.path) else arm.carry_out
        return carry_out(world, request, *found)
