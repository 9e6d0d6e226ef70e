"""Storage accounts: what the datastores of all workspaces that can be seen are on, how old the keys are, and who would be hit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.storage_accounts import UsedAccount
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.session import Session
from screens import data_findables, links
from screens.actions import Action, Drill
from screens.data_cells import data_ages
from screens.reasons import GAP
from screens.rotate import RotateScreen
from screens.storage_cells import account_facts, by_key, keys_text, network_text, on_it
from screens.storage_users import StorageUsersScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.with_findings import ScreenWithFindings
from screens.yaml_view import show_json


class StorageScreen(ScreenWithFindings[UsedAccount]):
    """Enter says which datastores are on one. No key is read; when each was made Azure tells without it."""

    kind = "storage"
    aliases = ("storage-accounts", "accounts", "sa")
    default_sort = ("ON IT", True)
    drills = (Drill("datastores-on", lambda row: bool(row.datastores), StorageUsersScreen, reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "rotate", "rotate: who holds which key, and make one anew", show=False, id="storage.rotate"),
    ]
    #: The name of the account that somebody was sent to, until its row is there.
    _wanted = ""

    @property
    def columns(self) -> tuple[Column[UsedAccount], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 18, lambda row: row.name, _style, priority=0, most=24),
            self.marker_column(),
            Column(
                "ON IT", 8, lambda row: on_it(row, self.session), sort=lambda row: len(row.datastores), priority=0, align="right", most=12
            ),
            Column("BY KEY", 6, lambda row: by_key(row, self.session), sort=lambda row: len(row.by_key), priority=1, align="right"),
            Column("KEYS", 5, self._keys, self._keys_style, sort=self._key_age, priority=0, align="right"),
            Column("NETWORK", 8, lambda row: network_text(row.account), _network_style, priority=0),
            Column("OWN OF", 14, self._own, priority=2, most=36),
            Column("GEN2", 4, lambda row: "yes" if row.account is not None and row.account.hierarchical else "", priority=3),
            Column("REGION", 12, lambda row: row.account.location if row.account is not None else "", priority=5),
            Column("SKU", 14, lambda row: row.account.sku if row.account is not None else "", priority=6),
        )

    @property
    def what(self) -> str:
        return "storage accounts"

    @property
    def feed(self) -> Source[UsedAccount]:
        return self.session.data.storage.used

    def key_of(self, row: UsedAccount) -> str:
        return row.id

    def show_row(self, key: str) -> str:
        """Also of an account that is not read yet, by its name: the cursor goes there once it is."""
        self._wanted = key.rpartition("/")[2].lower()
        cleared = super().show_row(key)
        self.rows_changed()
        return cleared

    def rows_changed(self) -> None:
        found = next((row for row in self.table.rows if row.name == self._wanted), None)
        if found is not None and self.table.move_to(self.key_of(found)):
            # Its id comes once it is read, and other rows with it: then it is there to stay.
            self._wanted = "" if found.account is not None else self._wanted

    def on_mount(self) -> None:
        self.session.data.storage.begin_everywhere()

    def tags_of(self, row: UsedAccount) -> Mapping[str, str]:
        return row.account.tags if row.account is not None else {}

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return data_findables.storage(session)

    def refusal(self, action: Action[UsedAccount], row: UsedAccount) -> str:
        return action.refusal(row) or self.session.context.reading_only

    def describe(self, row: UsedAccount) -> list[Fact]:
        return account_facts(row, self.session)

    def findings_of(self, row: UsedAccount) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.data.storage_findings.of(row))

    def accepted_of(self, row: UsedAccount) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.data.storage_findings.of(row))

    def why(self, row: UsedAccount) -> list[Fact]:
        facts = self.found_facts(row, lambda _: "", data_ages(self.session))
        return [*(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[UsedAccount], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        found = next((each for row in rows for each in self.findings_of(row)), None)
        self.host.flash(found.advice if found is not None else "nothing is found of it", "warn")

    def links(self, row: UsedAccount) -> list[Fact]:
        return [Fact("portal", links.portal(row.id, self.session.cloud))] if row.account is not None else []

    def action_rotate(self) -> None:
        """Who uses the account, and the plan that makes a key anew."""
        row = self.table.cursor_row
        if row is not None and row.account is not None:
            self.host.open_screen(RotateScreen(self.session, row.account.id, row.name))
        elif row is not None:
            self.host.flash(f"{row.name} is not seen: {row.why}", "warn")

    def action_yaml(self) -> None:
        row = self.table.cursor_row
        if row is not None and row.account is not None:
            show_json(self.session, self.host, row.id, self.feed.raw(row.id.lower()))
        elif row is not None:
            self.host.flash(f"{row.name} is not seen: {row.why}", "warn")

    def _own(self, row: UsedAccount) -> str:
        return ", ".join(self.session.context.label(place) for place in row.own_of)

    def _keys(self, row: UsedAccount) -> str:
        return keys_text(row, self.session)

    def _keys_style(self, row: UsedAccount) -> str:
        return "warn" if self.session.data.storage_findings.of(row) else ""

    def _key_age(self, row: UsedAccount) -> float | None:
        account = row.account
        made = account.oldest_key if account is not None and account.shared_key else None
        return self.session.clock.age(made).total_seconds() if made is not None else None


def _style(row: UsedAccount) -> str:
    return "muted" if row.account is None else "bad" if row.account.fault else ""


def _network_style(row: UsedAccount) -> str:
    return "ok" if row.account is not None and row.account.closed else ""
