"""Calibration: how the bill compares with the estimate, where both are whole, and the estimate corrected by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from console.domain.figures import Confidence, Figure, total, unknown

#: Usage reaches the bill 8 to 24 hours late, and the bill is renewed about every four hours (Understand Cost Management data).
LATENCY, RENEWAL = timedelta(hours=24), timedelta(hours=4)
#: How many days are compared.
DAYS = 3
TIMES = "×"
_STEP = Decimal("0.0001")


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """k = billed ÷ estimated over `days` (UTC), for those resources that both are of.

    `k` is a figure in `×`: reconstructed over the full number of days with nothing missing in the estimate, estimated with less, unknown
    where either sum is missing or not above zero; its source says over which days, or why there is none.
    """

    days: tuple[date, ...]
    billed: Figure
    estimated: Figure
    k: Figure

    def corrected(self, raw: Figure) -> Figure:
        """An estimate as the bill will likely have it, raw × k; unknown where k is. Raises ValueError where units differ."""
        if raw.unit != self.estimated.unit:
            raise ValueError(f"a k of {self.estimated.unit} does not correct {raw.unit}")
        if raw.value is None or self.k.value is None:
            return Figure(None, raw.unit, self.k.source if raw.known else raw.source, Confidence.UNKNOWN, raw.as_of, raw.missing)
        return Figure(
            raw.value * self.k.value, raw.unit, f"{raw.source}, × {self.k.value:.2f}", Confidence.ESTIMATED, raw.as_of, raw.missing
        )


def settled(asked: datetime) -> date:
    """The last day (UTC) of which a bill that was asked for at `asked` certainly has all."""
    return (asked.astimezone(UTC) - LATENCY - RENEWAL).date() - timedelta(days=1)


def compared_days(asked: datetime) -> tuple[date, ...]:
    """The days that k rests on, oldest first."""
    last = settled(asked)
    return tuple(last - timedelta(days=back) for back in reversed(range(DAYS)))


def calibrate(billed: Mapping[date, Figure], estimated: Mapping[date, Figure], asked: datetime) -> Calibration:
    """k from what was billed and what is estimated by day, both of the same resources and meters; `asked` is when the bill was read.

    Days that one of them lacks are left out. Figures of other units than one are not compared: k is unknown then.
    """
    days = tuple(day for day in compared_days(asked) if _known(billed.get(day)) and _known(estimated.get(day)))
    bills, guesses = [billed[day] for day in days], [estimated[day] for day in days]
    units = {figure.unit for figure in (*bills, *guesses)}
    if len(units) > 1:
        nothing = unknown(TIMES, f"billed in {' and '.join(sorted({each.unit for each in bills}))}, estimated in {guesses[0].unit}")
        return Calibration(days=days, billed=unknown(bills[0].unit, "billed"), estimated=unknown(guesses[0].unit, "estimated"), k=nothing)
    unit = units.pop() if units else "USD"
    source = f"billed ÷ estimated, {_words(days)}"
    if not days:
        nothing = unknown(TIMES, f"no day of {_words(compared_days(asked))} is both billed and estimated")
        return Calibration(days=days, billed=unknown(unit, "billed"), estimated=unknown(unit, "estimated"), k=nothing)
    bill, guess = _summed(bills), _summed(guesses)
    gaps = guess.missing
    if not bill.value or not guess.value or bill.value <= 0 or guess.value <= 0:
        return Calibration(days=days, billed=bill, estimated=guess, k=unknown(TIMES, f"{source}: one of them is not above zero"))
    sure = Confidence.RECONSTRUCTED if len(days) == DAYS and not gaps else Confidence.ESTIMATED
    return Calibration(
        days=days, billed=bill, estimated=guess, k=Figure((bill.value / guess.value).quantize(_STEP), TIMES, source, sure, bill.as_of, gaps)
    )


def calibrations(
    billed: Mapping[str, Mapping[date, Figure]], estimated: Mapping[str, Mapping[date, Figure]], asked: datetime
) -> tuple[Calibration, dict[str, Calibration]]:
    """k over all scopes, and of each. The sums over all hold of every day those scopes that are both billed and estimated in one unit.

    Raises ValueError where such scopes have several units: currencies are not summed.
    """
    by_scope = {scope: calibrate(billed.get(scope, {}), estimated.get(scope, {}), asked) for scope in {**billed, **estimated}}
    whole_bill: dict[date, Figure] = {}
    whole_guess: dict[date, Figure] = {}
    for day in compared_days(asked):
        pairs = [(billed.get(scope, {}).get(day), estimated.get(scope, {}).get(day)) for scope in by_scope]
        same = [(bill, guess) for bill, guess in pairs if _comparable(bill, guess)]
        if same:
            whole_bill[day], whole_guess[day] = _summed([bill for bill, _ in same]), _summed([guess for _, guess in same])
    return calibrate(whole_bill, whole_guess, asked), by_scope


def midnight(day: date) -> datetime:
    """The moment at which a day begins (UTC)."""
    return datetime.combine(day, time(), UTC)


def _comparable(bill: Figure | None, guess: Figure | None) -> bool:
    return bill is not None and guess is not None and bill.known and guess.known and bill.unit == guess.unit


def _summed(parts: Sequence[Figure | None]) -> Figure:
    """The sum of known figures of one unit, with all that is missing in them."""
    known = [part for part in parts if part is not None]
    whole = total(known, known[0].unit, known[0].source)
    return Figure(whole.value, whole.unit, whole.source, whole.confidence, whole.as_of, sum(part.missing for part in known))


def _known(figure: Figure | None) -> bool:
    return figure is not None and figure.known


def _words(days: tuple[date, ...]) -> str:
    return ", ".join(f"{day:%d %b}" for day in days)
