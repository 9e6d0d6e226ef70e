"""Holders: the computes that have the cores of one family in one region."""

from __future__ import annotations

from collections.abc import Mapping

from console.domain.compute import Compute
from console.domain.findable import Searched
from console.domain.quota import FamilyQuota, Holding
from console.domain.scopes import WorkspaceRef
from console.feeds.source import Source
from console.session import Session
from screens import links
from screens.actions import Action
from screens.quota_cells import number
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class HoldersScreen(ResourceScreen[Holding]):
    """Enter goes to a compute, where it can be stopped, scaled or deleted."""

    kind = "holders"
    default_sort = ("CORES", True)

    def __init__(self, session: Session, row: FamilyQuota) -> None:
        self.row = row
        self._source = session.quota.holdings(row.id)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Holding], ...]:  # type: ignore[override]  # built per screen: owners are read off the session
        return (
            Column("NAME", 16, lambda each: each.compute.name, priority=0, most=24),
            Column("KIND", 8, lambda each: each.compute.kind.label, priority=2),
            Column("CORES", 6, lambda each: number(each.cores), sort=lambda each: each.cores, align="right", priority=0),
            Column("MOST", 6, lambda each: number(each.most), sort=lambda each: each.most, align="right", priority=1),
            Column("HOW", 18, lambda each: each.how, how_style, priority=0, most=22),
            Column("OWNER", 12, self._owner, priority=2, most=20),
            Column("SIZE", 22, lambda each: each.compute.vm_size, priority=3, most=28),
        )

    @property
    def feed(self) -> Source[Holding]:
        return self._source

    @property
    def what(self) -> str:
        return f"{self.row.short} {self.row.place.region}"

    def key_of(self, row: Holding) -> str:
        return row.compute.id

    def workspace_of(self, row: Holding) -> WorkspaceRef:
        return row.compute.workspace

    def tags_of(self, row: Holding) -> Mapping[str, str]:
        return row.compute.tags

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def rows_changed(self) -> None:
        self.session.names.want([row.compute.owner_id for row in self.table.visible_rows if row.compute.owner_id])

    def on_unmount(self) -> None:
        self._source.close()

    def action_open(self) -> None:
        """To the compute itself, with its keys."""
        row = self.table.cursor_row
        if self.table.cursor_group is not None or row is None:
            super().action_open()
        else:
            self.host.go_to("compute").show_row(row.compute.id)

    def refusal(self, action: Action[Holding], row: Holding) -> str:
        return f"{action.label} does not apply to a holder"

    def describe(self, row: Holding) -> list[Fact]:
        compute = row.compute
        source = "Azure's own figure of it (usages)" if row.told else "its machines × the cores of its size"
        lines = [
            ("name", compute.name),
            ("workspace", self.session.context.label(compute.workspace)),
            ("holds", f"{number(row.cores)} cores: {row.how}"),
            ("source", source),
            ("may hold", f"{number(row.most)} cores"),
            ("gives back", gives_back(compute)),
            ("size", compute.vm_size),
            ("ARM id", compute.id),
        ]
        return [Fact(name, text) for name, text in lines if text]

    def links(self, row: Holding) -> list[Fact]:
        tenant, cloud = self.session.context.tenant_id, self.session.cloud
        return [Fact("studio", links.studio_compute(row.compute, tenant, cloud)), Fact("portal", links.portal(row.compute.id, cloud))]

    def _owner(self, row: Holding) -> str:
        name = self.session.names.get(row.compute.owner_id) if row.compute.owner_id else ""
        return name.split("@", 1)[0] if name else row.compute.owner_id[:8]


def how_style(row: Holding) -> str:
    """What holds cores and does nothing stands out."""
    return "warn" if row.cores and row.how.startswith("stopped") else "muted" if not row.cores else ""


def gives_back(compute: Compute) -> str:
    """What frees the cores that it holds."""
    if compute.max_nodes is not None:
        return "a lower minimum, a lower maximum, or a delete"
    return (
        "a stop (releaseQuotaOnStop), or a delete"
        if compute.release_quota_on_stop
        else "a delete; a stop does not (releaseQuotaOnStop is off)"
    )
