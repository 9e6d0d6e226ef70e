"""The few OData filters that Azure's clients send: comparisons and functions joined by `and`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TERM = re.compile(
    r"\s*(?:(?P<field>\w+)\s+(?P<operator>eq|ge|le)\s+(?:'(?P<value>(?:[^']|'')*)'|(?P<moment>\d{4}-[\dT:.Z+-]+))"
    r"|(?P<function>\w+)\(\s*(?:'(?P<argument>(?:[^']|'')*)')?\s*\)"
    r"|(?P<collection>\w+)/any\(\s*(?P<item>\w+)\s*:\s*(?P=item)\s+eq\s+'(?P<member>(?:[^']|'')*)'\s*\))\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `form` is eq, ge, le, call or any; `name` (lower case) the field, function or collection; `value` may be ""."""

    form: str
    name: str
    value: str


def terms(text: str) -> Sequence[Term] | None:
    """The conditions of a filter; none for an empty one; None when it is of another kind."""
    if not text.strip():
        return ()
    found: list[Term] = []
    at = 0
    while True:
        match = _TERM.match(text, at)
        if match is None:
            return None
        found.append(_term(match))
        at = match.end()
        if at == len(text):
            return found
        joint = re.compile("and(?=[\\s(])", re.IGNORECASE).match(text, at)
        if joint is None:
            return None
        at = joint.end()


def _term(match: re.Match[str]) -> Term:
    if match.group("moment") is not None:
        return Term(match.group("operator").lower(), match.group("field").lower(), match.group("moment"))
    compared = (match.group("operator") or "").lower()
    for form, name, value in ((compared, "field", "value"), ("call", "function", "argument"), ("any", "collection", "member")):
        if match.group(name) is not None:
            return Term(form, match.group(name).lower(), (match.group(value) or "").replace("''", "'"))
    raise AssertionError("A term has one of three forms.")
