"""Members: who is in a group, through groups within it too."""

from __future__ import annotations

from console.domain.access.grants import Grant
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.findable import Searched
from console.feeds.source import Source
from console.session import Session
from screens import access_cells as cells
from screens import links
from screens.actions import Action, Drill
from screens.principal import PrincipalScreen
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact


class MembersScreen(ResourceScreen[Principal]):
    """Enter goes to all that a member holds."""

    kind = "members"
    drills = (Drill("principal", lambda row: bool(row.id), PrincipalScreen, reads=False),)

    def __init__(self, session: Session, row: Grant) -> None:
        self.row = row
        self._source = session.access.now.members_of(row.principal_id)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Principal], ...]:  # type: ignore[override]  # built per screen, as those of other kinds are
        return (
            Column("NAME", 24, lambda row: row.label, priority=0, most=44),
            Column("KIND", 8, _kind, priority=0),
            Column("ENABLED", 7, lambda row: "" if row.enabled is None else "yes" if row.enabled else "no", _enabled_style, priority=1),
            Column("DISPLAY NAME", 24, lambda row: row.name, priority=2, most=36),
            Column("OBJECT ID", 36, lambda row: row.id, priority=3),
        )

    @property
    def feed(self) -> Source[Principal]:
        return self._source

    @property
    def what(self) -> str:
        return cells.title_of(self.row.label, self.app.size.width)

    def key_of(self, row: Principal) -> str:
        return row.id

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_unmount(self) -> None:
        self._source.close()

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def rows_changed(self) -> None:
        """Accounts are asked for those in view: a group may be everybody."""
        height = max(1, self.size.height)
        first = max(0, self.table.cursor_position - height)
        in_view = self.table.visible_rows[first : self.table.cursor_position + height]
        self.session.access.now.look_up([row.id for row in in_view if row.kind is PrincipalKind.USER])

    def refusal(self, action: Action[Principal], row: Principal) -> str:
        return f"{action.label} does not apply to a member"

    def describe(self, row: Principal) -> list[Fact]:
        return cells.principal_facts(row, self.row, self.session)

    def links(self, row: Principal) -> list[Fact]:
        return [Fact("principal", links.principal(row.id, row.kind, self.session.cloud))]

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.label)

    def action_describe(self) -> None:
        if self.table.cursor_row is not None:
            self.host.read(f"describe {self.table.cursor_row.label}", self.describe(self.table.cursor_row))

    def nothing_shown(self) -> str:
        if hidden := super().nothing_shown():
            return hidden
        trouble = self.session.access.now.people.members.trouble
        if self.rows:
            return ""
        if self.session.access.now.directory.members.get(self.row.principal_id) is not None:
            return "Nobody is in this group."
        return f"Its members are not known: {trouble.sentence}" if trouble is not None else "Its members are being read…"


def _kind(row: Principal) -> str:
    return "guest" if row.guest else "identity" if row.service == "ManagedIdentity" else cells.KINDS[row.kind]


def _enabled_style(row: Principal) -> str:
    return "bad" if row.enabled is False else ""
