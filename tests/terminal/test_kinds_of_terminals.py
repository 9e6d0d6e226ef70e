"""The console on terminals that show less than xterm does: no UTF-8, few colours or none, over SSH, or hardly any room."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from screens.stand_ins import in_ascii
from tests.conftest import Emulator
from tests.terminal.conftest import COMMAND, WHOLE, Home
from tests.terminal.pty import Terminal

SETTLED = re.compile(r"^.nb-grace .* 9d ", re.MULTILINE)
#: Parameters of SGR sequences.
SGR = re.compile(rb"\x1b\[([0-9;]*)m")
STOP_DIALOG = "Stop instance nb-grace"

Start = Callable[..., Terminal]


@pytest.fixture
def start(home: Home, ready_file: Path) -> Iterator[Start]:
    """Open the console on the emulator; variables are the keywords."""
    with ExitStack() as stack:

        def opened(*flags: str, columns: int = 80, rows: int = 24, **environ: str) -> Terminal:
            command = [*COMMAND, "--cloud-file", str(ready_file), *flags]
            return stack.enter_context(Terminal(command, columns, rows, env={**home.environment(), **environ}, cwd=home.folder))

        yield opened


def colours(output: bytes) -> set[str]:
    """The kinds of colour that were asked for: "16", "256", "16 million"."""
    found = set()
    for parameters in SGR.findall(output):
        codes = parameters.decode().split(";")
        for at, code in enumerate(codes):
            if code in {"38", "48"}:
                found.add("256" if codes[at + 1] == "5" else "16 million")
                break
            if code.isdecimal() and (30 <= int(code) <= 37 or 40 <= int(code) <= 47 or 90 <= int(code) <= 107):
                found.add("16")
    return found


def walk(terminal: Terminal) -> list[str]:
    """Through every kind of page; the screens that were seen."""
    seen = [terminal.settled(WHOLE)]
    terminal.type("/nb-grace\r")
    terminal.settled("/nb-grace")
    for keys, shows, back in (
        ("d", "describe", "\x1b"),
        ("?", "the table", "\x1b"),
        ("S", STOP_DIALOG, "\x1b"),
        (":", ":", "\x1b"),
        ("o", "portal", "\x1b"),
    ):
        terminal.type(keys)
        seen.append(terminal.settled(shows))
        terminal.type(back)
        terminal.settled(SETTLED)
    return seen


@pytest.mark.long
def test_nothing_but_ascii_where_the_locale_is_not_utf_8(start: Start, home: Home) -> None:
    drawn = walk(start(LC_ALL="C.UTF-8"))
    plain = start(LC_ALL="C")
    seen = walk(plain)
    assert plain.output.isascii()
    assert any(not screen.isascii() for screen in drawn)
    # Character for character: no column has moved.
    for rich, poor in zip(drawn, seen, strict=True):
        assert "\n".join("".join(in_ascii(list(line))) for line in rich.split("\n")) == poor
    assert "Traceback" not in home.log.read_text("utf-8")


def test_a_hostile_name_is_ascii_too(start: Start, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "/computes$", "kind": "hostile-text"}])
    terminal = start("--ascii")
    terminal.settled("compute[")
    terminal.settled(re.compile(r"cluster"))
    assert terminal.output.isascii()


@pytest.mark.long
@pytest.mark.parametrize(
    ("environ", "kinds"),
    [
        pytest.param({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, {"16 million"}, marks=pytest.mark.long),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, {"256"}),
        pytest.param({"TERM": "tmux-256color", "COLORTERM": ""}, {"256"}, marks=pytest.mark.long),
        ({"TERM": "xterm-16color", "COLORTERM": ""}, {"16"}),
        pytest.param({"TERM": "screen", "COLORTERM": ""}, {"16"}, marks=pytest.mark.long),
        ({"TERM": "linux", "COLORTERM": ""}, {"16"}),
        pytest.param({"TERM": "vt100", "COLORTERM": ""}, {"16"}, marks=pytest.mark.long),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, set()),
    ],
)
def test_no_more_colours_than_the_terminal_has(start: Start, environ: dict[str, str], kinds: set[str]) -> None:
    terminal = start(**environ)
    screen = terminal.settled(SETTLED)
    assert colours(terminal.output) <= kinds | ({"16"} if kinds else set())
    assert kinds <= colours(terminal.output)
    # Without colour a state is told by its word and its glyph, the cursor by its mark.
    glyphs = ">*~x" if environ["TERM"] == "linux" else "▶●◐✕"
    assert re.search(rf"^{glyphs[0]}gpu-train", screen, re.MULTILINE)
    for glyph, state in zip(glyphs[1:], ("Running", "Resizing", "CreateFailed"), strict=True):
        assert f"{glyph} {state}" in screen


@pytest.mark.parametrize("theme", ["ansi-light", *(pytest.param(name, marks=pytest.mark.long) for name in ("ansi-dark", "nord"))])
def test_themes_by_command_and_what_is_none(start: Start, theme: str) -> None:
    terminal = start()
    terminal.settled(SETTLED)
    terminal.type(f":theme {theme[:-1]}\t\r")  # completed
    terminal.settled(SETTLED)
    before = terminal.byte_count
    terminal.type("j")
    terminal.settle()
    assert colours(terminal.output[before:]) <= ({"16 million"} if theme == "nord" else {"16"})
    terminal.type(":theme neon\r")
    assert "there is no theme 'neon'" in terminal.settled("neon'; there are")


@pytest.mark.parametrize(("name", "told"), [("dumb", "TERM=dumb"), ("", "TERM=")])
def test_a_terminal_that_places_nothing_is_refused(start: Start, name: str, told: str) -> None:
    terminal = start(TERM=name)
    assert terminal.wait_exit() == 2
    text = terminal.output.decode()
    assert text.startswith(f"aml-console: {told}: such a terminal") and "\x1b" not in text


@pytest.mark.parametrize(
    ("config", "told"),
    [('theme = "neon"\n', "there is no theme 'neon'"), ('[keys]\ncompute.stop = "d"\n', "list.describe"), ('view = "pods"\n', "pods")],
)
def test_what_only_the_screens_know_is_told_with_its_line(start: Start, home: Home, config: str, told: str) -> None:
    path = home.folder / "config" / "aml-console" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(config, "utf-8")
    terminal = start(columns=300)
    assert terminal.wait_exit() == 2
    last = terminal.output.decode().replace("\r", "").strip().rpartition("\n")[2]
    assert f"aml-console: {path}:{config.count(chr(10))}: " in last and told in last


@pytest.mark.long
def test_over_ssh_a_dialog_sends_nothing_of_what_is_under_it(start: Start) -> None:
    again = []
    for environ in ({}, {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}):
        terminal = start(**environ)
        terminal.settled(SETTLED)
        terminal.type("/nb-grace\r")
        terminal.settled("/nb-grace")
        before = len(terminal.output)
        terminal.press("S")
        terminal.settled(STOP_DIALOG)
        again.append(b"compute[1/18]" in terminal.output[before:])
    assert again == [True, False], "the title, which no dialog covers, is sent again where it is dimmed"


@pytest.mark.long
def test_a_link_is_sent_where_it_is_taken_and_always_written_out(start: Start) -> None:
    for environ, sent in (({"TERM_PROGRAM": ""}, False), ({"TERM_PROGRAM": "WezTerm"}, True)):
        terminal = start(**environ)
        terminal.settled(SETTLED)
        terminal.type("/nb-grace\ro")
        screen = terminal.settled("portal")
        assert (b"\x1b]8;;https://portal.azure.com" in terminal.output) is sent
        assert "https://portal.azure.com/#@/resource/subscriptions/" in screen
        assert "/computes/nb-grace/overview" in screen.replace("\n ", "")


@pytest.mark.parametrize("environ", [{"TERM": "xterm-16color", "COLORTERM": ""}, {"NO_COLOR": "1"}])
def test_a_dialog_in_16_colours_says_what_its_buttons_do(start: Start, home: Home, environ: dict[str, str]) -> None:
    path = home.folder / "config" / "aml-console" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('protected = ["fraud-prod"]\n', "utf-8")
    terminal = start(**environ)
    assert "PROTECTED" in terminal.settled(SETTLED)
    terminal.type("/nb-grace\rS")
    assert re.search(r"Cancel +Stop", terminal.settled(STOP_DIALOG))
    assert b"\x1b[31;41m" not in terminal.output, "red on red"


# Room


@pytest.mark.long
def test_a_terminal_without_room_says_so_and_comes_back(start: Start, home: Home, fresh_emulator: Emulator) -> None:
    terminal = start(columns=20, rows=5)
    terminal.settled("needs 40x8")
    assert terminal.text().strip() == "needs 40x8, has 20x5"
    terminal.type("S\t\rq")  # what nobody can read must not be agreed to
    terminal.settle()
    terminal.resize(80, 24)
    first = terminal.settled(SETTLED)
    assert STOP_DIALOG not in first
    terminal.type("/nb-grace\rS")
    terminal.settled(STOP_DIALOG)
    for columns, rows in ((39, 24), (80, 7), (5, 2), (1, 1)):
        terminal.resize(columns, rows)
        terminal.settle()
        terminal.type("\t\r")
        terminal.settle()
        assert "Cancel" not in terminal.text()
    terminal.resize(40, 8)
    shown = terminal.settled("Cancel")
    assert STOP_DIALOG in shown
    assert not [call for call in fresh_emulator.calls() if call["path"].endswith("/stop")]
    terminal.resize(3, 1)
    terminal.settle()
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert "Traceback" not in home.log.read_text("utf-8")
