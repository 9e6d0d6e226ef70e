"""Ordered rows: a column that orders them, tags or columns that group them, and marks on them; order and groups are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType

from console.session import Session
from console.view_memory import Order
from screens import grouping
from screens.row_screen import RowScreen
from screens.widgets.resource_table import ASCENDING, DESCENDING
from screens.widgets.status_line import Part

T = TypeVar("T")


class OrderedRows(RowScreen[T]):
    """A screen of rows that can be ordered, grouped and marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", show=False, id="list.mark"),
        Binding("v", "mark_range", "mark from the last mark to here", show=False, id="list.mark-range"),
        Binding("ctrl+backslash", "clear_marks", "clear the marks", show=False, key_display="ctrl+\\", id="list.clear-marks"),
        Binding("shift+left", "sort(-1)", "order by the column to the left", show=False, id="list.sort-left"),
        Binding("shift+right", "sort(1)", "order by the column to the right", show=False, id="list.sort-right"),
        Binding("O", "reverse", "turn the order round", show=False, key_display="shift+o", id="list.reverse"),
        Binding("b", "group", "group by tags or columns, or not", show=False, id="list.group"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._by: tuple[str, ...] = ()
        self._sort(*self.default_sort)

    def told_of_rows(self) -> list[Part]:
        table = self.table
        if not table.marks:
            return []
        return [(f" {len(table.marks)} marked{f', {table.hidden_marks} hidden' if table.hidden_marks else ''}", "busy")]

    def told_of_order(self) -> str:
        table, by = self.table, f"by: {', '.join(self._by)}  " if self._by else ""
        return by + (f"sort: {table.sort_column} {DESCENDING if table.sort_reverse else ASCENDING} " if table.sort_column else "")

    def restore_order(self) -> None:
        order = self.host.order(self.kind)
        if order is not None:
            self._sort(order.column, order.reverse)
            self._group(order.by)

    def columns_changed(self) -> None:
        self._group(self._by)

    # Order

    def action_sort(self, by: int) -> None:
        """Order by the next visible column; remembered for this screen."""
        names = [column.name for column in self.table.visible_columns]
        at = names.index(self.table.sort_column) if self.table.sort_column in names else -1
        self._order_by(names[(at + by) % len(names)], self.table.sort_reverse)

    def action_reverse(self) -> None:
        if self.table.sort_column is not None:
            self._order_by(self.table.sort_column, not self.table.sort_reverse)

    def _order_by(self, column: str, reverse: bool) -> None:
        self.table.sort_by(column, reverse)
        self._keep_order()
        self._redraw()

    def _keep_order(self) -> None:
        self.host.keep_order(self.kind, Order(self.table.sort_column or "", self.table.sort_reverse, self._by))

    # Groups

    def action_group(self) -> None:
        """Out of groups; without any, ask by what."""
        if self._by:
            self.group_by(())
            return
        self.session.visible.enumerate()  # their tags

        def chosen(name: str | None) -> None:
            if name:
                self.group_by((name,))

        offered = grouping.choices(self.feed.items, self.table.columns, self.tags_of, self._by)
        self.host.choose(f"group {self.kind} by", offered, chosen)

    def group_by(self, words: Sequence[str]) -> None:
        """Group by tags or columns, two at most; none: not at all. Remembered. Raises TroubleError on a name that means neither."""
        self._group(grouping.named(words, self.feed.items, self.table.columns, self.tags_of))
        self._keep_order()
        self._redraw()

    def _group(self, by: Sequence[str]) -> None:
        self._by = tuple(by)
        if not {column.name for column in self.table.columns}.issuperset(by):
            self.session.visible.enumerate()  # the tags of workspaces
        self.table.group_by(grouping.values(self._by, self.table.columns, self.tags_of) if by else None)

    def action_mark(self) -> None:
        self.table.toggle_mark()
        self.table.action_move(1)
        self._redraw()

    def action_mark_range(self) -> None:
        self.table.mark_range()
        self._redraw()

    def action_clear_marks(self) -> None:
        self.table.clear_marks()
        self._redraw()

    def _sort(self, column: str, reverse: bool) -> None:
        if column and any(each.name == column for each in self.table.columns):
            self.table.sort_by(column, reverse)
