"""The emulator as a process: its options, its sockets, its end."""

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from console.emulator.listening import listen, listen_for, port_of, read_ports, write_ports
from console.emulator.options import UsageError, keys, options, parser, settings
from console.emulator.ready import announce, ready
from console.emulator.routing import RouteTable

if TYPE_CHECKING:
    from types import FrameType

    from console.emulator.tls import Certificate
    from console.emulator.world import World

KEEP_ALIVE = 90
# Every module with `routes()`. The first match wins, so what is more particular comes first.
ROUTE_MODULES = (
    "entra",
    "metadata",
    "subscriptions",
    "authorization",
    "role_assignments",
    "role_assignment_writes",
    "role_definitions",
    "role_definition_writes",
    "deny_assignments",
    "pim",
    "pim_requests",
    "locks",
    "policies",
    "networks",
    "sizes",
    "usages",
    "workspaces",
    "vaults",
    "vault_writes",
    "deleted_vaults",
    "vault_calls",
    "storage_accounts",
    "storage_containers",
    "companions",
    "datastores",
    "datastore_writes",
    "connections",
    "connection_writes",
    "connection_tests",
    "data_assets",
    "online_endpoints",
    "workspace_keys",
    "computes",
    "compute_scale",
    "compute_settings",
    "compute_resize",
    "compute_secrets",
    "runs",
    "metrics",
    "activity_log",
    "cost_query",
    "cost_forecast",
    "cost_dimensions",
    "budgets",
    "cost_alerts",
    "retail_prices",
    "operations",
    "graph",
    "graph_members",
    "graph_batch",
)


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


def _serve(
    listeners: Sequence[socket.socket], world: World, table: RouteTable, certificate: Certificate, arguments: argparse.Namespace
) -> None:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    from console.emulator.asgi import Ends, Front

    def transport_of(ends: Ends) -> asyncio.Transport | None:
        for connection in server.server_state.connections:
            if isinstance(connection, H11Protocol) and (connection.client, connection.server) == ends:
                return connection.transport
        return None

    config = uvicorn.Config(
        Front(world, table, transport_of),
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
            announce(line, arguments.ready_file)

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
        asyncio.run(server.serve(sockets=list(listeners)))
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
        arguments = parser().parse_args(argv)
        if arguments.routes:
            _print_routes()
            return 0
        _run(arguments)
    except UsageError as error:
        print(f"aml-console emulator: {error}", file=sys.stderr)
        return 2
    return 0


def _run(arguments: argparse.Namespace) -> None:
    from console.emulator.tls import certificate
    from console.emulator.world import build_world

    if arguments.state is not None:
        _run_with_state(arguments)
        return
    made, port = options(arguments, None)
    listener = listen(port)
    world = build_world(made, f"https://127.0.0.1:{port_of(listener)}")
    vaults = _listen_for_vaults(world, {})
    _serve([listener, *vaults.values()], world, route_table(), certificate(os.environ), arguments)


def _listen_for_vaults(world: World, ports: Mapping[str, int]) -> dict[str, socket.socket]:
    """A socket for each vault that there is at the start, and for each that can be recovered; the world knows their ports.

    Raises UsageError.
    """
    estate = world.estate
    listeners = listen_for((vault.name for vault in (*estate.vaults.values(), *estate.deleted_vaults.values())), ports)
    world.vault_ports = {name: port_of(listener) for name, listener in listeners.items()}
    return listeners


def _run_with_state(arguments: argparse.Namespace) -> None:
    """Go on where the state file left off, at the same addresses; or begin one."""
    from console.emulator.replay import replay
    from console.emulator.state import State, StateError
    from console.emulator.tls import certificate
    from console.emulator.world import build_world

    try:
        with closing(State(arguments.state)) as state:
            made, port = options(arguments, state)
            opened = keys(state)
            ports = read_ports(state.settings.get("vault_ports", "{}"), arguments.state)
            listener = listen(port)
            port = port_of(listener)
            world = build_world(made, f"https://127.0.0.1:{port}", opened)
            table = route_table()
            # What was made and deleted has its addresses too.
            replay(world, table, state)
            vaults = _listen_for_vaults(world, ports)
            state.keep({**settings(made, port, opened), "vault_ports": write_ports(vaults)})
            _serve(
                [listener, *vaults.values()], world, table, certificate(os.environ, Path(f"{arguments.state}.tls").absolute()), arguments
            )
            state.leave(world.clock.now())
    except StateError as error:
        raise UsageError(str(error)) from None
