"""A chart: a title that tells its glyphs, and bars below; drawn beside the event loop, and only when it would look different."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from console.text import cells, fit, safe
from screens.widgets.plot import AZURE, BILLED, CREDIT, ESTIMATED, FORECAST, LINE, UNKNOWN, Bars, plotted
from screens.widgets.status_line import LOOKS, Part

#: How what is drawn looks; each has a glyph of its own, so that it is told without colour as well.
GLYPHS = {BILLED: "busy", ESTIMATED: "key", FORECAST: "muted", AZURE: "warn", LINE: "warn", UNKNOWN: "bad", CREDIT: "ok"}
_RUNS = re.compile("|".join(f"{re.escape(glyph)}+" for glyph in GLYPHS))


class Chart(Widget):
    """Shows what `show` was told last. Lines are kept until the bars or the size are others."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Chart { height: 10; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title: tuple[Part, ...] = ()
        self._nothing = ""
        self._bars: Bars | None = None
        self._drawn_of: tuple[Bars | None, int, int] | None = None
        self._lines: tuple[str, ...] = ()

    def show(self, title: Sequence[Part], bars: Bars | None, nothing: str = "nothing is known yet") -> None:
        """Show bars under a title; where there are none, the sentence `nothing`."""
        if (tuple(title), nothing) != (self._title, self._nothing):
            self._title, self._nothing = tuple(title), nothing
            self.refresh()
        self._bars = bars
        self._draw()

    @property
    def plain(self) -> str:
        """What it says, without looks."""
        return "\n".join(("".join(text for text, _ in self._title), *(self._lines or (self._nothing,))))

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        bars, width, height = self._bars, self.size.width, self.size.height - 1
        if not self.is_mounted or (bars, width, height) == self._drawn_of or not width:
            return
        self._drawn_of = bars, width, height
        if bars is None or bars.empty:
            self.workers.cancel_group(self, "chart")
            self._put(())
        else:
            self.run_worker(self._plot(bars, width, height), name="chart", group="chart", exclusive=True)

    async def _plot(self, bars: Bars, width: int, height: int) -> None:
        self._put(await asyncio.to_thread(plotted, bars, width, height))

    def _put(self, lines: tuple[str, ...]) -> None:
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render(self) -> RenderResult:
        width = self.size.width
        parts: list[Part] = []
        room = width
        for text, look in self._title:
            text = safe(text)
            parts.append((fit(text, room) if cells(text) > room else text, look))
            room = max(0, room - cells(text))
        for line in self._lines or (f" {safe(self._nothing)}",):
            parts.append(("\n", ""))
            parts += _looks(line) if self._lines else [(fit(line, width), "muted")]
        return Content.assemble(*((text, LOOKS[look]) for text, look in parts if text))


def _looks(line: str) -> list[Part]:
    """A line in parts: glyphs as they look, axes and labels muted."""
    parts: list[Part] = []
    end = 0
    axis = line.lstrip().startswith("└")
    for run in () if axis else _RUNS.finditer(line):
        if run.start() > end:
            parts.append((line[end : run.start()], "muted"))
        parts.append((run[0], GLYPHS[run[0][0]]))
        end = run.end()
    parts.append((line[end:], "muted"))
    return parts
