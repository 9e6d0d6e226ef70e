"""From requests to answers: lets faults strike, finds who answers, logs the call."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, MutableMapping
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
from console.emulator.wire import Receive, Send, content_of, gone, reset, write, write_half
from console.emulator.world import World

Scope = MutableMapping[str, Any]
#: The address of a client and that of the emulator which it came to. A client may use one port for several of the emulator's.
Ends = tuple[Any, Any]


class Front:
    """The ASGI application. `transport_of` finds the connection between two addresses, for faults that break it."""

    def __init__(self, world: World, table: RouteTable, transport_of: Callable[[Ends], asyncio.Transport | None]) -> None:
        self.world = world
        self.table = table
        self._transport_of = transport_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"The emulator speaks HTTP only, not {scope['type']}.")
        content = await content_of(receive)
        if content is None:
            return
        request = _request(self.world, scope, content)
        if request.path.startswith("/emulator/"):
            await write(send, control.answer(self.world, request), self._date())
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
            reset(self._transport_of(_ends(scope)))
            await gone(receive)
        elif trouble is not None and trouble.kind == "truncated":
            await write_half(send, reply, date)
            transport = self._transport_of(_ends(scope))
            if transport is not None:
                transport.close()
            await gone(receive)
        else:
            await write(send, reply, date)

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

    def _log(self, scope: Scope, request: Request, status: int, rules: list[Rule]) -> None:
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

    def _date(self, skew: float = 0) -> str:
        now = self.world.clock.now()
        if self.world.recorder is not None:
            self.world.recorder.state.seen(now, self.world.clock.speed)
        return format_datetime(now + timedelta(seconds=skew), usegmt=True)


def _ends(scope: Scope) -> Ends:
    return scope.get("client"), scope.get("server")


def _answer_of(request: Request) -> Callable[[World, RouteTable, Request], Reply]:
    """Who answers a request: a vault, or all the rest."""
    return vault_front.answer if is_vault(request.path) else answer


async def _delay(receive: Receive, seconds: float) -> None:
    """Wait, but not for a client that has gone: its request is then served at once, as a service would that has it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await gone(receive)


def _request(world: World, scope: Scope, content: bytes) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    path = re.sub("/{2,}", "/", scope["raw_path"].decode("latin-1"))
    vault = world.vault_at(scope["server"][1])
    if vault is not None:
        path = vault_front.path_in(vault, path)
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, query, headers, content, headers.get("content-type", "").lower())
