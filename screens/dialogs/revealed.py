"""Revealed: the value of one secret, on screen for half a minute, and gone from it then by itself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.operations.vault_values import SHOWN_S
from console.text import safe
from screens.widgets.status_line import StatusLine

#: More than a vault holds (25,600 bytes), so that nothing is cut.
MOST = 30_000


class Revealed(ModalScreen[None]):
    """Any way out forgets the value. It is drawn as text alone: what would move a cursor or colour a terminal is written out."""

    DEFAULT_CSS = """
    Revealed { align: center middle; background: $background 40%; }
    Revealed #box { width: 96%; max-width: 100; height: auto; max-height: 100%; border: round $warning; padding: 0 1; }
    Revealed #box { background: $surface; }
    Revealed #text { height: auto; max-height: 75vh; margin: 1 0; scrollbar-size: 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "hide", "hide it now", id="revealed.hide"),
        Binding("down,j", "scroll(1)", "down", show=False, id="revealed.down"),
        Binding("up,k", "scroll(-1)", "up", show=False, id="revealed.up"),
    ]

    def __init__(self, name: str, value: str, seconds: float = SHOWN_S) -> None:
        super().__init__()
        self._name, self._value, self._seconds = name, value, seconds

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield StatusLine([(f"{self._name}", "bold")], [("esc", "key"), (f" hides it; it hides itself in {self._seconds:g} s", "muted")])
            with VerticalScroll(id="text", can_focus=False):
                yield Static(Content("\n".join(safe(line, MOST) for line in self._value.split("\n"))), id="value")
            yield StatusLine([(self._told(), "muted")])

    def on_mount(self) -> None:
        self.set_timer(self._seconds, self.action_hide)

    def on_unmount(self) -> None:
        self._value = ""

    def action_hide(self) -> None:
        """Gone from the screen, wherever in the stack it is by now."""
        self._value = ""
        if self.is_attached:
            self.query_one("#value", Static).update("")
            if self.is_current:
                self.dismiss(None)
            else:
                self.app.call_later(self.remove)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#text", VerticalScroll).scroll_relative(y=lines, animate=False)

    def _told(self) -> str:
        lines = self._value.count("\n")
        told = f"{len(self._value.encode('utf-8', 'surrogatepass')):,} bytes"
        return f"{told}, {lines} line break{'s' if lines > 1 else ''}" if lines else told
