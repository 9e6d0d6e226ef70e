"""Expiry: everything that ends over the open workspaces, what bites first at the top; what cannot be told is a row that says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.expiry import Expiring, Kind
from console.domain.findings.expiry import WEEK
from console.domain.findings.finding import Finding
from console.domain.trouble import Kind as TroubleKind
from console.domain.trouble import Trouble, TroubleError
from console.expiry_found import found
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.operations.journal import JournalError
from console.operations.plan import Plan
from screens import expiry_acts
from screens.actions import Action
from screens.expiry_cells import PLANS, breaks_text, expiry_ages, expiry_facts, left_style, left_text, read_text
from screens.plan_keys import refusal_of
from screens.reasons import GAP
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings
from screens.yaml_view import show_json


class ExpiryScreen(ScreenWithFindings[Expiring]):
    """Enter goes to the thing, f mends it, s scans signatures: nothing else here reads a secret."""

    kind = "expiry"
    aliases = ("exp", "expiring")
    default_sort = ("LEFT", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "scan", "scan: read signatures, journaled, and keep when they end", show=False, id="expiry.scan"),
    ]

    @property
    def columns(self) -> tuple[Column[Expiring], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 20, lambda row: row.name, priority=0, most=32, lasting=True),
            self.marker_column(),
            Column(
                "LEFT",
                9,
                lambda row: left_text(row, self.session),
                lambda row: left_style(row, self.session),
                sort=lambda row: row.rank(self.session.clock.now()),
                priority=0,
                align="right",
            ),
            Column("KIND", 12, lambda row: row.kind.value, priority=0, most=15, lasting=True),
            Column("WHERE", 12, lambda row: row.where, priority=1, most=20, lasting=True),
            Column("PLAN", 11, lambda row: PLANS[row.kind], priority=3, most=16, lasting=True),
            Column("SOURCE", 9, lambda row: row.source.value, priority=4, most=18, lasting=True),
            Column("READ", 5, lambda row: read_text(row, self.session), priority=4, align="right"),
            Column("BREAKS", 18, breaks_text, lambda row: "muted" if row.why else "", priority=2, stretch=True),
        )

    @property
    def feed(self) -> Source[Expiring]:
        return self.session.data.expiry.rows

    @property
    def what(self) -> str:
        return "expiring"

    def key_of(self, row: Expiring) -> str:
        return row.id

    def name_of(self, row: Expiring) -> str:
        return row.name

    def on_mount(self) -> None:
        self.session.data.expiry.begin()

    def rows_changed(self) -> None:
        """What is known only once lists are read: whose applications there are, and which data is on which datastore."""
        self.session.data.expiry.want()

    def refusal(self, action: Action[Expiring], row: Expiring) -> str:
        return f"{action.label} does not apply to what expires"

    def describe(self, row: Expiring) -> list[Fact]:
        return expiry_facts(row, self.session)

    def findings_of(self, row: Expiring) -> tuple[Finding, ...]:
        return self.session.findings.open_among(found(row, self.session))

    def accepted_of(self, row: Expiring) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(found(row, self.session))

    def why(self, row: Expiring) -> list[Fact]:
        facts = self.found_facts(row, lambda _: expiry_acts.plan_of(row), expiry_ages(row, self.session))
        return [*(facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[Expiring], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        if len(rows) > 1:
            self.host.flash(f"{len(rows)} are marked: one at a time, as each asks for something else", "warn")
        else:
            expiry_acts.mend(rows[0], self.session, self.host, notes, agreed)

    def told_of_rows(self) -> list[Part]:
        """How many end within a week, or have ended, and of how many it is not known; in trouble that has the room."""
        if self.feed.troubles:
            return list(super().told_of_rows())
        now = self.session.clock.now()
        lefts = [(row, row.left(now)) for row in self.feed.items]
        soon = sum(left is not None and row.rank(now)[0] == 0 and left <= WEEK for row, left in lefts)
        unknown = sum(left is None for _, left in lefts)
        told: list[Part] = [(f"  {soon} ended or within a week", "bold")] if soon else []
        return [*told, *([(f"  {unknown} not known", "muted")] if unknown else []), *super().told_of_rows()]

    def own_hints(self) -> list[Part]:
        can = "key" if self.session.data.expiry.signed else "muted"
        return [(self._hint_key("expiry.scan", "s"), can), (" scan SAS  ", "" if can == "key" else "muted"), *super().own_hints()]

    # Keys

    def action_open(self) -> None:
        """To where it is listed."""
        if self.table.cursor_group is not None:
            self.table.toggle_group()
        elif self.table.cursor_row is not None:
            expiry_acts.show(self.table.cursor_row, self.session, self.host)

    def action_copy_id(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.subject_id)

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.name)

    def action_yaml(self) -> None:
        """What it belongs to, as its list has it."""
        row = self.table.cursor_row
        if row is not None:
            show_json(self.session, self.host, row.subject_id, self.feed.raw(row.id.lower()))

    def action_scan(self) -> None:
        """The marked signatures, else all: agreed to by a dialog, as secrets are read for it."""
        ids = [row.subject_id for row in self.table.marked_rows if row.kind is Kind.SIGNATURE]
        if self.table.marks and not ids:
            self.host.flash("scan: no signature is among the marked", "warn")
            return
        try:
            plan = self.session.data.expiry.scan(ids)
        except TroubleError as error:
            self.host.flash(error.trouble.sentence, "warn")
            return
        self.host.propose(plan, refusal_of(self.session, plan), agreed=self.table.clear_marks, run=self._read)

    def _read(self, plan: Plan) -> None:
        said: list[tuple[str, str]] = []
        failed: list[Trouble] = []

        async def read() -> Sequence[str]:
            try:
                number, untold = await self.session.data.expiry.read(plan)
            except JournalError as error:
                failed.append(Trouble(TroubleKind.UNEXPECTED, str(error), "JournalUnwritable"))
            else:
                rest = f"; not told: {'; '.join(untold)}" if untold else ""
                said.append((f"{number} of {len(plan.steps)} scanned{rest}", "warn" if untold else "ok"))
            return ()

        def tell(_: Sequence[str]) -> None:
            for trouble in failed:
                self.host.report(trouble)
            for text, look in said:
                self.host.flash(text, look)

        self.host.flash("reading signatures …")
        self.host.later(read(), tell)

    def _fix(self, rows: Sequence[Expiring]) -> None:
        """Also of what has long to go: who renews early need not wait for a finding."""
        if rows:
            self.mend(rows, self._hidden(rows), self.table.clear_marks)

    def _placeholder(self) -> str:
        told = super()._placeholder()
        return "Nothing here expires, as far as it can be read." if told == f"No {self.kind} here." else told
