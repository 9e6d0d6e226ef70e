"""Choose: one of a few named things, by cursor or by typing a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from screens.fuzzy import score
from screens.widgets.columns import Column
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import StatusLine
from screens.widgets.typed_line import TypedLine

#: Lines of choices at most; more are scrolled to.
MOST_LINES = 14


class Choice(NamedTuple):
    """A name and what it stands for; `now` marks what is chosen already."""

    name: str
    says: str
    now: bool = False


class Choose(ModalScreen[str]):
    """Answers the name that was chosen, "" when it was left with esc."""

    DEFAULT_CSS = """
    Choose { align: center middle; background: $background 40%; }
    Choose #box { width: 76; max-width: 96%; height: auto; border: round $primary; padding: 0 1; background: $surface; }
    Choose ResourceTable { height: 5; }
    Choose Input { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", id="choose.cancel"),
        Binding("down", "move(1)", "down", show=False, id="choose.down"),
        Binding("up", "move(-1)", "up", show=False, id="choose.up"),
    ]

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self._heading, self._choices = title, tuple(choices)
        widest = min(40, max((len(choice.name) for choice in choices), default=8) + 1)
        columns = (
            Column[Choice]("", 1, lambda choice: "●" if choice.now else "", priority=0),
            Column[Choice]("NAME", widest, lambda choice: choice.name, priority=0),
            Column[Choice]("", 20, lambda choice: choice.says, lambda _: "muted", stretch=True),
        )
        self._table: ResourceTable[Choice] = ResourceTable(columns, lambda choice: choice.name, placeholder="nothing has such a name")
        self._table.can_focus = False
        self._table.styles.height = min(MOST_LINES, len(choices)) + 1

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield StatusLine([(self._heading, "bold")], [("enter ", "key"), ("chooses ", "muted"), ("esc ", "key"), ("back", "muted")])
            field = TypedLine(placeholder="type a part of its name", compact=True)
            field.cursor_blink = False
            yield field
            yield self._table

    def on_mount(self) -> None:
        self._table.apply(self._choices)
        for choice in self._choices:
            if choice.now:
                self._table.move_to(choice.name)

    def on_input_changed(self, event: Input.Changed) -> None:
        fitting = [(score(event.value, (choice.name, choice.says)), choice) for choice in self._choices]
        kept = [(found, choice) for found, choice in fitting if found is not None]
        self._table.apply([choice for _, choice in sorted(kept, key=lambda each: -each[0])])
        if event.value:
            self._table.action_first()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._table.cursor_key is not None:
            self.dismiss(self._table.cursor_key)

    def action_move(self, by: int) -> None:
        self._table.action_move(by)

    def action_cancel(self) -> None:
        self.dismiss("")
