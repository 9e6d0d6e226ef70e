"""Budgets: what is allowed to be spent, whose that is, how far it is used up, and which workspaces nothing limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.billing.budget_rows import BudgetRow
from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.operations.budgets import DELETE, WRITE
from console.session import Session
from screens import budget_cells as cells
from screens.actions import Action, Drill, begin
from screens.cost_alerts import CostAlertsScreen
from screens.reasons import GAP
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings

DELETION: Action[BudgetRow] = Action(
    "delete",
    "ctrl+d",
    "delete",
    DELETE,
    lambda row: refusal_to_change(row),
    made=lambda session, rows: session.costs.budget_desk.delete([row.budget for row in rows if row.budget is not None]),
)


def refusal_to_change(row: BudgetRow) -> str:
    """Why a budget cannot be edited or deleted ("" where it can)."""
    if row.budget is None:
        return f"{row.whose} has no budget; n makes one"
    return "Azure's answer about it could not be read" if row.budget.fault else ""


class BudgetsScreen(ScreenWithFindings[BudgetRow]):
    """Each row a budget, or a workspace without one: n makes one, e edits, w says where it stands, A lists its alerts."""

    kind = "budgets"
    aliases = ("budget",)
    default_sort = ("SPENT", True)
    drills = (Drill("alerts", lambda _row: True, CostAlertsScreen, key="A", enters=False, reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "a new budget for this workspace, its group or its subscription", show=False, id="budgets.new"),
        Binding("N", "clone", "a new budget like this one", show=False, id="budgets.clone"),
        Binding("e", "edit", "edit the budget", show=False, id="budgets.edit"),
        Binding("ctrl+d", "delete", "delete the budget", show=False, id="budgets.delete"),
        Binding("A", "drill('alerts')", "alerts of it", show=False, id="budgets.alerts"),
    ]

    def __init__(self, session: Session) -> None:
        self._listed = session.costs.budgets()
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[BudgetRow], ...]:  # type: ignore[override]  # built per screen: a cell reads the bill
        return (
            Column("BUDGET", 14, cells.name_text, cells.style, priority=0, most=24),
            self.marker_column(),
            Column("FOR", 14, lambda row: row.whose, priority=0, most=24),
            Column("AMOUNT", 9, cells.amount_text, sort=_amount, priority=0, align="right", most=12),
            Column("PER", 7, cells.per_text, priority=1, most=14),
            Column("SPENT", 9, cells.spent_text, cells.style, sort=lambda row: row.state.spent, priority=0, align="right"),
            Column("FC", 5, cells.forecast_text, cells.style, sort=lambda row: row.state.forecast, priority=0, align="right"),
            Column("NEXT", 5, cells.next_text, priority=1, align="right"),
            Column("PASSES", 10, self._passes, priority=2, align="right"),
            Column("UNTIL", 10, lambda row: str(row.budget.end or "?") if row.budget is not None else "", priority=4),
            Column("TELLS", 20, cells.emails_text, priority=3, stretch=True),
        )

    @property
    def feed(self) -> Source[BudgetRow]:
        return self._listed

    def key_of(self, row: BudgetRow) -> str:
        return row.id

    def name_of(self, row: BudgetRow) -> str:
        return row.budget.name if row.budget is not None else row.whose

    def on_mount(self) -> None:
        self.session.visible.enumerate()
        self.session.costs.now.begin()

    def _failed_parts(self) -> str:
        """Its parts are subscriptions, no workspaces."""
        return ""

    def rows_changed(self) -> None:
        """What one may do where budgets are set."""
        for scope in {row.scope for row in self.table.visible_rows}:
            self.session.want_allowance(scope)

    def refusal(self, action: Action[BudgetRow], row: BudgetRow) -> str:
        return action.refusal(row) or self.session.context.refusal_at(row.scope, action.needs)

    def describe(self, row: BudgetRow) -> list[Fact]:
        return cells.budget_facts(row, self.session, self._passing(row))

    # Findings

    def findings_of(self, row: BudgetRow) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self._found(row))

    def accepted_of(self, row: BudgetRow) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self._found(row))

    def _found(self, row: BudgetRow) -> tuple[Finding, ...]:
        """What is found of a budget; of a workspace that it has none, as its spikes are no matter of budgets."""
        found = self.session.costs.found.finder.of(row.id)
        return found if row.budget is not None else tuple(each for each in found if each.rule == "no-budget")

    def why(self, row: BudgetRow) -> list[Fact]:
        plan = f"{'n makes' if row.budget is None else 'e changes'} it."
        facts = self.found_facts(row, lambda _: plan, cells.budget_ages(self.session))
        facts = facts or [Fact("", "It does not press.", "ok"), GAP]
        facts += self.describe(row)
        told = f"the bill of {cells.as_of(self.session.costs.now.asked)}; budgets are worked out once a day, by Azure"
        return [*facts, Fact("rests on", told)]

    def mend(self, rows: Sequence[BudgetRow], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        if len(rows) > 1:
            self.host.flash(f"{len(rows)} are marked: a budget is made or changed for one at a time", "warn")
        elif rows[0].budget is None:
            self._open_form(rows[0], done=agreed)
        else:
            self._edit(rows[0], agreed)

    # Keys

    def action_new(self) -> None:
        """The form of a new budget, for the row under the cursor."""
        row = self.table.cursor_row
        if row is not None:
            self._open_form(row)
        elif self.session.context.where:
            self._open_form(BudgetRow(id=self.session.context.where[0].id, workspaces=self.session.context.where[:1]))

    def action_clone(self) -> None:
        """The same form with what the row's budget has."""
        row = self.table.cursor_row
        if row is None:
            return
        if row.budget is None or row.budget.fault:
            self.host.flash(f"clone: {refusal_to_change(row)}", "warn")
        else:
            self._open_form(row, like=True)

    def action_edit(self) -> None:
        """The form of the row's budget."""
        row = self.table.cursor_row
        if row is not None:
            self._edit(row)

    def _edit(self, row: BudgetRow, done: Callable[[], None] | None = None) -> None:
        from screens.forms.budget import BudgetForm

        if why := refusal_to_change(row):
            self.host.flash(f"edit: {why}", "warn")
        elif row.budget is not None:
            self.host.open_screen(BudgetForm(self.session, self._place(row), held=row.budget, done=done))

    def action_delete(self) -> None:
        """One plan for the marked budgets, else for that of the row."""
        rows = [row for row in self._chosen() if not DELETION.refusal(row)]
        if rows:
            refusal = next((why for row in rows if (why := self.refusal(DELETION, row))), "")
            begin(DELETION, rows, refusal, self.session, self.host, notes=self._hidden(rows), agreed=self.table.clear_marks)
        elif self._chosen():
            self.host.flash(f"delete: {DELETION.refusal(self._chosen()[0])}", "warn")

    def _open_form(self, row: BudgetRow, *, like: bool = False, done: Callable[[], None] | None = None) -> None:
        from screens.forms.budget import BudgetForm

        place = self._place(row)
        if place is None:
            self.host.flash("no workspace is open that a budget could be for", "warn")
        else:
            self.host.open_screen(
                BudgetForm(self.session, place, like=row.budget if like else None, at=row.scope if row.budget else "", done=done)
            )

    def _place(self, row: BudgetRow) -> WorkspaceRef | None:
        """The workspace that a budget like the row's could be for: its own, else one that is open where it is set."""
        where = self.session.context.where
        own = [each for each in where if each in row.workspaces] or list(row.workspaces)
        under = [each for each in where if each.id.lower().startswith(row.scope.lower() + "/")]
        return next(iter((*own, *under, *where)), None)

    def own_hints(self) -> list[Part]:
        row = self.table.cursor_row
        greyed = bool(self.session.context.reading_only) or (row is not None and bool(self.session.context.refusal_at(row.scope, WRITE)))
        parts: list[Part] = []
        for name, key, label in (("budgets.new", "n", "new"), ("budgets.edit", "e", "edit")):
            parts += [(self._hint_key(name, key), "muted" if greyed else "key"), (f" {label}  ", "muted" if greyed else "")]
        return [*parts, (self._hint_key("budgets.alerts", "A"), "key"), (" alerts  ", ""), *super().own_hints()]

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        """A workspace that was given a budget has only become another row."""
        if any(each.name == event.key.rsplit("/", 1)[-1] for row in self.feed.items for each in row.workspaces):
            event.prevent_default()  # Textual would call the handler of the class above as well

    # Cells

    def _ahead(self, row: BudgetRow) -> tuple[date | None, date] | None:
        found = self._listed.ahead(row.budget) if row.budget is not None and not row.budget.fault and row.running else None
        return (found.passes, found.until) if found is not None else None

    def _passes(self, row: BudgetRow) -> str:
        """The day on which it is passed if days go on like the last week's; "–" for not in its period."""
        if row.budget is None or row.budget.fault:
            return ""
        if row.state.over:
            return "over"
        found = self._ahead(row)
        return "?" if found is None else "–" if found[0] is None else f"≈{found[0]:%-d %b}"

    def _passing(self, row: BudgetRow) -> str:
        found = self._ahead(row)
        return cells.passing_words(row, *found) if found is not None else ""


def _amount(row: BudgetRow) -> object:
    return row.budget.amount if row.budget is not None else None
