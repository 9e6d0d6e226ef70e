"""Data assets: names of stored data, their newest versions, and where these are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from console.domain.data_assets import DataAsset
from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.session import Session
from screens import data_findables, links, ways
from screens.actions import Action
from screens.data_cells import age_text, asset_facts, creator_text, data_ages, data_type_text, spellings, uri_text, where_style, where_text
from screens.dialogs.choose import Choice
from screens.reasons import GAP
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings
from screens.yaml_view import show_json


class DataAssetsScreen(ScreenWithFindings[DataAsset]):
    """Where a version is is read for the rows in view, a request each; a signature in an address is hidden."""

    kind = "data"
    aliases = ("data-assets", "da")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "copy_uri", "copy its URI, in one of its spellings", show=False, id="data.copy-uri"),
    ]

    @property
    def columns(self) -> tuple[Column[DataAsset], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 18, lambda row: row.name, _style, priority=0, most=36, lasting=True),
            self.marker_column(),
            Column("VERSION", 7, lambda row: "" if row.fault else row.latest or "?", priority=1, most=14, lasting=True),
            Column("TYPE", 10, data_type_text, priority=1, lasting=True),
            Column("ON", 14, self._on, self._on_style, priority=0, most=36),
            Column("AGE", 4, self._age, sort=self._made_on, priority=2, align="right", most=5),
            Column("CREATED BY", 10, lambda row: creator_text(row.created_by), priority=4, most=28, lasting=True),
            Column("URI", 18, lambda row: row.fault or uri_text(row, self.session), _style, priority=0, stretch=True),
        )

    @property
    def feed(self) -> Feed[DataAsset]:
        return self.session.data.now.assets

    @property
    def polled(self) -> Sequence[Feed[Any]]:
        """The datastores too; accounts and roles once somebody asked whether an asset can be read."""
        return (*self.session.data.now.feeds, self.session.data.storage.accounts, self.session.access.now.assignments)

    def key_of(self, row: DataAsset) -> str:
        return row.id

    def on_mount(self) -> None:
        self.session.data.now.begin()

    def workspace_of(self, row: DataAsset) -> WorkspaceRef:
        return row.workspace

    def tags_of(self, row: DataAsset) -> Mapping[str, str]:
        """Its own, and of its workspace those that it lacks, once they are read."""
        return self.session.visible.tags(row.workspace) | row.tags

    def rows_changed(self) -> None:
        """The newest versions of the rows in view, and as many more as may be read."""
        height = max(1, self.table.size.height)
        first = max(0, self.table.cursor_position - height)
        self.session.data.now.want(self.table.visible_rows[first : self.table.cursor_position + height])

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return data_findables.data_assets(session)

    def refusal(self, action: Action[DataAsset], row: DataAsset) -> str:
        return action.refusal(row) or self.session.context.refusal(row.workspace, action.needs)

    def describe(self, row: DataAsset) -> list[Fact]:
        return asset_facts(row, self.session)

    def findings_of(self, row: DataAsset) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.data.asset_findings.of(row))

    def accepted_of(self, row: DataAsset) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.data.asset_findings.of(row))

    def why(self, row: DataAsset) -> list[Fact]:
        chain = ways.of_asset(row, self.session)
        facts = self.found_facts(row, lambda _: "", data_ages(self.session))
        return [*chain, *(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[DataAsset], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        found = next((each for row in rows for each in self.findings_of(row)), None)
        self.host.flash(found.advice if found is not None else "nothing is found of it", "warn")

    def links(self, row: DataAsset) -> list[Fact]:
        tenant, cloud = self.session.context.tenant_id, self.session.cloud
        return [
            Fact("studio", links.studio_data(row, tenant, cloud)),
            Fact("workspace", links.studio_workspace(row.workspace, tenant, cloud)),
        ]

    def own_hints(self) -> list[Part]:
        return [(self._hint_key("data.copy-uri", "i"), "key"), (" URI  ", ""), *super().own_hints()]

    def action_copy_uri(self) -> None:
        """Ask in which spelling, where there are several, and copy that."""
        row = self.table.cursor_row
        version = self.session.data.now.version(row) if row is not None else None
        if row is None or version is None or not version.uri:
            self.host.flash("where it is is not read", "warn")
            return
        spelt = spellings(version, self.session)
        choices = [Choice(label, uri) for label, uri in spelt.items()]
        if len(choices) == 1:
            self.host.copy(version.uri)
        else:
            self.host.choose(f"copy the URI of {row.name}", choices, lambda label: self.host.copy(spelt[label]) if label else None)

    def action_yaml(self) -> None:
        """The newest version, as that tells where the data is; the asset itself where the list does not tell which that is."""
        row = self.table.cursor_row
        if row is not None:
            show_json(self.session, self.host, row.latest_id or row.id, None if row.latest_id else self.feed.raw(row.id.lower()))

    def _on(self, row: DataAsset) -> str:
        return where_text(row, self.session)

    def _on_style(self, row: DataAsset) -> str:
        return where_style(row, self.session)

    def _moment(self, row: DataAsset) -> datetime | None:
        """When its newest version was made, once that is read; else when it was last changed."""
        version = self.session.data.now.version(row)
        return version.created_on if version is not None and version.created_on is not None else row.modified_on or row.created_on

    def _age(self, row: DataAsset) -> str:
        return "" if row.fault else age_text(self._moment(row), self.session)

    def _made_on(self, row: DataAsset) -> float | None:
        moment = self._moment(row)
        return -moment.timestamp() if moment is not None else None


def _style(row: DataAsset) -> str:
    return "bad" if row.fault else ""
