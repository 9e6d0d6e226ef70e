"""Waste: the findings that cost money over all open workspaces, the dearest first, and what ending them saves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.billing.amounts import untimed
from console.domain.compute import Compute
from console.domain.findings.finding import Finding
from console.domain.findings.waste import waste_findings
from console.feeds.findings import AcceptedFindings, Findings, OpenFindings
from console.feeds.source import Source
from console.operations.waste import Cut, cut, refusal, saved
from console.session import Session
from screens.compute import ComputeScreen
from screens.findings import FindingsScreen
from screens.jobs_before import needs_asking, running_jobs
from screens.remedies import MENDS, listed
from screens.subjects import SUBJECTS
from screens.widgets.columns import Column
from screens.widgets.status_line import Part


class OpenWaste(OpenFindings):
    """The open findings that cost something, as rows."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings)
        self._of: tuple[Finding, ...] | None = None
        self._waste: tuple[Finding, ...] = ()

    @property
    def items(self) -> tuple[Finding, ...]:
        every = super().items
        if every is not self._of:
            self._of, self._waste = every, waste_findings(every)
        return self._waste


class WasteScreen(FindingsScreen):
    """f on the marked is one plan that stops, shrinks and deletes; z accepts one until a date; F shows the accepted ones."""

    kind = "waste"
    aliases = ()
    default_sort = ("$/MONTH", True)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("F", "accepted", "what is accepted, or what is wasted again", show=False, id="waste.accepted"),
    ]

    def __init__(self, session: Session) -> None:
        self._wasted = OpenWaste(session.findings)
        self._accepted_waste = AcceptedFindings(session.findings)
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[Finding], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        by_name = {column.name: column for column in super().columns}
        return (
            by_name["SUBJECT"],
            self.marker_column(),
            by_name["WHAT"],
            *(self._accepted_columns() if self.accepted else ()),
            Column("OWNER", 8, self._owner, priority=1, most=20),
            Column("$/H", 8, self._hourly, lambda _: "money", sort=_rate, priority=0, align="right", total=self._hourly_in_all),
            Column("$/MONTH", 9, self._monthly, lambda _: "money", sort=lambda row: row.monthly, priority=0, align="right", total=_in_all),
            by_name["SINCE"],
            Column("REMEDY", 13, lambda row: row.remedy.value or "–", priority=1),
            by_name["CONFIDENCE"],
            by_name["CLAIM"],
        )

    @property
    def feed(self) -> Source[Finding]:
        return self._accepted_waste if self.accepted else self._wasted

    @property
    def what(self) -> str:
        return "accepted findings" if self.accepted else "waste"

    def on_mount(self) -> None:
        """Only computes cost something by the hour: nothing else is read for it."""

    def rows_changed(self) -> None:
        """The last job of everything that may be waste: only then it is a row."""
        super().rows_changed()
        self.session.last_runs.want(dict.fromkeys(row.subject_id for row in self._waiting()))
        owners = (compute.owner_id for row in self.table.visible_rows if (compute := self._compute(row)) is not None)
        self.session.names.want([each for each in dict.fromkeys(owners) if each])

    def told_of_rows(self) -> list[Part]:
        """What ending all of it would save."""
        found = () if self.accepted else self._wasted.items
        waiting = 0 if self.accepted else len(self._waiting())
        told: list[Part] = [(f"  {saved(found)} to be saved", "bold")] if found else []
        return [*told, *([(f"  {waiting} may be more", "muted")] if waiting else []), *super().told_of_rows()]

    def _waiting(self) -> list[Finding]:
        """What waits for a last job that is not read yet, and may be waste then."""
        return [row for row in self.session.findings.open if row.about == "compute" and not row.known]

    def tags_of(self, row: Finding) -> Mapping[str, str]:
        compute = self._compute(row)
        return self.session.visible.tags(compute.workspace) | compute.tags if compute is not None else {}

    def mend(self, rows: Sequence[Finding], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        """Several: one plan, whatever each of them needs; those that it cannot have are told."""
        if len(rows) == 1:
            SUBJECTS[rows[0].about].mend(rows, self.session, self.host, notes, agreed)
            return
        cuts, left = self._cuts(rows)
        if not cuts:
            self.host.flash(f"none of the {len(rows)} marked can be mended together: {listed(left)}", "warn")
            return
        needs = {action.name: action.needs for action in ComputeScreen.actions}
        why = (self.session.context.refusal(each.compute.workspace, needs[each.finding.remedy]) for each in cuts)
        refused = next((each for each in why if each), "")
        told = [MENDS + listed(f"{each.compute.name}, {each.finding.what}" for each in cuts)]
        told += [f"{len(left)} of the {len(rows)} marked left out: {listed(left)}"] if left else []
        plan = cut(cuts, self.session.money.price_lists())

        def show(jobs: Sequence[str]) -> None:
            self.host.propose(plan, refused, notes=(*told, *notes, *jobs), agreed=agreed)

        ended = [each.compute for each in cuts]
        if not refused and needs_asking(self.session, ended):
            self.host.flash("looking what it would end")
            self.host.later(running_jobs(self.session, ended), show)
        else:
            show(())

    def _cuts(self, rows: Sequence[Finding]) -> tuple[list[Cut], list[str]]:
        """What of the rows one plan mends, of each compute the dearest; and the rest, with why not."""
        cuts: dict[str, Cut] = {}
        left: list[str] = []
        for row in waste_findings(rows):
            compute = self._compute(row)
            if compute is None:
                left.append(f"{row.subject_name} (it is gone)")
            elif compute.id in cuts:
                left.append(f"{row.subject_name}, {row.what} (it is mended already)")
            elif why := refusal(Cut(compute, row)):
                left.append(f"{row.subject_name} ({why})")
            else:
                cuts[compute.id] = Cut(compute, row)
        return list(cuts.values()), left

    # Cells

    def _compute(self, row: Finding) -> Compute | None:
        return self.session.compute_findings.subject(row.id) if row.about == "compute" else None

    def _owner(self, row: Finding) -> str:
        """Whom it is assigned to; of what is nobody's the one who made it."""
        compute = self._compute(row)
        if compute is None:
            return "?"
        if not compute.owner_id:
            return compute.created_by.split("@", 1)[0] or "?"
        name = self.session.names.get(compute.owner_id)
        return name.split("@", 1)[0] if name else compute.owner_id[:8]

    def _hourly(self, row: Finding) -> str:
        return untimed(row.cost).replace("$", "") if row.cost is not None else "–"

    def _hourly_in_all(self, rows: Sequence[Finding]) -> str:
        known = [rate for row in rows if (rate := _rate(row)) is not None]
        return f"≈{sum(known, Decimal(0)):,.2f}{'+?' if len(known) < len(rows) else ''}" if known else "?"

    def _placeholder(self) -> str:
        if self.table.total_count or not self.feed.loaded or self.accepted:
            return super()._placeholder()
        return "Nothing that is found costs money by itself."


def _rate(row: Finding) -> Decimal | None:
    return row.cost.value if row.cost is not None else None


def _in_all(rows: Sequence[Finding]) -> str:
    return saved(rows).replace("$", "").replace("/month", "")
