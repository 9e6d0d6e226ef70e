"""Sends the terminal only the cells that differ from what it shows, with the shortest sequences that say so.

Textual sends a widget's whole line up to the changed region, every colour anew for each run of text, and the whole screen on focus and
layout. Over SSH that is most of the traffic. This rests on private names of Textual, which is pinned; byte budgets in the tests guard it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple, cast

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from screens.stand_ins import in_ascii

SMALLEST = Size(40, 8)
"""On a smaller terminal nothing is drawn but that it is too small: half a dialog could be agreed to unread."""
_JUMP = 5
"""Unchanged cells in one look that cost no more to send again than to jump over."""

_TURN_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29", "21": "24", "53": "55"}


class Look(NamedTuple):
    """How a cell looks, as the terminal's own codes."""

    attributes: tuple[str, ...]
    foreground: str
    background: str
    link: str


PLAIN = Look((), "", "", "")

_UNSEEN_ON_BLANK = frozenset({"1", "2", "3"})
"""Attributes (bold, dim, italic) that a blank does not show."""

_ERASE_OVER = 10
"""An erasure within a line and the move over what it erased cost as much as this many blanks."""

_ERASE_LAST_OVER = 5
"""An erasure at the end of what is written costs no more than this many blanks: a move follows it anyway."""

_ERASE_END_OVER = 3
"""An erasure to the end of the line costs as much as this many blanks."""


class Cells:
    """The cells of one line: what stands in each, and how it looks. `None` is a cell whose content is not known."""

    __slots__ = ("irregular", "looks", "texts")

    def __init__(self, width: int) -> None:
        self.texts: list[str | None] = [None] * width
        self.looks: list[Look] = [PLAIN] * width
        self.irregular = False  # holds characters that terminals may draw wider or narrower than we believe


class Frame:
    """What the terminal shows, as far as this process has drawn it. `ascii` draws nothing else; `links` sends hyperlinks (OSC 8).

    With `erases` the terminal fills what it erases with the background that is set.
    """

    def __init__(self, *, ascii: bool = False, links: bool = True, erases: bool = False) -> None:
        self.ascii, self.links = ascii, links
        self.erases = erases
        self._size = Size(0, 0)
        self._lines: list[Cells] = []

    def forget(self) -> None:
        """Assume nothing of what the terminal shows: the next update sends all it has."""
        self._size = Size(0, 0)

    def update(self, update: LayoutUpdate | ChopsUpdate, size: Size, colors: ColorSystem) -> str:
        """Take an update of the screen in, and return what to send so that a terminal of `size` shows it; "" when it already does."""
        if size != self._size:
            self._size = size
            self._lines = [Cells(size.width) for _ in range(size.height)]
        pen = Pen(size.width, self.erases)
        for y, x, strips in _parts(update) if fits(size) else _too_small(size):
            if 0 <= y < size.height:
                self._draw(pen, y, x, strips, colors)
        return pen.finish()

    def _draw(self, pen: Pen, y: int, x: int, strips: Iterable[Strip], colors: ColorSystem) -> None:
        texts, looks, irregular = _expanded(strips, colors)
        if self.ascii:
            texts, irregular = in_ascii(texts), False
        if not self.links:
            looks = [look if not look.link else look._replace(link="") for look in looks]
        line = self._lines[y]
        width = min(len(texts), self._size.width - x)
        del texts[width:], looks[width:]
        end = x + width
        if line.texts[x:end] == texts and line.looks[x:end] == looks:
            return
        if irregular or line.irregular:
            pen.write(y, x, texts, looks)
        else:
            for start, stop in _runs(line.texts[x:end], line.looks[x:end], texts, looks):
                pen.write(y, x + start, texts[start:stop], looks[start:stop])
        line.texts[x:end], line.looks[x:end] = texts, looks
        line.irregular = irregular or (line.irregular and width < self._size.width)


def fits(size: Size) -> bool:
    """Whether a terminal of `size` has room for the console."""
    return size.width >= SMALLEST.width and size.height >= SMALLEST.height


def _too_small(size: Size) -> Iterator[tuple[int, int, list[Strip]]]:
    """What stands on a terminal that is too small: the longest of the sentences that it has room for."""
    least, has = f"{SMALLEST.width}x{SMALLEST.height}", f"{size.width}x{size.height}"
    sentences = (f"The console needs {least}; this is {has}.", f"needs {least}, has {has}", f"needs {least}", least, "")
    said = next(each for each in sentences if len(each) <= size.width)
    for y in range(size.height):
        yield y, 0, [Strip([Segment((said if y == 0 else "").ljust(size.width))])]


