"""Versions of one secret: when each was made, until when it is good, and whether it can be read."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.vault_secrets import Secret, newest
from console.feeds.feed import Feed
from console.session import Session
from screens import secret_acts as acts
from screens import vault_cells as cells
from screens.actions import Action
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class VersionsScreen(ResourceScreen[Secret]):
    """Read for as long as it is shown. x shows the value of the version under the cursor."""

    kind = "versions"
    default_sort: ClassVar[tuple[str, bool]] = ("CREATED", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "reveal", "reveal: its value for half a minute, journaled", show=False, id="versions.reveal"),
        Binding("X", "copy_value", "its value to the terminal's clipboard, journaled", show=False, id="versions.copy-value"),
    ]

    def __init__(self, session: Session, row: Secret) -> None:
        self.row = row
        self._feed = session.data.versions_of(row)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Secret], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        now = self.session.clock.now
        return (
            Column("VERSION", 32, lambda row: row.version or "?", priority=0, most=34, lasting=True),
            Column("NEWEST", 6, lambda row: "newest" if row is newest(self._feed.items) else "", priority=1),
            Column("STATE", 8, lambda row: row.fault or row.state, cells.state_style, priority=0, lasting=True),
            Column(
                "CREATED",
                8,
                lambda row: cells.age_text(row.created, self.session),
                sort=lambda row: -row.created.timestamp() if row.created is not None else None,
                priority=0,
                align="right",
            ),
            Column(
                "EXPIRES",
                7,
                lambda row: cells.expires_text(row, now()),
                lambda row: cells.expires_style(row, now()),
                sort=lambda row: row.expires.timestamp() if row.expires is not None else None,
                priority=0,
                align="right",
            ),
            Column("CONTENT TYPE", 14, lambda row: row.content_type, priority=2, stretch=True, lasting=True),
        )

    @property
    def feed(self) -> Feed[Secret]:
        return self._feed

    @property
    def what(self) -> str:
        return self.row.name

    def key_of(self, row: Secret) -> str:
        return row.id

    def on_mount(self) -> None:
        self._feed.subscribe(lambda _feed: self._changed())

    def on_unmount(self) -> None:
        self.session.release(self._feed)

    def refusal(self, action: Action[Secret], row: Secret) -> str:
        return f"{action.label} does not apply to a version"

    def describe(self, row: Secret) -> list[Fact]:
        return cells.secret_facts(row, self.session)

    def _failed_parts(self) -> str:
        return ""

    def action_reveal(self) -> None:
        acts.reveal(self.session, self.host, self.table.cursor_row)

    def action_copy_value(self) -> None:
        acts.copy_value(self.session, self.host, self.table.cursor_row)
