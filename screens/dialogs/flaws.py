"""Flaws: what is wrong with an edited text, line by line, and whether to go on editing it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button

from screens.widgets.facts import Fact, Facts
from screens.widgets.status_line import StatusLine

AGAIN, KEEP, DISCARD = "again", "keep", "discard"
#: Flaws that are written out; the rest are counted.
MOST_WRITTEN = 12


class Flawed(Protocol):
    """One thing that is wrong: the field's path, its line (from 1; 0: none) and why."""

    @property
    def path(self) -> str: ...

    @property
    def line(self) -> int: ...

    @property
    def message(self) -> str: ...


class FlawsFound(ModalScreen[str]):
    """Answers AGAIN, KEEP or DISCARD. The focus is on going on: nothing of that is lost."""

    DEFAULT_CSS = """
    FlawsFound { align: center middle; background: $background 40%; }
    FlawsFound #box { width: 96%; max-width: 100; height: auto; max-height: 100%; border: round $error; padding: 0 1;
        background: $surface; }
    FlawsFound #text { height: auto; max-height: 70vh; scrollbar-size: 0 0; }
    FlawsFound #buttons { height: 1; margin-top: 1; }
    FlawsFound Button { margin-right: 2; min-width: 10; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", f"answer('{AGAIN}')", "edit again", id="flaws.again"),
        Binding("escape,q", f"answer('{KEEP}')", "keep it for later", id="flaws.keep"),
        Binding("left", "app.focus_previous", "the button before", show=False, id="flaws.previous"),
        Binding("right", "app.focus_next", "the button after", show=False, id="flaws.next"),
        Binding("down,j", "scroll(1)", "down", show=False, id="flaws.down"),
        Binding("up,k", "scroll(-1)", "up", show=False, id="flaws.up"),
    ]

    def __init__(self, name: str, flaws: Sequence[Flawed], text: str) -> None:
        super().__init__()
        self._heading, self._flaws, self._text = name, tuple(flaws), text

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield StatusLine([(f"{self._heading} cannot be changed like this; nothing was sent", "bold")])
            with VerticalScroll(id="text", can_focus=False):
                yield Facts(list(self._facts()), label_width=10)
            with Horizontal(id="buttons"):
                yield Button("Edit again", id=AGAIN, variant="primary", compact=True)
                yield Button("Keep for later", id=KEEP, compact=True)
                yield Button("Throw away", id=DISCARD, compact=True)

    def on_mount(self) -> None:
        self.query_one(f"#{AGAIN}").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id or KEEP)

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#text", VerticalScroll).scroll_relative(y=lines, animate=False)

    def _facts(self) -> Iterator[Fact]:
        """Each flaw with the line that it is about, as it was typed."""
        lines = self._text.splitlines()
        for flaw in self._flaws[:MOST_WRITTEN]:
            where = f"line {flaw.line}" if flaw.line else ""
            yield Fact(where, f"{flaw.path}: {flaw.message}" if flaw.path else flaw.message, "bad")
            if 0 < flaw.line <= len(lines) and lines[flaw.line - 1].strip():
                yield Fact(" ", lines[flaw.line - 1].strip(), "muted")
        if len(self._flaws) > MOST_WRITTEN:
            yield Fact("", f"and {len(self._flaws) - MOST_WRITTEN} more", "bad")
