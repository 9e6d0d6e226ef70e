"""Used by: the data assets that are on one datastore, or have an address in its container."""

from __future__ import annotations

from collections.abc import Mapping

from console.data_now import UsersOf
from console.domain.datastores import Datastore
from console.domain.findable import Searched
from console.domain.scopes import WorkspaceRef
from console.domain.used_by import Use, Via
from console.feeds.source import Source
from console.session import Session
from screens import links
from screens.actions import Action
from screens.data_cells import JOBS_UNREAD, asset_facts, data_type_text
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.yaml_view import show_json


class UsedByScreen(ResourceScreen[Use]):
    """Enter goes to a data asset. The newest version of each counts; jobs that read the datastore are not known here."""

    kind = "used-by"

    def __init__(self, session: Session, row: Datastore) -> None:
        self.row = row
        self._source = UsersOf(session.data.now, row)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Use], ...]:  # type: ignore[override]  # as the other screens have it
        return (
            Column("NAME", 18, lambda use: use.asset.name, priority=0, most=36, lasting=True),
            Column("VERSION", 7, lambda use: use.version.name, priority=1, most=14, lasting=True),
            Column("TYPE", 10, lambda use: data_type_text(use.asset), priority=1, lasting=True),
            Column("VIA", 9, lambda use: use.via, lambda use: "warn" if use.via is Via.ADDRESS else "", priority=0, lasting=True),
            Column("URI", 24, lambda use: use.version.uri, priority=0, stretch=True, lasting=True),
        )

    @property
    def feed(self) -> Source[Use]:
        return self._source

    @property
    def what(self) -> str:
        return f"used by {self.row.name}"

    def key_of(self, row: Use) -> str:
        return row.asset.id

    def workspace_of(self, row: Use) -> WorkspaceRef:
        return row.asset.workspace

    def tags_of(self, row: Use) -> Mapping[str, str]:
        return row.asset.tags

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def rows_changed(self) -> None:
        self.session.data.now.want(())

    def action_open(self) -> None:
        """To the data asset itself."""
        row = self.table.cursor_row
        if self.table.cursor_group is not None or row is None:
            super().action_open()
        else:
            self.host.go_to("data").show_row(row.asset.id)

    def action_yaml(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            show_json(self.session, self.host, row.asset.latest_id, None)

    def refusal(self, action: Action[Use], row: Use) -> str:
        return f"{action.label} does not apply to what uses a datastore"

    def describe(self, row: Use) -> list[Fact]:
        return [*asset_facts(row.asset, self.session), Fact("", ""), Fact("", JOBS_UNREAD, "muted")]

    def links(self, row: Use) -> list[Fact]:
        return [Fact("studio", links.studio_data(row.asset, self.session.context.tenant_id, self.session.cloud))]

    def _placeholder(self) -> str:
        known = self.session.data.now.users(self.row)
        if not known.read or known.known or known.unread:
            return super()._placeholder()
        return f"No data asset is on {self.row.name}; {JOBS_UNREAD}."
