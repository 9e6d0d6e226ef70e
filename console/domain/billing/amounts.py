"""Amounts: how money is written, and read where a person types it: `$4,310.25`, `≈€12.00/h`, `CHF 4.3k`, `?`."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec

from console.domain.billing.sums import Sum
from console.domain.figures import Confidence, Figure

#: Currencies that nobody takes for another; all others are written by their code, in front.
SIGNS = {"USD": "$", "EUR": "€"}
#: Confidences that are drawn bare.
FIRM = frozenset({Confidence.BILLED, Confidence.OBSERVED})
UNKNOWN = "?"
CENT = Decimal("0.01")
#: From here on WHOLE leaves the cents out.
WHOLE_FROM = 100
STEPS = ((Decimal(1_000_000_000), "G"), (Decimal(1_000_000), "M"), (Decimal(1_000), "k"))
TYPED = re.compile(r"(?:[$€]|[A-Z]{3}\s)?\s*(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,10})?", re.ASCII)


class Form(StrEnum):
    """How much of an amount is written: to the cent; whole from 100 on; or short, with k, M and G from 1,000 on."""

    CENTS = "cents"
    WHOLE = "whole"
    SHORT = "short"


def money(value: Decimal | None, currency: str, form: Form = Form.CENTS, *, estimate: bool = False, missing: int = 0) -> str:
    """An amount of `currency` (its ISO code; "USD/h" and "USD/month" are told with their time): `$4,310.25`, `-$12.00`, `≈$0.29/h`.

    None is `?`. `estimate` puts ≈ in front; `missing`: how many parts of a sum are not known, told by `+?`: a sum of nothing
    but unknown parts is `?`, never zero. What is not nothing, but less than a cent, is `<$0.01`.
    """
    if value is None or (missing and not value):
        return UNKNOWN
    code, _, time = currency.partition("/")
    sign = SIGNS.get(code.upper(), f"{code.upper()} " if code else "")
    size, digits = abs(value), ""
    if 0 < size < CENT / 2:
        size, digits = CENT, "<"
    minus = "-" if value < 0 else ""
    text = f"{minus}{digits}{sign}{_digits(size, form)}"
    return f"{'≈' if estimate else ''}{text}{f'/{time}' if time else ''}{'+?' if missing else ''}"


def figure(known: Figure, form: Form = Form.CENTS) -> str:
    """A figure of money, ≈ unless it was billed or observed, in its own unit."""
    return money(known.value, known.unit, form, estimate=known.confidence not in FIRM, missing=known.missing)


def untimed(known: Figure, form: Form = Form.CENTS) -> str:
    """The same without its time, where what stands around it tells that: `≈$0.29` of USD/h."""
    return figure(msgspec.structs.replace(known, unit=known.unit.partition("/")[0]), form)


def sum_of(known: Sum, form: Form = Form.CENTS, *, estimate: bool = False) -> str:
    """All currencies of a sum: `$4,310.25 + €20.00`; "–" where nothing was billed."""
    return " + ".join(money(known.amounts[each], each, form, estimate=estimate) for each in known.currencies) or "–"


def percent(share: Decimal | None) -> str:
    """A share (0 to 1) in whole per cent: `62%`; `<1%` is not nothing, `?` not known."""
    if share is None:
        return UNKNOWN
    whole = (share * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return "<1%" if share and not whole else f"{whole}%"


def reached(share: Decimal | None) -> str:
    """A share in whole per cent, rounded down, so that a budget that is not used up is not told as used up."""
    return UNKNOWN if share is None else f"{int(share * 100)}%"


def typed(text: str) -> Decimal:
    """An amount as a person types it: `1500`, `1,500.50`, `$1500`. Raises ValueError with a sentence on what is wrong."""
    written = text.strip()
    found = TYPED.fullmatch(written)
    if found is None:
        raise ValueError(f"{repr(written) if written else 'nothing'} is no amount; expected is one like 1500 or 1,500.50")
    return Decimal(found[1].replace(",", "") + (found[2] or ""))


def _digits(size: Decimal, form: Form) -> str:
    cents = size.quantize(CENT, ROUND_HALF_UP)
    if form is Form.CENTS or cents < WHOLE_FROM:
        return f"{cents:,.2f}"
    whole = size.quantize(Decimal(1), ROUND_HALF_UP)
    if form is Form.SHORT:
        for index, (step, letter) in enumerate(STEPS):
            # 999,960 rounds to 1,000.0k, which is 1.0M: a step begins where the one below it would need a fourth digit.
            below = STEPS[index + 1][0] if index + 1 < len(STEPS) else Decimal(1)
            least = step - below / 20 if below > 1 else step
            if whole >= least:
                return f"{(whole / step).quantize(Decimal('0.1'), ROUND_HALF_UP):,}{letter}"
    return f"{whole:,}"
