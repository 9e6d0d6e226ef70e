"""Offboard: all that somebody has, as a checklist: what is done, what a plan takes away, and what is not to be had from here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.access.grants import Grant
from console.domain.access.offboarding import Line, State, Topic
from console.domain.access.principals import Principal
from console.domain.access.vault_policies import PolicyRef
from console.domain.findable import Searched
from console.domain.trouble import TroubleError
from console.feeds.source import Source
from console.operations.access import can_remove
from console.operations.plan import Plan
from console.session import Session
from screens import access_cells as cells
from screens.actions import Action
from screens.plan_keys import refusal_of
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

Making = Callable[[], Awaitable[Plan | None]]
STYLES = {State.PLAN: "warn", State.ELSEWHERE: "bold", State.UNKNOWN: "bad", State.DONE: "ok"}


class OffboardScreen(ResourceScreen[Line]):
    """ctrl+d plans the removal of all role assignments, x that of access policies; enter goes to an instance, d tells a line whole."""

    kind = "offboard"
    default_sort = ("", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "remove", "remove all role assignments", show=False, id="offboard.remove"),
        Binding("x", "policies", "remove access policies", show=False, id="offboard.policies"),
        Binding("c", "copy_command", "copy the command, else what the line says", show=False, id="offboard.copy-command"),
    ]

    def __init__(self, session: Session, row: Grant | Principal) -> None:
        self.principal_id = row.principal_id if isinstance(row, Grant) else row.id
        self._label = row.label
        self._list = session.access.offboarding(self.principal_id)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Line], ...]:  # type: ignore[override]  # built per screen, as those of other kinds are
        return (
            Column("STATE", 13, lambda row: str(row.state), lambda row: STYLES[row.state], priority=0),
            Column("TOPIC", 13, lambda row: str(row.topic), priority=1),
            Column("WHAT", 34, lambda row: row.what, priority=0, stretch=True),
            Column("HOW", 30, _how, lambda row: "warn" if row.look_at else "muted", priority=2, most=60),
        )

    @property
    def feed(self) -> Source[Line]:
        return self._list.rows

    @property
    def what(self) -> str:
        return f"offboard {cells.title_of(self._label, self.app.size.width)}"

    def key_of(self, row: Line) -> str:
        return row.key

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_mount(self) -> None:
        access = self.session.access.now
        access.begin()
        access.want_vaults()
        for place in access.places:
            for _, scope in place.companions:
                self.session.want_allowance(scope)

    def on_unmount(self) -> None:
        self._list.close()

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def rows_changed(self) -> None:
        access = self.session.access.now
        access.look_up()
        access.want_vaults()
        self.session.last_runs.want([each.id for each in self.session.computes.items])

    def refusal(self, action: Action[Line], row: Line) -> str:
        return f"{action.label} does not apply to a checklist"

    def describe(self, row: Line) -> list[Fact]:
        lines = [("what", row.what), ("state", str(row.state)), ("topic", str(row.topic)), ("how", row.how), ("command", row.command)]
        found = [Fact(name, text) for name, text in lines if text]
        found += [Fact("look out", row.look_at, "warn", "warn")] if row.look_at else []
        return [*found, *([Fact("id", row.ref)] if row.ref else [])]

    def own_hints(self) -> list[Part]:
        parts: list[Part] = []
        wanted = (
            ("offboard.remove", "^d", "roles", bool(self._grants())),
            ("offboard.policies", "x", "policies", bool(self._policies())),
            ("offboard.copy-command", "c", "copy command", True),
        )
        for name, key, label, there in wanted:
            look = "key" if there else "muted"
            parts += [(self._hint_key(name, key), look), (f" {label}  ", "" if there else "muted")]
        return parts

    # Keys

    def action_open(self) -> None:
        """To an instance, where its plans are; any other line is told whole."""
        row = self.table.cursor_row
        if row is not None and row.ref and row.topic in {Topic.COMPUTE, Topic.JOB}:
            self.host.go_to("compute").show_row(row.ref)
        else:
            self.action_describe()

    def action_describe(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.read(f"offboard {self._label}: {row.topic}", self.describe(row))

    def action_copy_command(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.copy(row.command or row.what)

    def action_remove(self) -> None:
        """All role assignments that are theirs directly, in one plan."""
        grants = self._grants()
        if not grants:
            self.host.flash(f"{self._label} holds no role directly that could be removed", "warn")
            return
        stays = [each.what for each in self._list.keys]
        self._propose(lambda: self.session.access.bundles.offboard(self._label, grants, stays))

    def action_policies(self) -> None:
        """The access policies that name them."""
        refs = self._policies()
        if not refs:
            self.host.flash(f"no access policy names {self._label}", "warn")
            return
        self._propose(lambda: self.session.access.bundles.take_policies(self._label, refs))

    def _propose(self, make: Making) -> None:
        """Show a plan once it is made; why it cannot be made is told."""

        async def making() -> Sequence[str]:
            try:
                plan = await make()
            except TroubleError as error:
                self.host.report(error.trouble)
            else:
                made.extend([plan] if plan is not None else [])
                if plan is None:
                    self.host.flash("it is gone already", "warn")
            return ()

        def show(_: Sequence[str]) -> None:
            for plan in made:
                self.host.propose(plan, refusal_of(self.session, plan))

        made: list[Plan] = []
        self.host.flash("making the plan …")
        self.host.later(making(), show)

    def _grants(self) -> list[Grant]:
        wanted = {row.ref for row in self.feed.items if row.topic is Topic.ROLE and row.state is State.PLAN}
        return [each for each in self.session.access.now.grants.items if each.id in wanted and not can_remove(each)]

    def _policies(self) -> list[PolicyRef]:
        found = (PolicyRef.parse(row.ref) for row in self.feed.items if row.topic is Topic.POLICY and row.ref)
        return [each for each in found if each is not None]


def _how(row: Line) -> str:
    return row.look_at or row.command or row.how
