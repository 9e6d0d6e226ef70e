"""The terminal: what it can show and how dear a byte is, read off settings and environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Literal

import msgspec

from console.settings import Settings

#: Frames a second over SSH: what changes within a frame is sent once, and a frame is still shorter than a round trip is felt.
SSH_FPS = 15
#: Values of TERM that cannot place a character on the screen.
DUMB = frozenset({"", "dumb", "unknown", "network", "ethernet", "dialup", "emacs"})
#: Values of TERM, and variables, of terminals that say they take hyperlinks (OSC 8).
LINK_TERMS = frozenset({"xterm-kitty", "alacritty", "foot", "foot-extra", "wezterm", "xterm-ghostty", "contour"})
LINK_VARIABLES = ("KITTY_WINDOW_ID", "WT_SESSION", "WEZTERM_PANE", "KONSOLE_VERSION", "GHOSTTY_RESOURCES_DIR")
LINK_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty"})
#: VTE (GNOME Terminal and its kin) takes them from 0.50 on.
FIRST_VTE = 5000

Colours = Literal["16 million", "256", "16", "none"]


class Terminal(msgspec.Struct, frozen=True):
    """`ssh`: over a line where bytes count. `ascii`: nothing else is to be drawn. `links`: OSC 8 is taken. `theme`: None is the usual."""

    name: str
    ssh: bool
    ascii: bool
    links: bool
    colours: Colours
    theme: str | None
    why_ascii: str = ""

    @property
    def dumb(self) -> bool:
        """Whether it cannot place a character on the screen."""
        return self.name in DUMB


def terminal_of(settings: Settings, environ: Mapping[str, str]) -> Terminal:
    """The terminal that this process was started on."""
    name = environ.get("TERM", "")
    colours = _colours(name, environ)
    why = _why_ascii(settings, name, environ)
    # A theme's own colours, made 16, are other colours; and shades of grey are colours too for whoever wants none.
    usual = None if colours in {"16 million", "256"} or "TEXTUAL_THEME" in environ else "ansi-dark"
    return Terminal(
        name=name,
        ssh=settings.ssh == "on" or (settings.ssh == "auto" and bool(environ.get("SSH_CONNECTION"))),
        ascii=bool(why),
        links=_links(name, environ),
        colours=colours,
        theme=settings.theme or usual,
        why_ascii=why,
    )


def prepare(terminal: Terminal, environ: MutableMapping[str, str]) -> None:
    """Tell Textual, which reads these once when it is imported; what the user has set stays."""
    if terminal.ssh:
        for name, value in (("TEXTUAL_FPS", str(SSH_FPS)), ("TEXTUAL_ANIMATIONS", "none"), ("TEXTUAL_SMOOTH_SCROLL", "0")):
            environ.setdefault(name, value)


def _colours(name: str, environ: Mapping[str, str]) -> Colours:
    """As Rich, which draws, tells them from the same variables."""
    if "NO_COLOR" in environ or name in DUMB:
        return "none"
    if environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return "16 million"
    return "256" if name.rpartition("-")[2] in {"256color", "kitty"} else "16"


def _why_ascii(settings: Settings, name: str, environ: Mapping[str, str]) -> str:
    """Why nothing but ASCII is to be drawn; "" where all may be."""
    if settings.ascii is not None:
        return settings.sources.get("ascii", "config.toml") if settings.ascii else ""
    if name == "linux":
        return "the Linux console has no font for more"
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "C"
    if not environ.get("LC_ALL") and locale == "C.UTF-8" and environ.get("LANG", "C") in {"", "C", "POSIX"}:
        locale = "C"  # Python has put C.UTF-8 into LC_CTYPE by itself (PEP 538); of the terminal that says nothing
    return "" if re.search(r"utf-?8", locale, re.IGNORECASE) else f"the locale is {locale}, which is not UTF-8"


def _links(name: str, environ: Mapping[str, str]) -> bool:
    vte = environ.get("VTE_VERSION", "")
    return (
        name in LINK_TERMS
        or any(environ.get(variable) for variable in LINK_VARIABLES)
        or environ.get("TERM_PROGRAM") in LINK_PROGRAMS
        or (vte.isdecimal() and int(vte) >= FIRST_VTE)
    )
