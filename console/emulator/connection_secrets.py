"""Where the secrets of connections are kept: the one place that stores, reads and forgets them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from console.emulator.estate import Connection, Estate


def keep(estate: Estate, connection: Connection, credentials: Mapping[str, Any]) -> None:
    """Store what a connection is opened with, as it goes over the wire."""
    connection.credentials = copy.deepcopy(dict(credentials))


def kept(estate: Estate, connection: Connection) -> dict[str, Any]:
    """What a connection is opened with, as listsecrets tells it."""
    return copy.deepcopy(connection.credentials)


def forget(estate: Estate, connection: Connection) -> None:
    """Let go of the secrets of a connection that is deleted."""
    connection.credentials = {}
