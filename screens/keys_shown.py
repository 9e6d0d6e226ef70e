"""Keys as a person would write them."""

from __future__ import annotations

from textual.keys import REPLACED_KEYS, key_to_character


def character_of(key: str) -> str | None:
    """The character that a key types, by Textual's name of it: `slash` types `/`; None where it types none."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character if character is not None and character.isprintable() else None


def shown(key: str) -> str:
    """A key as it is on the keyboard."""
    character = character_of(key)
    return key if character in (None, " ") else str(character)
