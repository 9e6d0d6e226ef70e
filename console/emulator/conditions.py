"""Conditions of roles and role assignments: which are well formed, and whether a request fulfils them.

Only attributes that the caller of `fulfilled` hands in are known. What depends on anything else is neither fulfilled nor broken, but open.
The grammar is that of "Azure role assignment condition format and syntax", version 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from console.emulator.wildcards import matches

#: A condition that was read: asked with the operation and the attributes of a request, it says yes, no, or None where that is open.
Test = Callable[[str, Mapping[str, str]], bool | None]
_TOKEN = re.compile(
    r"\s*(?:(?P<set>\{[^{}]*\})|(?P<attribute>@\w+\[[^\[\]]+\])|(?P<text>'[^']*')|(?P<mark>&&|\|\||[()!,])|(?P<word>[\w.:\-]+))",
)
_ITEM = re.compile(r"\s*(?:'([^']*)'|([^',\s]+))\s*(?:,|$)")
_QUANTIFIERS = ("foranyofanyvalues", "foranyofallvalues", "forallofanyvalues", "forallofallvalues")


class ConditionError(Exception):
    """The text is no condition."""


def fulfilled(condition: str, action: str, attributes: Mapping[str, str]) -> bool | None:
    """Whether a request for `action` with these attributes fulfils a condition; None where that cannot be told.

    The keys of `attributes` are written as in a condition, in lower case:
    `@request[microsoft.authorization/roleassignments:principaltype]`.
    """
    try:
        return _read(condition)(action, attributes)
    except ConditionError:
        return None


def well_formed(condition: str) -> bool:
    """Whether the text is a condition that can be read."""
    try:
        _read(condition)
    except ConditionError:
        return False
    return True


@lru_cache(maxsize=1024)
def _read(condition: str) -> Test:
    return _Reader(condition).whole()


class _Reader:
    """Reads one condition, left to right."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise ConditionError(text[at:])
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            at = match.end()
        self.at = 0

    def whole(self) -> Test:
        test = self.alternatives()
        if self.at < len(self.tokens):
            raise ConditionError(self.tokens[self.at][1])
        return test

    def alternatives(self) -> Test:
        tests = [self.sequence()]
        while self.take("or", "||"):
            tests.append(self.sequence())
        return tests[0] if len(tests) == 1 else _any(tests)

    def sequence(self) -> Test:
        tests = [self.factor()]
        while self.take("and", "&&"):
            tests.append(self.factor())
        return tests[0] if len(tests) == 1 else _all(tests)

    def factor(self) -> Test:
        if self.take("!", "not"):
            return _not(self.factor())
        if self.take("("):
            inner = self.alternatives()
            if not self.take(")"):
                raise ConditionError("A bracket is not closed.")
            return inner
        kind, token = self.next()
        if kind == "word" and token.lower() == "actionmatches":
            patterns = _items(self.next("set")[1])
            return lambda action, attributes: any(matches(pattern, action) for pattern in patterns)
        if kind == "word" and token.lower() == "suboperationmatches":
            self.next("set")
            return _open
        if kind == "word" and token.lower() in ("exists", "notexists"):
            self.next("attribute")
            return _open
        if kind != "attribute":
            raise ConditionError(token)
        return self.comparison(token.lower())

    def comparison(self, attribute: str) -> Test:
        quantifier, _, operator = self.next("word")[1].lower().rpartition(":")
        if quantifier and quantifier not in _QUANTIFIERS:
            raise ConditionError(quantifier)
        kind, token = self.next()
        if kind == "attribute":
            return _open
        if kind not in ("set", "text", "word"):
            raise ConditionError(token)
        values = _items(token) if kind == "set" else (token.strip("'"),)
        return _comparison(attribute, operator, quantifier.endswith("ofallvalues"), values)

    def take(self, *wanted: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at][0] in ("mark", "word") and self.tokens[self.at][1].lower() in wanted:
            self.at += 1
            return True
        return False

    def next(self, kind: str | None = None) -> tuple[str, str]:
        if self.at >= len(self.tokens) or (kind is not None and self.tokens[self.at][0] != kind):
            raise ConditionError("The condition ends too early or lacks something.")
        self.at += 1
        return self.tokens[self.at - 1]


def _items(text: str) -> tuple[str, ...]:
    inner = text[1:-1].strip()
    found: list[str] = []
    at = 0
    while at < len(inner):
        match = _ITEM.match(inner, at)
        if match is None:
            raise ConditionError(text)
        found.append(match.group(1) if match.group(1) is not None else match.group(2))
        at = match.end()
    return tuple(found)


def _open(action: str, attributes: Mapping[str, str]) -> bool | None:
    return None


def _not(test: Test) -> Test:
    def run(action: str, attributes: Mapping[str, str]) -> bool | None:
        found = test(action, attributes)
        return None if found is None else not found

    return run


def _any(tests: list[Test]) -> Test:
    def run(action: str, attributes: Mapping[str, str]) -> bool | None:
        found = [test(action, attributes) for test in tests]
        return True if True in found else None if None in found else False

    return run


def _all(tests: list[Test]) -> Test:
    def run(action: str, attributes: Mapping[str, str]) -> bool | None:
        found = [test(action, attributes) for test in tests]
        return False if False in found else None if None in found else True

    return run


def _comparison(attribute: str, operator: str, every: bool, values: tuple[str, ...]) -> Test:
    """The comparison of one attribute, which has one value, with a set: with any of it, or with each."""

    def plain(value: str) -> str:
        if operator.startswith("guid"):
            return value.replace("-", "").lower()
        return value.lower() if operator.endswith("ignorecase") else value

    wanted = [plain(value) for value in values]
    base = operator.removesuffix("ignorecase")
    known = base in ("guidequals", "guidnotequals", "stringequals", "stringnotequals")
    equal = "not" not in base

    def run(action: str, attributes: Mapping[str, str]) -> bool | None:
        if not known or attribute not in attributes:
            return None
        held = plain(attributes[attribute])
        found = [(held == value) is equal for value in wanted]
        return all(found) if every else any(found)

    return run