class Pen:
    """Writes cells in order, remembering where it is and how it looks, as a terminal does.

    A blank is written in whatever look is set as long as that has its background: nothing else of a look shows on it.
    """

    def __init__(self, width: int, erases: bool) -> None:
        self._width = width
        self._erases = erases
        self._out: list[str] = []
        self._look = PLAIN
        self._at = (-1, -1)

    def write(self, y: int, x: int, texts: list[str], looks: list[Look]) -> None:
        """Write cells side by side from column `x` of line `y`, both from 0."""
        start = 0
        if self._erases and len(texts) > _ERASE_END_OVER:
            for first, stop in _blanks(texts, looks):
                ends_line, ends_write = x + stop == self._width, stop == len(texts)
                if stop - first > (_ERASE_END_OVER if ends_line else _ERASE_LAST_OVER if ends_write else _ERASE_OVER):
                    self._write(y, x + start, texts[start:first], looks[start:first])
                    self._go(y, x + first)
                    self._wear(" ", looks[first])
                    self._out.append("\x1b[K" if ends_line else f"\x1b[{stop - first}X")
                    start = stop
        self._write(y, x + start, texts[start:], looks[start:])

    def _write(self, y: int, x: int, texts: list[str], looks: list[Look]) -> None:
        if not texts:
            return
        self._go(y, x)
        for text, look in zip(texts, looks, strict=True):
            if look is not self._look and look != self._look:
                self._wear(text, look)
            self._out.append(text)
        self._at = (y, x + len(texts))

    def _go(self, y: int, x: int) -> None:
        line, column = self._at
        if (line, column) == (y, x):
            return
        if line == y and x > column:
            self._out.append(f"\x1b[{x - column}C")
        else:
            self._out.append("\x1b[E" if x == 0 and y == line + 1 > 0 else f"\x1b[{y + 1};{x + 1}H")
        self._at = (y, x)

    def _wear(self, text: str, look: Look) -> None:
        """Look as the next cell is to look, as far as that can be seen on `text`."""
        if text == " " and _unseen(look) and _unseen(self._look):
            look = self._look._replace(background=look.background)
        self._out.append(_transition(self._look, look))
        self._look = look

    def finish(self) -> str:
        """Return all that was written, ending in the plain look."""
        if self._look != PLAIN:
            self._out.append(_transition(self._look, PLAIN))
            self._look = PLAIN
        return "".join(self._out)


def _parts(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, list[Strip]]]:
    """Yield (line, column, strips) for what an update draws, cut to the columns that it says changed."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield y, update.region.x, list(strips)
        return
    for y, first, last in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < last and end > first:
                start = max(x, first)
                yield y, start, [strip.crop(start - x, min(end, last) - x)]


def _expanded(strips: Iterable[Strip], colors: ColorSystem) -> tuple[list[str], list[Look], bool]:
    """Return what stands in each cell of `strips`, how it looks, and whether any of it may be drawn in another width."""
    texts: list[str] = []
    looks: list[Look] = []
    irregular = False
    for strip in strips:
        for segment in strip:
            text = segment.text
            if text.isascii() or _all_single(text):
                cells = list(text)
            else:
                irregular = True
                cells = _in_cells(text, segment.cell_length)
            texts += cells
            looks += [_look(segment.style, colors)] * len(cells)
    return texts, looks, irregular


@lru_cache(maxsize=2048)
def _all_single(text: str) -> bool:
    return all(get_character_cell_size(character) == 1 for character in text)


def _in_cells(text: str, width: int) -> list[str]:
    """Spread text over `width` cells: a wide character takes one and leaves the next empty, a mark joins the one before it."""
    cells: list[str] = []
    for character in text:
        size = get_character_cell_size(character)
        if size == 0 and cells:
            cells[-1 if cells[-1] else -2] += character
        else:
            cells += [character] + [""] * (size - 1)
    if len(cells) != width:  # a sequence that is narrower than its parts: one piece, wherever it begins
        cells = [text] + [""] * (width - 1) if width else []
    return cells


def _blanks(texts: list[str], looks: list[Look]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of blanks on one background, with nothing to be seen on them."""
    start = -1
    for index, (text, look) in enumerate(zip(texts, looks, strict=True)):
        if start >= 0 and (text != " " or look is not looks[start]):
            if text == " " and look.background == looks[start].background and _unseen(look):
                continue
            yield start, index
            start = -1
        if start < 0 and text == " " and _unseen(look):
            start = index
    if start >= 0:
        yield start, len(texts)


@lru_cache(maxsize=4096)
def _unseen(look: Look) -> bool:
    """Whether a blank in this look shows its background only."""
    return not look.link and _UNSEEN_ON_BLANK.issuperset(look.attributes)


def _runs(old_texts: list[str | None], old_looks: list[Look], texts: list[str], looks: list[Look]) -> Iterator[tuple[int, int]]:
    """Yield the stretches that differ, joined where a short gap of the same look parts them."""
    start = end = -1
    for index, (was, now, look_was, look_now) in enumerate(zip(old_texts, texts, old_looks, looks, strict=True)):
        if was == now and _looks_same(now, look_now, look_was):
            continue
        if start < 0:
            start = index
        elif index - end >= _JUMP or not all(_looks_same(texts[at], looks[at], looks[end - 1]) for at in range(end, index)):
            yield start, end
            start = index
        end = index + 1
    if start >= 0:
        yield start, end


