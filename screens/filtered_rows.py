"""Filtered rows: a line to type a filter in, narrowings that a key turns on, and the ways out of both."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from console.session import Session
from screens.filters import Filter, Narrowing, narrowed, parse
from screens.ordered_rows import OrderedRows
from screens.widgets.status_line import Part
from screens.widgets.typed_line import TypedLine

T = TypeVar("T")


class FilteredRows(OrderedRows[T]):
    """A screen of rows of which a part can be shown."""

    filter_hint: ClassVar[str] = "filter"

    DEFAULT_CSS = """
    FilteredRows #filter { border: none; height: 1; padding: 0; background: $boost; }
    FilteredRows.-filtering #hints { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", id="list.filter"),
        Binding("escape,q", "leave", "back", show=False, id="list.leave"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._field: Input | None = None
        self._remark: Part = ("", "")
        self.narrowing: Narrowing[T] | None = None

    def parse_filter(self, text: str) -> Filter[T]:
        """What the text of the filter's line means."""
        return parse(text, self.table.columns, self.table.text_of)

    def filter_accepted(self) -> None:
        """Enter was pressed in the filter's line."""
        self._close_filter()

    @property
    def shows_a_part(self) -> bool:
        return bool(self.table.filter_text or self.narrowing)

    def told_of_rows(self) -> list[Part]:
        # The filter behind the marks: of a long one the end may be cut, of what a key would act on nothing.
        told = [(f" {self.narrowing.label}", "warn")] if self.narrowing is not None else []
        told += super().told_of_rows()
        if self.table.filter_text:
            told.append((f" /{self.table.filter_text}", "key"))
        remark, look = self._remark
        return [*told, (f"  {remark}", look)] if remark else told

    def nothing_shown(self) -> str:
        if self.table.filter_text:
            return f"Nothing matches /{self.table.filter_text} (esc clears the filter)"
        return self.narrowing.nothing if self.narrowing is not None and self.table.total_count else ""

    def start_with(self, filter: str, at: str) -> None:
        """Show the list as it was left: filtered, the cursor on a resource."""
        if filter != self.table.filter_text:
            self.set_filter(filter)
        if at:
            self._touched = True
            self.table.move_to(at)

    def action_filter(self) -> None:
        field = self._filter_line()
        field.value = self.table.filter_text
        self.add_class("-filtering")
        field.display = True
        field.focus()

    def _filter_line(self) -> Input:
        """The line to type a filter in, made when it is first wanted: its style sheet is a quarter of all that a first frame reads."""
        if self._field is None:
            self._field = TypedLine(placeholder=self.filter_hint, id="filter", compact=True)
            self._field.cursor_blink = False
            self.mount(self._field)
        return self._field

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter" and self.has_class("-filtering"):
            self.set_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "filter":
            self.filter_accepted()

    def _close_filter(self) -> None:
        self.remove_class("-filtering")
        self._filter_line().display = False
        self.table.focus()

    def set_filter(self, text: str) -> None:
        """Show the rows that a filter's text means; a malformed one shows all and says why."""
        found = self.parse_filter(text)
        self._remark = (found.error, "bad") if found.error else (found.note, "warn")
        self.table.filter(found.text, narrowed(found, self.narrowing, self.table.text_of))
        if self.is_mounted:
            self._update()

    def narrow(self, narrowing: Narrowing[T] | None) -> None:
        """Show a part of the rows alone (None: all of them); the filter goes on."""
        self.narrowing = narrowing
        self.set_filter(self.table.filter_text)

    def show_row(self, key: str) -> str:
        """Put the cursor on a row, out of a filter that hides it; says what was cleared ("" if nothing was)."""
        self._touched = True
        cleared = ""
        if (self.table.filter_text or self.narrowing) and key not in {self.key_of(row) for row in self.table.visible_rows}:
            words = [self.narrowing.label if self.narrowing else "", f"/{self.table.filter_text}" if self.table.filter_text else ""]
            cleared = " ".join(word for word in words if word)
            self.narrowing = None
            self._clear_filter()
        if not self.table.move_to(key) and self._by and key in {self.key_of(row) for row in self.table.visible_rows}:
            self._group(self._by)  # it is in a closed group: this opens all
            self.table.move_to(key)
        return cleared

    def _clear_filter(self) -> None:
        self.set_filter("")

    def action_leave(self) -> None:
        """esc: out of the filter's line, then out of the filter, then back."""
        if self.has_class("-filtering"):
            self._close_filter()
            self._clear_filter()
        elif self.table.filter_text:
            self._clear_filter()
        elif self.narrowing is not None:
            self.narrow(None)
        else:
            self.host.back()
            return
        self._update()
