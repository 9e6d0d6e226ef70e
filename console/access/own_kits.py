"""Own kits: those of the config file, in the form of the console's."""

from __future__ import annotations

from console.domain.access.kits import Kit, of_table
from console.settings import Settings


def own_kits(settings: Settings) -> tuple[Kit, ...]:
    """The kits that config.toml tells, each with its file and line."""
    return tuple(
        of_table(name, table.says, table.roles, settings.sources.get(f"kits.{name}", "config.toml"))
        for name, table in settings.kits.items()
    )
