"""Graph's `$filter` and `$search`, as far as directory objects are looked for by clients: what they say, and what fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Get = Callable[[str], Any]

_VALUE = r"'(?:[^']|'')*'|true|false|null|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TERM = re.compile(
    rf"\s*(?:(?P<field>\w+)\s+(?P<operator>eq|ne)\s+(?P<value>{_VALUE})"
    rf"|(?P<within>\w+)\s+in\s*\(\s*(?P<values>(?:{_VALUE})(?:\s*,\s*(?:{_VALUE}))*)\s*\)"
    rf"|(?P<function>startswith|endswith)\(\s*(?P<of>\w+)\s*,\s*(?P<part>'(?:[^']|'')*')\s*\)"
    rf"|(?P<collection>\w+)/any\(\s*(?P<item>\w+)\s*:\s*(?P=item)\s+eq\s+(?P<member>{_VALUE})\s*\))\s*",
    re.IGNORECASE,
)
_JOINT = re.compile(r"(and|or)(?=[\s(])", re.IGNORECASE)
_CLAUSE = re.compile(r'\s*"(?P<name>\w+):(?P<words>(?:[^"\\]|\\.)*)"\s*')
_WORD = re.compile(r"[A-Z]?[^\W_A-Z]+|[A-Z]+(?![^\W_A-Z])|\d+")
#: Matched by their words; other properties by how they begin.
TOKENIZED = frozenset({"displayname", "description"})


class UnreadableError(Exception):
    """A query that Graph would not understand; the message is its sentence."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: `operator` is eq, ne, in, startswith, endswith, any or search; `name` as it was written."""

    name: str
    operator: str
    values: tuple[Any, ...]

    @property
    def advanced(self) -> bool:
        """Whether Graph wants `ConsistencyLevel: eventual` and `$count=true` for it."""
        return self.operator in ("ne", "endswith")

    def holds(self, get: Get) -> bool:
        told = get(self.name)
        if self.operator == "any":
            return any(_same(one, self.values[0]) for one in told or ())
        if self.operator == "search":
            return _found(self.name, told, self.values[0])
        if self.operator in ("startswith", "endswith"):
            text, part = str(told or "").lower(), str(self.values[0]).lower()
            return text.startswith(part) if self.operator == "startswith" else text.endswith(part)
        return any(_same(told, value) for value in self.values) != (self.operator == "ne")


@dataclass(frozen=True, slots=True)
class Test:
    """Alternatives of which one must hold, each a number of conditions that all must. `and` binds closer than `or`."""

    alternatives: tuple[tuple[Condition, ...], ...]

    def holds(self, get: Get) -> bool:
        return any(all(one.holds(get) for one in together) for together in self.alternatives)

    @property
    def conditions(self) -> Sequence[Condition]:
        return [one for together in self.alternatives for one in together]


def _same(told: Any, value: Any) -> bool:
    return told.lower() == value.lower() if isinstance(told, str) and isinstance(value, str) else told == value


def _found(name: str, told: Any, wanted: str) -> bool:
    if name.lower() not in TOKENIZED:
        return str(told or "").lower().startswith(wanted.lower())
    have = [word.lower() for word in _WORD.findall(str(told or ""))]
    return all(any(word.startswith(part.lower()) for word in have) for part in _WORD.findall(wanted))


def read_filter(text: str) -> Test:
    """What a `$filter` asks for. Raises UnreadableError."""
    return _read(text, _TERM, _condition, "Invalid filter clause")


def read_search(text: str) -> Test:
    """What a `$search` asks for: quoted `"property:words"`, joined by AND or OR. Raises UnreadableError."""
    return _read(text, _CLAUSE, lambda found: Condition(found["name"], "search", (found["words"].replace('\\"', '"'),)), "Syntax error")


def _read(text: str, pattern: re.Pattern[str], condition: Callable[[re.Match[str]], Condition], trouble: str) -> Test:
    alternatives: list[list[Condition]] = [[]]
    at = 0
    while True:
        found = pattern.match(text, at)
        if found is None:
            raise UnreadableError(f"{trouble}: Syntax error at position {at} in '{text}'.")
        alternatives[-1].append(condition(found))
        at = found.end()
        if at == len(text):
            return Test(tuple(tuple(together) for together in alternatives))
        joint = _JOINT.match(text, at)
        if joint is None:
            raise UnreadableError(f"{trouble}: Syntax error at position {at} in '{text}'.")
        if joint[0].lower() == "or":
            alternatives.append([])
        at = joint.end()


def _condition(found: re.Match[str]) -> Condition:
    if found["field"] is not None:
        return Condition(found["field"], found["operator"].lower(), (_value(found["value"]),))
    if found["within"] is not None:
        return Condition(found["within"], "in", tuple(_value(one) for one in re.findall(_VALUE, found["values"])))
    if found["function"] is not None:
        return Condition(found["of"], found["function"].lower(), (_value(found["part"]),))
    return Condition(found["collection"], "any", (_value(found["member"]),))


def _value(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return {"true": True, "false": False, "null": None}.get(text.lower(), text)
