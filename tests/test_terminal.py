"""What the console makes of the terminal that it is started on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.settings import load
from console.terminal import prepare, terminal_of

UTF8 = {"LANG": "C.UTF-8"}


def terminal(tmp_path: Path, environ: dict[str, str], config: str = "", **flags: object) -> Any:
    path = tmp_path / "config.toml"
    path.write_text(config, "utf-8")
    return terminal_of(load({"config": path, **flags}, environ, tmp_path, tmp_path), environ)


@pytest.mark.parametrize(
    ("environ", "colours", "theme"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "16 million", None),
        ({"TERM": "tmux-256color"}, "256", None),
        ({"TERM": "xterm-16color"}, "16", "ansi-dark"),
        ({"TERM": "screen"}, "16", "ansi-dark"),
        ({"TERM": "linux"}, "16", "ansi-dark"),
        ({"TERM": "linux", "TEXTUAL_THEME": "nord"}, "16", None),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none", "ansi-dark"),
        ({"TERM": "dumb"}, "none", "ansi-dark"),
    ],
)
def test_colours_and_the_theme_that_suits_them(tmp_path: Path, environ: dict[str, str], colours: str, theme: str | None) -> None:
    found = terminal(tmp_path, environ)
    assert (found.colours, found.theme) == (colours, theme)
    assert terminal(tmp_path, environ, 'theme = "nord"\n').theme == "nord"


@pytest.mark.parametrize("environ", [{"TERM": name} for name in ("xterm", "screen-256color", "xterm-16color", "linux", "xterm-kitty")])
def test_colours_are_those_that_rich_sees(tmp_path: Path, environ: dict[str, str]) -> None:
    script = "from rich.console import Console; print(Console(force_terminal=True).color_system)"
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert terminal(tmp_path, environ).colours == {"standard": "16", "256": "256"}[done.stdout.strip()]


@pytest.mark.parametrize(
    ("environ", "config", "flags", "ascii"),
    [
        (UTF8, "", {}, False),
        ({"LANG": "de_DE.utf8"}, "", {}, False),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "C"}, "", {}, False),
        ({"LANG": "C"}, "", {}, True),
        ({}, "", {}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "", {}, True),  # what Python makes of LANG=C
        ({"LANG": "en_US.UTF-8", "LC_CTYPE": "C.UTF-8"}, "", {}, False),
        ({"LC_ALL": "de_DE.ISO-8859-1", "LANG": "C.UTF-8"}, "", {}, True),
        ({"TERM": "linux", **UTF8}, "", {}, True),
        ({"TERM": "linux", **UTF8}, "ascii = false\n", {}, False),
        (UTF8, "ascii = true\n", {}, True),
        (UTF8, "ascii = false\n", {"ascii": True}, True),
    ],
)
def test_ascii_where_nothing_else_can_be_drawn(
    tmp_path: Path, environ: dict[str, str], config: str, flags: dict[str, object], ascii: bool
) -> None:
    found = terminal(tmp_path, {"TERM": "xterm", **environ}, config, **flags)
    assert (found.ascii, bool(found.why_ascii)) == (ascii, ascii)


@pytest.mark.parametrize(
    ("environ", "links"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "new"}, False),
        ({"TERM": "linux"}, False),
    ],
)
def test_hyperlinks_only_where_they_are_known_to_be_taken(tmp_path: Path, environ: dict[str, str], links: bool) -> None:
    assert terminal(tmp_path, environ).links is links


OVER_SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


@pytest.mark.parametrize(
    ("environ", "config", "flags", "ssh"),
    [
        (OVER_SSH, "", {}, True),
        ({}, "", {}, False),
        (OVER_SSH, 'ssh = "off"\n', {}, False),
        ({}, 'ssh = "on"\n', {}, True),
        ({}, 'ssh = "off"\n', {"ssh": "on"}, True),
        (OVER_SSH, 'ssh = "off"\n', {"ssh": "auto"}, True),
    ],
)
def test_ssh_is_seen_and_can_be_told(tmp_path: Path, environ: dict[str, str], config: str, flags: dict[str, object], ssh: bool) -> None:
    found = terminal(tmp_path, environ, config, **flags)
    assert found.ssh is ssh
    told = {"TEXTUAL_FPS": "30"}
    prepare(found, told)
    assert told == ({"TEXTUAL_FPS": "30", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"} if ssh else {"TEXTUAL_FPS": "30"})


def test_textual_reads_what_it_is_told() -> None:
    script = "from textual import constants as c; print(c.MAX_FPS, c.TEXTUAL_ANIMATIONS, c.SMOOTH_SCROLL)"
    environ = {"TEXTUAL_FPS": "15", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
    assert (
        subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True).stdout == "15 none False\n"
    )
