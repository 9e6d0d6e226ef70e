"""What the frame sends makes a terminal show exactly what Textual drew, whatever it showed before."""

from __future__ import annotations

import random
import subprocess
import sys

import pyte
import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from screens.frame import SMALLEST, Frame
from tests.screens.conftest import Open

SIZE = SMALLEST
WIDTH, HEIGHT = SIZE
LOOKS = """
#e0e0e0 on #121212, bold #e0e0e0 on #121212, reverse #e0e0e0 on #121212, #00ff00 on #121212
bold italic underline red on blue, default on default, strike green, on #333333
"""
STYLES = [Style.parse(look) for line in LOOKS.strip().splitlines() for look in line.split(", ")]
TEXTS = ("gpu", "●", " ", " " * 5, " " * 13, "—x—", "日本", "e\u0301", "aß", "running", "▶", "0")


class Screen:
    """A terminal, as pyte draws it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(7, private=True)  # as Textual does: no wrapping
        self.stream = pyte.Stream(self.screen)

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Every cell with all that can be seen of it, as far as pyte knows: of a blank with nothing on it, its background."""
        return [[self._seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]

    @staticmethod
    def _seen(cell: pyte.screens.Char) -> tuple[object, ...]:
        bare = cell.data == " " and not (cell.underscore or cell.strikethrough or cell.reverse or cell.blink)
        return (" ", cell.bg) if bare else tuple(cell)


def random_strip(chance: random.Random, width: int) -> Strip:
    """A strip of exactly `width` cells in random pieces."""
    segments: list[Segment] = []
    while sum(segment.cell_length for segment in segments) < width:
        segments.append(Segment(chance.choice(TEXTS), chance.choice(STYLES)))
    return Strip(segments).adjust_cell_length(width, STYLES[0])


def whole(lines: list[Strip]) -> LayoutUpdate:
    """An update of the whole screen."""
    return LayoutUpdate([[line] for line in lines], Region(0, 0, WIDTH, HEIGHT))


def random_change(chance: random.Random, lines: list[Strip]) -> ChopsUpdate:
    """Change random spans of some `lines` in place, and return the update that Textual would make of it."""
    cut = WIDTH // 2
    spans: list[tuple[int, int, int]] = []
    chops: list[dict[int, Strip | None]] = [{0: None, cut: None} for _ in range(HEIGHT)]
    for y in sorted(chance.sample(range(HEIGHT), chance.randrange(1, HEIGHT))):
        first = chance.randrange(WIDTH - 1)
        last = chance.randrange(first + 1, WIDTH + 1)
        before, fresh = lines[y], random_strip(chance, WIDTH)
        if "日" in before.text + fresh.text:  # cutting one in two changes cells outside of the span
            first, last = 0, WIDTH
        mixed = Strip.join([before.crop(0, first), fresh.crop(first, last), before.crop(last, WIDTH)])
        chops[y] = {0: mixed.crop(0, cut), cut: mixed.crop(cut, WIDTH)}
        lines[y] = Strip.join(chops[y].values())
        spans.append((y, first, last))
    return ChopsUpdate(chops, spans, [[cut, WIDTH]] * HEIGHT)


@pytest.mark.parametrize("erases", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_terminal_shows_what_was_drawn(seed: int, erases: bool) -> None:
    chance = random.Random(seed)
    frame, shown = Frame(erases=erases), Screen()
    lines = [random_strip(chance, WIDTH) for _ in range(HEIGHT)]
    for step in range(12):
        update: LayoutUpdate | ChopsUpdate
        if step == 0 or chance.random() < 0.3:
            lines = [random_strip(chance, WIDTH) if chance.random() < 0.5 else line for line in lines]
            update = whole(lines)
        else:
            update = random_change(chance, lines)
        shown.stream.feed(frame.update(update, SIZE, ColorSystem.TRUECOLOR))
    expected = Screen()
    expected.stream.feed(Frame(erases=erases).update(whole(lines), SIZE, ColorSystem.TRUECOLOR))
    plain = Screen()
    for y, line in enumerate(lines):
        plain.stream.feed(f"\x1b[{y + 1};1H")
        for text, style, _ in line:
            plain.stream.feed(Strip.render_style(style or Style(), text, ColorSystem.TRUECOLOR))
    assert expected.cells() == plain.cells()
    assert shown.cells() == plain.cells()


def test_sends_nothing_when_nothing_changed() -> None:
    frame, chance = Frame(), random.Random(1)
    lines = [random_strip(chance, WIDTH) for _ in range(HEIGHT)]
    assert frame.update(whole(lines), SIZE, ColorSystem.TRUECOLOR)
    assert frame.update(whole([Strip(list(line)) for line in lines]), SIZE, ColorSystem.TRUECOLOR) == ""


def test_sends_only_the_changed_cell() -> None:
    frame = Frame()
    plain = [Strip([Segment("a" * WIDTH, Style())]) for _ in range(HEIGHT)]
    frame.update(whole(plain), SIZE, ColorSystem.TRUECOLOR)
    changed = [*plain[:2], Strip([Segment("a" * 20 + "b" + "a" * (WIDTH - 21), Style())]), *plain[3:]]
    assert frame.update(whole(changed), SIZE, ColorSystem.TRUECOLOR) == "\x1b[3;21Hb"


def test_sends_all_again_after_forgetting_or_another_size() -> None:
    frame = Frame()
    lines = [Strip([Segment("a" * WIDTH, Style())]) for _ in range(HEIGHT)]
    first = frame.update(whole(lines), SIZE, ColorSystem.TRUECOLOR)
    frame.forget()
    assert frame.update(whole(lines), SIZE, ColorSystem.TRUECOLOR) == first
    frame.update(whole(lines), Size(WIDTH, HEIGHT + 1), ColorSystem.TRUECOLOR)
    assert frame.update(whole(lines), SIZE, ColorSystem.TRUECOLOR) == first


def test_an_update_beyond_the_terminal_is_cut() -> None:
    frame = Frame()
    wider = [Strip([Segment("a" * (WIDTH + 5), Style())]) for _ in range(HEIGHT + 2)]
    sent = frame.update(whole(wider), SIZE, ColorSystem.TRUECOLOR)
    assert sent.count("a") == WIDTH * HEIGHT


def line_of(*pieces: tuple[str, str]) -> list[Strip]:
    """A screen whose first line is made of (text, look), the rest blank."""
    first = Strip([Segment(text, Style.parse(look)) for text, look in pieces]).adjust_cell_length(WIDTH, Style())
    return [first] + [Strip.blank(WIDTH, Style())] * (HEIGHT - 1)


def test_a_look_that_changes_under_the_same_text_is_sent() -> None:
    frame = Frame()
    frame.update(whole(line_of(("running", "green"))), SIZE, ColorSystem.TRUECOLOR)
    assert frame.update(whole(line_of(("run", "green"), ("ning", "red"))), SIZE, ColorSystem.TRUECOLOR) == "\x1b[1;4H\x1b[31mning\x1b[0m"


def test_what_turns_one_attribute_off_turns_its_twin_on_again() -> None:
    sent = Frame().update(whole(line_of(("a", "bold dim"), ("b", "dim"), ("c", "bold dim"))), SIZE, ColorSystem.TRUECOLOR)
    assert "\x1b[1;2ma\x1b[22;2mb\x1b[1mc " in sent


def test_a_line_that_terminals_may_draw_in_another_width_is_sent_whole() -> None:
    frame = Frame()
    frame.update(whole(line_of(("名前 abc", ""))), SIZE, ColorSystem.TRUECOLOR)
    assert frame.update(whole(line_of(("名前 abd", ""))), SIZE, ColorSystem.TRUECOLOR) == "\x1b[1;1H名前 abd" + " " * (WIDTH - 8)
    assert "abcde" in frame.update(whole(line_of(("abcde", ""))), SIZE, ColorSystem.TRUECOLOR)


BLUE = "on #000080"


def test_blanks_are_erased_where_that_is_shorter() -> None:
    pieces = (("a", f"red {BLUE}"), (" " * 12, BLUE), ("b", f"red {BLUE}"), (" " * (WIDTH - 14), BLUE))
    sent = Frame(erases=True).update(whole(line_of(*pieces)), SIZE, ColorSystem.TRUECOLOR)
    assert sent.startswith("\x1b[1;1H\x1b[31;48;2;0;0;128ma\x1b[12X\x1b[12Cb\x1b[K\x1b[E\x1b[49m\x1b[K\x1b[E\x1b[K")
    assert " " not in sent


def test_blanks_are_written_where_erasing_is_longer_or_loses_the_background() -> None:
    pieces = (("a", BLUE), (" " * 10, BLUE), ("b", BLUE), (" " * (WIDTH - 12), BLUE))
    assert "a" + " " * 10 + "b\x1b[K" in Frame(erases=True).update(whole(line_of(*pieces)), SIZE, ColorSystem.TRUECOLOR)
    assert "a" + " " * 10 + "b" + " " * (WIDTH - 12) in Frame().update(whole(line_of(*pieces)), SIZE, ColorSystem.TRUECOLOR)


@pytest.mark.parametrize("look", ["reverse", "underline", "strike", "overline", "link https://ml.azure.com"])
def test_blanks_with_something_to_be_seen_on_them_are_written(look: str) -> None:
    sent = Frame(erases=True).update(whole(line_of((" " * WIDTH, look))), SIZE, ColorSystem.TRUECOLOR)
    assert " " * WIDTH in sent


def test_a_blank_whose_look_changes_unseen_is_not_sent() -> None:
    frame = Frame()
    frame.update(whole(line_of(("a" + " " * 9 + "b", "bold red"))), SIZE, ColorSystem.TRUECOLOR)
    sent = frame.update(whole(line_of(("a" + " " * 9 + "b", "green"))), SIZE, ColorSystem.TRUECOLOR)
    assert sent == "\x1b[1;1H\x1b[32ma\x1b[9Cb\x1b[0m"


def test_a_blank_needs_no_look_of_its_own() -> None:
    sent = Frame().update(whole(line_of(("a", "bold red"), ("  ", "default"), ("b", "bold red"))), SIZE, ColorSystem.TRUECOLOR)
    assert "\x1b[1;31ma  b" in sent


@pytest.mark.parametrize(
    ("environ", "erases"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, True),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "tmux"}, False),
        ({"TERM": "vt100"}, False),
        ({"TERM": "no-such-terminal"}, False),
        ({}, False),
    ],
)
def test_knows_who_erases_in_colour(environ: dict[str, str], erases: bool) -> None:
    # curses keeps to the first terminal that a process names.
    program = f"from screens.frame import erases_in_colour; print(erases_in_colour({environ!r}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(erases)


