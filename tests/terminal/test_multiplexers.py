"""Inside tmux and GNU screen, as they come from the distribution: what is drawn, and what reaches the clipboard of the terminal around."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.terminal.conftest import COMMAND, WHOLE, Home, wait_until
from tests.terminal.pty import Terminal

OSC52 = re.compile(rb"\x1b\]52;[cps]*;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)")

pytestmark = pytest.mark.long


def needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def clipboard(terminal: Terminal) -> list[str]:
    """What the terminal around was given for its clipboard."""
    return [base64.b64decode(found).decode() for found in OSC52.findall(terminal.output)]


@contextmanager
def tmux(home: Home, ready_file: Path, *options: str, name: str = "xterm-256color") -> Iterator[Terminal]:
    """The console in a tmux of its own, 80x24 for the console; `options` are commands of its config."""
    program = needs("tmux")
    config = home.folder / "tmux.conf"
    config.write_text("\n".join(("set -g status off", *options)) + "\n", "utf-8")
    socket = home.folder / "tmux.sock"
    environ = {**home.environment(), "TERM": name, "TMUX": "", "STY": ""}
    command = [program, "-u", "-S", str(socket), "-f", str(config), "new-session", *COMMAND, "--cloud-file", str(ready_file)]
    try:
        with Terminal(command, 80, 24, env=environ, cwd=home.folder) as terminal:
            yield terminal
    finally:
        subprocess.run([program, "-S", str(socket), "kill-server"], capture_output=True, check=False)


@contextmanager
def gnu_screen(home: Home, ready_file: Path) -> Iterator[Terminal]:
    program = needs("screen")
    config, sockets = home.folder / "screenrc", home.folder / "screens"
    config.write_text("startup_message off\n", "utf-8")
    sockets.mkdir(mode=0o700)
    environ = {**home.environment(), "SCREENDIR": str(sockets), "TMUX": "", "STY": ""}
    command = [program, "-U", "-c", str(config), "-S", "aml", *COMMAND, "--cloud-file", str(ready_file)]
    try:
        with Terminal(command, 80, 24, env=environ, cwd=home.folder) as terminal:
            yield terminal
    finally:
        subprocess.run(
            [program, "-S", "aml", "-X", "quit"], env={**os.environ, "SCREENDIR": str(sockets)}, capture_output=True, check=False
        )


def copy_a_name(terminal: Terminal, says: str) -> None:
    terminal.settled(WHOLE)
    terminal.type("/nb-grace\r")
    terminal.settled("/nb-grace")
    terminal.press("c")
    terminal.wait_for(says)
    terminal.settle()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "in tmux's buffer"),
        (("set -s set-clipboard on",), "sent to tmux"),
        (("set -s set-clipboard off", "set -g allow-passthrough on"), "sent through tmux"),
    ],
)
def test_tmux_hands_on_what_is_copied(home: Home, ready_file: Path, options: tuple[str, ...], says: str) -> None:
    with tmux(home, ready_file, *options) as terminal:
        copy_a_name(terminal, says)
        wait_until(lambda: clipboard(terminal) == ["nb-grace"], f"the clipboard has {clipboard(terminal)}")


def test_tmux_keeps_what_it_hands_on_in_its_buffer(home: Home, ready_file: Path) -> None:
    with tmux(home, ready_file, "set -s set-clipboard off") as terminal:
        copy_a_name(terminal, "in tmux's buffer")
        shown = subprocess.run(["tmux", "-S", str(home.folder / "tmux.sock"), "show-buffer"], capture_output=True, text=True, check=True)
        assert shown.stdout == "nb-grace"


def test_screen_hands_on_what_is_copied(home: Home, ready_file: Path) -> None:
    with gnu_screen(home, ready_file) as terminal:
        copy_a_name(terminal, "sent through screen")
        wait_until(lambda: clipboard(terminal) == ["nb-grace"], f"the clipboard has {clipboard(terminal)}")


@pytest.mark.parametrize("around", ["tmux of 256 colours", "tmux of 16 million", "screen"])
def test_the_same_is_drawn_inside(home: Home, ready_file: Path, around: str) -> None:
    """Character for character what the terminal alone shows; after a walk there is no trace of what was there before."""
    with ExitStack() as stack:
        alone = stack.enter_context(Terminal([*COMMAND, "--cloud-file", str(ready_file)], 80, 24, env=home.environment(), cwd=home.folder))
        expected = alone.settled(WHOLE)
        if around == "screen":
            inside = stack.enter_context(gnu_screen(home, ready_file))
        else:
            options = ('set -g default-terminal "tmux-256color"', *(('set -ag terminal-overrides ",*:Tc"',) if "million" in around else ()))
            inside = stack.enter_context(tmux(home, ready_file, *options))
        assert inside.settled(WHOLE) == expected
        inside.type("jjjd")
        inside.settled("describe")
        inside.press("escape")
        inside.settled(WHOLE)
        inside.type("kkk?")
        inside.settled("the table")
        inside.press("escape")
        inside.settled(WHOLE)
        inside.press("g")
        inside.settle()
        assert inside.text() == expected
