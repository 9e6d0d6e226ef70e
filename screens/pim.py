"""PIM: the roles that one may activate oneself, and until when those that are active last."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain import durations
from console.domain.access.pim import OwnRole
from console.domain.access.role_verbs import verbs_of
from console.domain.findable import Searched
from console.feeds.source import Source
from console.operations.pim import WRITE, can_activate
from console.session import Session
from screens import access_cells as cells
from screens.actions import Action, later
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact

ACTIVATE: Action[OwnRole] = Action("activate", "s", "activate", WRITE, can_activate, form=later("screens.forms.activate", "ActivateForm"))


class PimScreen(ResourceScreen[OwnRole]):
    """Enter tells all of a row, `s` activates it for some hours."""

    kind = "pim"
    default_sort = ("ROLE", False)
    actions = (ACTIVATE,)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(ACTIVATE.key, f"act('{ACTIVATE.name}')", ACTIVATE.label, id=f"pim.{ACTIVATE.name}"),
    ]

    @property
    def columns(self) -> tuple[Column[OwnRole], ...]:  # type: ignore[override]  # built per screen: a cell reads the session
        return (
            Column("ROLE", 24, lambda row: row.fault or row.name, lambda row: "bad" if row.fault else "", priority=0, stretch=True),
            Column("SCOPE", 20, lambda row: cells.scope_text(row.scope, self.session), priority=0, most=32),
            Column("STATE", 24, self._state, lambda row: "ok" if row.active else "muted", priority=0, most=28),
            Column("THROUGH", 8, lambda row: "a group" if row.through_group else "", priority=2),
            Column("ELIGIBLE UNTIL", 16, lambda row: _moment(row.until), priority=3),
            Column("THE ROLE CAN", 20, _verbs, priority=2, most=80),
        )

    @property
    def feed(self) -> Source[OwnRole]:
        return self.session.access.pim.roles

    @classmethod
    def searched(cls, session: Session) -> Searched | None:
        return None

    def on_mount(self) -> None:
        self.session.access.pim.begin()

    def key_of(self, row: OwnRole) -> str:
        return row.id

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def _placeholder(self) -> str:
        told = super()._placeholder()
        return "You are eligible for no role here (PIM)." if told == f"No {self.kind} here." else told

    def refusal(self, action: Action[OwnRole], row: OwnRole) -> str:
        """No role lets one activate: the policy decides, which Azure is asked about."""
        return action.refusal(row) or self.session.context.reading_only

    def describe(self, row: OwnRole) -> list[Fact]:
        facts = [
            Fact("role", row.name),
            Fact("scope", row.scope),
            Fact("state", self._state(row)),
            Fact("eligible", f"until {_moment(row.until)}" if row.until is not None else "without an end"),
        ]
        facts += [Fact("through", "a group that you are in")] if row.through_group else []
        facts += [Fact("only if", row.condition, "warn")] if row.condition else []
        facts += [Fact("unreadable", row.fault, "bad", "bad")] if row.fault else []
        return [*facts, Fact("", ""), *cells.role_facts(row.definition, row.role)]

    def _state(self, row: OwnRole) -> str:
        return state_text(row, self.session.clock.now())


def state_text(row: OwnRole, now: datetime) -> str:
    """Eligible, or active and until when."""
    if not row.active:
        return "eligible"
    if row.ends is None:
        return "active"
    left = row.ends - now
    return f"active to {row.ends:%H:%M} ({durations.words(left)})" if left.total_seconds() > 0 else "ended"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment is not None else ""


def _verbs(row: OwnRole) -> str:
    return ", ".join(verb.name for verb in verbs_of(row.definition)) if row.definition is not None else "?"
