"""From sockets to answers: reads a request, lets faults strike, logs the call, writes the reply."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from console.emulator import control, vault_front
from console.emulator.arm import Request, answer, client_of, common_headers, is_arm, tenant_url
from console.emulator.calls import CallRecord
from console.emulator.distortions import distort, refusal
from console.emulator.faults import ASIDE, REFUSALS, Rule
from console.emulator.routing import Reply, RouteTable
from console.emulator.staleness import changed_something, snapshot
from console.emulator.strikes import fits, recognise
from console.emulator.vault_front import is_vault
from console.emulator.world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LARGEST_BODY = 4 * 1024 * 1024


class Front:
    """The ASGI application. `transport_of` finds the connection of a client address, for faults that break it."""

    def __init__(self, world: World, table: RouteTable, transport_of: Callable[[Any], asyncio.Transport | None]) -> None:
        self.world = world
        self.table = table
        self._transport_of = transport_of

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"The emulator speaks HTTP only, not {scope['type']}.")
        content = await _content(receive)
        if content is None:
            return
        request = _request(self.world, scope, content)
        if request.path.startswith("/emulator/"):
            await _write(send, control.answer(self.world, request), self._date())
            return
        rules = self.world.faults.strike(request.method, request.path, partial(fits, self.world, request))
        for rule in rules:
            if rule.kind == "latency":
                await _delay(receive, rule.seconds)
        trouble = next((rule for rule in rules if rule.kind not in ASIDE), None)
        reply = self._reply(request, trouble)
        date = self._date(sum(rule.seconds for rule in rules if rule.kind == "clock-skew"))
        broken = reply.status == 0 or (trouble is not None and trouble.kind == "reset-after")
        self._log(scope, request, 0 if broken else reply.status, rules)
        if broken:
            _reset(self._transport_of(scope.get("client")))
            await _gone(receive)
        elif trouble is not None and trouble.kind == "truncated":
            await self._truncate(scope, send, reply, date)
            await _gone(receive)
        else:
            await _write(send, reply, date)

    def _reply(self, request: Request, trouble: Rule | None) -> Reply:
        if trouble is None or trouble.kind in ("reset-after", "truncated"):
            return self._answer(request)
        if trouble.kind == "stale-reads":
            before = self.world.staleness.before(self.world.clock.now(), trouble.seconds)
            return _answer_of(request)(self.world if before is None else replace(self.world, estate=before), self.table, request)
        if trouble.kind == "reset-before":
            return Reply(0)
        if trouble.kind in REFUSALS:
            self.world.clock.run_due()
            recognise(self.world, request)
            told = vault_front.refused(self.world, self.table, request, trouble) if is_vault(request.path) else None
            if told is not None:
                return told
            challenge = self.world.faults.challenge
            refused = refusal(trouble, request.method, request.path, tenant_url(self.world), *client_of(request), challenge)
            headers = common_headers(self.world, request) if is_arm(request.path) else {}
            return Reply(refused.status, refused.body, {**headers, **refused.headers})
        return distort(trouble, self._answer(request))

    def _answer(self, request: Request) -> Reply:
        world = self.world
        found = _answer_of(request)
        lasts = is_arm(request.path) or is_vault(request.path)
        if request.method == "GET" or not lasts or not world.faults.in_force("stale-reads"):
            return found(world, self.table, request)
        world.clock.run_due()
        before = snapshot(world.estate)
        reply = found(world, self.table, request)
        if changed_something(request.method, reply, before, world.estate):
            world.staleness.keep(world.clock.now(), before)
        return reply

    def _log(self, scope: MutableMapping[str, Any], request: Request, status: int, rules: list[Rule]) -> None:
        _, object_id = client_of(request)
        upn = None if request.principal is None else request.principal.upn
        named = upn or next((known.name for known in self.world.estate.identities.values() if known.object_id == object_id), None)
        route = request.route
        self.world.calls.add(
            CallRecord(
                number=self.world.calls.next_number(),
                time=self.world.clock.now().isoformat(),
                method=request.method,
                path=request.path,
                query=scope["query_string"].decode("latin-1"),
                api_version=request.query.get("api-version"),
                route=None if route is None else route.template,
                provenance=None if route is None else route.provenance,
                principal_id=object_id or None,
                principal=named,
                status=status,
                faults=tuple(rule.kind for rule in rules),
                client_request_id=request.headers.get("x-ms-client-request-id"),
            )
        )

    async def _truncate(self, scope: MutableMapping[str, Any], send: Send, reply: Reply, date: str) -> None:
        """Announce the whole body, send half of it, and hang up."""
        content, content_type = _encoded(reply)
        await _start(send, reply, len(content), content_type, date)
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        transport = self._transport_of(scope.get("client"))
        if transport is not None:
            transport.close()

    def _date(self, skew: float = 0) -> str:
        now = self.world.clock.now()
        if self.world.recorder is not None:
            self.world.recorder.state.seen(now, self.world.clock.speed)
        return format_datetime(now + timedelta(seconds=skew), usegmt=True)


def _answer_of(request: Request) -> Callable[[World, RouteTable, Request], Reply]:
    """Who answers a request: a vault, or all the rest."""
    return vault_front.answer if is_vault(request.path) else answer


async def _delay(receive: Receive, seconds: float) -> None:
    """Wait, but not for a client that has gone: its request is then served at once, as a service would that has it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Wait until the connection is known to be lost: returning earlier would count as an answer forgotten."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def _content(receive: Receive) -> bytes | None:
    """The request's body, or None when the client went away."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return b"".join(parts)[:LARGEST_BODY]
        if not message.get("more_body", False):
            return b"".join(parts)


def _request(world: World, scope: MutableMapping[str, Any], content: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path = re.sub("/{2,}", "/", scope["raw_path"].decode("latin-1"))
    vault = world.vault_at(scope["server"][1])
    if vault is not None:
        path = vault_front.path_in(vault, path)
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, query, headers, content, headers.get("content-type", "").lower())


def _encoded(reply: Reply) -> tuple[bytes, str | None]:
    if reply.body is None:
        return b"", None
    if isinstance(reply.body, bytes):
        return reply.body, "application/octet-stream"
    if isinstance(reply.body, str):
        return reply.body.encode("utf-8"), "text/plain; charset=utf-8"
    return json.dumps(reply.body, separators=(",", ":")).encode("ascii"), "application/json; charset=utf-8"


async def _start(send: Send, reply: Reply, length: int, content_type: str | None, date: str) -> None:
    headers = {"Date": date, **({} if content_type is None else {"Content-Type": content_type}), **reply.headers}
    if reply.status != 204:
        headers["Content-Length"] = str(length)
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})


async def _write(send: Send, reply: Reply, date: str) -> None:
    content, content_type = _encoded(reply)
    await _start(send, reply, len(content), content_type, date)
    await send({"type": "http.response.body", "body": content})


def _reset(transport: asyncio.Transport | None) -> None:
    """Break the connection off as a crashed peer would: with a TCP reset, not a farewell."""
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