def _looks_same(text: str, look: Look, worn: Look) -> bool:
    """Whether a cell looks the same in the look `worn`."""
    if look is worn or look == worn:
        return True
    return text == " " and look.background == worn.background and _unseen(look) and _unseen(worn)


@lru_cache(maxsize=4096)
def _look(style: Style | None, colors: ColorSystem) -> Look:
    if style is None:
        return PLAIN
    attributes = tuple(code for name, code in _ATTRIBUTES if getattr(style, name))
    foreground = ";".join(style.color.downgrade(colors).get_ansi_codes()) if style.color else ""
    background = ";".join(style.bgcolor.downgrade(colors).get_ansi_codes(foreground=False)) if style.bgcolor else ""
    link = style.link or ""
    if not (link.isascii() and link.isprintable()):  # it would be sent as it is, inside a control sequence
        link = ""
    return Look(attributes, "" if foreground == "39" else foreground, "" if background == "49" else background, link)


_ATTRIBUTES = (
    *(("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"), ("blink2", "6"), ("reverse", "7")),
    *(("conceal", "8"), ("strike", "9"), ("underline2", "21"), ("overline", "53")),
)


@lru_cache(maxsize=4096)
def _transition(old: Look, new: Look) -> str:
    """Return the shortest sequence that makes a terminal that looks `old` look `new`."""
    link = "" if old.link == new.link else f"\x1b]8;;{new.link}\x1b\\"
    if new[:3] == PLAIN[:3]:
        return link + ("\x1b[0m" if old[:3] != PLAIN[:3] else "")
    off = list(dict.fromkeys(_TURN_OFF[code] for code in old.attributes if code not in new.attributes))
    on = [code for code in new.attributes if code not in old.attributes or _TURN_OFF[code] in off]
    codes = off + on
    if old.foreground != new.foreground:
        codes.append(new.foreground or "39")
    if old.background != new.background:
        codes.append(new.background or "49")
    return link + (f"\x1b[{';'.join(codes)}m" if codes else "")


class _Drawn(CompositorUpdate):
    """An update that has been worked out already."""

    def __init__(self, sequence: str) -> None:
        self._sequence = sequence

    def render_segments(self, console: Console) -> str:
        return self._sequence


def erases_in_colour(environ: Mapping[str, str]) -> bool:
    """Whether the terminal fills what it erases with the background that is set; no where that is not known.

    terminfo tells it (bce), but for tmux, whose entry lacks it: tmux does so whatever it runs in, at the latest since the version (3.2)
    that tells its name in TERM_PROGRAM. To be asked once: curses keeps to the first terminal that a process names.
    """
    term = environ.get("TERM", "")
    if term.startswith("tmux") and environ.get("TERM_PROGRAM") == "tmux":
        return True
    try:
        import curses
    except ImportError:  # a Python that was built without it
        return False
    try:
        with open(os.devnull, "wb") as nowhere:
            curses.setupterm(term, nowhere.fileno())
    except curses.error:
        return False
    return curses.tigetflag("bce") > 0


class FrugalApp(App[Any]):
    """An `App` that sends only what differs from what the terminal shows. Mix in before or derive from it; nothing else is needed."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._frame = Frame(erases=erases_in_colour(os.environ))
        self._cursor_sent: tuple[int, int] | None = None
        #: Whether another program has the terminal: nothing is drawn on it then.
        self.lent = False

    @contextmanager
    def lending_terminal(self) -> Iterator[None]:
        """Let another program have the terminal; the app goes on, unseen, and draws everything anew afterwards."""
        driver = self._driver
        with self.suspend() if driver is not None and driver.can_suspend else nullcontext():
            self.lent = True
            try:
                yield
            finally:
                self.lent = False

    def redraw_terminal(self) -> None:
        """Send the whole screen again, for a terminal that something else has written to."""
        self._frame.forget()
        self.screen.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """A terminal that changed its size may show anything."""
        self._frame.forget()

    async def on_event(self, event: events.Event) -> None:
        """On a terminal that shows nothing no key may do anything, but for those that work everywhere, such as quit."""
        if isinstance(event, events.Key) and not event.is_forwarded and not fits(self.size):
            await self._check_bindings(event.key, priority=True)
        else:
            await super().on_event(event)

    def _resume_signal(self) -> None:
        self._frame.forget()
        super()._resume_signal()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self.lent:
            return
        shown = self._running and not self._closed and not self._batch_count and not self.is_headless and self._driver is not None
        if renderable is None or not shown:
            super()._display(screen, renderable)
        elif isinstance(renderable, LayoutUpdate | ChopsUpdate):
            sequence = self._frame.update(renderable, self.size, self.console._color_system or ColorSystem.TRUECOLOR)
            cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
            if not sequence and cursor == self._cursor_sent:
                super()._display(screen, None)
            else:
                self._cursor_sent = cursor
                super()._display(screen, cast(Any, _Drawn(sequence)))
        else:
            self._frame.forget()
            super()._display(screen, renderable)
