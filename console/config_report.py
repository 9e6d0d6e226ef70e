"""What `aml-console config` prints: every path, the effective settings with their sources, the schema, and what is wrong in the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from console.config_file import SettingsError, faults
from console.config_keys import COST, json_schema
from console.settings import Settings, azureml_file, folders, load
from console.text import cells, safe

#: Settings that are told elsewhere or are no setting of the user's.
_NOT_SHOWN = {"mode_source", "sources", "contexts", "keys", "kits", "cost", "demo", "config_path", "state_dir", "cache_dir"}


def paths(flags: Mapping[str, object], environ: Mapping[str, str], home: Path, cwd: Path) -> Iterator[str]:
    """Every file and folder that the console reads or writes, and whether it is there; also where the config file is damaged."""
    config, state, cache = folders(flags, environ, home)
    try:
        log = load(flags, environ, home, cwd).log_file
    except SettingsError:
        log = state / "aml-console.log"
    az = Path(environ.get("AZURE_CONFIG_DIR") or home / ".azure")
    found: list[tuple[str, Path]] = [
        ("config", config),
        ("az's profile", az / "azureProfile.json"),
        ("az's defaults", az / "config"),
        *((("azure-ai-ml's", path),) if (path := azureml_file(cwd)) else ()),
        ("state", state),
        ("log", log),
        ("journal", state / "journal"),
        ("commands typed", state / "command-history"),
        ("orders chosen", state / "views.json"),
        ("exports", state / "exports"),
        ("clipboard", state / "clipboard.txt"),
        ("cache", cache),
        ("snapshots", cache / "snapshots"),
        ("costs", cache / "costs"),
    ]
    width = max(len(what) for what, _ in found)
    for what, path in found:
        yield f"{what:<{width}}  {_there(path):<13}  {safe(str(path), 4_000)}"


def show(settings: Settings) -> Iterator[str]:
    """Every setting: name, value, source."""
    rows = list(effective(settings))
    widths = [max(cells(row[column]) for row in rows) for column in (0, 1)]
    for name, value, source in rows:
        yield f"{name:<{widths[0]}}  {value}{' ' * (widths[1] - cells(value))}  {source}"


def effective(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Name, value ("–" where there is none) and source of every setting, then of every mapped key and kit."""
    for name in settings.__struct_fields__:
        if name in _NOT_SHOWN:
            continue
        yield name, _told(getattr(settings, name)), safe(settings.sources.get(name, _default(settings, name)), 4_000)
    for name, keys in settings.keys.items():
        yield f"keys.{safe(name, 200)}", _told(keys), safe(settings.sources.get(f"keys.{name}", "config.toml"), 4_000)
    for name, kit in settings.kits.items():
        roles = tuple(f"{role} ({word})" for word, listed in kit.roles.items() for role in listed)
        yield f"kits.{name}", _told(roles), safe(settings.sources.get(f"kits.{name}", "config.toml"), 4_000)
    for key in COST:
        yield f"cost.{key}", _told(getattr(settings.cost, key) or None), safe(settings.sources.get(f"cost.{key}", "default"), 4_000)
    yield "contexts", _told(tuple(settings.contexts)), safe(str(settings.config_path), 4_000) if settings.contexts else "default"


def schema() -> str:
    """The JSON Schema of config.toml."""
    return json.dumps(json_schema(), indent=2)


def wrong(flags: Mapping[str, object], environ: Mapping[str, str], home: Path, cwd: Path) -> list[SettingsError]:
    """Everything that is wrong: all of the file, else the first that flags, variables and az's files have wrong."""
    config, _, _ = folders(flags, environ, home)
    found = faults(config, must_exist=bool(flags.get("config") or environ.get("AML_CONSOLE_CONFIG")))
    if not found:
        try:
            load(flags, environ, home, cwd)
        except SettingsError as error:
            found.append(error)
    return found


def _default(settings: Settings, name: str) -> str:
    if settings.emulated and name in {"mode", "signin"}:
        return "emulator"
    return {"demo": "--demo", "cloud_file": "--cloud-file"}.get(name, "default") if getattr(settings, name) else "default"


def _told(value: object) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(safe(str(each), 4_000) for each in value)
    return safe(str(value), 4_000)


def _there(path: Path) -> str:
    """Whether a path is there, and may be used as it is meant to be."""
    try:
        if path.is_dir():
            return "there" if os.access(path, os.W_OK | os.X_OK) else "not writable"
        return "there" if path.exists() else "not there"
    except OSError as error:
        return (error.strerror or "not readable").lower()
