"""A picker: a list to choose one of, narrowed by what is typed above it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from screens.widgets.columns import Column
from screens.widgets.facts import Fact, Facts
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part, StatusLine
from screens.widgets.typed_line import TypedLine

T = TypeVar("T")


class Picker(ModalScreen[T | None], Generic[T]):
    """Answers what was chosen, None when it was left with esc. Subclasses say what there is for a text, and what is known of a row."""

    DEFAULT_CSS = """
    Picker { align: center middle; background: $background 40%; }
    Picker #box { width: 110; max-width: 100%; height: 90%; border: round $primary; padding: 0 1; background: $surface; }
    Picker ResourceTable { height: 1fr; }
    Picker Facts { max-height: 6; }
    Picker TypedLine, Picker TypedLine:focus { border: none; height: 1; padding: 0; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "back", id="picker.cancel"),
        Binding("down", "move(1)", "down", show=False, id="picker.down"),
        Binding("up", "move(-1)", "up", show=False, id="picker.up"),
        Binding("pagedown", "move(10)", "a page down", show=False, id="picker.page-down"),
        Binding("pageup", "move(-10)", "a page up", show=False, id="picker.page-up"),
    ]
    title_text: ClassVar[str]
    hint: ClassVar[str]
    nothing: ClassVar[str]

    def __init__(self, text: str = "", at: str = "") -> None:
        """`text` stands in the line already; `at` is the key of the row that the cursor begins on."""
        super().__init__()
        self.text, self._at = text, at
        self.table: ResourceTable[T] = ResourceTable(self.columns(), self.key_of, placeholder=self.nothing)
        self.table.can_focus = False
        self._said = Facts([], label_width=8)
        self._top = StatusLine()

    @abstractmethod
    def columns(self) -> Sequence[Column[T]]:
        raise NotImplementedError

    @abstractmethod
    def key_of(self, row: T) -> str:
        raise NotImplementedError

    @abstractmethod
    def found(self, text: str) -> Sequence[T]:
        """What there is for a text, best first."""
        raise NotImplementedError

    def told(self, row: T) -> Sequence[Fact]:
        """What is known of the row under the cursor."""
        return ()

    def news(self) -> Part:
        """What is to be said beside the title."""
        return ("", "")

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield self._top
            line = TypedLine(self.text, placeholder=self.hint, compact=True, id="text", select_on_focus=False)
            line.cursor_blink = False
            yield line
            yield self.table
            yield self._said

    def on_mount(self) -> None:
        self.look_again()
        if self._at:
            self.table.move_to(self._at)
            self._tell()

    def look_again(self) -> None:
        """Show what there is now; the cursor stays on its row while that is there."""
        self.table.apply(list(self.found(self.text)))
        self._tell()

    def on_input_changed(self, event: TypedLine.Changed) -> None:
        self.text = event.value
        self.look_again()
        self.table.action_first()
        self._tell()

    def on_input_submitted(self, event: TypedLine.Submitted) -> None:
        if self.table.cursor_row is not None:
            self.dismiss(self.table.cursor_row)

    def action_move(self, by: int) -> None:
        self.table.action_move(by)
        self._tell()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _tell(self) -> None:
        self._top.show([(self.title_text, "bold"), self.news()], [("enter ", "key"), ("takes it", "muted")])
        row = self.table.cursor_row
        self._said.show([] if row is None else list(self.told(row)))
