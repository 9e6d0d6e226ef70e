"""History: how a figure went, as far as this process observed it."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

BLOCKS = "▁▂▃▄▅▆▇█"


class Sample(NamedTuple):
    """A value at a moment of the server's time (UTC)."""

    at: datetime
    value: Decimal


class History:
    """The last samples of one figure. Values that repeat only move the time on, so the length is that of the changes seen."""

    def __init__(self, length: int = 240) -> None:
        self._samples: deque[Sample] = deque(maxlen=length)

    def add(self, at: datetime, value: Decimal | None) -> None:
        """Observe a value; an unknown one (None) is not a sample, and neither is one from before the last."""
        if value is None or (self._samples and at <= self._samples[-1].at):
            return
        if self._samples and self._samples[-1].value == value:
            self._samples.pop()
        self._samples.append(Sample(at, value))

    @property
    def samples(self) -> tuple[Sample, ...]:
        return tuple(self._samples)

    def sparkline(self, width: int) -> str:
        """The last `width` samples as blocks from the lowest to the highest seen; "" while there are fewer than two."""
        values = [sample.value for sample in self._samples][-width:]
        if len(values) < 2:
            return ""
        low, high = min(values), max(values)
        if low == high:
            return BLOCKS[0] * len(values)
        top = len(BLOCKS) - 1
        return "".join(BLOCKS[int((value - low) / (high - low) * top)] for value in values)
