"""Rows with findings: the marker column, and the keys that explain, mend, snooze and single out what is wrong with a row."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from console.domain.findings.finding import Finding, Severity
from console.domain.trouble import TroubleError
from console.feeds.findings import Accepted
from screens.filters import Narrowing
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

if TYPE_CHECKING:
    from screens.dialogs.snooze import Answer

T = TypeVar("T")

#: One cell a row, told apart without colour.
GLYPHS = {Severity.SERIOUS: "!", Severity.WARNING: "▲", Severity.NOTE: "·"}
STYLES = {Severity.SERIOUS: "bad", Severity.WARNING: "warn", Severity.NOTE: "muted"}


class ScreenWithFindings(ResourceScreen[T], Generic[T]):
    """Subclasses give what is found of a row, why it is as it is, and how a finding of it is mended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "why", "why is it so", show=False, id="findings.why"),
        Binding("f", "fix", "fix: the plan of the row's worst finding", show=False, id="findings.fix"),
        Binding("z", "snooze", "snooze the row's worst finding, or end its snooze", show=False, id="findings.snooze"),
        Binding("F", "findings_only", "findings only", show=False, id="findings.only"),
    ]

    # For subclasses

    def findings_of(self, row: T) -> tuple[Finding, ...]:
        """What is found of a row and not snoozed, the worst first."""
        raise NotImplementedError

    def accepted_of(self, row: T) -> tuple[Accepted, ...]:
        """What is found of a row and snoozed."""
        raise NotImplementedError

    def why(self, row: T) -> list[Fact]:
        """The answer to every why about a row."""
        raise NotImplementedError

    def mend(self, row: T, finding: Finding) -> None:
        """Show the plan that mends a finding of a row."""
        raise NotImplementedError

    # Drawn

    def marker_column(self) -> Column[T]:
        """One cell that tells of a row's worst finding; `?` while that waits for something that is not read."""
        return Column("!", 1, self._glyph, self._glyph_style, sort=self._rank, priority=1)

    def _worst(self, row: T) -> Finding | None:
        return next(iter(self.findings_of(row)), None)

    def _glyph(self, row: T) -> str:
        worst = self._worst(row)
        return "" if worst is None else GLYPHS[worst.severity] if worst.known else "?"

    def _glyph_style(self, row: T) -> str:
        worst = self._worst(row)
        return "" if worst is None else STYLES[worst.severity]

    def _rank(self, row: T) -> int | None:
        """Rows without any finding come last, whichever way they are ordered."""
        worst = self._worst(row)
        return None if worst is None else 2 * worst.severity + worst.known

    def own_hints(self) -> list[Part]:
        row = self.table.cursor_row
        fixable = row is not None and self._worst(row) is not None
        return [("w", "key"), (" why  ", ""), ("f", "key" if fixable else "muted"), (" fix  ", "" if fixable else "muted")]

    # Keys

    def action_findings_only(self) -> None:
        """Only rows in which something is found; once more shows all."""
        nothing = f"Nothing is found of any {self.kind} here (F shows all)"
        found = Narrowing[T]("findings only", lambda row: bool(self.findings_of(row)), nothing)
        self.narrow(None if self.narrowing is not None else found)

    def action_why(self) -> None:
        row = self.table.cursor_row
        if row is None:
            return
        key, title = self.key_of(row), f"why {self.key_of(row).rsplit('/', 1)[-1]}"

        def read() -> list[Fact]:
            now = next((each for each in self.feed.items if self.key_of(each) == key), None)
            return self.why(now) if now is not None else [Fact("", "It is gone.", "warn")]

        from screens.why import WhyScreen

        self.app.push_screen(WhyScreen(title, self.session, read, self.action_fix, self.action_snooze))

    def action_fix(self) -> None:
        row = self.table.cursor_row
        worst = self._worst(row) if row is not None else None
        if row is not None and worst is not None:
            self.mend(row, worst)
        elif row is not None:
            self.host.flash("nothing is found of this row that would have to be mended", "warn")

    def action_snooze(self) -> None:
        row = self.table.cursor_row
        if row is None:
            return
        from screens.dialogs.snooze import EndSnooze, SnoozeForm

        worst, accepted = next(iter(self.findings_of(row)), None), next(iter(self.accepted_of(row)), None)
        if worst is not None:
            self.app.push_screen(SnoozeForm(worst, self.session.clock.now), lambda answer: self._accept(worst, answer))
        elif accepted is not None:
            self.app.push_screen(EndSnooze(accepted), lambda end: self._wake(accepted.finding) if end else None)
        else:
            self.host.flash("nothing is found of this row that could be snoozed", "warn")

    def _accept(self, finding: Finding, answer: Answer | None) -> None:
        if answer is not None:
            who, said = self.session.context.who, f"snoozed until {answer.until:%Y-%m-%d %H:%M} UTC: {finding.subject_name}, {finding.what}"
            self._keep(self.session.findings.accept(finding, who, answer.reason, answer.until), said)

    def _wake(self, finding: Finding) -> None:
        self._keep(self.session.findings.wake(finding), f"no longer snoozed: {finding.subject_name}, {finding.what}")

    def _keep(self, work: Coroutine[Any, Any, None], said: str) -> None:
        async def keep() -> None:
            try:
                await work
            except TroubleError as error:
                self.host.flash(error.trouble.sentence, "bad")
            else:
                self.host.flash(said, "ok")

        self.run_worker(keep(), name="snooze")
