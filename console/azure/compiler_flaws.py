"""Flaws: what is wrong with fields, each with its path, its line and a sentence. Part of the compiler child.

azure-ai-ml tells paths and a few words in marshmallow's shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from console.azure.compiler_yaml import Marks, Path, path_text

Flaw = dict[str, Any]


def flaw(path: Path, message: str, marks: Marks) -> Flaw:
    return {"path": path_text(path), "line": marks.line(path), "message": message}


def of_marshmallow(messages: Any, marks: Marks, fields_at: Any, path: Path = ()) -> Iterator[Flaw]:
    """marshmallow's messages as flaws. `fields_at(path)` gives the names of the fields that there are at a path."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from of_marshmallow(inner, marks, fields_at, path if name == "_schema" else (*path, name))
        return
    if not isinstance(messages, list):
        messages = [messages]
    branches = [message for message in messages if isinstance(message, Mapping)]
    if branches:
        yield from of_marshmallow(_likeliest(branches), marks, fields_at, path)
    for message in messages:
        if not isinstance(message, Mapping):
            yield flaw(path, _sentence(str(message), path, fields_at), marks)


def _likeliest(branches: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of the forms that a field may have, the one that was meant: one whose `type` fits, and then that with the fewest faults."""
    return min([branch for branch in branches if "type" not in branch] or branches, key=len)


def _sentence(message: str, path: Path, fields_at: Any) -> str:
    if message == "Unknown field.":
        known = fields_at(path[:-1])
        near = get_close_matches(str(path[-1]), known, 1)
        return f"there is no such field{f'; did you mean `{near[0]}`?' if near else ''}"
    if message == "Missing data for required field.":
        return "it is missing"
    if message == "Field may not be null.":
        return "it has no value"
    if message == "Not a valid string.":
        return "it has to be a text: put it in quotes"
    return f"{message[:1].lower()}{message[1:]}".rstrip(".")
