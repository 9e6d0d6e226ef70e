"""The datastores on one storage account, over all workspaces that can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.domain.datastores import Datastore
from console.domain.findable import Searched
from console.domain.scopes import WorkspaceRef, same_id
from console.domain.storage_accounts import UsedAccount
from console.feeds.source import Derived, Source
from console.session import Session
from screens import links
from screens.actions import Action
from screens.data_cells import auth_cell, datastore_facts, type_text
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.yaml_view import show_json


class _On(Derived[Datastore]):
    """The datastores on the account, as rows."""

    def __init__(self, session: Session, name: str) -> None:
        self._used = session.data.storage.used
        super().__init__(*self._used.feeds)
        self._name = name

    @property
    def items(self) -> tuple[Datastore, ...]:
        return next((row.datastores for row in self._used.items if row.name == self._name), ())

    @property
    def loaded(self) -> bool:
        return self._used.loaded

    @property
    def troubles(self) -> Mapping[str, Any]:
        return self._used.troubles


class StorageUsersScreen(ResourceScreen[Datastore]):
    """Enter goes to the datastore, where its workspace is open."""

    kind = "datastores-on"

    def __init__(self, session: Session, row: UsedAccount) -> None:
        self.row = row
        self._source = _On(session, row.name)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Datastore], ...]:  # type: ignore[override]  # as the other screens have it
        label = self.session.context.label
        return (
            Column("NAME", 18, lambda row: row.name, priority=0, most=32),
            Column("IN", 14, lambda row: label(row.workspace), priority=0, most=28),
            Column("TYPE", 9, type_text, priority=1),
            Column("CONTAINER", 18, lambda row: row.container, priority=1, most=48),
            Column("AUTH", 11, auth_cell, priority=0),
            Column("DEFAULT", 7, lambda row: "yes" if row.default else "", priority=2),
        )

    @property
    def feed(self) -> Source[Datastore]:
        return self._source

    @property
    def what(self) -> str:
        return f"on {self.row.name}"

    def key_of(self, row: Datastore) -> str:
        return row.id

    def tags_of(self, row: Datastore) -> Mapping[str, str]:
        return row.tags

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def action_open(self) -> None:
        """To the datastore itself; one of a workspace that is not open is described."""
        row = self.table.cursor_row
        if row is not None and self._is_open(row.workspace):
            self.host.go_to("datastores").show_row(row.id)
        else:
            super().action_open()

    def action_yaml(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            show_json(self.session, self.host, row.id, self.feed.raw(row.id.lower()))

    def refusal(self, action: Action[Datastore], row: Datastore) -> str:
        return f"{action.label} does not apply to what is on an account"

    def describe(self, row: Datastore) -> list[Fact]:
        return datastore_facts(row, self.session)

    def links(self, row: Datastore) -> list[Fact]:
        return [Fact("studio", links.studio_datastore(row, self.session.context.tenant_id, self.session.cloud))]

    def _is_open(self, place: WorkspaceRef) -> bool:
        return any(same_id(place.id, each.id) for each in self.session.context.where)
