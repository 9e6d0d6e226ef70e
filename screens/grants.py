"""Rows of access: what every list of grants has in common, be it of a workspace or of one principal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.access.grants import Grant, Standing
from console.domain.findings.finding import Finding, Source
from console.feeds.findings import Accepted
from console.session import Session
from screens import access_actions, denial_pages, links
from screens import access_cells as cells
from screens.actions import Action, begin
from screens.host import Host
from screens.reasons import GAP, age_of
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings


class GrantsScreen(ScreenWithFindings[Grant]):
    """`i` says what the role lets its holder do, F leaves the rows of which something is found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "role", "what the role lets its holder do", show=False, id="access.role"),
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
        self.session.access.now.look_up()

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

    def findings_of(self, row: Grant) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.access.findings.of(row))

    def accepted_of(self, row: Grant) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.access.findings.of(row))

    def why(self, row: Grant) -> list[Fact]:
        found = self.found_facts(row, lambda each: plan_of(each, row, self.session), grant_ages(self.session))
        denied = denial_pages.bar_facts(row, self.session)
        return [*(found or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *denied, *self.describe(row)]

    def mend(self, rows: Sequence[Grant], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        mend(rows, self.session, self.host, notes, agreed)

    def own_hints(self) -> list[Part]:
        greyed = self.table.cursor_row is None
        parts: list[Part] = []
        for name, key, label in (("list.open", "enter", "holds"), ("access.role", "i", "role")):
            parts += [(self._hint_key(name, key), "muted" if greyed else "key"), (f" {label}  ", "muted" if greyed else "")]
        return [*parts, *super().own_hints()]

    def name_of(self, row: Grant) -> str:
        return f"{row.label} ({row.role_name})"

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        """An assignment that goes is told by whoever took it away; its GUID would tell nobody anything."""
        event.prevent_default()  # Textual would call the handler of the class above as well

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
        giver = self.session.access.now.directory.get(row.created_by) if row.created_by else None
        return giver.label if giver is not None else row.created_by[:8]


def grant_ages(session: Session) -> Callable[[Source], str]:
    """How long ago what findings about access rest on was read."""

    def age(source: Source) -> str:
        return "names are kept for a day" if source is Source.DIRECTORY else age_of(session.access.now.assignments.age)

    return age


def plan_of(finding: Finding, grant: Grant | None, session: Session) -> str:
    """What `f` would do about a grant, in a sentence."""
    if grant is None:
        return f"{finding.subject_name} does not hold it any more."
    if not finding.remedy:
        return ""
    why = access_actions.refusal(session, access_actions.REMOVE, grant)
    return f"f proposes to remove the assignment{f'; refused: {why}' if why else ''}."


def mend(rows: Sequence[Grant], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None) -> None:
    """Show the plan that removes those of the grants of which something is found that a removal mends."""
    wanted = [row for row in rows if any(each.remedy for each in session.findings.open_among(session.access.findings.of(row)))]
    fitting = [row for row in wanted if not access_actions.REMOVE.refusal(row)]
    if not fitting:
        why = access_actions.REMOVE.refusal(wanted[0]) if wanted else "no key of this console mends what is found of it"
        host.flash(f"remove: {why}", "warn")
        return
    left = len(rows) - len(fitting)
    told = [f"{left} of the {len(rows)} marked left out: a removal does not mend what is found of them"] if left else []
    refusal = next((why for row in fitting if (why := access_actions.refusal(session, access_actions.REMOVE, row))), "")
    begin(access_actions.REMOVE, fitting, refusal, session, host, notes=(*told, *notes), agreed=agreed)


def _where_style(row: Grant) -> str:
    return "" if row.standing is Standing.HERE else "muted"


def _ends(row: Grant) -> float | None:
    return row.until.timestamp() if row.until is not None else None


def _began(row: Grant) -> float | None:
    return -row.created_on.timestamp() if row.created_on is not None else None
