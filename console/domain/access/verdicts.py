"""Verdicts: whether principals can do what verbs say, as a matrix of cells."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

import msgspec

from console.domain.access.places import Place
from console.domain.access.verbs import INDEX, Kind, Verb


class Verdict(IntEnum):
    """What a cell says, best first; UNKNOWN where none of the better is known and not everything was read."""

    YES = 0
    BY_KEY = 1
    ONESELF = 2
    ELIGIBLE = 3
    CONDITIONAL = 4
    UNKNOWN = 5
    NO = 6

    @property
    def words(self) -> str:
        """As it is said."""
        return _WORDS[self]


_WORDS = {
    Verdict.YES: "yes",
    Verdict.BY_KEY: "yes by key",
    Verdict.ONESELF: "could give it to oneself",
    Verdict.ELIGIBLE: "eligible",
    Verdict.CONDITIONAL: "conditional",
    Verdict.UNKNOWN: "unknown",
    Verdict.NO: "no",
}
#: What a way of each kind comes to where all its needs are granted.
HOLDING = {Kind.DIRECT: Verdict.YES, Kind.KEY: Verdict.BY_KEY, Kind.SELF: Verdict.ONESELF}


class Cell(msgspec.Struct, frozen=True):
    """Whether a principal can do a verb. `ways` are the verdicts of the verb's ways, in their order.

    `by_inference`: it would be another verdict if `/*/` in a role did not stand for nothing. `may_be_denied`: deny assignments were
    not read. `more`: something that was not read might make it a better one. `through` are managed identities (object ids) that the
    principal may run a job as, and that can do it.
    """

    verdict: Verdict
    ways: tuple[Verdict, ...]
    by_inference: bool = False
    may_be_denied: bool = False
    more: bool = False
    through: tuple[str, ...] = ()


Row = tuple[Cell, ...]


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Who can do what at a place: a row of cells, in the order of VERBS, for everybody who holds something there.

    `others` is the row of anybody else. `gaps` say in sentences what could not be read.
    """

    place: Place
    rows: Mapping[str, Row]
    others: Row
    gaps: tuple[str, ...] = ()

    def row(self, principal_id: str) -> Row:
        """The principal's cells."""
        return self.rows.get(principal_id.lower(), self.others)

    def cell(self, principal_id: str, verb: Verb) -> Cell:
        """The principal's cell for a verb."""
        return self.row(principal_id)[INDEX[verb.key]]

    def who(self, verb: Verb) -> tuple[tuple[str, Cell], ...]:
        """Everybody with another verdict than no, best first."""
        column = INDEX[verb.key]
        found = [(principal, row[column]) for principal, row in self.rows.items() if row[column].verdict is not Verdict.NO]
        return tuple(sorted(found, key=lambda each: each[1].verdict))
