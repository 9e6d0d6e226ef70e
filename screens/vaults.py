"""Vaults: the Key Vaults of the workspaces, who decides about their secrets, and what you may do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.key_vaults import KeyVault
from console.domain.vault_rights import Right
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.session import Session
from screens import links, vault_findables
from screens import vault_cells as cells
from screens.actions import Action, Drill
from screens.reasons import GAP
from screens.vault_secrets import SecretsScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.with_findings import ScreenWithFindings


class VaultsScreen(ScreenWithFindings[KeyVault]):
    """Enter lists a vault's secrets, never a value. A vault that refuses says so in its row, and hides no other."""

    kind = "vaults"
    aliases = ("vault", "kv")
    drills = (Drill("secrets", lambda row: not row.fault, SecretsScreen, reads=False),)
    default_sort: ClassVar[tuple[str, bool]] = ("NAME", False)

    @property
    def columns(self) -> tuple[Column[KeyVault], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 18, lambda row: row.name, lambda row: "bad" if row.fault else "", priority=0, most=26, lasting=True),
            self.marker_column(),
            Column("OF", 14, lambda row: row.fault or cells.workspaces_text(row, self.session), priority=2, most=32),
            Column("DECIDES", 8, lambda row: "?" if row.unread else "roles" if row.rbac else "policies", priority=1, lasting=True),
            Column(
                "SECRETS",
                7,
                lambda row: cells.count_text(row, self.session),
                self._count_style,
                sort=self._count,
                priority=0,
                align="right",
            ),
            Column("≤30d", 4, self._expiring, self._expiring_style, sort=self._expiring_sort, priority=0, align="right"),
            Column("YOU MAY", 16, lambda row: "" if row.fault else cells.may_text(row, self.session), priority=1),
            Column("PURGE", 9, _purge_text, priority=3, lasting=True),
            Column("NETWORK", 7, lambda row: "?" if row.unread else row.network, priority=4, lasting=True),
        )

    @property
    def feed(self) -> Source[KeyVault]:
        return self.session.data.vault_rows

    @property
    def polled(self) -> Sequence[Feed[Any]]:
        """What is in them too: how many, and what expires."""
        return self.session.data.vaults.feeds

    def key_of(self, row: KeyVault) -> str:
        return row.id

    def on_mount(self) -> None:
        self.session.data.vaults.begin()

    def tags_of(self, row: KeyVault) -> Mapping[str, str]:
        """Its own, and of its workspaces those that it lacks, once they are read."""
        found: dict[str, str] = {}
        for place in row.workspaces:
            found |= self.session.visible.tags(place)
        return found | row.tags

    def rows_changed(self) -> None:
        """What one may do there."""
        self.session.data.vaults.want_rights()

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return vault_findables.vaults(session)

    def refusal(self, action: Action[KeyVault], row: KeyVault) -> str:
        return action.refusal(row) or self.session.data.vaults.refusal(row, Right.LIST)

    def describe(self, row: KeyVault) -> list[Fact]:
        return cells.vault_facts(row, self.session)

    def findings_of(self, row: KeyVault) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.data.vault_findings.of(row))

    def accepted_of(self, row: KeyVault) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.data.vault_findings.of(row))

    def why(self, row: KeyVault) -> list[Fact]:
        facts = self.found_facts(row, lambda _: "", cells.vault_ages(self.session))
        return [*(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[KeyVault], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        found = next((each for row in rows for each in self.findings_of(row)), None)
        self.host.flash(found.advice if found is not None else "nothing is found of it", "warn")

    def links(self, row: KeyVault) -> list[Fact]:
        return [Fact("portal", links.portal(row.id, self.session.cloud))]

    def action_refresh(self) -> None:
        super().action_refresh()
        for feed in self.session.data.vaults.feeds:
            feed.refresh()

    # Cells

    def _count(self, row: KeyVault) -> int | None:
        secrets = self.session.data.vaults.secrets_of(row.id)
        return len(secrets) if secrets is not None else None

    def _count_style(self, row: KeyVault) -> str:
        return "warn" if cells.count_text(row, self.session) in {"refused", "?"} else ""

    def _expiring(self, row: KeyVault) -> str:
        found = cells.expiring(row, self.session)
        return "" if not found else str(found)

    def _expiring_sort(self, row: KeyVault) -> int | None:
        return cells.expiring(row, self.session)

    def _expiring_style(self, row: KeyVault) -> str:
        return "warn" if cells.expiring(row, self.session) else ""


def _purge_text(row: KeyVault) -> str:
    return "?" if row.unread else "protected" if row.purge_protection else "open"
