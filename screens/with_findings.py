"""Rows with findings: the marker column, and the keys that explain, mend, snooze and single out what is wrong with a row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from console.domain.findings.finding import Finding, Severity, Source
from console.feeds.findings import Accepted
from screens import snoozing
from screens.filters import Narrowing
from screens.reasons import GAP, accepted_facts, finding_facts
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

T = TypeVar("T")

#: One cell a row, told apart without colour.
GLYPHS = {Severity.SERIOUS: "!", Severity.WARNING: "▲", Severity.NOTE: "·"}
STYLES = {Severity.SERIOUS: "bad", Severity.WARNING: "warn", Severity.NOTE: "muted"}


class ScreenWithFindings(ResourceScreen[T], Generic[T]):
    """Subclasses give what is found of a row, why it is as it is, and how a finding of it is mended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "why", "why is it so", show=False, id="findings.why"),
        Binding("f", "fix", "fix: the plan of the worst finding of the marked rows, else of this row", show=False, id="findings.fix"),
        Binding(
            "z", "snooze", "snooze the worst finding of the marked rows, else of this row; or end that", show=False, id="findings.snooze"
        ),
        Binding("F", "findings_only", "findings only", show=False, id="findings.only"),
    ]

    # For subclasses

    @abstractmethod
    def findings_of(self, row: T) -> tuple[Finding, ...]:
        """What is found of a row and not snoozed, the worst first."""
        raise NotImplementedError

    @abstractmethod
    def accepted_of(self, row: T) -> tuple[Accepted, ...]:
        """What is found of a row and snoozed."""
        raise NotImplementedError

    @abstractmethod
    def why(self, row: T) -> list[Fact]:
        """The answer to every why about a row."""
        raise NotImplementedError

    @abstractmethod
    def mend(self, rows: Sequence[T], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        """Show the plan that mends what is found of rows, with `notes`; `agreed` hears of the agreement."""
        raise NotImplementedError

    def found_facts(self, row: T, plan: Callable[[Finding], str], age: Callable[[Source], str]) -> list[Fact]:
        """What is found of a row, each with its `plan`, then what of it is snoozed; `age` says how long ago a source was read."""
        facts = [fact for each in self.findings_of(row) for fact in (*finding_facts(each, plan(each), age), GAP)]
        return [*facts, *(fact for each in self.accepted_of(row) for fact in (*accepted_facts(each), GAP))]

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
        why, fix = self._hint_key("findings.why", "w"), self._hint_key("findings.fix", "f")
        return [(why, "key"), (" why  ", ""), (fix, "key" if fixable else "muted"), (" fix  ", "" if fixable else "muted")]

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

        # The panel is about one row, whatever is marked.
        self.app.push_screen(WhyScreen(title, self.session, read, lambda: self._fix([row]), lambda: self._snooze([row])))

    def action_fix(self) -> None:
        """One plan for the marked rows that one remedy mends, else for the row under the cursor."""
        self._fix(self._chosen())

    def action_snooze(self) -> None:
        """The worst finding of each marked row, else of the row under the cursor; where all are snoozed, end that."""
        self._snooze(self._chosen())

    def _chosen(self) -> list[T]:
        return self.table.marked_rows or [row for row in (self.table.cursor_row,) if row is not None]

    def _fix(self, rows: Sequence[T]) -> None:
        if any(self.findings_of(row) for row in rows):
            self.mend(rows, self._hidden(rows), self.table.clear_marks)
        elif rows:
            self.host.flash(f"nothing is found of {_these(rows)} that would have to be mended", "warn")

    def _snooze(self, rows: Sequence[T]) -> None:
        worst = [found[0] for row in rows if (found := self.findings_of(row))]
        accepted = [snoozed[0] for row in rows if (snoozed := self.accepted_of(row))]
        if worst:
            left = [row for row in rows if not self.findings_of(row)]
            notes = [f"{len(left)} of the {len(rows)} marked left out, nothing is found of: {self._named(left)}"] if left else []
            snoozing.snooze(self, worst, [*self._hidden(rows), *notes], self.table.clear_marks)
        elif accepted:
            snoozing.wake(self, accepted, self.table.clear_marks)
        elif rows:
            self.host.flash(f"nothing is found of {_these(rows)} that could be snoozed", "warn")


def _these(rows: Sequence[object]) -> str:
    return "this row" if len(rows) == 1 else f"the {len(rows)} marked"
