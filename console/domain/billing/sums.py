"""Sums of money: one amount for each currency, since amounts in different ones are never added."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Self

import msgspec

from console.domain.billing.bill import Charge

ZERO = Decimal(0)


class Sum(msgspec.Struct, frozen=True):
    """Amounts by currency (Azure's codes). Without any nothing was billed, which is not the same as not to know."""

    amounts: dict[str, Decimal] = {}

    @property
    def currencies(self) -> tuple[str, ...]:
        """In the order of their codes."""
        return tuple(sorted(self.amounts))

    @property
    def mixed(self) -> bool:
        return len(self.amounts) > 1

    @property
    def currency(self) -> str:
        """The one currency that it is in; "" where there is none or several."""
        return next(iter(self.amounts)) if len(self.amounts) == 1 else ""

    def of(self, currency: str) -> Decimal:
        """The amount in one currency: 0 where nothing was billed in it."""
        return self.amounts.get(currency, ZERO)

    def plus(self, other: Self) -> Self:
        """Both together, currency by currency."""
        both = dict(self.amounts)
        for currency, amount in other.amounts.items():
            both[currency] = both.get(currency, ZERO) + amount
        return type(self)(both)

    def minus(self, other: Self) -> Self:
        """How far it is from another, currency by currency."""
        return self.plus(type(self)({each: -amount for each, amount in other.amounts.items()}))

    def share_of(self, whole: Self) -> Decimal | None:
        """What part of `whole` (0 to 1, of positive amounts) it is; None where the two are not in one and the same currency.

        Of several currencies there is no share: nobody told what one is worth in the other.
        """
        if self.mixed or not whole.currency or (self.amounts and self.currency != whole.currency):
            return None
        amount, total = self.of(whole.currency), whole.of(whole.currency)
        return amount / total if total else None

    def weight_in(self, whole: Self) -> Decimal:
        """What lists are put in order by: its largest share of what `whole` has in the same currency.

        In one currency that is the order of the amounts; of several it compares what can be compared.
        """
        return max((abs(amount / total) for currency, amount in self.amounts.items() if (total := whole.of(currency))), default=ZERO)


NOTHING = Sum()


def summed(charges: Iterable[Charge]) -> Sum:
    """All of some charges, credits included, forecasts left out."""
    amounts: dict[str, Decimal] = {}
    for charge in charges:
        if not charge.forecast:
            amounts[charge.currency] = amounts.get(charge.currency, ZERO) + charge.cost
    return Sum(amounts)


def together(sums: Iterable[Sum]) -> Sum:
    """Several sums as one, currency by currency."""
    amounts: dict[str, Decimal] = {}
    for each in sums:
        for currency, amount in each.amounts.items():
            amounts[currency] = amounts.get(currency, ZERO) + amount
    return Sum(amounts)
