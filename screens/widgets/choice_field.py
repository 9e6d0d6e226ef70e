"""A choice between a few words on one line: left, right and space change it, enter goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.text import safe
from screens.widgets.status_line import LOOKS


class ChoiceField(Widget, can_focus=True):
    """Shows its options, the chosen one in brackets; posts `Changed` when another is chosen, `Submitted` on enter."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    ChoiceField { height: 1; }
    ChoiceField:focus { background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "the option before", show=False, id="choice.previous"),
        Binding("right,space", "step(1)", "the next option", show=False, id="choice.next"),
        Binding("enter", "submit", "on to what follows", show=False, id="choice.submit"),
    ]

    class Changed(Message):
        """Another option was chosen."""

        def __init__(self, field: ChoiceField) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> ChoiceField:
            return self.field

    class Submitted(Message):
        """Whoever chooses is done with it."""

        def __init__(self, field: ChoiceField) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> ChoiceField:
            return self.field

    def __init__(self, options: Sequence[str], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = tuple(options)
        self._value = value if value in self.options else self.options[0]

    @property
    def value(self) -> str:
        """The chosen option."""
        return self._value

    @value.setter
    def value(self, option: str) -> None:
        if option in self.options and option != self._value:
            self._value = option
            self.refresh()
            self.post_message(self.Changed(self))

    def action_step(self, by: int) -> None:
        self.value = self.options[(self.options.index(self._value) + by) % len(self.options)]

    def action_submit(self) -> None:
        self.post_message(self.Submitted(self))

    def render(self) -> RenderResult:
        chosen = LOOKS["key" if self.has_focus else "bold"]
        parts = [
            (f"[{safe(option)}]", chosen) if option == self._value else (f" {safe(option)} ", LOOKS["muted"]) for option in self.options
        ]
        return Content.assemble(*parts)
