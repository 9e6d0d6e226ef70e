"""Figures: a number together with where it comes from, how old it is and how far to trust it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class Confidence(StrEnum):
    """How a figure is known, the firmest first. Only `billed` and `observed` are drawn bare; an estimate carries ≈, unknown is `?`."""

    BILLED = "billed"
    OBSERVED = "observed"
    RECONSTRUCTED = "reconstructed"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


class Figure(msgspec.Struct, frozen=True):
    """A value in `unit` (USD/h, cores, nodes …). `value` is None exactly when the confidence is unknown."""

    value: Decimal | None
    unit: str
    source: str
    confidence: Confidence = Confidence.OBSERVED
    as_of: datetime | None = None
    missing: int = 0
    """How many parts of a sum are unknown and therefore not in it."""

    @property
    def known(self) -> bool:
        return self.value is not None


def unknown(unit: str, source: str) -> Figure:
    return Figure(None, unit, source, Confidence.UNKNOWN)


def total(parts: list[Figure], unit: str, source: str) -> Figure:
    """The sum of the known parts, trusted as far as the weakest; it says how many were unknown. Never zero for want of knowledge.

    Raises ValueError where a part has another unit: mixed currencies are not summed.
    """
    known = [part for part in parts if part.value is not None]
    missing = len(parts) - len(known)
    if any(part.unit != unit for part in parts):
        raise ValueError(f"parts of a sum in {unit} have other units")
    if parts and not known:
        return Figure(None, unit, source, Confidence.UNKNOWN, None, missing)
    value = sum((part.value for part in known if part.value is not None), Decimal(0))
    times = [part.as_of for part in known if part.as_of is not None]
    weakest = max({part.confidence for part in known}, key=list(Confidence).index, default=Confidence.OBSERVED)
    confidence = Confidence.ESTIMATED if missing else weakest
    return Figure(value, unit, source, confidence, min(times, default=None), missing)
