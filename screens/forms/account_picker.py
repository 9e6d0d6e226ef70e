"""Storage accounts to choose from: those in the subscriptions that are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.storage_accounts import StorageAccount
from console.session import Session
from screens.forms.picker import Picker
from screens.reasons import utc
from screens.storage_cells import network_text
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class AccountPicker(Picker[StorageAccount]):
    """Those that lie in the subscriptions of the workspaces; others can be typed by name."""

    title_text = "Storage account"
    hint = "a part of its name, region or a tag"
    nothing = "no account of that name is seen; one that is not can be typed by its name"

    def __init__(self, session: Session, text: str = "") -> None:
        self._session = session
        super().__init__(text)

    def columns(self) -> Sequence[Column[StorageAccount]]:
        return (
            Column("NAME", 24, lambda row: row.name, priority=0, stretch=True),
            Column("GEN2", 4, lambda row: "yes" if row.hierarchical else "", priority=0),
            Column("KEYS", 4, lambda row: "" if row.shared_key else "off", lambda _: "warn", priority=0),
            Column("NETWORK", 8, network_text, priority=0),
            Column("REGION", 14, lambda row: row.location, priority=1),
        )

    def key_of(self, row: StorageAccount) -> str:
        return row.id

    def found(self, text: str) -> Sequence[StorageAccount]:
        words = text.lower().split()
        rows = (each for each in self._session.data.storage.accounts.items if not each.fault)
        fitting = (each for each in rows if all(word in f"{each.name} {each.location} {each.tags}".lower() for word in words))
        return sorted(fitting, key=lambda each: each.name)

    def told(self, row: StorageAccount) -> Sequence[Fact]:
        return [
            Fact("id", row.id),
            Fact("keys", f"the older one was made {utc(row.oldest_key)}" if row.shared_key else "open nothing here"),
        ]
