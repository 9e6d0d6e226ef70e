"""The command line: what is typed after `:`, with completion and history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input

from screens.widgets.typed_line import TypedLine


class _Completer(Suggester):
    """Suggests the first of the whole lines that what is typed may become."""

    def __init__(self, complete: Callable[[str], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return next(iter(self._complete(value)), None)


class _Field(TypedLine):
    """A line that takes a paste of several lines as one: a terminal breaks long ids when it copies them."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(" ".join(event.text.split()))


class CommandLine(ModalScreen[str]):
    """Answers what was typed, "" when it was left with esc. `history` is oldest first."""

    DEFAULT_CSS = """
    CommandLine { background: transparent; align: left bottom; }
    CommandLine Input { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="command.cancel"),
        Binding("tab", "complete", "Complete", priority=True, id="command.complete"),
        Binding("up", "history(-1)", "Earlier", priority=True, id="command.earlier"),
        Binding("down", "history(1)", "Later", priority=True, id="command.later"),
    ]

    def __init__(self, complete: Callable[[str], Sequence[str]], history: Sequence[str]) -> None:
        super().__init__()
        self._complete, self._history = complete, list(history)
        self._at = len(self._history)
        self._typed = ""

    def compose(self) -> ComposeResult:
        field = _Field(
            placeholder="a command; tab completes, up and down go through the earlier ones",
            suggester=_Completer(self._complete),
            compact=True,
        )
        field.cursor_blink = False
        yield field

    @property
    def _field(self) -> Input:
        return self.query_one(Input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        self.dismiss("")

    def action_complete(self) -> None:
        found = self._complete(self._field.value)
        if found:
            self._show(found[0])

    def action_history(self, by: int) -> None:
        """Go through the earlier lines; past the last is what was being typed."""
        if self._at == len(self._history):
            self._typed = self._field.value
        self._at = max(0, min(len(self._history), self._at + by))
        self._show(self._history[self._at] if self._at < len(self._history) else self._typed)

    def _show(self, line: str) -> None:
        self._field.value = line
        self._field.cursor_position = len(line)