def test_links_open_and_close() -> None:
    frame = Frame()
    sent = frame.update(whole(line_of(("studio", "link https://ml.azure.com"), (" x", ""))), SIZE, ColorSystem.TRUECOLOR)
    assert "\x1b]8;;https://ml.azure.com\x1b\\studio\x1b]8;;\x1b\\ x" in sent


def test_a_link_that_could_end_its_own_sequence_is_dropped() -> None:
    style = Style(link="https://x/\x1b\\\x1b]0;owned\x07")
    sent = Frame().update(whole([Strip([Segment("x" * WIDTH, style)])] * HEIGHT), SIZE, ColorSystem.TRUECOLOR)
    assert "owned" not in sent and "\x1b]" not in sent


async def test_news_that_the_last_line_cuts_are_read_whole(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        long = f"{'a very long story ' * 8}with an end"
        console.app.flash("refreshing")
        console.app.flash(long, "ok")
        console.app.flash("something else", "warn")
        console.app.flash("progress")
        await console.settled()
        await console.press("L")
        facts = [(fact.text, fact.look) for fact in console.reader.facts]
        assert facts[0] == ("Nothing went wrong since the start.", "ok")
        assert facts[-3:] == [("progress", "busy"), ("something else", "warn"), (long, "ok")]
        assert "with an end" in " ".join(console.text.split())
