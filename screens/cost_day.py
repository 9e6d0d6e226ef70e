"""A day of a cost line: what it came to by resource, or of one resource by meter, beside the same weekday a week before."""

from __future__ import annotations

from collections.abc import Callable

from console.domain.billing.cost_days import CostDay
from console.domain.billing.lines import CostLine
from console.domain.findable import Searched
from console.feeds.source import Source
from console.session import Session
from screens import cost_cells as cells
from screens import links
from screens.actions import Action
from screens.cost_pages import describe_facts
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class CostDayScreen(ResourceScreen[CostLine]):
    """What rose most leads; esc goes back to the days."""

    kind = "day"
    default_sort = ("COST", True)

    def __init__(self, session: Session, day: CostDay) -> None:
        self.day = day
        self._parts = session.costs.parts(day)
        self._leave: Callable[[], None] | None = None
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[CostLine], ...]:  # type: ignore[override]  # as other screens have it
        return (
            Column("NAME", 18, lambda row: row.name, priority=0, most=34),
            Column("KIND", 12, lambda row: row.kind, priority=2, most=20),
            Column("COST", 12, cells.spent_text, sort=lambda row: row.weight, priority=0, align="right", most=22),
            cells.CHANGE,
            Column("BEFORE", 11, cells.before_text, lambda _: "muted", priority=3, align="right"),
            Column("%", 4, cells.share_text, sort=lambda row: row.weight, priority=1, align="right"),
            Column("NOTE", 16, lambda row: row.note, lambda _: "muted", priority=2, stretch=True),
        )

    @property
    def feed(self) -> Source[CostLine]:
        return self._parts

    @property
    def what(self) -> str:
        return f"{self.day.line.name} on {cells.day_name(self.day)}"

    def key_of(self, row: CostLine) -> str:
        return row.key or f"no {row.dimension}"

    def name_of(self, row: CostLine) -> str:
        return row.name

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_mount(self) -> None:
        self._leave = self.session.listen(self._parts.look)
        self._parts.begin()

    def on_unmount(self) -> None:
        if self._leave is not None:
            self._leave()
        self._parts.end()

    def refusal(self, action: Action[CostLine], row: CostLine) -> str:
        return f"{action.label} does not apply to costs"

    def describe(self, row: CostLine) -> list[Fact]:
        return describe_facts(row, self.session)

    def links(self, row: CostLine) -> list[Fact]:
        return [Fact("resource", links.portal(row.key, self.session.cloud))] if row.key.startswith("/") else []

    def _placeholder(self) -> str:
        told = super()._placeholder()
        return "Nothing of this day is billed (yet)." if told == f"No {self.kind} here." else told

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""
