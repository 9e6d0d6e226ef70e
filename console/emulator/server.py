"""The emulator as a process: its options, its socket, its ready file, its end."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from console.emulator.faults import FaultsError, Rule, parse_text
from console.emulator.routing import RouteTable

if TYPE_CHECKING:
    from types import FrameType

    from console.emulator.tls import Certificate
    from console.emulator.world import Options, World

KEEP_ALIVE = 90
# Every module with `routes()`. The first match wins, so what is more particular comes first.
ROUTE_MODULES = (
    "entra",
    "metadata",
    "graph",
    "subscriptions",
    "authorization",
    "sizes",
    "workspaces",
    "computes",
    "runs",
    "metrics",
    "activity_log",
    "operations",
)


class _UsageError(Exception):
    """Something about the options is wrong; the message is one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(message[:1].upper() + message[1:] + ".")


def _parser() -> _Parser:
    parser = _Parser(prog="aml-console emulator", description="Run the embedded Azure on the loopback interface.", allow_abbrev=False)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port to listen on (0: any free one)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="which estate and story")
    parser.add_argument("--scale", type=int, default=1, metavar="N", help="multiplies computes, people and jobs")
    parser.add_argument("--speed", type=float, default=20, metavar="N", help="simulated seconds per real one; 0 freezes the clock")
    parser.add_argument("--epoch", metavar="ISO", help="the moment at which the story starts (default: now)")
    parser.add_argument("--faults", metavar="FILE", help="a JSON list of fault rules")
    parser.add_argument("--ready-file", metavar="FILE", help="write the ready line there too")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the parent's pipe on standard input closes")
    parser.add_argument("--routes", action="store_true", help="print what is answered, and where each route is known from")
    return parser


def _epoch(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _UsageError(f"--epoch {text!r} is not a moment in ISO 8601, such as 2026-11-02T08:00:00Z.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _faults(path: str | None) -> tuple[Rule, ...]:
    if path is None:
        return ()
    try:
        return parse_text(Path(path).read_text("utf-8"), f"--faults {path}")
    except OSError as error:
        raise _UsageError(f"--faults {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise _UsageError(f"--faults {path} is not UTF-8 text.") from None
    except FaultsError as error:
        raise _UsageError(str(error)) from None


def _options(arguments: argparse.Namespace) -> Options:
    from console.emulator.world import Options

    if not 0 <= arguments.port <= 65_535:
        raise _UsageError(f"--port {arguments.port} is not between 0 and 65535.")
    if not 1 <= arguments.scale <= 1000:
        raise _UsageError(f"--scale {arguments.scale} is not between 1 and 1000.")
    if not 0 <= arguments.speed <= 1_000_000:
        raise _UsageError(f"--speed {arguments.speed} is not between 0 and 1000000.")
    return Options(arguments.seed, arguments.scale, arguments.speed, _epoch(arguments.epoch), _faults(arguments.faults))


def route_table() -> RouteTable:
    """Everything that the emulator answers."""
    table = RouteTable()
    for name in ROUTE_MODULES:
        table.add(import_module(f"console.emulator.{name}").routes())
    return table


def _print_routes() -> None:
    for route in route_table().routes:
        versions = ", ".join(sorted(route.api_versions)) or "any"
        print(f"{route.method}\t{route.template}\t{versions}\t{route.provenance}")


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only on sockets that name their protocol; with it each answer takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise _UsageError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}.") from None
    return listener


def ready(world: World, certificate: Certificate) -> dict[str, Any]:
    """What a client needs to know to connect; the keys are a contract."""
    base = world.base_url
    estate = world.estate
    return {
        "resource_manager": base,
        "authority": base,
        "graph": base,
        "prices": base,
        "vaults": {},
        "storage": None,
        "ca_file": str(certificate.authority),
        "tenant_id": estate.tenant_id,
        "subscriptions": [{"id": known.id, "name": known.name} for known in estate.subscriptions.values()],
        "control_token": world.control_token,
        "workspaces": [
            {
                "subscription_id": known.subscription_id,
                "resource_group": known.resource_group,
                "name": known.name,
                "location": known.location,
            }
            for known in estate.workspaces.values()
        ],
        "identities": [
            {
                "name": known.name,
                "object_id": known.object_id,
                "client_id": known.client_id,
                "client_secret": known.client_secret,
                "summary": known.summary,
            }
            for known in estate.identities.values()
        ],
    }


def _announce(line: str, ready_file: str | None) -> None:
    """Print the ready line and keep it in a file that only this user can read; the file appears whole or not at all."""
    if ready_file is not None:
        path = Path(ready_file)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(line + "\n")
            aside.replace(path)
        except OSError as error:
            raise _UsageError(f"--ready-file {ready_file} cannot be written: {error.strerror}.") from None
    print(line, flush=True)


def _serve(listener: socket.socket, world: World, certificate: Certificate, arguments: argparse.Namespace) -> None:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    from console.emulator.asgi import Front

    def transport_of(client: Any) -> asyncio.Transport | None:
        for connection in server.server_state.connections:
            if isinstance(connection, H11Protocol) and connection.client == client:
                return connection.transport
        return None

    config = uvicorn.Config(
        Front(world, route_table(), transport_of),
        loop="asyncio",
        http=H11Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=1,
        ssl_certfile=str(certificate.chain),
        ssl_keyfile=str(certificate.chain),
    )
    line = json.dumps(ready(world, certificate))

    class Announced(uvicorn.Server):
        """Says that it is ready once connections are accepted."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            _announce(line, arguments.ready_file)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # An idle client answers a TLS farewell late or never; nobody is to wait for it.
            for connection in list(self.server_state.connections):
                if isinstance(connection, H11Protocol) and (connection.cycle is None or connection.cycle.response_complete):
                    connection.transport.abort()
            await super().shutdown(sockets=sockets)

    server = Announced(config)

    def stop(_signal: int = 0, _frame: FrameType | None = None) -> None:
        server.should_exit = True

    # uvicorn raises a signal again once it has shut down; this handler makes that an orderly end.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if arguments.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    # What the start made stays: looking at it again and again would only delay answers.
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(server.serve(sockets=[listener]))
    finally:
        # A parent that was killed cannot remove the file, which holds secrets.
        if arguments.until_stdin_closes and arguments.ready_file is not None:
            Path(arguments.ready_file).unlink(missing_ok=True)


def _watch_stdin(end: Callable[[], None]) -> None:
    """Wait for the other end of standard input to close: the parent is gone, or wants the emulator gone."""
    while os.read(0, 65_536):
        continue
    end()


def main(argv: list[str]) -> int:
    """Run the emulator until it is told to end. Returns the exit code: 0, or 2 when an option or a file is wrong."""
    try:
        arguments = _parser().parse_args(argv)
        if arguments.routes:
            _print_routes()
            return 0
        _run(arguments)
    except _UsageError as error:
        print(f"aml-console emulator: {error}", file=sys.stderr)
        return 2
    return 0


def _run(arguments: argparse.Namespace) -> None:
    from console.emulator.tls import certificate
    from console.emulator.world import build_world

    options = _options(arguments)
    listener = _listen(arguments.port)
    world = build_world(options, f"https://127.0.0.1:{listener.getsockname()[1]}")
    _serve(listener, world, certificate(os.environ), arguments)
