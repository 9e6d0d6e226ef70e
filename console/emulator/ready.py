"""The ready line: what a client needs to know to connect, on standard output and in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.emulator.options import UsageError

if TYPE_CHECKING:
    from console.emulator.tls import Certificate
    from console.emulator.world import World


def ready(world: World, certificate: Certificate) -> dict[str, Any]:
    """What a client needs to know to connect; the keys are a contract."""
    base = world.base_url
    estate = world.estate
    return {
        "resource_manager": base,
        "authority": base,
        "graph": base,
        "prices": base,
        "vaults": {name: world.vault_address(name) for name in world.vault_ports},
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


def announce(line: str, ready_file: str | None) -> None:
    """Print the ready line and keep it in a file that only this user can read; the file appears whole or not at all.

    Raises UsageError.
    """
    if ready_file is not None:
        path = Path(ready_file)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(line + "\n")
            aside.replace(path)
        except OSError as error:
            raise UsageError(f"--ready-file {ready_file} cannot be written: {error.strerror}.") from None
    print(line, flush=True)
