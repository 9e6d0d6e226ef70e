"""The command line: what is typed after `:`."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class CommandLine(ModalScreen[str]):
    """Answers what was typed, "" when it was left with esc."""

    DEFAULT_CSS = """
    CommandLine { background: transparent; align: left bottom; }
    CommandLine Input, CommandLine Input:focus { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def compose(self) -> ComposeResult:
        field = Input(placeholder=":compute  :ops  :write  :readonly  :help  :q")
        field.cursor_blink = False
        yield field

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        self.dismiss("")
