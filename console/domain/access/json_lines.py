"""Lines of JSON: where in a text each of its values stands, so that what is wrong with one can be told at its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class JsonFlawError(ValueError):
    """A text that is no JSON, or names a field twice; `line` is counted from 1."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.line = line


class Read(NamedTuple):
    """The value of a text, and the line of each value in it by its path; a field's is that of its name."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest value around it; 1 where there is none."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Read:
    """Raises JsonFlawError."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonFlawError(f"column {error.colno}: this is no JSON: {_lower(error.msg)}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise JsonFlawError(f"this is no JSON that can be read: {error}", 1) from error
    lines: dict[Path, int] = {}
    _walk(_tokens(text), (), lines)
    return Read(value, lines)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, at = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        yield found[0], line


def _walk(tokens: Iterator[tuple[str, int]], path: Path, lines: dict[Path, int], token: str = "", line: int = 0) -> None:
    """Note the lines of a value whose text is known to be JSON."""
    if not token:
        token, line = next(tokens)
    lines.setdefault(path, line)
    if token == "{":
        _object(tokens, path, lines)
    elif token == "[":
        for number, (word, at) in enumerate(_items(tokens)):
            _walk(tokens, (*path, number), lines, word, at)


def _object(tokens: Iterator[tuple[str, int]], path: Path, lines: dict[Path, int]) -> None:
    for word, at in _items(tokens):
        name = (*path, str(json.loads(word)))
        if name in lines:
            raise JsonFlawError(f"{name[-1]} is written twice", at)
        lines[name] = at
        next(tokens)  # the colon
        _walk(tokens, name, lines)


def _items(tokens: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The first token of each item up to the closing bracket."""
    for word, at in tokens:
        if word in {"}", "]"}:
            return
        if word != ",":
            yield word, at


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no value of JSON")


def _lower(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"
