"""config.toml: its settings and its named contexts; each wrong key is named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from console.config_keys import (
    CONTEXT,
    COST,
    KIT,
    KIT_NAME,
    TOP,
    ClipboardMode,
    CloudName,
    ConfigKey,
    Mode,
    SignInMethod,
    SshProfile,
    fault,
)

__all__ = [
    "ClipboardMode",
    "CloudName",
    "Config",
    "Context",
    "Mode",
    "SettingsError",
    "SignInMethod",
    "SshProfile",
    "faults",
    "read_config",
]


class SettingsError(Exception):
    """A setting that cannot be used: `place` names the flag, variable or file (and line), `sentence` says what to do. Exit code 2."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(f"{place}: {sentence}")
        self.place = place
        self.sentence = sentence


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where, as whom and how to work, as far as a file tells it."""

    subscription: str | None = None
    resource_group: str | None = None
    workspace: str | None = None
    tenant: str | None = None
    cloud: CloudName | None = None
    identity: str | None = None
    mode: Mode | None = None
    signin: SignInMethod | None = None
    protected: tuple[str, ...] | None = None
    required_tags: tuple[str, ...] | None = None


class Context(Place, frozen=True, kw_only=True):
    """A named place, from `[contexts.NAME]`; what is None falls through to the rest of config.toml.

    `cloud_file` is an emulator's ready file; `identity` is then one of the emulator's.
    """

    colour: str | None = None
    cloud_file: str | None = None


class KitTable(msgspec.Struct, frozen=True, kw_only=True):
    """A `[kits.NAME]`: names or GUIDs of roles, by where they are held."""

    says: str = ""
    workspace: tuple[str, ...] = ()
    storage: tuple[str, ...] = ()
    vault: tuple[str, ...] = ()
    registry: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    subscription: tuple[str, ...] = ()

    @property
    def roles(self) -> dict[str, tuple[str, ...]]:
        """The roles by the word for where they are held."""
        return {name: getattr(self, name) for name in KIT if name != "says"}


class CostTable(msgspec.Struct, frozen=True, kw_only=True):
    """`[cost]`: query units that may be used in an hour, the tag by which costs are summed ("": the one that is used first), and above
    what burn (USD/h) there is an alarm (0: none).
    """

    qpu_per_hour: int = 100
    tag: str = ""
    alarm_per_hour: int = 0


class Config(Place, frozen=True, kw_only=True):
    """What config.toml tells; `context` names the one of `contexts` that is used unless a flag names another.

    `keys` are binding ids with the keys that they are to have. `places` tells of each key, by its dotted name, file and line.
    """

    context: str | None = None
    contexts: dict[str, Context] = {}
    view: str | None = None
    theme: str | None = None
    ascii: bool | None = None
    clipboard: ClipboardMode | None = None
    ssh: SshProfile | None = None
    keys: dict[str, str] = {}
    kits: dict[str, KitTable] = {}
    cost: CostTable = CostTable()
    log_file: str | None = None
    places: dict[str, str] = {}


def read_config(path: Path, *, must_exist: bool) -> Config:
    """The settings in `path`, none where it is missing unless it `must_exist`; SettingsError names file, line and the first wrong key."""
    text, table = _read(path, must_exist=must_exist)
    for error in _faults(table, path, text):
        raise error
    if not table:
        return Config()
    keys = dict(_flat(table.pop("keys", {}), ()))
    read = msgspec.convert(table, Config)
    places = {".".join(name): _place(path, text, name) for name, _ in _flat_all(table)}
    places |= {f"kits.{name}": _place(path, text, ("kits", name)) for name in read.kits}
    places |= {f"keys.{'.'.join(name)}": _place(path, text, ("keys", *name)) for name in keys}
    return msgspec.structs.replace(read, keys={".".join(name): value for name, value in keys.items()}, places=places)


def faults(path: Path, *, must_exist: bool = False) -> list[SettingsError]:
    """Everything that is wrong with a config file, in the order of its lines; a file that cannot be read is one fault."""
    try:
        text, table = _read(path, must_exist=must_exist)
    except SettingsError as error:
        return [error]
    return sorted(_faults(table, path, text), key=lambda each: int(each.place.rpartition(":")[2] or 0) if ":" in each.place else 0)


def _read(path: Path, *, must_exist: bool) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(str(path), "there is no such file") from None
        return "", {}
    except OSError as error:
        raise SettingsError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(str(path), "cannot be read: it is not UTF-8") from error
    # Most machines have no config.toml, and the start is measured.
    import tomllib

    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
        reason = str(error).replace(line[0], f" (column {line[2]})") if line else str(error)
        raise SettingsError(f"{path}:{line[1]}" if line else str(path), f"is not TOML: {reason}") from error
    except RecursionError:
        raise SettingsError(str(path), "is not TOML that can be read: it is nested too deeply") from None


def _faults(table: Mapping[str, Any], path: Path, text: str) -> Iterator[SettingsError]:
    """Each wrong key, nested tables included."""
    yield from _wrong(table, TOP, (), path, text)
    contexts, keys = table.get("contexts", {}), table.get("keys", {})
    for name, context in contexts.items() if isinstance(contexts, dict) else ():
        if isinstance(context, dict):
            yield from _wrong(context, CONTEXT, ("contexts", name), path, text)
        else:
            yield SettingsError(_place(path, text, ("contexts", name)), f"`contexts.{name}` is to be a table: [contexts.{name}]")
    cost, kits = table.get("cost", {}), table.get("kits", {})
    yield from _wrong(cost, COST, ("cost",), path, text) if isinstance(cost, dict) else ()
    yield from _wrong_kits(kits, path, text) if isinstance(kits, dict) else ()
    for found, value in _flat(keys, ()) if isinstance(keys, dict) else ():
        if not isinstance(value, str):
            yield SettingsError(_place(path, text, ("keys", *found)), f"`keys.{'.'.join(found)}` is to be a text in quotes: its keys")


def _wrong_kits(kits: Mapping[str, Any], path: Path, text: str) -> Iterator[SettingsError]:
    for name, kit in kits.items():
        place = _place(path, text, ("kits", name))
        if re.fullmatch(KIT_NAME, name) is None:
            yield SettingsError(place, f"a kit is called {name!r}; it is to be called by letters, digits, - and _")
        elif not isinstance(kit, dict):
            yield SettingsError(place, f"`kits.{name}` is to be a table: [kits.{name}]")
        elif faults := list(_wrong(kit, KIT, ("kits", name), path, text)):
            yield from faults
        elif not any(kit.get(word) for word in KIT if word != "says"):
            yield SettingsError(place, f'`kits.{name}` names no role; roles stand by where they are held, as in workspace = ["Reader"]')
        else:
            for word, roles in kit.items():
                if word != "says" and not all(role.strip() for role in roles):
                    yield SettingsError(_place(path, text, ("kits", name, word)), f"`kits.{name}.{word}` has a role without a name")


def _wrong(
    table: Mapping[str, Any], known: Mapping[str, ConfigKey], under: tuple[str, ...], path: Path, text: str
) -> Iterator[SettingsError]:
    for key, value in table.items():
        name = ".".join((*under, key))
        trouble = fault(known[key], name, value) if key in known else f"`{name}` is not a setting; {_near(key, known)}"
        if trouble:
            yield SettingsError(_place(path, text, (*under, key)), trouble)


def _near(word: str, known: Mapping[str, object]) -> str:
    """The names that a word may have been meant for, else all."""
    import difflib

    near = difflib.get_close_matches(word, known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(known))}"


def _flat(table: Mapping[str, Any], under: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values of a table and of the tables in it, by their path."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*under, name))
        else:
            yield (*under, name), value


def _flat_all(table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield from _flat({name: value for name, value in table.items() if name != "contexts"}, ())
    for name, context in table.get("contexts", {}).items():
        yield ("contexts", name), context
        yield from _flat(context, ("contexts", name))


# Lines


def _place(path: Path, text: str, key: tuple[str, ...]) -> str:
    """The file and line of a key, else of the table that it is in.

    tomllib tells no lines, so the text is asked who assigns the key or opens its table.
    """
    lines = list(_keys(text))
    for length in range(len(key), 0, -1):
        for line, found in lines:
            if found[:length] == key[:length]:
                return f"{path}:{line}"
    return str(path)


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    part = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
    dotted = rf"({part}(?:\s*\.\s*{part})*)"
    table: tuple[str, ...] = ()
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if found := re.match(rf"\s*\[\[?\s*{dotted}\s*\]", line):
            table = tuple(each.strip("\"'") for each in re.findall(part, found[1]))
            yield number, table
        elif found := re.match(rf"\s*{dotted}\s*=", line):
            yield number, (*table, *(each.strip("\"'") for each in re.findall(part, found[1])))
        inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) % 2), "")
