"""The one transport: one session to a cloud, its TLS trust, its read-only guard and its count of calls."""

from __future__ import annotations

import os
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from console.azure.http_client import AioHttpTransport, aiohttp
from console.azure.request import Effect, effect_of

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Connections kept to one host: enough for every page and detail of a screen at once, far below any server's limit.
CONNECTIONS_PER_HOST = 12
TIMEOUT_S = 30
#: What azure-core unpacks; left to itself aiohttp asks for whatever it could unpack, were it let.
UNPACKED = "gzip, deflate"


class ReadOnlyRefusalError(Exception):
    """A change was about to leave the process while the console is read-only. Nothing was sent."""


class Transport(AioHttpTransport):  # type: ignore[misc]  # azure-core exports it through a lazy, untyped attribute
    """Carries every request of the process. `may_change` is asked at the last moment before the wire."""

    def __init__(self, trust: ssl.SSLContext, *, loopback: bool, may_change: Callable[[], bool]) -> None:
        connector = aiohttp.TCPConnector(ssl=trust, keepalive_timeout=60, limit_per_host=CONNECTIONS_PER_HOST)
        session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            trust_env=not loopback,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # aiohttp by itself repeats a PUT or DELETE whose connection was cut, and has no public switch against it.
        if not hasattr(session, "_retry_connection"):
            raise RuntimeError(f"aiohttp {aiohttp.__version__} cannot be kept from repeating changes")
        session._retry_connection = False
        super().__init__(session=session, session_owner=False)
        self._open_session = session
        self._may_change = may_change
        self.calls: Counter[str] = Counter()

    async def send(self, request: Any, **config: Any) -> Any:
        path = urlsplit(request.url).path
        effect = effect_of(request.method, path, request.content)
        if effect is not Effect.READ and not self._may_change():
            raise ReadOnlyRefusalError(f"{request.method} {path} is not sent: the console is read-only")
        self.calls[request.method] += 1
        return await super().send(request, **config)

    async def close(self) -> None:
        await super().close()
        await self._open_session.close()


def trust_for(ca_file: str | None) -> ssl.SSLContext:
    """Whom to trust: with `ca_file` (an emulator's) that authority alone; else system, certifi and the bundle that the environment names.

    Raises OSError or ssl.SSLError where a named file cannot be read.
    """
    if ca_file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=ca_file)
        return context
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        bundle = os.environ.get(name)
        if bundle:
            context.load_verify_locations(**({"capath": bundle} if os.path.isdir(bundle) else {"cafile": bundle}))
    return context


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK
