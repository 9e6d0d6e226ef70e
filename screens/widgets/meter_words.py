"""The meter in words: what burns now, what today comes to, how the estimate compares with the bill, and how it is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from console.clock import step
from console.costs.sums import Burnt
from console.domain.billing.amounts import Form, figure, money, untimed
from console.domain.billing.calibration import Calibration
from console.domain.billing.estimate import Band
from console.domain.billing.merging import Coverage
from console.domain.billing.periods import Period
from console.domain.cost import Burn
from console.domain.figures import Figure
from console.feeds.history import BLOCKS
from screens.widgets.status_line import Part

#: The time that the legend is about.
LEGEND = Period.TODAY
#: Minutes that one block of the last hour stands for.
MINUTES = 5


def now(burn: Burn | None, history: Sequence[Burnt]) -> list[Part]:
    """`now ≈$14.82/h ▁▂▃▅▆▅▅▆  waste ≈$2.31/h`; None: no computes were read."""
    if burn is None:
        return [(" now ?", "muted")]
    parts: list[Part] = [(" now ", "muted"), (figure(burn.now), "bold"), (f" {blocks(history)}" if history else "", "busy")]
    return [*parts, ("  waste ", "muted"), (figure(burn.waste), "warn" if burn.waste.value else "muted")]


def blocks(history: Sequence[Burnt]) -> str:
    """The last hour in blocks of some minutes, from nothing to the most; `?` where it is not known."""
    whole = history[-(len(history) // MINUTES * MINUTES) :] if len(history) >= MINUTES else ()
    means = [_mean([each.rate for each in some]) for some in _batches(whole)]
    most = max((each for each in means if each is not None), default=Decimal(0))
    top = len(BLOCKS) - 1
    return "".join("?" if each is None else BLOCKS[int(each / most * top) if most else 0] for each in means)


def dearest(rates: Iterable[tuple[str, Figure | None]], most: int) -> list[tuple[str, Figure]]:
    """Those that burn most now, by name."""
    known = [(name, rate) for name, rate in rates if rate is not None and rate.value]
    return sorted(known, key=lambda each: (-(each[1].value or 0), each[0]))[:most]


def top(found: Sequence[tuple[str, Figure]]) -> list[Part]:
    """`top gpu-train ≈$11.02, nb-grace ≈$3.06`; the unit is that of the burn before."""
    parts: list[Part] = [(" top ", "muted")] if found else []
    for index, (name, rate) in enumerate(found):
        parts += [(f"{', ' if index else ''}{name} ", ""), (untimed(rate), "bold")]
    return parts


def beside(rate: Figure | None, words: str, *, wide: bool) -> list[Part]:
    """`beside ≈$0.72/h (2 deployments, 1 registry)`: what is paid beside computes; in few words where it is not `wide`."""
    if rate is None:
        return []
    return [("  beside ", "muted"), (figure(rate), "bold"), *([(f" ({words})", "muted")] if wide else [])]


def today(band: Band | None, calibrated: Calibration | None = None, beside: Figure | None = None) -> list[Part]:
    """`today ≈$201 ($180 to $210) ×k ≈$209`: as estimated, with its bounds, and corrected.

    `beside` is what of it is not of computes: k is not about that.
    """
    if band is None or band.figure.value is None:
        return [("  today ?", "muted")]
    parts: list[Part] = [("  today ", "muted"), (figure(band.figure, Form.WHOLE), "bold")]
    if band.high is None:
        parts.append((" (or more)", "muted"))
    elif band.low is not None and _told(band.low) != _told(band.high):
        parts.append((f" ({_told(band.low)} to {_told(band.high)})", "muted"))
    if calibrated is not None and calibrated.estimated.unit == band.figure.unit:
        apart = beside.value if beside is not None and beside.value is not None else Decimal(0)
        corrected = calibrated.corrected(msgspec.structs.replace(band.figure, value=band.figure.value - apart))
        if corrected.value is not None:
            corrected = msgspec.structs.replace(corrected, value=corrected.value + apart)
            parts += [(" ×k ", "muted"), (figure(corrected, Form.WHOLE), "bold")]
    return parts


def azures(known: Figure | None) -> list[Part]:
    """What Azure forecasts, beside ours."""
    return [(" Azure's ", "muted"), (figure(known, Form.WHOLE), "")] if known is not None and known.value is not None else []


def k(calibrated: Calibration | None, *, wide: bool) -> list[Part]:
    """`k 1.04 over 3 days: bill is 4 % above list`, or `k 1.04 (3 d)` where it is not `wide`; `k ?` with the reason."""
    if calibrated is None:
        return [(" k ?: no bill was read", "muted")]
    value = calibrated.k.value
    if value is None:
        return [(f" k ?: {calibrated.k.source}", "muted")]
    days = len(calibrated.days)
    off = int(abs(value - 1) * 100 + Decimal("0.5"))
    than = "as the list" if not off else f"{off} % {'above' if value > 1 else 'below'} list"
    over = f" over {days} day{'' if days == 1 else 's'}: bill is {than}" if wide else f" ({days} d)"
    return [(" k ", "muted"), (f"{value:.2f}", "bold"), (over, "muted")]


def legend(known: Coverage | None, *, wide: bool) -> list[Part]:
    """How today is known, in whole words where it is `wide`."""
    if known is None:
        return []
    words = known.words
    if not wide:
        words = words.partition(" (")[0].replace("observed", "obs").replace("reconstructed", "rec").replace("unknown", "?")
    return [(f"  {words}", "warn" if known.gaps else "muted")]


def asked(seconds: float) -> list[Part]:
    """When Azure was asked for the bill."""
    age = step(seconds)
    return [("bill of now " if age == "now" else f"bill {age} old ", "muted")]


def _told(amount: Decimal) -> str:
    return money(amount, "USD", Form.WHOLE)


def _mean(rates: Sequence[Decimal | None]) -> Decimal | None:
    known = [each for each in rates if each is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _batches(whole: Sequence[Burnt]) -> list[Sequence[Burnt]]:
    return [whole[index : index + MINUTES] for index in range(0, len(whole), MINUTES)]
