"""Principal: everything that one person, group or identity holds in the workspaces that are open, directly and through groups."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.access.abilities import Ability
from console.domain.access.grants import Grant
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.findable import Searched
from console.feeds.source import Source
from console.session import Session
from screens import access_bundles
from screens import access_cells as cells
from screens.grants import GrantsScreen
from screens.who_pages import verbs_facts
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part


class PrincipalScreen(GrantsScreen):
    """One row for each role that reaches the principal, with the group that it comes through."""

    kind = "principal"
    default_sort = ("ROLE", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("X", "offboard", "what is to be done when they leave", show=False, id="principal.offboard"),
        Binding("C", "copy_access", "give another what they hold", show=False, id="principal.copy-access"),
        Binding("V", "verbs", "what all of it lets them do", show=False, id="principal.verbs"),
    ]

    def __init__(self, session: Session, row: Grant | Principal | Ability) -> None:
        self.principal_id = row.id if isinstance(row, Principal) else row.principal_id
        self._label = row.label
        self._verbs_wanted = False
        self._source = session.access.now.of(self.principal_id)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Grant], ...]:  # type: ignore[override]  # built per screen: a cell reads the session
        role, *others = self.grant_columns()
        return (role, Column("THROUGH", 18, _through, _style, priority=0, stretch=True), *others)

    @property
    def feed(self) -> Source[Grant]:
        return self._source

    @property
    def what(self) -> str:
        return cells.title_of(self._label, self.app.size.width)

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def rows_changed(self) -> None:
        who = self.session.access.now.directory.get(self.principal_id)
        self.session.access.now.look_up([self.principal_id] if who is not None and who.kind is PrincipalKind.USER else ())
        if self._verbs_wanted:
            self._show_verbs()

    def on_unmount(self) -> None:
        self._source.close()

    def action_offboard(self) -> None:
        """The checklist of what is to be taken away from them."""
        access_bundles.offboard(self.host, self.session, self.principal_id, self._label)

    def action_copy_access(self) -> None:
        """The form that gives another what they hold directly."""
        access_bundles.copy(self.host, self.session, self.principal_id, self._label)

    def action_verbs(self) -> None:
        """What all that they hold lets them do, as soon as it is worked out."""
        self.session.access.who.begin()
        self._show_verbs()

    def _show_verbs(self) -> None:
        who = self.session.access.who
        who.look()
        self._verbs_wanted = not who.rows.loaded
        if not self._verbs_wanted:
            self.host.read(f"what {self._label} can do", verbs_facts(who.abilities_of(self.principal_id), self.session))

    def own_hints(self) -> list[Part]:
        can: list[Part] = [(self._hint_key("principal.verbs", "V"), "key"), (" can do  ", "")]
        return [*super().own_hints(), *(can if self.size.width >= cells.WIDE else ())]

    def describe(self, row: Grant) -> list[Fact]:
        who = self.session.access.now.directory.get(self.principal_id)
        about = cells.principal_facts(who, row, self.session) if row.via else []
        return [*about, *([Fact("", "")] if about else []), *cells.facts(row, self.session)]


def _through(row: Grant) -> str:
    return row.via or ("may be anybody's" if row.fault else "itself")


def _style(row: Grant) -> str:
    return "muted" if not row.via else ""
