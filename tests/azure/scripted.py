"""A real HTTPS server whose answers a test writes: for what the emulator, being well-mannered, never says."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from console.azure.arm import ArmClient
from console.azure.signin import AccessToken
from console.azure.transport import Transport, trust_for
from console.clock import ServerClock

TOKEN = "the-token"


@dataclass(frozen=True)
class Scripted:
    """An answer: status, headers and the very bytes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    authorization: str
    headers: dict[str, str]


@dataclass
class Server:
    """`answer` maps a request's path with query to what is said; `seen` is what came."""

    base_url: str
    seen: list[Seen] = field(default_factory=list)
    answer: Callable[[str], Scripted] = field(default=lambda path: Scripted(404))


@contextmanager
def serving(authority: trustme.CA, host: str = "127.0.0.1") -> Iterator[Server]:
    """A server on a free port of the loopback interface, named `host` in its certificate and URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.seen.append(Seen(self.command, self.path, headers.get("authorization", ""), headers))
            told = server.answer(self.path)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _any

        def log_message(self, *_: Any) -> None:
            """Nothing on standard error."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, "127.0.0.1", "localhost").configure_cert(context)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    listener.daemon_threads = True
    server = Server(f"https://{host}:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


class OneToken:
    """Always the same token; `asked` remembers for which audience."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def token(self, audience: str, *, tenant: str | None = None, claims: str | None = None) -> AccessToken:
        self.asked.append(audience)
        return AccessToken(TOKEN, 4_000_000_000)

    def invalidate(self, audience: str, token: str | None = None) -> None:
        """Nothing to forget."""


def client_of(server: Server, ca_file: Path, *, write: bool = False) -> ArmClient:
    """A gateway to a scripted server; close its transport."""
    transport = Transport(trust_for(str(ca_file)), loopback=True, may_change=lambda: write)
    return ArmClient(server.base_url, server.base_url, OneToken(), transport, ServerClock())
