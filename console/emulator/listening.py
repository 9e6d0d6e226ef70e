"""The sockets that the emulator listens on: its own, and one for every Key Vault, all on the loopback interface."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterable, Mapping

from console.emulator.options import UsageError

#: Ports that neither Linux nor macOS gives to a connection that asks for any. One that it does is often taken when a state file wants it
#: again: whoever connected from it keeps it for a minute after hanging up.
OURS = range(20_000, 32_768)
_ATTEMPTS = 100
_BACKLOG = 2048


def listen(port: int) -> socket.socket:
    """A socket that listens at a port of 127.0.0.1; 0 is any free one of `OURS`. Raises UsageError."""
    if port:
        return _listen(port)
    # Where the emulator is reached is no part of its story: the seed does not decide it.
    for candidate in random.SystemRandom().sample(OURS, _ATTEMPTS):
        try:
            return _listen(candidate)
        except UsageError:
            continue
    raise UsageError(f"No port of 127.0.0.1 from {OURS.start} to {OURS.stop - 1} was found free.")


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only on sockets that name their protocol; with it each answer takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        # A port that is bound and not listened at can be bound by another process too.
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}.") from None
    return listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def listen_for(vaults: Iterable[str], ports: Mapping[str, int]) -> dict[str, socket.socket]:
    """A socket for each vault by its name, at the port that it had before, if it is told. Raises UsageError."""
    found: dict[str, socket.socket] = {}
    try:
        for name in vaults:
            found[name] = listen(ports.get(name, 0))
    except UsageError:
        for listener in found.values():
            listener.close()
        raise
    return found


def read_ports(text: str, path: str) -> dict[str, int]:
    """The ports of vaults as a state file at `path` keeps them. Raises UsageError."""
    try:
        return {str(name): int(port) for name, port in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise UsageError(f"--state {path} is damaged: the ports of its vaults cannot be read.") from None


def write_ports(listeners: Mapping[str, socket.socket]) -> str:
    """The ports of vaults as a state file keeps them."""
    return json.dumps({name: port_of(listener) for name, listener in listeners.items()})
