"""Rows of access: what every list of grants has in common, be it of a workspace or of one principal."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.access.grants import Flag, Grant, Standing, flags
from screens import access_actions, links
from screens import access_cells as cells
from screens.actions import Action
from screens.filters import Narrowing
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part


class GrantsScreen(ResourceScreen[Grant]):
    """`i` says what the role lets its holder do, F leaves the rows that should be looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "role", "what the role lets its holder do", show=False, id="access.role"),
        Binding("F", "flagged", "only what should be looked at", show=False, id="access.flagged"),
    ]

    def grant_columns(self) -> tuple[Column[Grant], ...]:
        """Those after the principal."""
        return (
            Column("ROLE", 17, cells.role_text, cells.role_style, priority=0, most=30),
            Column("WHERE", 9, lambda row: str(row.standing), _where_style, priority=1),
            Column("SCOPE", 14, self._scope, priority=1, most=24),
            Column("FLAGS", 7, self._flags, self._flags_style, priority=1, most=16),
            Column("PIM", 9, lambda row: cells.pim_text(row, self._now), sort=_ends, priority=3, most=18),
            Column("IF", 3, lambda row: "yes" if row.condition else "", priority=3),
            Column("AGE", 5, lambda row: cells.age_text(row.created_on, self._now), sort=_began, priority=4, align="right", most=6),
            Column("BY", 12, self._giver, priority=5, most=24),
        )

    def key_of(self, row: Grant) -> str:
        return row.id

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def rows_changed(self) -> None:
        self.session.access.look_up()

    def refusal(self, action: Action[Grant], row: Grant) -> str:
        return f"{action.label} does not apply to access"

    def describe(self, row: Grant) -> list[Fact]:
        return cells.facts(row, self.session)

    def links(self, row: Grant) -> list[Fact]:
        cloud = self.session.cloud
        return [
            Fact("access control", links.access(row.scope, cloud)),
            Fact("principal", links.principal(row.principal_id, row.kind, cloud)),
        ]

    def action_copy_name(self) -> None:
        """The principal's name: that of an assignment is a GUID."""
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.label)

    def action_describe(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.read(f"describe {row.label} · {row.role_name}", self.describe(row))

    def action_role(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.read(f"role {row.role_name}", cells.role_facts(row.definition, row.role))

    def action_flagged(self) -> None:
        """Only what should be looked at, or all again. That a person holds a role directly is told, but is no reason to look."""
        test = Narrowing[Grant]("flagged", lambda row: bool(set(flags(row, self._now)) - {Flag.DIRECT}), "Nothing here needs a look (F).")
        self.narrow(None if self.narrowing is not None else test)

    def own_hints(self) -> list[Part]:
        greyed = self.table.cursor_row is None
        parts: list[Part] = []
        for name, key, label in (("list.open", "enter", "holds"), ("access.role", "i", "role"), ("access.flagged", "F", "flagged")):
            parts += [(self._hint_key(name, key), "muted" if greyed else "key"), (f" {label}  ", "muted" if greyed else "")]
        return parts

    def on_resource_table_cursor_lost(self, event: object) -> None:
        """An assignment that goes is told by whoever took it away; its GUID would tell nobody anything."""

    @property
    def _now(self) -> datetime:
        return self.session.clock.now()

    def _scope(self, row: Grant) -> str:
        return cells.scope_text(row.scope, self.session)

    def _flags(self, row: Grant) -> str:
        return access_actions.spreading(self.session, row) or cells.flags_text(row, self._now)

    def _flags_style(self, row: Grant) -> str:
        return cells.flags_style(row, self._now)

    def _giver(self, row: Grant) -> str:
        giver = self.session.access.directory.get(row.created_by) if row.created_by else None
        return giver.label if giver is not None else row.created_by[:8]


def _where_style(row: Grant) -> str:
    return "" if row.standing is Standing.HERE else "muted"


def _ends(row: Grant) -> float | None:
    return row.until.timestamp() if row.until is not None else None


def _began(row: Grant) -> float | None:
    return -row.created_on.timestamp() if row.created_on is not None else None
