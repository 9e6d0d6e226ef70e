"""Days of a cost line: what each came to, how it differs from the same weekday a week before, what made the difference, and spikes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.billing.cost_days import CostDay
from console.domain.billing.lines import CostLine, moved_text
from console.domain.findable import Searched
from console.feeds.source import Source
from console.session import Session
from screens import cost_cells as cells
from screens.actions import Action, Drill
from screens.cost_day import CostDayScreen
from screens.cost_pages import day_facts
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column, place
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

#: The cells that the bar of a day has at least, and the name of its column.
LEAST, BAR = 10, " "
#: Marks a spike, told apart without colour.
SPIKE = "▲"


class CostDaysScreen(ResourceScreen[CostDay]):
    """Enter shows what a day is made of; esc goes back to the lines."""

    kind = "days"
    default_sort = ("DAY", True)
    #: A day that is not billed is described.
    drills = (Drill("day", lambda row: bool(row.spent.billed and row.spent.billed.amounts), CostDayScreen, reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("w", "why", "why the day cost that", show=False, id="days.why")]

    def __init__(self, session: Session, line: CostLine) -> None:
        self.line = line
        self._days = session.costs.days(line)
        self._leave: Callable[[], None] | None = None
        #: The table's width, and the cells that it leaves for bars.
        self._laid_for, self._room = 0, LEAST
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[CostDay], ...]:  # type: ignore[override]  # built per screen: the bar needs its width
        return (
            Column("DAY", 10, cells.day_name, sort=lambda row: row.day, priority=0),
            Column("!", 1, lambda row: SPIKE if row.spike else "", lambda _: "warn", sort=lambda row: row.spike is not None, priority=0),
            Column("COST", 11, lambda row: row.spent.text(), sort=lambda row: row.part, priority=0, align="right"),
            Column(
                "CHANGE",
                10,
                lambda row: moved_text(row.moved),
                lambda row: cells.change_style(row.moved),
                sort=_drift,
                priority=0,
                align="right",
            ),
            Column("CAUSE", 24, self._cause, lambda row: "warn" if row.spike else "", priority=1, most=34),
            Column(BAR, LEAST, self._bar, lambda row: "warn" if row.spike else "money", priority=0, stretch=True),
        )

    @property
    def feed(self) -> Source[CostDay]:
        return self._days

    @property
    def what(self) -> str:
        return f"days of {self.line.name}"

    def key_of(self, row: CostDay) -> str:
        return row.day.isoformat()

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_mount(self) -> None:
        self._leave = self.session.listen(self._days.look)
        self._days.begin()

    def on_unmount(self) -> None:
        if self._leave is not None:
            self._leave()
        self._days.end()

    def on_resize(self) -> None:
        self.table.redraw()

    def refusal(self, action: Action[CostDay], row: CostDay) -> str:
        return f"{action.label} does not apply to a day"

    def describe(self, row: CostDay) -> list[Fact]:
        return day_facts(row, self.session)

    def action_why(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.read(f"why {self.line.name} on {cells.day_name(row)}", day_facts(row, self.session))

    def own_hints(self) -> list[Part]:
        return [("enter", "key"), (" what of it  ", ""), (self._hint_key("days.why", "w"), "key"), (" why  ", "")]

    def _title(self) -> tuple[list[Part], list[Part]]:
        left, right = super()._title()
        spikes = {row.spike for row in self.feed.items if row.spike is not None}
        if spikes and not self.feed.troubles:
            word = "spike" if len(spikes) == 1 else "spikes"
            left.append((f"  {SPIKE} {len(spikes)} {word}", "warn"))
        return left, right

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    # Cells

    def _cause(self, row: CostDay) -> str:
        if row.spike is not None:
            return f"{self._called(row)}, {cells.spike_text(row)}"
        return self._called(row)

    def _called(self, row: CostDay) -> str:
        name = self._days.words.resource(row.cause) if row.cause.startswith("/") else None
        return cells.cause_text(row, name)

    def _bar(self, row: CostDay) -> str:
        if self._laid_for != (width := self.table.size.width):
            room = (each.width for each in place(self.table.columns, width) if each.column.name == BAR)
            self._laid_for, self._room = width, next(room, LEAST)
        return cells.bar(row, self._room)


def _drift(row: CostDay) -> object:
    return max((abs(amount) for amount in row.moved.amounts.values()), default=None) if row.moved is not None else None
