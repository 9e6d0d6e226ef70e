"""Connections: what the workspaces reach outside of themselves, what it is entered with, until when, and which vault secret is behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.connections import Connection
from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.operations import connection_changes as changes
from console.operations import connections as plans
from console.session import Session
from screens import connection_forms, data_findables, links, ways
from screens.actions import Action, begin, later
from screens.connection_cells import (
    auth_text,
    behind_text,
    connection_ages,
    connection_facts,
    expiry_style,
    expiry_text,
    test_style,
    test_text,
)
from screens.connection_plans import refusal_of, sharing, testing, updating
from screens.data_cells import age_text, creator_text
from screens.reasons import GAP
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings
from screens.yaml_view import show_json


class ConnectionsScreen(ScreenWithFindings[Connection]):
    """R gives another secret, V takes the newest of the vault, T tests, P shares or makes private. No secret is shown here."""

    kind = "connections"
    number = "4"
    aliases = ("cn", "conn", "connection")
    actions = (
        Action(
            "rotate", "R", "rotate", changes.WRITE, plans.can_rotate, form=later("screens.forms.connection_secret", "ConnectionSecretForm")
        ),
        Action("update", "V", "from vault", changes.WRITE, plans.can_update, made=updating),
        Action("test", "T", "test", plans.TEST, plans.can_test, made=testing),
        Action(
            "target",
            "C",
            "change",
            changes.WRITE,
            plans.can_change,
            form=later("screens.forms.connection_change", "ConnectionChangeForm"),
            hinted=False,
        ),
        Action("scope", "P", "share/private", changes.WRITE, plans.can_change, made=sharing, hinted=False),
        Action("delete", "ctrl+d", "delete", plans.DELETE, plans.can_delete, plans.delete),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new connection", show=False, id="connections.new"),
        Binding("N", "clone", "new connection like this one", show=False, id="connections.clone"),
        Binding("e", "edit", "edit as az ml YAML in $EDITOR", show=False, id="connections.edit"),
        Binding("i", "copy_target", "copy its target", show=False, id="connections.copy-target"),
        *(Binding(action.key, f"act('{action.name}')", action.label, id=f"connections.{action.name}") for action in actions),
    ]

    @property
    def columns(self) -> tuple[Column[Connection], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 16, lambda row: row.name, _style, priority=0, most=24, lasting=True),
            self.marker_column(),
            Column("CATEGORY", 12, lambda row: row.label, priority=1, lasting=True),
            Column("TARGET", 16, lambda row: row.fault or row.target, _style, priority=2, most=36, lasting=True),
            Column("AUTH", 12, auth_text, priority=1, lasting=True),
            Column("EXPIRES", 8, self._expiry, self._expiry_style, sort=lambda row: row.expires, priority=0),
            Column("SCOPE", 7, lambda row: row.scope, priority=2, lasting=True),
            Column("VAULT SECRET", 18, lambda row: behind_text(row, self.session), priority=4, most=32),
            Column("TEST", 9, lambda row: test_text(row, self.session), lambda row: test_style(row, self.session), priority=5),
            Column("AGE", 4, lambda row: age_text(row.created_on, self.session), sort=_made_on, priority=6, align="right", most=5),
            Column("CREATED BY", 10, lambda row: creator_text(row.created_by), priority=7, most=24, lasting=True),
        )

    @property
    def feed(self) -> Feed[Connection]:
        return self.session.data.connections.feed

    def key_of(self, row: Connection) -> str:
        return row.id

    def on_mount(self) -> None:
        self.session.data.connections.begin()

    def workspace_of(self, row: Connection) -> WorkspaceRef:
        return row.workspace

    def rows_changed(self) -> None:
        """The versions of the vault secrets behind the rows in view."""
        height = max(1, self.table.size.height)
        first = max(0, self.table.cursor_position - height)
        self.session.data.connections.want(self.table.visible_rows[first : self.table.cursor_position + height])

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return data_findables.connections(session)

    def refusal(self, action: Action[Connection], row: Connection) -> str:
        return action.refusal(row) or refusal_of(action, row, self.session)

    def describe(self, row: Connection) -> list[Fact]:
        return connection_facts(row, self.session)

    def findings_of(self, row: Connection) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.data.connection_findings.of(row))

    def accepted_of(self, row: Connection) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.data.connection_findings.of(row))

    def why(self, row: Connection) -> list[Fact]:
        chain = ways.of_connection(row, self.session)
        facts = self.found_facts(row, lambda _: "", connection_ages(self.session))
        return [*chain, *(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[Connection], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        """The plan of the worst finding that a key here mends; several rows are mended one by one, as each asks for a secret."""
        row = rows[0]
        found = self.findings_of(row)
        action = next((each for finding in found for each in self.actions if finding.remedy == each.name), None)
        if action is None and ways.mend(ways.chain_of(row, self.session), row, self.host, self.session):
            return
        if action is None:
            self.host.flash(found[0].advice if found else "nothing is found of it", "warn")
        elif why := action.refusal(row):
            self.host.flash(f"{action.label}: {why}", "warn")
        else:
            left = (f"one at a time: {len(rows) - 1} more of the marked stay as they are",) if len(rows) > 1 else ()
            begin(action, (row,), refusal_of(action, row, self.session), self.session, self.host, notes=(*left, *notes), agreed=agreed)

    def links(self, row: Connection) -> list[Fact]:
        return links.workspace_links(row.workspace, self.session.context.tenant_id, self.session.cloud)

    def own_hints(self) -> list[Part]:
        new = self._hint_key("connections.new", "n")
        return [(new, "key"), (" new  ", ""), *super().own_hints()]

    # Keys

    def action_new(self) -> None:
        """Ask for a new connection, in the workspace of the row under the cursor."""
        row, where = self.table.cursor_row, self.session.context.where
        place = row.workspace if row is not None else where[0] if where else None
        if place is not None:
            connection_forms.new(place, self.host, self.session)

    def action_clone(self) -> None:
        """The form of a new connection with what the row under the cursor has, but for its secret."""
        if self.table.cursor_row is not None:
            connection_forms.clone(self.table.cursor_row, self.host, self.session)

    def action_edit(self) -> None:
        """Edit the row under the cursor as the CLI's YAML; its secret stands there as a name, not as itself."""
        if self.table.cursor_row is not None:
            connection_forms.edit(self.table.cursor_row, self, self.host, self.session)

    def action_copy_target(self) -> None:
        row = self.table.cursor_row
        if row is not None and row.target:
            self.host.copy(row.target)

    def action_yaml(self) -> None:
        """As the list has it; a row that comes from disk is read for it."""
        row = self.table.cursor_row
        if row is not None:
            show_json(self.session, self.host, row.id, self.feed.raw(row.id.lower()))

    def _expiry(self, row: Connection) -> str:
        return expiry_text(row, self.session)

    def _expiry_style(self, row: Connection) -> str:
        return expiry_style(row, self.session)


def _made_on(row: Connection) -> float | None:
    """The youngest first, as ages are ordered."""
    return -row.created_on.timestamp() if row.created_on is not None else None


def _style(row: Connection) -> str:
    return "bad" if row.fault or row.error else ""
