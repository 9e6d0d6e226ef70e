"""What a test may know of connections: whether each opens what it leads to, which key it holds, and fingerprints of what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.emulator import connection_secrets
from console.emulator.connection_access import Asked, account, denial, key_held
from console.emulator.connection_categories import CREDENTIALS
from console.emulator.connection_targets import UNKNOWN
from console.emulator.estate import Connection

if TYPE_CHECKING:
    from console.emulator.world import World


def opened(world: World) -> list[dict[str, Any]]:
    """Every connection: `opens` is null where nobody here can tell; `account` and `key` name what of storage it holds, if any."""
    return [_told(world, one) for one in world.estate.connections.values()]


def _told(world: World, one: Connection) -> dict[str, Any]:
    estate = world.estate
    held = connection_secrets.kept(estate, one)
    asked = Asked(one.category, one.auth_type, one.target, one.metadata, held, one.by_workspace_identity)
    why = denial(estate, world.clock.now(), estate.workspaces[one.workspace_id], asked)
    storage = account(estate, one.category, one.target, one.metadata)
    return {
        "id": one.id,
        "category": one.category,
        "authType": one.auth_type,
        "opens": None if why is not None and why.code == UNKNOWN else why is None,
        "code": None if why is None else why.code,
        "message": None if why is None else why.message,
        "account": None if storage is None else storage.id,
        "key": None if storage is None else key_held(storage, estate, asked),
        "fingerprints": dict(_fingerprints(one.auth_type, held)),
    }


def _fingerprints(kind: str, held: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The secrets of credentials by their names, each as the first 12 digits of its SHA-256."""
    for name in CREDENTIALS[kind][0]:
        value = held.get(name)
        for field, text in value.items() if isinstance(value, dict) else ((name, value),):
            if text is not None:
                yield field, hashlib.sha256(str(text).encode()).hexdigest()[:12]
