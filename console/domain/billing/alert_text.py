"""Alerts of a budget as a person types them: `50, 80, 100 ops@contoso.com`; what of an alert such a text cannot tell is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec.structs import replace

from console.domain.billing.budgets import Notification

#: What is offered for a new budget, in per cent: of what is billed, and of the forecast.
ACTUAL, FORECASTED = "50, 80, 100", "100"
_THRESHOLD = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)%?", re.ASCII)


def addresses(text: str) -> tuple[str, ...]:
    """E-mail addresses that were typed with commas, semicolons or blanks between; none twice."""
    return tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))


def alerts(text: str, kind: str, everybody: Sequence[str], held: Iterable[Notification] = ()) -> tuple[Notification, ...]:
    """The alerts of one kind (Actual, Forecasted): thresholds with commas between, each with addresses of its own or with `everybody`'s.

    An alert of `held` with the same threshold keeps its name, operator, roles and action groups, and stays switched off if it was.
    Raises ValueError with a sentence on the part that cannot be read.
    """
    kept: dict[Decimal, list[Notification]] = {}
    for each in held:
        if each.kind.lower() == kind.lower():
            kept.setdefault(each.threshold.normalize(), []).append(each)
    found: list[Notification] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        threshold, own = _read(part)
        before = kept.get(threshold.normalize(), [])
        if before:
            alert = before.pop(0)
            # One that tells action groups or roles alone goes on to do so.
            found.append(replace(alert, emails=own or (tuple(everybody) if alert.emails else ())))
        elif any(each.threshold == threshold for each in found):
            raise ValueError(f"{threshold.normalize():f} % is there twice")
        else:
            found.append(Notification(name=name(kind, threshold), threshold=threshold, kind=kind, emails=own or tuple(everybody)))
    return tuple(found)


def told(notifications: Iterable[Notification], kind: str) -> str:
    """The alerts of a kind as `alerts` reads them; those that tell whom the most tell have no addresses of their own."""
    every = tuple(notifications)
    common = set(everybody(every))
    parts = []
    for each in sorted((each for each in every if each.kind.lower() == kind.lower()), key=lambda each: each.threshold):
        own = f" {' '.join(each.emails)}" if each.emails and set(each.emails) != common else ""
        parts.append(f"{each.threshold.normalize():f}{own}")
    return ", ".join(parts)


def everybody(notifications: Iterable[Notification]) -> tuple[str, ...]:
    """The addresses that the most alerts tell."""
    counted = Counter(each.emails for each in notifications if each.emails)
    return counted.most_common(1)[0][0] if counted else ()


def name(kind: str, threshold: Decimal) -> str:
    """What a new alert is called: in the way of the published examples, with letters, digits and underscores only."""
    return f"{kind}_GreaterThanOrEqualTo_{f'{threshold.normalize():f}'.replace('.', '_')}_Percent"


def _read(part: str) -> tuple[Decimal, tuple[str, ...]]:
    """A threshold and its own addresses. Raises ValueError with a sentence."""
    first, _, rest = part.partition(" ")
    found = _THRESHOLD.fullmatch(first)
    if found is None:
        raise ValueError(f"{first!r} is no threshold; expected are per cents like 50, 80, 100, each with addresses of its own behind it")
    return Decimal(found[1]), addresses(rest.removeprefix("%"))
