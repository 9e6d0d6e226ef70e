"""Jobs: what ran on one compute, what runs and what waits, the newest first and those under way before them, from run history."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.clock import step
from console.domain.compute import Compute, Run
from console.session import Session
from screens.about_compute import AboutCompute
from screens.actions import Action
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

STYLES = {"Running": "ok", "Completed": "muted", "Failed": "bad", "Canceled": "warn", "unreadable": "bad"}
GLYPHS = {"ok": "●", "muted": "○", "bad": "✕", "warn": "▲", "busy": "◐"}
#: How many of the newest jobs are read; `t` goes from one to the next. Run history gives a page of 100 for a request.
MOST = (100, 500, 2_000)


class JobsScreen(AboutCompute[Run]):
    """Polls while it is shown; esc goes back to the compute."""

    kind = "jobs"
    default_sort = ("CREATED", True)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "further", "how many of the newest jobs: 100, 500, 2,000", show=False, id="jobs.further"),
    ]

    def __init__(self, session: Session, compute: Compute) -> None:
        self.most = MOST[0]
        super().__init__(session, compute, session.jobs_of(compute, lambda: self.most))

    @property
    def columns(self) -> tuple[Column[Run], ...]:  # type: ignore[override]  # built per screen: ages need the server's time
        return (
            Column("JOB", 20, lambda run: run.id, priority=0, most=36),
            Column("STATUS", 12, self._status, self._style, sort=lambda run: run.status, priority=0, most=18),
            Column("USER", 12, lambda run: run.user.split("@", 1)[0], priority=1, most=20),
            # What is under way leads: nobody looks for it among those that ended.
            Column("CREATED", 8, lambda run: self._age(run.created), sort=self._newness, priority=0, align="right"),
            Column("WAITED", 6, self._waited, sort=self._waited_seconds, priority=2, align="right"),
            Column("RAN", 6, self._ran, sort=self._ran_seconds, priority=0, align="right"),
            Column(
                "ENDED", 6, lambda run: self._age(run.ended) if run.ended else "", sort=lambda run: run.ended, priority=1, align="right"
            ),
            Column("NODES", 5, lambda run: run.nodes, priority=3, align="right"),
            Column("TITLE", 16, lambda run: run.title, priority=3, most=30),
            Column("ERROR", 20, lambda run: run.error, lambda run: "bad" if run.error else "", priority=4, stretch=True),
        )

    # Rows

    @property
    def what(self) -> str:
        return f"jobs on {self.compute.name}"

    def key_of(self, row: Run) -> str:
        return row.id

    def refusal(self, action: Action[Run], row: Run) -> str:
        return f"{action.label} does not apply to a job"

    def _placeholder(self) -> str:
        told = super()._placeholder()
        return f"No job ever ran on {self.compute.name}, as far as run history goes." if told == f"No {self.kind} here." else told

    def describe(self, row: Run) -> list[Fact]:
        lines = [
            ("job", row.id),
            ("title", row.title),
            ("compute", self.compute.name),
            ("status", row.status or "?"),
            ("user", row.user or "?"),
            ("nodes", "" if row.nodes is None else str(row.nodes)),
            ("created", self._told(row.created)),
            ("started", self._told(row.started) if row.started else "not yet" if row.active else "never"),
            ("ended", self._told(row.ended) if row.ended else "not yet" if row.active else "?"),
            ("waited", self._waited(row) or "?"),
            ("ran", self._ran(row) or "–"),
            ("source", "run history: no public contract of Azure; the same service that azure-ai-ml asks"),
        ]
        facts = [Fact(name, text) for name, text in lines if text]
        return [*facts, Fact("error", row.error, "bad", "bad")] if row.error else facts

    def told_of_order(self) -> str:
        """The table's own header says it; here the room goes to what is not read."""
        return "" if self.feed.incomplete else super().told_of_order()

    # Keys

    def action_further(self) -> None:
        self.most = MOST[(MOST.index(self.most) + 1) % len(MOST)]
        self.feed.refresh()
        self.host.flash(f"the newest {self.most:,} jobs are read")

    def own_hints(self) -> list[Part]:
        return [(self._hint_key("jobs.further", "t"), "key"), (f" newest {self.most:,}  ", "")]

    # Cells

    def _style(self, run: Run) -> str:
        return STYLES.get(run.status, "busy" if run.active else "muted")

    def _status(self, run: Run) -> str:
        return f"{GLYPHS[self._style(run)]} {run.status or '?'}"

    def _newness(self, run: Run) -> tuple[bool, float] | None:
        return (run.active, run.created.timestamp()) if run.created is not None else (run.active, 0.0)

    def _age(self, moment: datetime | None) -> str:
        return step(self.session.clock.age(moment).total_seconds()) if moment is not None else "?"

    def _told(self, moment: datetime | None) -> str:
        return f"{moment:%Y-%m-%d %H:%M} UTC ({self._age(moment)} ago)" if moment is not None else "?"

    def _waited_seconds(self, run: Run) -> float | None:
        """From its creation to its start; of one that waits, until now."""
        if run.created is None:
            return None
        until = run.started or (self.session.clock.now() if run.active else None)
        return None if until is None else max(0.0, (until - run.created).total_seconds())

    def _ran_seconds(self, run: Run) -> float | None:
        if run.started is None:
            return None
        until = run.ended or (self.session.clock.now() if run.active else None)
        return None if until is None else max(0.0, (until - run.started).total_seconds())

    def _waited(self, run: Run) -> str:
        return lasted(self._waited_seconds(run))

    def _ran(self, run: Run) -> str:
        return lasted(self._ran_seconds(run))


def lasted(seconds: float | None) -> str:
    """A length in its two largest units: `2d 3h`, `1h05m`, `12m`; below a minute `<1m`, so that what runs is not repainted each second."""
    if seconds is None:
        return ""
    minutes = int(seconds // 60)
    if minutes >= 1_440:
        return f"{minutes // 1_440}d {minutes % 1_440 // 60}h"
    if minutes >= 60:
        return f"{minutes // 60}h{minutes % 60:02d}m"
    return f"{minutes}m" if minutes else "<1m"
