"""Filters: what is typed after `/`, as a test of rows.

Words are joined by and: `gpu state:idle !a100`. A word is a part of any column's text in any case; `!word` rows without it; `/re/` a
regular expression (its last slash may still be missing); `col:word` a part of one column's text (the column by the beginning of its name).
Quotes keep spaces: `"low prio"`. A word with a colon in it that names no column (a time, an address) is text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from screens.widgets.columns import Column

T = TypeVar("T")

WORD = re.compile(r'(!?)(?:/((?:[^/\\]|\\.)*)(?:/|$)|"([^"]*)"|(\S+))')
#: A word that looks as if it named a column, unlike a time, an address or an asset's `azureml:name:version`.
COLUMN_LIKE = re.compile(r"([^\W\d_]{2,}):(?!/)[^:]+")
PLAIN = re.compile(r'^[^\s!/:"]+$')


class Filter(msgspec.Struct, Generic[T], frozen=True):
    """`matches` tells whether a row is shown; None: the text as a whole is the part to look for.

    `error` says what is wrong with it, `note` what of it may have been meant otherwise.
    """

    text: str
    matches: Callable[[T], bool] | None = None
    error: str = ""
    note: str = ""


class Narrowing(msgspec.Struct, Generic[T], frozen=True):
    """A part of the rows that is shown alone, beside any filter: the title's word for it, and which rows; `nothing` says that none is."""

    label: str
    test: Callable[[T], bool]
    nothing: str


def narrowed(found: Filter[T], narrowing: Narrowing[T] | None, text_of: Callable[[T], str]) -> Callable[[T], bool] | None:
    """The test of rows that are in both; None where the filter's text alone decides."""
    if narrowing is None:
        return found.matches
    part, inside = found.text.casefold(), narrowing.test
    matches = found.matches or (lambda row: part in text_of(row))
    return (lambda row: inside(row) and matches(row)) if found.text else inside


def parse(text: str, columns: Sequence[Column[T]], text_of: Callable[[T], str]) -> Filter[T]:
    """Read a filter. A malformed one matches every row and says why: rows must not vanish because of a typing error.

    `text_of` gives all of a row's text, casefolded.
    """
    if not text.strip() or PLAIN.match(text):
        return Filter(text.strip())
    tests: list[Callable[[T], bool]] = []
    note = ""
    for negated, expression, quoted, word in WORD.findall(text):
        try:
            test = _test(expression, quoted, word, columns, text_of)
        except re.error as error:
            return Filter(text, lambda _row: True, f"/{expression}/ is no regular expression: {error}")
        if test is not None:
            tests.append(_inverted(test) if negated else test)
        meant = COLUMN_LIKE.fullmatch(word)
        if meant is not None and _column(meant[1], columns) is None:
            note = note or f"no column {meant[1]}: searched as text"
    return Filter(text, lambda row: all(test(row) for test in tests), note=note)


def _test(expression: str, quoted: str, word: str, columns: Sequence[Column[T]], text_of: Callable[[T], str]) -> Callable[[T], bool] | None:
    if expression:
        pattern = re.compile(expression, re.IGNORECASE)
        return lambda row: pattern.search(text_of(row)) is not None
    name, colon, value = word.partition(":")
    column = _column(name, columns) if colon and name else None
    if column is not None:
        wanted = value.casefold()
        found = column
        return lambda row: wanted in found.text(row).casefold()
    part = (quoted or word).casefold()
    return (lambda row: part in text_of(row)) if part and part != "!" else None


def _column(name: str, columns: Sequence[Column[T]]) -> Column[T] | None:
    """The column whose name begins so, in any case; None where there is none: then the colon is just a character."""
    low = name.casefold()
    return next((column for column in columns if column.name.casefold().replace(" ", "").startswith(low.replace(" ", ""))), None)


def _inverted(test: Callable[[T], bool]) -> Callable[[T], bool]:
    return lambda row: not test(row)
