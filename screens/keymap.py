"""The key map: every binding by its id, and other keys for them, as config.toml's `[keys]` tells."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import _character_to_key
from textual.screen import ModalScreen, Screen

import screens
from console.config_file import SettingsError
from screens.keys_shown import character_of, shown
from screens.resource_screen import ResourceScreen
from screens.widgets.resource_table import ResourceTable

#: Names that a terminal sends the very same bytes for.
SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape", "ctrl+[": "escape"}
UNSENT = ("alt", "cmd", "command", "super", "meta", "hyper", "option")


class Bound(NamedTuple):
    """A binding as it is declared, its keys by Textual's names."""

    id: str
    keys: tuple[str, ...]
    says: str
    priority: bool


def bound(app: type[App[Any]]) -> dict[str, Bound]:
    """Every binding that has an id, by it; first those that work everywhere, then screen by screen."""
    found: dict[str, Bound] = {}
    nodes: tuple[type[DOMNode], ...] = (app, ResourceTable, *_screens())
    for node in nodes:
        for each in _declared(node):
            if each.id is not None and each.id not in found:
                found[each.id] = each
    scopes = list(dict.fromkeys(_scope(name) for name in found))
    return dict(sorted(found.items(), key=lambda item: scopes.index(_scope(item[0]))))


def _scope(name: str) -> str:
    return name.partition(".")[0]


def read(keys: Mapping[str, str], places: Mapping[str, str], app: type[App[Any]]) -> dict[str, str]:
    """What `[keys]` tells as Textual's keymap. `places` are file and line by `keys.ID`.

    Raises SettingsError for an id or a key that there is not, for a key that a terminal does not send, and for a key with two meanings.
    """
    if not keys:
        return {}
    known = bound(app)
    mapped: dict[str, str] = {}
    for name, told in keys.items():
        place = places.get(f"keys.{name}", "keys")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "`aml-console config keys` lists them"
            raise SettingsError(place, f"there is no binding {name!r}; {hint}")
        mapped[name] = ",".join(_key(each.strip(), known[name], place) for each in told.split(","))
    _reject_clashes(mapped, places, app)
    return mapped


def _key(word: str, binding: Bound, place: str) -> str:
    """Textual's name of a key. Raises SettingsError where there is none, or a terminal does not tell it."""
    name = _character_to_key(word) if len(word) == 1 else word
    character = character_of(name)
    sent = name in _sent() or (character is not None and _character_to_key(character) == name)
    if not sent:
        raise SettingsError(place, f"`{binding.id}`: {_why_not(word)}")
    if binding.priority and character is not None:
        raise SettingsError(place, f"`{binding.id}` works even where text is typed, so {word!r} could never be typed; give it a ctrl key")
    return name


def _why_not(word: str) -> str:
    if not word:
        return "a key is to be named (a comma itself is `comma`)"
    if word in SAME:
        return f"a terminal sends the same for {word} as for {SAME[word]}; write {SAME[word]}"
    *modifiers, key = word.split("+")
    if modifiers == ["shift"] and len(key) == 1:
        return f"a terminal sends {key.upper()!r} for {word}; write that"
    if set(modifiers) & set(UNSENT) or ("ctrl" in modifiers and "shift" in modifiers):
        return f"most terminals do not send {word}"
    near = difflib.get_close_matches(word, _sent(), n=3)
    return f"there is no key {word!r}" + (f"; did you mean {' or '.join(near)}?" if near else "")


@cache
def _sent() -> frozenset[str]:
    """The names of all keys that Textual makes of what terminals send, without what only the kitty protocol tells."""
    parser = XTermParser()
    events = (event for sequence in ANSI_SEQUENCES_KEYS for event in parser._sequence_to_key_events(sequence))
    return frozenset(event.key for event in events if not event.key.startswith("<"))


# What works at once


def _reject_clashes(mapped: Mapping[str, str], places: Mapping[str, str], app: type[App[Any]]) -> None:
    for screen in _screens():
        bindings = [each for node in _chain(screen, app) for each in _declared(node) if each.id is not None]
        before, after = _by_key(bindings, {}), _by_key(bindings, mapped)
        for key, ids in after.items():
            ours = [each for each in mapped if each in ids]  # the last is the one too many
            others = ids - {ours[-1]} if ours else set()
            if others and not ids <= before.get(key, set()):
                name = ours[-1]
                with_whom = " and ".join(sorted(others))
                place = places.get(f"keys.{name}", "keys")
                raise SettingsError(place, f"`{name}`: {shown(key)!r} is the key of {with_whom} on the screen {_name(screen)} too")


def _by_key(bindings: list[Bound], mapped: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in bindings:
        for key in mapped[each.id].split(",") if each.id in mapped else each.keys:
            found.setdefault(key, set()).add(each.id)
    return found


def _chain(screen: type[Screen[Any]], app: type[App[Any]]) -> Iterator[type[DOMNode]]:
    if issubclass(screen, ResourceScreen):
        yield ResourceTable
    yield screen
    if not issubclass(screen, ModalScreen):
        yield app


def _declared(node: type[DOMNode]) -> list[Bound]:
    """The bindings of a class and of those that it inherits from, each once; Textual's own have no id."""
    merged: dict[str, tuple[list[str], Binding]] = {}
    for key, binding in node._merge_bindings():
        if binding.id is not None:
            merged.setdefault(binding.id, ([], binding))[0].append(key)
    return [Bound(name, tuple(keys), binding.description, binding.priority) for name, (keys, binding) in merged.items()]


def _screens() -> list[type[Screen[Any]]]:
    """Every screen and dialog of the console."""
    found: dict[str, type[Screen[Any]]] = {}
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and issubclass(each, Screen) and each.__module__.startswith("screens."):
                found[f"{each.__module__}.{each.__qualname__}"] = each
    # What all screens have alike is told before what only some have, and a clash on one that can be opened before one on their pattern.
    return sorted(found.values(), key=lambda each: (not getattr(each, "kind", ""), each.__name__))


def _name(screen: type[Screen[Any]]) -> str:
    return str(getattr(screen, "kind", "") or screen.__name__)
