"""Kept bills: answers on disk, for whoever asked; a month of days names each resource once, however many rows it has."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from console.domain.billing.bill import Bill, Charge
from console.domain.billing.questions import Question
from console.feeds.snapshots import Snapshots

KIND = "bill"


class _Kept(msgspec.Struct, frozen=True):
    """A bill in columns: `rows` are cost, place of the currency, day, place of the keys, forecast."""

    question: Question
    asked: datetime
    incomplete: str
    currencies: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[Decimal, int, int, int, bool], ...]


class KeptBills:
    """Those of one owner; `snapshots` None: nothing is kept. Its methods are for a thread: a disk may be slow."""

    def __init__(self, snapshots: Snapshots | None) -> None:
        self._snapshots = snapshots

    def load(self, question: Question) -> Bill | None:
        """The last answer to a question; None where there is none."""
        stored = self._snapshots.load(KIND, question.key, _Kept) if self._snapshots is not None else None
        if stored is None or len(stored.items) != 1 or stored.items[0].question != question:
            return None
        kept = stored.items[0]
        try:
            charges = tuple(
                Charge(cost, kept.currencies[currency], day, kept.keys[keys], forecast) for cost, currency, day, keys, forecast in kept.rows
            )
        except IndexError:
            return None  # a damaged file
        return Bill(question=question, charges=charges, asked=kept.asked, incomplete=kept.incomplete)

    def save(self, bill: Bill) -> None:
        """Keep an answer in place of the one before."""
        if self._snapshots is None:
            return
        currencies: dict[str, int] = {}
        keys: dict[tuple[str, ...], int] = {}
        rows = tuple(
            (
                each.cost,
                currencies.setdefault(each.currency, len(currencies)),
                each.day,
                keys.setdefault(each.keys, len(keys)),
                each.forecast,
            )
            for each in bill.charges
        )
        kept = _Kept(bill.question, bill.asked, bill.incomplete, tuple(currencies), tuple(keys), rows)
        self._snapshots.save(KIND, bill.question.key, (kept,), bill.asked)

    def prune(self) -> None:
        """Remove what nobody has asked for long since."""
        if self._snapshots is not None:
            self._snapshots.prune()
