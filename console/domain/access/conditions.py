"""Conditions: whether the condition of an assignment, or of a role, leaves an operation alone.

Source: "Azure role assignment condition format and syntax" (Microsoft Learn). Only what an operation's name decides is decided:
`ActionMatches{'…'}` under `!`/`NOT`, `AND`/`&&`, `OR`/`||` and parentheses. Attributes, suboperations, and anything that is not
understood are left open, so that a condition is never taken for met where it might not be.
"""

from __future__ import annotations

import re
from functools import lru_cache

from console.domain.permissions import matches, matches_literally

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) | (?P<and>AND\b|&&) | (?P<or>OR\b|\|\|) | (?P<not>NOT\b|!(?!=))
      | (?P<action>ActionMatches\s*\{\s*'(?P<pattern>[^']*)'\s*\})
      | (?P<other>SubOperationMatches\s*\{[^}]*\}|Exists\b|@\w+\[[^\]]*\]|\{[^}]*\}|'(?:[^'\\]|\\.)*'|[^\s()!&|]+|.)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=16_384)
def leaves_alone(condition: str, operation: str) -> bool:
    """True where the condition holds whatever its attributes are, because it does not concern the operation; True for no condition."""
    if not condition.strip():
        return True
    tokens = _tokens(condition)
    try:
        verdict, end = _either(tokens, 0, operation, 0)
    except _Misread:
        return False
    return verdict is True and end == len(tokens)


class _Misread(ValueError):
    """The condition is not of the grammar that is read here."""


#: More brackets than anybody writes: what is nested deeper is left open.
_DEEPEST = 100


def _tokens(condition: str) -> list[tuple[str, str]]:
    found = []
    for match in _TOKEN.finditer(condition.strip()):
        kind = next((name for name in ("open", "close", "and", "or", "not", "action") if match[name]), "other")
        found.append((kind, match["pattern"] or ""))
    return found


def _either(tokens: list[tuple[str, str]], at: int, operation: str, depth: int) -> tuple[bool | None, int]:
    verdict, at = _both(tokens, at, operation, depth)
    while at < len(tokens) and tokens[at][0] == "or":
        other, at = _both(tokens, at + 1, operation, depth)
        verdict = True if verdict is True or other is True else None if verdict is None or other is None else False
    return verdict, at


def _both(tokens: list[tuple[str, str]], at: int, operation: str, depth: int) -> tuple[bool | None, int]:
    verdict, at = _term(tokens, at, operation, depth)
    while at < len(tokens) and tokens[at][0] == "and":
        other, at = _term(tokens, at + 1, operation, depth)
        verdict = False if verdict is False or other is False else None if verdict is None or other is None else True
    return verdict, at


def _term(tokens: list[tuple[str, str]], at: int, operation: str, depth: int) -> tuple[bool | None, int]:
    kind = tokens[at][0] if at < len(tokens) else ""
    if depth > _DEEPEST or kind in ("", "close", "and", "or"):
        raise _Misread
    if kind == "not":
        verdict, at = _term(tokens, at + 1, operation, depth + 1)
        return (None if verdict is None else not verdict), at
    if kind == "open":
        verdict, at = _either(tokens, at + 1, operation, depth + 1)
        if at >= len(tokens) or tokens[at][0] != "close":
            raise _Misread
        return verdict, at + 1
    if kind == "action":
        return _matched(tokens[at][1], operation), at + 1
    # An attribute, its operator and its value: left open, up to what joins it to the rest.
    while at < len(tokens) and tokens[at][0] == "other":
        at += 1
    return None, at


def _matched(pattern: str, operation: str) -> bool | None:
    """As a role's own actions are matched (the documentation of `ActionMatches`); what rests on `/*/` standing for nothing is left open."""
    if matches_literally(pattern, operation):
        return True
    return None if matches(pattern, operation) else False
