"""The reader: a page of text to scroll through (describe, YAML, the last error, help)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from screens.host import Host
from screens.widgets.facts import Fact, Facts
from screens.widgets.status_line import StatusLine


class Reader(Screen[None]):
    """Shows `facts` under a title; esc or q goes back."""

    DEFAULT_CSS = """
    Reader #title { background: $panel; }
    Reader VerticalScroll { scrollbar-size: 0 0; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "back", "Back", id="reader.back"),
        Binding("j,down", "scroll(1)", "Down", show=False, id="reader.down"),
        Binding("k,up", "scroll(-1)", "Up", show=False, id="reader.up"),
        Binding("pagedown,ctrl+f,space", "scroll(20)", "Page down", show=False, id="reader.page-down"),
        Binding("pageup,ctrl+b", "scroll(-20)", "Page up", show=False, id="reader.page-up"),
        Binding("g", "first", "First", show=False, id="reader.first"),
        Binding("G", "last", "Last", show=False, id="reader.last"),
    ]

    def __init__(self, title: str, facts: Sequence[Fact], label_width: int) -> None:
        super().__init__()
        self.heading, self.facts, self.label_width = title, facts, label_width

    def compose(self) -> ComposeResult:
        back = cast(Host, self.app).key("reader.back", "esc")
        yield StatusLine([(f" {self.heading}", "bold")], [(f"{back} back ", "muted")], id="title")
        with VerticalScroll():
            yield Facts(self.facts, label_width=self.label_width, id="text")

    def action_back(self) -> None:
        self.app.pop_screen()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_first(self) -> None:
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_last(self) -> None:
        self.query_one(VerticalScroll).scroll_end(animate=False)
