"""The money line of the header: what today and the month come to, as far as that is known; what is not known is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.domain.billing.amounts import Form, figure
from console.text import cells
from screens.widgets.status_line import Part

if TYPE_CHECKING:
    from console.domain.billing.estimate import Band
    from console.domain.billing.month import Month

BETWEEN: Part = ("│", "muted")


def long(today: Band | None, month: Month | None, bill_age: float | None) -> list[Part]:
    """` │ today ≈$201 │ Nov ≈$4,310 of $6,000 ▓▓▓▓▓▓▓░░░ 72% fc ≈$5,870`; `bill_age` is in seconds (None: no bill)."""
    parts: list[Part] = []
    if today is not None and today.figure.value is not None:
        parts += [(" ", ""), BETWEEN, (" today ", "muted"), (figure(today.figure, Form.WHOLE), "bold")]
    if month is None:
        return parts
    from screens.widgets import month_words  # with all of a bill, of which the first frame knows nothing

    if spent := month_words.spent(month):
        parts += [(" ", ""), BETWEEN, (" ", ""), *spent]
        if expected := month_words.forecast(month):
            parts += [(" ", ""), *expected]
        if budget := month_words.longer(month, drawn=False):
            parts += [(" ", ""), BETWEEN, (" ", ""), *budget]
        parts += month_words.age_of(month, bill_age or 0.0)
    return parts


def short(today: Band | None, month: Month | None, room: int) -> list[Part]:
    """`│≈$201 today│MTD 4.3k/6k 72%` in at most `room` cells: what does not fit whole is left out, today first."""
    month_parts: list[Part] = []
    if month is not None:
        from screens.widgets import month_words

        month_parts = month_words.spent_shortly(month)
    told = [BETWEEN, *month_parts] if month_parts else []
    if _width(told) > room:
        told = []
    if today is not None and today.figure.value is not None:
        first: list[Part] = [BETWEEN, (figure(today.figure, Form.WHOLE), "bold"), (" today", "muted")]
        if _width(first) + _width(told) <= room:
            return [*first, *told]
    return told


def _width(parts: list[Part]) -> int:
    return sum(cells(text) for text, _ in parts)
