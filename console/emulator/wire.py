"""What goes over a connection: the body of a request in, an answer out, whole or in part, and the end of it."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from console.emulator.routing import Reply

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LARGEST_BODY = 4 * 1024 * 1024


async def content_of(receive: Receive) -> bytes | None:
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


async def gone(receive: Receive) -> None:
    """Wait until the connection is known to be lost: returning earlier would count as an answer forgotten."""
    while (await receive())["type"] != "http.disconnect":
        continue


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


async def write(send: Send, reply: Reply, date: str) -> None:
    """Send an answer; `date` is its Date header."""
    content, content_type = _encoded(reply)
    await _start(send, reply, len(content), content_type, date)
    await send({"type": "http.response.body", "body": content})


async def write_half(send: Send, reply: Reply, date: str) -> None:
    """Announce the whole body, and send half of it."""
    content, content_type = _encoded(reply)
    await _start(send, reply, len(content), content_type, date)
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})


def reset(transport: asyncio.Transport | None) -> None:
    """Break the connection off as a crashed peer would: with a TCP reset, not a farewell."""
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
