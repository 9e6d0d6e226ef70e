"""Access: who holds which role here, above, below and on the workspace's companions, and what of it should be looked at."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.domain.access.grants import Grant
from console.domain.access.principals import PrincipalKind
from console.domain.findable import Searched
from console.domain.scopes import WorkspaceRef
from console.feeds.source import Source
from console.session import Session
from screens import access_actions, access_bundles, denial_pages, findables
from screens import access_cells as cells
from screens.actions import Action, Drill
from screens.grants import GrantsScreen
from screens.members import MembersScreen
from screens.offboard import OffboardScreen
from screens.principal import PrincipalScreen
from screens.widgets.columns import Column
from screens.widgets.status_line import Part


class AccessScreen(GrantsScreen):
    """Enter goes to all that a principal holds, of a group to who is in it."""

    kind = "access"
    number = "5"
    aliases = ("rbac", "iam")
    default_sort = ("PRINCIPAL", False)
    drills = (
        Drill("members", lambda row: row.kind is PrincipalKind.GROUP, MembersScreen, reads=False),
        Drill("principal", lambda row: bool(row.principal_id), PrincipalScreen, key="P", reads=False),
        Drill("offboard", lambda row: bool(row.principal_id), OffboardScreen, key="X", enters=False, reads=False),
    )

    actions = access_actions.ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "assign", "assign a role", show=False, id="access.assign"),
        Binding("N", "assign_like", "assign a role like this to another", show=False, id="access.assign-like"),
        *(Binding(each.key, f"act('{each.name}')", each.label, id=f"access.{each.name}") for each in access_actions.ACTIONS),
        Binding("s", "activate", "activate a role that you are eligible for (PIM)", show=False, id="access.activate"),
        Binding("D", "denials", "what is denied here, whatever roles say", show=False, id="access.denials"),
        Binding("V", "who", "who can do what", show=False, id="access.who"),
        Binding("P", "drill('principal')", "all that the principal holds", show=False, id="access.principal"),
        Binding("X", "drill('offboard')", "what is to be done when they leave", show=False, id="access.offboard"),
        Binding("K", "kit", "give a kit of roles", show=False, id="access.kit"),
    ]

    @property
    def columns(self) -> tuple[Column[Grant], ...]:  # type: ignore[override]  # built per screen: a cell reads the session
        return (
            Column("PRINCIPAL", 18, cells.principal_text, _style, cells.principal_order, priority=0, most=26, stretch=True),
            Column("KIND", 8, cells.kind_text, priority=1),
            *self.grant_columns(),
        )

    @property
    def feed(self) -> Source[Grant]:
        return self.session.access.now.shown

    def compose(self) -> ComposeResult:
        self.session.access.now.recall()
        yield from super().compose()

    @classmethod
    def searched(cls, session: Session) -> Searched:
        return findables.access(session)

    def on_mount(self) -> None:
        # The rows that are known first: what begins a reading would hold the interpreter.
        self.call_after_refresh(self.session.access.now.begin)

    def workspace_of(self, row: Grant) -> WorkspaceRef | None:
        return access_actions.workspace_of(self.session, row)

    def refusal(self, action: Action[Grant], row: Grant) -> str:
        return access_actions.refusal(self.session, action, row)

    def action_assign(self) -> None:
        """The form that assigns a role, on the workspace of the row under the cursor."""
        access_actions.assign(self.host, self.session, self.table.cursor_row)

    def action_assign_like(self) -> None:
        """The same form, with the role, scope and condition of the row."""
        access_actions.assign(self.host, self.session, self.table.cursor_row, like=True)

    def action_who(self) -> None:
        """Who can do what here."""
        self.host.go_to("who")

    def action_denials(self) -> None:
        """The deny assignments that bear on the workspaces that are open."""
        self.host.read("deny assignments", denial_pages.denial_facts(self.session))

    def own_hints(self) -> list[Part]:
        greyed = bool(self.session.context.reading_only)
        key = self._hint_key("access.assign", "n")
        own: list[Part] = [(key, "muted" if greyed else "key"), (" assign  ", "muted" if greyed else "")]
        who: list[Part] = [(self._hint_key("access.who", "V"), "key"), (" who can  ", "")] if self.size.width >= cells.WIDE else []
        return [*own, *super().own_hints(), *who]

    def action_kit(self) -> None:
        """The form that gives a kit, in the workspace of the row under the cursor."""
        access_bundles.kit(self.host, self.session, self.table.cursor_row)

    def action_activate(self) -> None:
        """The form that activates the row, where it is an eligibility of one's own."""
        access_actions.activate(self.host, self.session, self.table.cursor_row)

    def told_of_rows(self) -> list[Part]:
        return [*_told_of_usage(self), *_told_of_denials(self), *super().told_of_rows(), *_told_of_unread(self)]


def _style(row: Grant) -> str:
    return "bad" if row.fault or row.orphan else "muted" if row.principal is None else ""


def _told_of_usage(screen: AccessScreen) -> list[Part]:
    """How many of the assignments that a subscription may have are there: of several subscriptions the fullest."""
    told = [(each.used, each.limit) for each in screen.session.access.now.usages.items if each.used is not None and each.limit]
    if not told:
        return []
    used, limit = max(told, key=lambda each: each[0] / each[1])
    return [(f" {used}/{limit}", "warn" if used >= 0.9 * limit else "muted")]


def _told_of_denials(screen: AccessScreen) -> list[Part]:
    """How many deny assignments stand against what is listed, and the key that tells them."""
    denials = denial_pages.counted(screen.session)
    return [(f"  {denials} denied ({screen.host.key('access.denials', 'D')})", "warn")] if denials else []


def _told_of_unread(screen: AccessScreen) -> list[Part]:
    """What else could not be read: rows may lack it."""
    unread = screen.session.access.now.unread
    said = screen.feed.troubles or screen.feed.incomplete or not screen.feed.loaded
    return [(f"  not read: {', '.join(unread)} (L)", "warn")] if unread and not said else []
