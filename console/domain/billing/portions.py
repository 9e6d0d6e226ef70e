"""Portions: charges of a bill, some at a time, so that whoever goes through 100,000 of them can look up between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from console.domain.billing.bill import Charge

#: Charges between two looks at the turn: counting them takes a part of a millisecond.
AT_ONCE = 200


def portions(charges: Iterable[Charge]) -> Iterator[tuple[Charge, ...]]:
    """Charges, some at a time."""
    rest = iter(charges)
    while some := tuple(islice(rest, AT_ONCE)):
        yield some
