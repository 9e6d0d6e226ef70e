"""Nodes: the machines of one cluster, what each does and for which job."""

from __future__ import annotations

from console.domain.billing.amounts import untimed
from console.domain.compute import Compute, Node
from console.domain.cost import list_price
from console.domain.findable import Searched
from console.session import Session
from screens import findables
from screens.about_compute import AboutCompute
from screens.actions import Action
from screens.widgets.columns import Column
from screens.widgets.facts import Fact

STYLES = {"running": "ok", "idle": "warn", "preparing": "busy", "leaving": "busy", "unusable": "bad", "preempted": "muted"}


class NodesScreen(AboutCompute[Node]):
    """Polls while it is shown; esc goes back to the computes."""

    kind = "nodes"

    default_sort = ("STATE", False)

    def __init__(self, session: Session, compute: Compute) -> None:
        super().__init__(session, compute, session.nodes_of(compute))

    @property
    def columns(self) -> tuple[Column[Node], ...]:  # type: ignore[override]  # built per screen: the price is the cluster's
        return (
            Column("NODE", 24, lambda node: node.id, priority=0, most=48),
            Column("STATE", 12, lambda node: node.state or "?", lambda node: STYLES.get(node.state, "muted"), priority=0),
            Column("RUN", 26, lambda node: node.run_id, priority=1, most=36),
            Column("$/H", 8, self._rate, priority=1, align="right"),
            Column("PRIVATE IP", 15, lambda node: node.private_ip, priority=2),
            Column("PUBLIC IP", 15, lambda node: node.public_ip, priority=3),
            Column("PORT", 6, lambda node: node.port, priority=3, align="right"),
        )

    @property
    def what(self) -> str:
        return f"nodes of {self.compute.name}"

    def key_of(self, row: Node) -> str:
        return row.id

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return findables.nodes(session)

    def refusal(self, action: Action[Node], row: Node) -> str:
        return f"{action.label} does not apply to a node"

    def describe(self, row: Node) -> list[Fact]:
        lines = [("node", row.id), ("cluster", self.compute.name), ("state", row.state), ("run", row.run_id), ("unreadable", row.fault)]
        return [Fact(name, text) for name, text in lines if text]

    def _rate(self, row: Node) -> str:
        if row.state == "preempted":
            return "–"
        return untimed(list_price(self.compute, self.session.money.price_list(self.compute))).replace("$", "")
