"""What a question to the compiler child says: fields or YAML in, fields and YAML out. Part of the compiler child."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from console.azure.captured import FlawsError
from console.azure.compiler_yaml import Marks, YamlFlawError, read


def told(asked: Mapping[str, Any]) -> tuple[dict[str, Any], Marks]:
    """The fields that a question names, and where they are written. Raises FlawsError."""
    if asked.get("yaml") is None:
        return without_nothing(asked.get("fields") or {}), Marks()
    try:
        return read(str(asked["yaml"]))
    except YamlFlawError as error:
        where = f"column {error.column}: " if error.column > 1 else ""
        raise FlawsError([{"path": error.path, "line": error.line, "message": f"{where}{error}"}]) from error


def without_nothing(data: Any) -> Any:
    """The fields without those that hold nothing (None, an empty map or list)."""
    if isinstance(data, Mapping):
        kept = {name: without_nothing(value) for name, value in data.items()}
        return {name: value for name, value in kept.items() if value is not None and value != {} and value != []}
    return [without_nothing(item) for item in data] if isinstance(data, list) else data


def written(fields: Mapping[str, Any], facts: Mapping[str, Any], first: Sequence[str], last: Sequence[str] = ("tags",)) -> dict[str, Any]:
    """An answer to `dump`: the fields in the order in which people write them, and their YAML below what is read only, as comments."""
    kept = without_nothing(fields)
    middle = sorted(name for name in kept if name not in (*first, *last))
    ordered = {name: kept[name] for name in (*first, *middle, *last) if name in kept}
    return {"fields": ordered, "yaml": _comments(facts) + yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=120)}


def _comments(facts: Mapping[str, Any]) -> str:
    """What is read only, a comment line each; a value's line breaks and controls cannot end its comment."""
    lines = []
    for name, value in facts.items():
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        shown = "".join(character if character.isprintable() else " " for character in text)
        lines.append(f"# {name}: {shown[:300]}\n")
    return "".join(lines)
