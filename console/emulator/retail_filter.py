"""The `$filter` of the retail prices: comparisons by `eq` and `ne`, joined by `and` and `or`, in parentheses where one likes.

Names of fields are taken in any case, values only as they are written: so Microsoft's page on the API tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<text>'(?:[^']|'')*')|(?P<word>[^\s()']+))")
#: What a filter can name, by the name in lower case, and the field of an item that it means.
FIELDS = {
    name.lower(): field
    for name, field in (
        *((one, one) for one in ("armRegionName", "armSkuName", "location", "meterId", "meterName", "productId", "productName")),
        *((one, one) for one in ("skuId", "skuName", "serviceName", "serviceId", "serviceFamily", "currencyCode", "type")),
        ("priceType", "type"),
        ("isPrimaryMeterRegion", "isPrimaryMeterRegion"),
    )
}


class UnreadableFilterError(ValueError):
    """A filter that is not understood; the message is a sentence."""


def read(text: str) -> Test:
    """A test of items; an empty text lets every item pass. Raises UnreadableFilterError."""
    if not text.strip():
        return lambda item: True
    reader = _Reader(_tokens(text))
    found = reader.either()
    if reader.left:
        raise UnreadableFilterError(f"Syntax error in the filter at {reader.left[0][:60]!r}.")
    return found


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise UnreadableFilterError(f"Syntax error in the filter at position {at}.")
        found.append(match[0].strip())
        at = match.end()
    return found


class _Reader:
    """Reads tokens from the left; `left` are those that were not read yet."""

    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def _next(self) -> str:
        if not self.left:
            raise UnreadableFilterError("The filter ends too early.")
        return self.left.pop(0)

    def _joined_by(self, word: str) -> bool:
        found = bool(self.left) and self.left[0].lower() == word
        if found:
            self.left.pop(0)
        return found

    def either(self) -> Test:
        tests = [self._all()]
        while self._joined_by("or"):
            tests.append(self._all())
        return lambda item: any(test(item) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._joined_by("and"):
            tests.append(self._one())
        return lambda item: all(test(item) for test in tests)

    def _one(self) -> Test:
        first = self._next()
        if first == "(":
            inner = self.either()
            if self._next() != ")":
                raise UnreadableFilterError("A parenthesis of the filter is not closed.")
            return inner
        operator, value = self._next().lower(), _value(self._next())
        field = FIELDS.get(first.lower())
        if field is None:
            raise UnreadableFilterError(f"The filter names {first[:60]!r}, which is not a field that can be filtered by.")
        if operator not in ("eq", "ne"):
            raise UnreadableFilterError(f"The filter's operator {operator[:20]!r} is not supported.")
        return lambda item: (item[field] == value) == (operator == "eq")


def _value(token: str) -> str | bool:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    raise UnreadableFilterError(f"The filter compares with {token[:60]!r}, which is neither quoted nor true or false.")
