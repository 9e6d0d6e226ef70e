"""Datastores: where the workspaces' data is, by what it is entered, who is on it, and every way to write its address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from console.domain.datastores import Datastore
from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.domain.storage_accounts import account_name
from console.domain.trouble import TroubleError
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.operations import datastores as plans
from console.session import Session
from screens import application_users, data_findables, datastore_forms, datastore_plans, links, ways
from screens.actions import Action, Drill, later
from screens.data_cells import age_text, auth_cell, creator_text, data_ages, datastore_facts, type_text, users_text
from screens.dialogs.choose import Choice
from screens.reasons import GAP
from screens.rotate import RotateScreen
from screens.used_by import UsedByScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings
from screens.yaml_view import show_json


class DatastoresScreen(ScreenWithFindings[Datastore]):
    """Enter says which data assets are on one; i copies its address in one of its spellings. No secret is read."""

    kind = "datastores"
    number = "3"
    aliases = ("ds", "datastore")
    actions = (
        Action("change", "C", "change", plans.WRITE, plans.can_change, form=later("screens.forms.datastore_change", "DatastoreChangeForm")),
        Action("identity", "I", "to identity", plans.WRITE, datastore_plans.can_move, made=datastore_plans.to_identity),
        Action("delete", "ctrl+d", "delete", plans.DELETE, datastore_plans.deletable, made=datastore_plans.delete),
    )
    drills = (Drill("used-by", lambda row: not row.fault, UsedByScreen, key="u", reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new datastore", show=False, id="datastores.new"),
        Binding("N", "clone", "new datastore like this one", show=False, id="datastores.clone"),
        Binding("e", "edit", "edit as az ml YAML in $EDITOR", show=False, id="datastores.edit"),
        Binding("K", "account", "the storage account that it is on", show=False, id="datastores.account"),
        *(Binding(action.key, f"act('{action.name}')", action.label, show=False, id=f"datastores.{action.name}") for action in actions),
        Binding("u", "drill('used-by')", "used by: the data assets on it", show=False, id="datastores.used-by"),
        Binding(
            "R", "rotate", "who uses the key or the application's secret it is entered by, and rotate", show=False, id="datastores.rotate"
        ),
        Binding("i", "copy_uri", "copy its URI, in one of its spellings", show=False, id="datastores.copy-uri"),
    ]

    @property
    def columns(self) -> tuple[Column[Datastore], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 18, lambda row: row.name, _style, priority=0, most=32, lasting=True),
            self.marker_column(),
            Column("TYPE", 9, type_text, _type_style, priority=1, lasting=True),
            Column("TARGET", 18, lambda row: row.fault or row.target, _style, priority=0, most=48, lasting=True),
            Column("AUTH", 11, auth_cell, priority=0, lasting=True),
            Column("DEFAULT", 7, lambda row: "yes" if row.default else "", priority=5, lasting=True),
            Column("USED BY", 7, self._users, sort=lambda row: self.session.data.now.users(row).through, priority=1, align="right"),
            Column("AGE", 4, lambda row: age_text(row.created_on, self.session), sort=_made_on, priority=2, align="right", most=5),
            Column("CREATED BY", 10, lambda row: creator_text(row.created_by), priority=4, most=28, lasting=True),
            Column("ACCOUNT", 12, lambda row: row.account, priority=6, most=24, lasting=True),
        )

    @property
    def feed(self) -> Feed[Datastore]:
        return self.session.data.now.datastores

    @property
    def polled(self) -> Sequence[Feed[Any]]:
        """The data assets too: who is on a datastore follows from them. Accounts and roles once somebody asked whether one can be read."""
        return (*self.session.data.now.feeds, self.session.data.storage.accounts, self.session.access.now.assignments)

    def key_of(self, row: Datastore) -> str:
        return row.id

    def on_mount(self) -> None:
        self.session.data.now.begin()

    def workspace_of(self, row: Datastore) -> WorkspaceRef:
        return row.workspace

    def tags_of(self, row: Datastore) -> Mapping[str, str]:
        """Its own, and of its workspace those that it lacks, once they are read."""
        return self.session.visible.tags(row.workspace) | row.tags

    def rows_changed(self) -> None:
        """Where the data assets are: that tells who is on a datastore."""
        self.session.data.now.want(())

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return data_findables.datastores(session)

    def refusal(self, action: Action[Datastore], row: Datastore) -> str:
        return action.refusal(row) or self.session.context.refusal(row.workspace, action.needs)

    def describe(self, row: Datastore) -> list[Fact]:
        return datastore_facts(row, self.session)

    def findings_of(self, row: Datastore) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.data.datastore_findings.of(row))

    def accepted_of(self, row: Datastore) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.data.datastore_findings.of(row))

    def why(self, row: Datastore) -> list[Fact]:
        chain = ways.of_datastore(row, self.session)
        facts = self.found_facts(row, lambda _: self._plan(row), data_ages(self.session))
        return [*chain, *(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[Datastore], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        if len(rows) > 1:
            self.host.flash(f"{len(rows)} are marked: what is found of datastores is mended one at a time", "warn")
        elif not ways.mend(self.session.data.ways.of(rows[0]), rows[0], self.host, self.session):
            found = next(iter(self.findings_of(rows[0])), None)
            self.host.flash(found.advice if found is not None else "nothing is found of it", "warn")

    def links(self, row: Datastore) -> list[Fact]:
        tenant, cloud = self.session.context.tenant_id, self.session.cloud
        return [
            Fact("studio", links.studio_datastore(row, tenant, cloud)),
            Fact("workspace", links.studio_workspace(row.workspace, tenant, cloud)),
        ]

    def own_hints(self) -> list[Part]:
        keys = (("new", "n", "new"), ("edit", "e", "edit"), ("copy-uri", "i", "URI"))
        own: list[Part] = []
        for name, key, label in keys:
            own += [(self._hint_key(f"datastores.{name}", key), "key"), (f" {label}  ", "")]
        return [*own, *super().own_hints()]

    def _plan(self, row: Datastore) -> str:
        lacking = self.session.data.ways.of(row).lacking
        return ways.plan_of(lacking, self.session) if lacking is not None else ""

    # Keys

    def action_rotate(self) -> None:
        """Who uses what it is entered by: the keys of its account, or the secret of its application."""
        row = self.table.cursor_row
        if row is None:
            return
        if row.client_id:
            self._look(f"looking for who signs in as {row.client_id} …", lambda: self._application(row.client_id))
        elif name := account_name(row):
            self._look(f"looking for {name} …", lambda: self._account(name, row.storage_subscription))
        else:
            self.host.flash("it is on no storage account", "warn")

    async def _account(self, name: str, subscription_id: str) -> Callable[[], None]:
        account = await self.session.data.account_named(name, subscription_id)
        return lambda: self.host.open_screen(RotateScreen(self.session, account.id, account.name))

    async def _application(self, client_id: str) -> Callable[[], None]:
        now = self.session.data.application_of(client_id)
        await now.read()
        return lambda: application_users.offer(now, self.host, self.session)

    def _look(self, said: str, read: Callable[[], Awaitable[Callable[[], None]]]) -> None:
        """Read something, then show it; why it cannot be read is told."""
        found: list[Callable[[], None]] = []

        async def look() -> Sequence[str]:
            try:
                found.append(await read())
            except TroubleError as error:
                trouble = error.trouble
                found.append(lambda: self.host.report(trouble))
            return ()

        def show(_: Sequence[str]) -> None:
            for each in found:
                each()

        self.host.flash(said)
        self.host.later(look(), show)

    def action_copy_uri(self) -> None:
        """Ask in which spelling, and copy that."""
        row = self.table.cursor_row
        if row is None or row.fault:
            return
        spelt = {spelling.label: spelling.uri for spelling in row.spellings()}
        choices = [Choice(label, uri) for label, uri in spelt.items()]
        self.host.choose(f"copy the URI of {row.name}", choices, lambda label: self.host.copy(spelt[label]) if label else None)

    def action_new(self) -> None:
        """Ask for a new datastore, in the workspace of the row under the cursor."""
        row, where = self.table.cursor_row, self.session.context.where
        place = row.workspace if row is not None else where[0] if where else None
        if place is not None:
            datastore_forms.new(place, self.host, self.session)

    def action_clone(self) -> None:
        """The form of a new datastore with what the row under the cursor has, but for its secret."""
        if self.table.cursor_row is not None:
            datastore_forms.clone(self.table.cursor_row, self.host, self.session)

    def action_edit(self) -> None:
        """Edit the row under the cursor as the CLI's YAML; its secret stands there as a name, not as itself."""
        if self.table.cursor_row is not None:
            datastore_forms.edit(self.table.cursor_row, self, self.host, self.session)

    def action_account(self) -> None:
        """To the storage account that the row under the cursor is on."""
        row = self.table.cursor_row
        name = account_name(row) if row is not None else ""
        if not name:
            self.host.flash("it is on no storage account of Azure Storage", "warn")
            return
        self.session.data.storage.begin_everywhere()
        account = self.session.data.storage.named(name)
        self.host.go_to("storage").show_row(account.id if account is not None else name)

    def action_yaml(self) -> None:
        """As the list has it; a row that comes from disk is read for it."""
        row = self.table.cursor_row
        if row is not None:
            show_json(self.session, self.host, row.id, self.feed.raw(row.id.lower()))

    def action_refresh(self) -> None:
        super().action_refresh()
        self.session.data.now.assets.refresh()

    def _users(self, row: Datastore) -> str:
        return "" if row.fault else users_text(self.session.data.now.users(row))


def _made_on(row: Datastore) -> float | None:
    """The youngest first, as ages are ordered."""
    return -row.created_on.timestamp() if row.created_on is not None else None


def _style(row: Datastore) -> str:
    return "bad" if row.fault else ""


def _type_style(row: Datastore) -> str:
    return "warn" if row.retired else ""
