"""Plots: bars by time with an axis in money, as lines of text; plotext draws them.

plotext keeps one figure for the process and needs some 30 ms for a drawing, so `plotted` is for a thread, one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from console.domain.billing.amounts import Form, money
from console.text import cells, fit, safe

BILLED, ESTIMATED, FORECAST, AZURE, UNKNOWN, CREDIT, LINE = "█", "▒", "░", "◇", "?", "▽", "─"
#: Less than this nobody reads a chart from.
LEAST_HEIGHT, LEAST_WIDTH = 5, 20
#: Lines beside the bars: the axis and its labels.
_AXIS = 2
#: First digits of what the axis ends at.
_STEPS = tuple(Decimal(each) for each in ("1", "1.2", "1.6", "2", "3", "4", "5", "6", "8", "10"))
_figure = threading.Lock()


class Bar(NamedTuple):
    """Pieces from the bottom up, each a glyph and its amount; none: not known (`?`), but for a bar without a `known` amount yet."""

    pieces: tuple[tuple[str, Decimal], ...] = ()
    known: bool = True


class Bars(NamedTuple):
    """Bars from left to right in `unit` (USD, USD/h). `labels` stand below the bars of these places, `marks` are single amounts above
    them, `line` an amount across all. `gaps` says whether there is room between bars: without it they are an area.
    """

    bars: tuple[Bar, ...]
    unit: str
    labels: Mapping[int, str] = {}
    marks: Mapping[int, Decimal] = {}
    line: Decimal | None = None
    gaps: bool = True

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not any(bar.pieces for bar in self.bars) and not self.marks


def plotted(bars: Bars, width: int, height: int) -> tuple[str, ...]:
    """The lines of a chart of at most `width` cells and `height` lines; none where nothing is known or there is no room."""
    # An odd number of lines has one in the middle, for half of what the axis ends at.
    rows = height - _AXIS - 1 + (height - _AXIS) % 2
    top = _top(bars)
    words = [_label(amount, bars.unit) for amount in (Decimal(0), top / 2, top)]
    room = width - max(map(cells, words)) - 1
    if bars.empty or height < LEAST_HEIGHT or width < LEAST_WIDTH or room < 1:
        return ()
    shown = bars if len(bars.bars) <= room else _last(bars, room)
    step = max(1, min(room // max(1, len(shown.bars)), 8))
    with _figure:
        text = _drawn(shown, step, rows, top, words)
    return tuple(fit(safe(line, width * 4).rstrip(), width).rstrip() for line in text.split("\n") if line.strip())


def _label(amount: Decimal, unit: str) -> str:
    """An amount beside the axis; that it is by the hour the title tells."""
    currency = unit.partition("/")[0]
    return safe(money(amount, currency, Form.SHORT) if amount else money(amount, currency).removesuffix(".00"), 12)


def _drawn(bars: Bars, step: int, rows: int, top: Decimal, words: Sequence[str]) -> str:
    """What plotext makes of it, counted in cells: bars are all as wide. `words` are the labels of 0, of the half and of `top`."""
    import plotext  # type: ignore[import-untyped]

    gap = 1 if bars.gaps and step > 1 else 0
    columns = len(bars.bars) * step - gap
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.theme("clear")
    plotext.plot_size(columns + max(map(len, words)) + 1, rows + _AXIS)
    plotext.xlim(0, max(1, columns - 1))
    plotext.ylim(0, rows - 1)
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    if bars.line is not None:
        plotext.hline(_row(bars.line, top, rows))
    for place, bar in enumerate(bars.bars):
        sides = [place * step, place * step + step - 1 - gap]
        for glyph, low, high in _stacked(bar, top, rows):
            plotext.rectangle(sides, [low, high], marker=glyph, fill=True)
    for place, amount in bars.marks.items():
        if 0 <= place < len(bars.bars):
            plotext.scatter([place * step + (step - 1 - gap) // 2], [_row(amount, top, rows)], marker=AZURE)
    plotext.yticks([0, (rows - 1) // 2, rows - 1], list(words))
    labels = {place: safe(label, 8) for place, label in bars.labels.items() if 0 <= place < len(bars.bars)}
    plotext.xticks([place * step for place in labels], list(labels.values()))
    return str(plotext.uncolorize(plotext.build()))


def _stacked(bar: Bar, top: Decimal, rows: int) -> list[tuple[str, int, int]]:
    """Each piece's glyph with its lowest and highest line; whatever is there has at least one."""
    if not bar.pieces:
        return [] if bar.known else [(UNKNOWN, 0, 0)]
    found: list[tuple[str, int, int]] = []
    low, amount = 0, Decimal(0)
    for glyph, piece in bar.pieces:
        amount += piece
        high = _row(amount, top, rows)
        if piece > 0 and (high >= low or not found):
            found.append((glyph, min(low, high), high))
            low = high + 1
    whole = sum((piece for _, piece in bar.pieces), Decimal(0))
    return found if whole >= 0 else [(CREDIT, 0, 0)]


def _row(amount: Decimal, top: Decimal, rows: int) -> int:
    return max(0, min(rows - 1, int(amount / top * (rows - 1) + Decimal("0.5"))))


def _top(bars: Bars) -> Decimal:
    """Where the axis ends: a number that is easily read, not below anything that is drawn."""
    most = max((sum((piece for _, piece in bar.pieces), Decimal(0)) for bar in bars.bars), default=Decimal(0))
    most = max([most, *bars.marks.values(), bars.line or Decimal(0)])
    if most <= 0:
        return Decimal(1)
    unit = Decimal(1).scaleb(most.adjusted())
    return next(step * unit for step in _STEPS if step * unit >= most)


def _last(bars: Bars, most: int) -> Bars:
    """The last bars, where there is no room for all."""
    gone = len(bars.bars) - most
    labels = {place - gone: label for place, label in bars.labels.items() if place >= gone}
    marks = {place - gone: amount for place, amount in bars.marks.items() if place >= gone}
    return bars._replace(bars=bars.bars[gone:], labels=labels, marks=marks)
