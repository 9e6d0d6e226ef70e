"""Findings: all that is wrong with what is loaded, the worst first, and what of it somebody has accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.feeds.findings import Accepted, AcceptedFindings, OpenFindings
from console.feeds.source import Source
from console.session import Session
from screens.actions import Action
from screens.compute import length
from screens.reasons import GAP, accepted_facts, finding_facts
from screens.subjects import SUBJECTS
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part
from screens.with_findings import STYLES, ScreenWithFindings


class FindingsScreen(ScreenWithFindings[Finding]):
    """Each row a finding: enter says why, f mends, z accepts it for a while; F shows the accepted ones instead."""

    kind = "findings"
    default_sort = ("!", True)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "accepted", "the accepted ones, or the open ones again", show=False, id="findings.accepted"),
    ]

    def __init__(self, session: Session) -> None:
        self._open, self._accepted = OpenFindings(session.findings), AcceptedFindings(session.findings)
        self.accepted = False
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Finding], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("SUBJECT", 14, lambda row: row.subject_name, priority=0, most=24),
            self.marker_column(),
            Column("WHAT", 26, lambda row: row.what, lambda row: STYLES[row.severity] if row.known else "muted", priority=0, most=28),
            *((self._accepted_columns()) if self.accepted else ()),
            Column("SINCE", 5, self._since, sort=lambda row: row.since, priority=1, align="right"),
            Column("$/MONTH", 8, self._monthly, sort=lambda row: row.monthly, priority=1, align="right"),
            Column("CONFIDENCE", 13, lambda row: row.confidence.value, priority=2),
            Column("CLAIM", 30, lambda row: row.claim, priority=4, stretch=True),
        )

    def _accepted_columns(self) -> tuple[Column[Finding], ...]:
        return (
            Column("UNTIL", 10, lambda row: self._snoozed(row, "until"), priority=0),
            Column("BY", 10, lambda row: self._snoozed(row, "who"), priority=2, most=24),
            Column("BECAUSE", 14, lambda row: self._snoozed(row, "reason"), priority=1, most=40),
        )

    @property
    def feed(self) -> Source[Finding]:
        return self._accepted if self.accepted else self._open

    def key_of(self, row: Finding) -> str:
        return row.id

    def on_mount(self) -> None:
        self.session.quota.begin()
        self.session.data.now.begin()
        self.session.access.now.begin()
        self.session.data.vaults.begin()
        self.session.data.storage.begin()
        self.session.data.connections.begin()

    def workspace_of(self, row: Finding) -> WorkspaceRef | None:
        return SUBJECTS[row.about].workspace_of(row)

    @property
    def what(self) -> str:
        return "accepted findings" if self.accepted else "findings"

    def rows_changed(self) -> None:
        """The last jobs of what the rows in view are about, and of whatever waits for one: it may be the worst, and is last till then."""
        self.session.access.now.look_up()
        self.session.data.now.want(())
        height = max(1, self.table.size.height)
        first = max(0, self.table.cursor_position - height)
        in_view = self.table.visible_rows[first : self.table.cursor_position + height]
        wanted = (*in_view, *(row for row in self.session.findings.open if not row.known))
        self.session.last_runs.want(dict.fromkeys(row.subject_id for row in wanted if row.about == "compute"))

    def refusal(self, action: Action[Finding], row: Finding) -> str:
        return f"{action.label} does not apply to a finding"

    def describe(self, row: Finding) -> list[Fact]:
        return self.why(row)

    def findings_of(self, row: Finding) -> tuple[Finding, ...]:
        return () if self.accepted_of(row) else (row,)

    def accepted_of(self, row: Finding) -> tuple[Accepted, ...]:
        snooze = self.session.findings.snooze_of(row)
        return (Accepted(row, snooze),) if snooze is not None else ()

    def why(self, row: Finding) -> list[Fact]:
        kind = SUBJECTS[row.about]
        facts = [fact for each in self.accepted_of(row) for fact in (*accepted_facts(each), GAP)]
        facts += finding_facts(row, kind.plan(row, self.session), kind.age(row, self.session))
        return [*facts, *kind.facts(row, self.session)]

    def mend(self, rows: Sequence[Finding], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        kinds = {row.about for row in rows}
        if len(kinds) > 1:
            self.host.flash(f"the marked are about {' and '.join(sorted(kinds))}: mend those of one kind at a time", "warn")
            return
        SUBJECTS[kinds.pop()].mend(rows, self.session, self.host, notes, agreed)

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        """A finding that is snoozed or woken has only changed lists."""
        event.prevent_default()  # Textual would call the handler of the class above as well
        if not event.hidden and event.key not in {row.id for row in (*self._open.items, *self._accepted.items)}:
            self.host.flash(f"{event.key.rsplit('/', 1)[-1]}: no longer found; the cursor moved to its neighbour", "ok")

    # Keys

    def action_open(self) -> None:
        if self.table.cursor_group is not None:
            self.table.toggle_group()
        else:
            self.action_why()

    def action_describe(self) -> None:
        self.action_why()

    def action_copy_id(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.subject_id)

    def action_accepted(self) -> None:
        self.accepted = not self.accepted
        self.table.set_columns(self._all_columns())
        self._sort("UNTIL" if self.accepted else "!", not self.accepted)
        self.set_filter(self.table.filter_text)

    # Cells

    def _worst(self, row: Finding) -> Finding:
        return row

    def _since(self, row: Finding) -> str:
        return "?" if row.since is None else length(self.session.clock.age(row.since).total_seconds())

    def _monthly(self, row: Finding) -> str:
        if row.cost is None:
            return "–"
        return "?" if row.monthly is None else f"≈{row.monthly:,.0f}"

    def _snoozed(self, row: Finding, field: str) -> str:
        """A field of the snooze in force; "" for one that ended a moment ago."""
        snooze = self.session.findings.snooze_of(row)
        if snooze is None:
            return ""
        return f"{snooze.until:%Y-%m-%d}" if field == "until" else str(getattr(snooze, field))

    def _placeholder(self) -> str:
        told = super()._placeholder()
        if self.table.total_count or not self.feed.loaded:
            return told
        return "No finding is accepted (z on one accepts it for a while)." if self.accepted else "Nothing is found to be wrong here."

    def own_hints(self) -> list[Part]:
        other = "open ones" if self.accepted else "accepted"
        return [
            *super().own_hints(),
            (self._hint_key("findings.snooze", "z"), "key"),
            (" end snooze  " if self.accepted else " snooze  ", ""),
            (self._hint_key(f"{self.kind}.accepted", "F"), "key"),
            (f" {other}  ", ""),
        ]
