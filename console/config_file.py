"""config.toml: its settings and its named contexts; each wrong key is named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

Mode = Literal["read-only", "write"]
SignInMethod = Literal["auto", "az", "environment", "managed-identity", "device-code"]

_WORDS: dict[type[object], str] = {str: "a text in quotes", list: "a list of texts", dict: "a table"}
_CHOICES = {"mode": get_args(Mode), "signin": get_args(SignInMethod)}
_PLACE: dict[str, type[object]] = {
    "subscription": str,
    "resource_group": str,
    "workspace": str,
    "tenant": str,
    "identity": str,
    "mode": str,
    "signin": str,
    "protected": list,
}
_CONTEXT = _PLACE | {"colour": str, "cloud_file": str}
_CONFIG = _PLACE | {"context": str, "contexts": dict, "view": str, "theme": str, "log_file": str}


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
    identity: str | None = None
    mode: Mode | None = None
    signin: SignInMethod | None = None
    protected: tuple[str, ...] | None = None


class Context(Place, frozen=True, kw_only=True):
    """A named place, from `[contexts.NAME]`; what is None falls through to the rest of config.toml.

    `cloud_file` is an emulator's ready file; `identity` is then one of the emulator's.
    """

    colour: str | None = None
    cloud_file: str | None = None


class Config(Place, frozen=True, kw_only=True):
    """What config.toml tells; `context` names the one of `contexts` that is used unless a flag names another."""

    context: str | None = None
    contexts: dict[str, Context] = {}
    view: str | None = None
    theme: str | None = None
    log_file: str | None = None


def read_config(path: Path, *, must_exist: bool) -> Config:
    """The settings in `path`, none where it is missing unless it `must_exist`; SettingsError names file, line and key."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(str(path), "there is no such file") from None
        return Config()
    except OSError as error:
        raise SettingsError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(str(path), "cannot be read: it is not UTF-8") from error
    # Most machines have no config.toml, and the start is measured.
    import tomllib

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(path), f"is not TOML: {error}") from error
    _check(table, _CONFIG, (), path, text)
    for name, context in table.get("contexts", {}).items():
        if not isinstance(context, dict):
            raise SettingsError(_place(path, text, ("contexts", name)), f"`contexts.{name}` is to be a table: [contexts.{name}]")
        _check(context, _CONTEXT, ("contexts", name), path, text)
    return msgspec.convert(table, Config)


def _check(table: Mapping[str, Any], known: Mapping[str, type[object]], under: tuple[str, ...], path: Path, text: str) -> None:
    for key, value in table.items():
        name = ".".join((*under, key))
        trouble = None
        if key not in known:
            trouble = f"`{name}` is not a setting; there are {', '.join(sorted(known))}"
        elif not isinstance(value, known[key]) or (isinstance(value, list) and not all(isinstance(each, str) for each in value)):
            trouble = f"`{name}` is to be {_WORDS[known[key]]}"
        elif key in _CHOICES and value not in _CHOICES[key]:
            trouble = f"`{name}` is {value!r}; it is to be one of {', '.join(_CHOICES[key])}"
        if trouble:
            raise SettingsError(_place(path, text, (*under, key)), trouble)


def _place(path: Path, text: str, key: tuple[str, ...]) -> str:
    """The file and line of a key. tomllib tells no lines, so the text is asked who assigns the key or opens its table."""
    return next((f"{path}:{line}" for line, found in _keys(text) if found[: len(key)] == key), str(path))


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    part = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
    dotted = rf"({part}(?:\s*\.\s*{part})*)"
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(rf"\s*\[\[?\s*{dotted}\s*\]", line):
            table = tuple(each.strip("\"'") for each in re.findall(part, found[1]))
            yield number, table
        elif found := re.match(rf"\s*{dotted}\s*=", line):
            yield number, (*table, *(each.strip("\"'") for each in re.findall(part, found[1])))
