"""Secrets of Key Vaults: their ends, states and versions, what is done to them, and the one way to see a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.key_vaults import KeyVault
from console.domain.vault_rights import GRANTS, Right
from console.domain.vault_secrets import Secret
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.operations import vault_secrets as plans
from console.session import Session
from console.vault_rows import SecretRows
from screens import secret_acts as acts
from screens import vault_cells as cells
from screens import vault_findables
from screens.actions import Action, Drill, begin
from screens.reasons import GAP
from screens.secret_versions import VersionsScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings

ACTIONS: tuple[Action[Secret], ...] = (
    Action("enable", "s", "enable", GRANTS[Right.UPDATE].operation, acts.not_disabled, made=acts.each_now(plans.enable)),
    Action("disable", "S", "disable", GRANTS[Right.UPDATE].operation, acts.not_enabled, made=acts.each_now(plans.disable)),
    Action("recover", "r", "recover", GRANTS[Right.RECOVER].operation, acts.not_deleted, made=acts.as_listed(plans.recover), hinted=False),
    Action("delete", "ctrl+d", "delete", GRANTS[Right.DELETE].operation, acts.not_there, made=acts.as_listed(plans.delete), hinted=False),
)
#: For good: it has a key, and is not offered among the others.
PURGE: Action[Secret] = Action("purge", "P", "purge", GRANTS[Right.PURGE].operation, acts.not_deleted, made=acts.as_listed(plans.purge))
RIGHTS = {
    "enable": Right.UPDATE,
    "disable": Right.UPDATE,
    "recover": Right.RECOVER,
    "delete": Right.DELETE,
    "purge": Right.PURGE,
}


class SecretsScreen(ScreenWithFindings[Secret]):
    """Those of one vault, or of all. Enter lists versions, n sets a new one, N a new version, x shows a value for half a minute."""

    kind = "secrets"
    aliases = ("secret",)
    drills = (Drill("versions", lambda row: not row.fault and not row.deleted, VersionsScreen),)
    actions = ACTIONS
    default_sort: ClassVar[tuple[str, bool]] = ("NAME", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "set a new secret", show=False, id="secrets.new"),
        Binding("N", "version", "set a new version of it", show=False, id="secrets.version"),
        Binding("e", "expiry", "set when it expires", show=False, id="secrets.expiry"),
        Binding("x", "reveal", "reveal: its value for half a minute, journaled", show=False, id="secrets.reveal"),
        Binding("X", "copy_value", "its value to the terminal's clipboard, journaled", show=False, id="secrets.copy-value"),
        Binding("P", "purge", "purge what was deleted, for good", show=False, id="secrets.purge"),
        Binding("full_stop", "deleted", "show what was deleted, or not", show=False, key_display=".", id="secrets.deleted"),
        *(Binding(action.key, f"act('{action.name}')", action.label, id=f"secrets.{action.name}") for action in ACTIONS),
    ]

    def __init__(self, session: Session, vault: KeyVault | None = None) -> None:
        self.vault = vault
        self._listed = SecretRows(session.data.vaults, vault.id if vault is not None else "")
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Secret], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        now = self.session.clock.now
        vault = Column[Secret]("VAULT", 12, lambda row: row.vault_name, priority=1, most=24, lasting=True)
        where = (vault,) if self.vault is None else ()
        return (
            Column("NAME", 20, lambda row: row.name, _name_style, priority=0, most=40, lasting=True),
            self.marker_column(),
            *where,
            Column("STATE", 8, lambda row: row.fault or row.state, cells.state_style, priority=0, lasting=True),
            Column(
                "EXPIRES",
                7,
                lambda row: cells.expires_text(row, now()),
                lambda row: cells.expires_style(row, now()),
                sort=lambda row: row.expires.timestamp() if row.expires is not None else None,
                priority=0,
                align="right",
            ),
            Column(
                "UPDATED",
                7,
                lambda row: cells.age_text(row.updated, self.session),
                sort=lambda row: -row.updated.timestamp() if row.updated is not None else None,
                priority=1,
                align="right",
            ),
            Column("CONTENT TYPE", 14, lambda row: row.content_type, priority=3, most=30, lasting=True),
            Column("OF", 11, lambda row: "certificate" if row.managed else "", priority=4, lasting=True),
            Column("PURGED ON", 10, lambda row: f"{row.purge_on:%Y-%m-%d}" if row.purge_on is not None else "", priority=2, lasting=True),
            Column(
                "TAGS", 10, lambda row: ", ".join(f"{key}={text}" for key, text in row.tags.items()), priority=5, stretch=True, lasting=True
            ),
        )

    @property
    def feed(self) -> Source[Secret]:
        return self._listed

    @property
    def polled(self) -> Sequence[Feed[Any]]:
        return self.session.data.vaults.feeds

    @property
    def what(self) -> str:
        return self.vault.name if self.vault is not None else "secrets"

    def key_of(self, row: Secret) -> str:
        return row.id

    def on_mount(self) -> None:
        """Which connections were made from them is read too: a list for each workspace."""
        self.session.data.vaults.begin()
        self.session.data.connections.begin()

    def on_unmount(self) -> None:
        self._listed.close()

    def rows_changed(self) -> None:
        """What one may do with them."""
        self.session.data.vaults.want_rights()

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return vault_findables.secrets(session)

    def refusal(self, action: Action[Secret], row: Secret) -> str:
        return action.refusal(row) or self._refused(row, RIGHTS[action.name])

    def describe(self, row: Secret) -> list[Fact]:
        return cells.secret_facts(row, self.session)

    def findings_of(self, row: Secret) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.data.secret_findings.of(row))

    def accepted_of(self, row: Secret) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.data.secret_findings.of(row))

    def why(self, row: Secret) -> list[Fact]:
        facts = self.found_facts(row, lambda _: "", cells.vault_ages(self.session))
        return [*(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[Secret], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        """A new version where it expires; where it is disabled, that is enabled."""
        row = rows[0]
        if len(rows) > 1:
            self.host.flash(f"{len(rows)} are marked: a new version is set for one at a time", "warn")
        elif acts.not_disabled(row):
            acts.open_version(self.session, self.host, row, agreed)
        else:
            self.action_act("enable")

    def own_hints(self) -> list[Part]:
        row = self.table.cursor_row
        vault = self._vault_of(row)
        greyed = bool(self.session.data.vaults.refusal(vault, Right.SET))
        hidden = row is None or bool(acts.not_readable(row) or self.session.data.vaults.refusal(vault, Right.READ))
        parts: list[Part] = []
        for name, key, label, off in (("new", "n", "new", greyed), ("version", "N", "version", greyed), ("reveal", "x", "reveal", hidden)):
            parts += [(self._hint_key(f"secrets.{name}", key), "muted" if off else "key"), (f" {label}  ", "muted" if off else "")]
        return [*parts, *super().own_hints()]

    def _failed_parts(self) -> str:
        """Which of several vaults the trouble is about."""
        names = [scope.rsplit("/", 1)[-1] for scope in self.feed.troubles]
        every = len(self.session.data.vaults.secrets.parts)
        return f"{len(names)} of {every} ({', '.join(names)}): " if self.vault is None and every > 1 else ""

    # Keys

    def action_new(self) -> None:
        """The form of a new secret, in the vault that is open, else in that of the row."""
        vault = self._vault_of(self.table.cursor_row)
        if vault is None:
            self.host.flash("in which vault? Enter on one of :vaults, then n", "warn")
        else:
            acts.open_new(self.session, self.host, vault)

    def action_version(self) -> None:
        """The form of a new version of the secret of the row."""
        row = self.table.cursor_row
        if row is not None and (why := acts.not_there(row)):
            self.host.flash(f"new version: {why}", "warn")
        elif row is not None:
            acts.open_version(self.session, self.host, row)

    def action_expiry(self) -> None:
        """The form of another end, for the marked secrets, else for that of the row."""
        rows = [row for row in self._chosen() if not acts.not_there(row)]
        if rows:
            acts.open_expiry(self.session, self.host, rows, self._hidden(rows), self.table.clear_marks)
        elif self._chosen():
            self.host.flash(f"expiry: {acts.not_there(self._chosen()[0])}", "warn")

    def action_reveal(self) -> None:
        acts.reveal(self.session, self.host, self.table.cursor_row)

    def action_copy_value(self) -> None:
        acts.copy_value(self.session, self.host, self.table.cursor_row)

    def action_purge(self) -> None:
        """One plan for the marked secrets that were deleted, else for that of the row."""
        rows = [row for row in self._chosen() if not PURGE.refusal(row)]
        if rows:
            refusal = next((why for row in rows if (why := self.refusal(PURGE, row))), "")
            begin(PURGE, rows, refusal, self.session, self.host, notes=self._hidden(rows), agreed=self.table.clear_marks)
        elif self._chosen():
            self.host.flash(f"purge: {PURGE.refusal(self._chosen()[0])}", "warn")

    def action_deleted(self) -> None:
        """What was deleted and can be recovered, shown or not."""
        self._listed.shows_deleted = not self._listed.shows_deleted
        self._listed.touch()
        self._update()

    def action_refresh(self) -> None:
        super().action_refresh()
        for feed in self.session.data.vaults.feeds:
            feed.refresh()

    def _vault_of(self, row: Secret | None) -> KeyVault | None:
        """The vault that is open as it is now, else that of a row, else the only one."""
        every = self.session.data.vaults.vaults
        wanted = self.vault.id if self.vault is not None else row.vault if row is not None else every[0].id if len(every) == 1 else ""
        return self.session.data.vaults.vault(wanted)

    def _refused(self, row: Secret, right: Right) -> str:
        return self.session.data.vaults.refusal(self.session.data.vaults.vault(row.vault), right)


def _name_style(row: Secret) -> str:
    return "bad" if row.fault else "muted" if row.deleted else ""
