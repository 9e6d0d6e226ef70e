"""Cores: asks for a number of cores, and says of each that is typed why it will not do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from screens.widgets.facts import Fact, Facts
from screens.widgets.status_line import StatusLine
from screens.widgets.typed_line import TypedLine


class AskCores(ModalScreen[int | None]):
    """Answers the number, None when it was left. `wrong(number)` says why one is refused ("" where it is not)."""

    DEFAULT_CSS = """
    AskCores { align: center middle; background: $background 40%; }
    AskCores #box { width: 96%; max-width: 90; height: auto; max-height: 100%; border: round $primary; padding: 0 1; background: $surface; }
    AskCores Input, AskCores Input:focus { border: none; height: 1; padding: 0; background: $boost; }
    AskCores #buttons { height: 1; margin-top: 1; }
    AskCores Button { margin-right: 2; min-width: 10; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", id="cores.cancel")]

    def __init__(self, title: str, facts: Sequence[Fact], go: str, start: int | None, wrong: Callable[[int], str]) -> None:
        super().__init__()
        self._heading, self._facts, self._go, self._start, self._wrong = title, tuple(facts), go, start, wrong
        self.said = StatusLine(id="said")

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Facts([Fact("", self._heading, "bold"), *self._facts, Fact("", "")])
            yield StatusLine([("new limit in cores", "muted")])
            yield TypedLine(value="" if self._start is None else str(self._start), id="number", compact=True)
            yield self.said
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(self._go, id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        field = self.query_one(Input)
        field.cursor_blink = False
        field.select_on_focus = False
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        begun = event.value != ("" if self._start is None else str(self._start))
        self.said.show([(self._why(event.value) if begun else "", "bad")])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "go":
            self._answer()
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _why(self, text: str) -> str:
        typed = text.strip()
        if not typed:
            return "a number of cores is needed"
        if not (typed.isascii() and typed.isdecimal()) or len(typed) > 9:
            return f"{typed[:20]} is no number of cores: digits alone"
        return self._wrong(int(typed))

    def _answer(self) -> None:
        field = self.query_one(Input)
        if why := self._why(field.value):
            self.said.show([(why, "bad")])
            field.focus()
        else:
            self.dismiss(int(field.value))
