"""A screen of one kind of resource: a list with all that can be done with its rows, derived from what the kind declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType

from screens.actions import Action, begin
from screens.dialogs.choose import Choice
from screens.filtered_rows import FilteredRows
from screens.link_page import LinkPage
from screens.widgets.facts import Fact

T = TypeVar("T")
#: Rows that a note names; the rest are counted.
MOST_NAMED = 6


class ResourceScreen(FilteredRows[T]):
    """Subclasses name the `kind`, its `columns` and `actions`, and give `feed` and `key_of`; everything else is here and above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "menu", "all actions on the row, with what refuses them", show=False, id="list.actions"),
        Binding("c", "copy_name", "copy the name", show=False, id="list.copy-name"),
        Binding("Y", "copy_id", "copy the ARM id", show=False, id="list.copy-id"),
        Binding("o", "links", "links to studio and portal", show=False, id="list.links"),
        Binding("ctrl+s", "export", "export the rows shown (CSV, JSON)", show=False, id="list.export"),
    ]

    def name_of(self, row: T) -> str:
        """How a sentence names a row."""
        return self.key_of(row).rsplit("/", 1)[-1]

    # Out of the console

    def links(self, row: T) -> list[Fact]:
        """Addresses of pages that show a row."""
        return []

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.key_of(self.table.cursor_row).rsplit("/", 1)[-1])

    def action_copy_id(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.key_of(self.table.cursor_row))

    def action_links(self) -> None:
        row = self.table.cursor_row
        if row is not None and (facts := self.links(row)):
            self.app.push_screen(LinkPage(f"links of {self.key_of(row).rsplit('/', 1)[-1]}", facts))

    def action_export(self) -> None:
        """The rows that the filter leaves, in their order, with every column, also those that the terminal has no room for."""
        columns = self.table.columns
        rows = [[column.text(row) for column in columns] for row in self.table.visible_rows]
        self.host.export(self.kind, [column.name for column in columns], rows)

    # Actions

    def action_act(self, name: str) -> None:
        """Plan the named action for the marked rows, else for the row under the cursor; a refused one says why."""
        action = next(action for action in self.actions if action.name == name)
        chosen = self.table.marked_rows or [row for row in (self.table.cursor_row,) if row is not None]
        fitting = [row for row in chosen if not action.refusal(row)]
        if not fitting:
            if chosen:
                why = action.refusal(chosen[0]) if len(chosen) == 1 else f"it applies to none of the {len(chosen)} marked"
                self.host.flash(f"{action.label}: {why}", "warn")
            return
        refusal = next((refusal for row in fitting if (refusal := self.refusal(action, row))), "")
        begin(action, fitting, refusal, self.session, self.host, notes=self._notes(action, chosen, fitting), agreed=self.table.clear_marks)

    def action_menu(self) -> None:
        """All actions, each with its key; one that is refused says why."""
        row = self.table.cursor_row
        if row is None:
            return
        choices = [Choice(action.label, self._menu_line(action, row)) for action in self.actions]

        def act(label: str | None) -> None:
            action = next((action for action in self.actions if action.label == label), None)
            if action is not None:
                self.action_act(action.name)

        marked = len(self.table.marked_rows)
        self.host.choose(f"actions on {f'{marked} marked' if marked else self._named([row])}", choices, act)

    def _menu_line(self, action: Action[T], row: T) -> str:
        key = self._hint_key(f"{self.kind}.{action.name}", action.key)
        why = "" if self.table.marked_rows else self.refusal(action, row)
        return f"{key}  {f'refused: {why}' if why else ''}".rstrip()

    def _notes(self, action: Action[T], chosen: Sequence[T], fitting: Sequence[T]) -> list[str]:
        """What the dialog must say of marks: those that the filter hides, and those that the action does not apply to."""
        notes = self._hidden(fitting)
        left = [row for row in chosen if row not in fitting]
        if left:
            notes.append(f"{len(left)} of the {len(chosen)} marked {_are(left)} left out: {self._named(left)}; {action.refusal(left[0])}")
        return notes

    def _hidden(self, chosen: Sequence[T]) -> list[str]:
        """Which of the marked rows that something is about to be done with are not in sight."""
        hidden = [row for row in chosen if self.table.marks and not self.table.shows(self.key_of(row))]
        by = "the filter or in a closed group" if self._by else "the filter"
        return [f"{len(hidden)} of the marked {_are(hidden)} hidden by {by}: {self._named(hidden)}"] if hidden else []

    def _named(self, rows: Sequence[T]) -> str:
        """Rows by their names, the first few."""
        names = [self.name_of(row) for row in rows]
        return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")


def _are(rows: Sequence[object]) -> str:
    return "is" if len(rows) == 1 else "are"
