"""Cost alerts: what Azure has told because a budget's threshold was reached, of one budget or of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.billing.amounts import Form, money
from console.domain.billing.budget_rows import BudgetRow
from console.domain.billing.budgets import Alert
from console.feeds.source import Joined, Source
from console.operations import cost_alerts
from console.operations.plan import Plan
from console.session import Session
from screens import budget_cells as cells
from screens.actions import Action
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


async def _dismissal(session: Session, rows: Sequence[Alert]) -> Plan:
    return cost_alerts.dismiss(rows, session.context.subscription_names)


async def _return(session: Session, rows: Sequence[Alert]) -> Plan:
    return cost_alerts.reactivate(rows, session.context.subscription_names)


DISMISS: Action[Alert] = Action("dismiss", "x", "dismiss", cost_alerts.WRITE, cost_alerts.can_dismiss, made=_dismissal)
REACTIVATE: Action[Alert] = Action("reactivate", "v", "reactivate", cost_alerts.WRITE, cost_alerts.can_reactivate, made=_return)


class CostAlertsScreen(ResourceScreen[Alert]):
    """Of the budget it was opened on; of all where that row has none. x puts alerts aside, v brings dismissed ones back."""

    kind = "alerts"
    actions = (DISMISS, REACTIVATE)
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(action.key, f"act('{action.name}')", action.label, id=f"alerts.{action.name}") for action in actions),
    ]
    default_sort: ClassVar[tuple[str, bool]] = ("SINCE", True)
    columns = (
        Column("BUDGET", 20, lambda row: row.fault or row.budget.rsplit("/", 1)[-1] or row.name, lambda row: "bad" if row.fault else ""),
        Column("STATUS", 9, lambda row: row.status, lambda row: "warn" if row.status.lower() == "active" else "muted", priority=0),
        Column("AT", 6, cells.threshold_text, sort=lambda row: row.threshold, priority=0, align="right"),
        Column("SPENT", 10, lambda row: money(row.spent, row.unit, Form.WHOLE), sort=lambda row: row.spent, priority=0, align="right"),
        Column("OF", 10, lambda row: money(row.amount, row.unit, Form.WHOLE), sort=lambda row: row.amount, priority=1, align="right"),
        Column("SINCE", 16, lambda row: row.created[:16].replace("T", " "), sort=lambda row: row.created, priority=1),
        Column("KIND", 12, lambda row: row.kind, priority=2, stretch=True),
    )

    def __init__(self, session: Session, row: BudgetRow) -> None:
        self.row = row
        feed = session.costs.now.alerts
        self._source: Joined[Alert] = Joined((feed,), self._alerts, feed.raw)
        super().__init__(session)

    @property
    def feed(self) -> Source[Alert]:
        return self._source

    @property
    def what(self) -> str:
        return f"alerts of {self.row.budget.name}" if self.row.budget is not None else "cost alerts"

    def key_of(self, row: Alert) -> str:
        return row.id

    def on_unmount(self) -> None:
        self._source.close()

    def describe(self, row: Alert) -> list[Fact]:
        return cells.alert_facts(row, self.session)

    def refusal(self, action: Action[Alert], row: Alert) -> str:
        return action.refusal(row) or self.session.context.refusal_at(row.scope, action.needs)

    def rows_changed(self) -> None:
        """What one may do where alerts are."""
        for scope in {row.scope for row in self.table.visible_rows if row.scope}:
            self.session.want_allowance(scope)

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def _alerts(self) -> Sequence[Alert]:
        every, budget = self.session.costs.now.alerts.items, self.row.budget
        return every if budget is None else tuple(each for each in every if each.fault or cells.is_of(each, budget))
