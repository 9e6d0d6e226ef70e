"""A bill: the answer to one question of Cost Management, row by row, in the currencies that Azure bills in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from console.domain.billing.questions import Question


class Charge(msgspec.Struct, frozen=True, gc=False):
    """One row. `day` is yyyymmdd in UTC (of a month its first day; 0 where the question has no days).

    `keys` are the values of the question's groupings, in its order, as Azure spells them ("" where it gives none: untagged, say).
    """

    cost: Decimal
    currency: str
    day: int = 0
    keys: tuple[str, ...] = ()
    forecast: bool = False


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of an answer. `asked` is when Azure was asked (UTC): its figures are 8 to 24 hours old already then.

    `incomplete` says why rows are missing, "" where none is.
    """

    question: Question
    charges: tuple[Charge, ...]
    asked: datetime
    incomplete: str = ""
