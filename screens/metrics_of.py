"""Metrics: how a cluster's nodes, quota and load went, from Azure Monitor; read when somebody asks, for as long as he looks."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from console.clock import step
from console.domain.compute import Compute
from console.domain.metrics import PERCENT, Range, Series
from console.session import Session
from screens.about_compute import AboutCompute
from screens.actions import Action
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

#: What stands beside the line of blocks, in cells.
BESIDE = 48
LINE = 24
#: Nodes that lie idle or cannot be used cost money for nothing.
WASTE = frozenset({"Idle Nodes", "Unusable Nodes"})


class MetricsScreen(AboutCompute[Series]):
    """Each row a metric over the time that `t` chooses; esc goes back to the cluster."""

    kind = "metrics"
    default_sort = ("", False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "span", "how far back: an hour, a day, a week", show=False, id="metrics.span"),
    ]

    def __init__(self, session: Session, compute: Compute) -> None:
        self.over = Range.DAY
        super().__init__(session, compute, session.metrics_of(compute, lambda: self.over))

    @property
    def columns(self) -> tuple[Column[Series], ...]:  # type: ignore[override]  # built per screen: the line needs its width
        return (
            Column("METRIC", 22, lambda row: told_name(row.name), priority=0),
            Column("NOW", 6, lambda row: told(row, row.last.average if row.last else None), self._style, priority=0, align="right"),
            Column("MIN", 6, lambda row: told(row, row.least), priority=1, align="right"),
            Column("AVG", 6, lambda row: told(row, row.mean), priority=1, align="right"),
            Column("MAX", 6, lambda row: told(row, row.most), priority=1, align="right"),
            Column("OVER TIME", LINE, self._line, lambda row: "muted" if row.fault else "money", priority=0, stretch=True),
        )

    # Rows

    @property
    def what(self) -> str:
        return f"metrics of {self.compute.name}"

    def key_of(self, row: Series) -> str:
        return row.name

    def on_resize(self) -> None:
        self.table.redraw()

    def refusal(self, action: Action[Series], row: Series) -> str:
        return f"{action.label} does not apply to a metric"

    def describe(self, row: Series) -> list[Fact]:
        """The values by interval, the newest first: what the line cannot say."""
        facts = [
            Fact("metric", row.name),
            Fact("cluster", self.compute.name),
            Fact("time", f"the last {self.over.label}, by {self.over.interval}"),
            Fact("source", f"Azure Monitor, dimension ClusterName; newest value {self._newest(row)}"),
        ]
        if row.fault:
            facts.append(Fact("not served", row.fault, "warn", "warn"))
        for point in reversed(row.points):
            values = " ".join(f"{word} {told(row, value):>6}" for word, value in _values(point))
            facts.append(Fact(f"{point.at:%m-%d %H:%M}", values))
        return facts

    # Keys

    def action_span(self) -> None:
        self.over = self.over.next
        self.feed.refresh()
        self.host.flash(f"reading the last {self.over.label} from Azure Monitor")

    def own_hints(self) -> list[Part]:
        return [(self._hint_key("metrics.span", "t"), "key"), (f" last {self.over.next.label}  ", ""), ("d", "key"), (" values  ", "")]

    def _title(self) -> tuple[list[Part], list[Part]]:
        left, right = super()._title()
        newest = next((row for row in self.feed.items if row.last is not None), None)
        if not self.feed.troubles:
            left.append((f"  last {self.over.label}", ""))
        if not self.feed.troubles and newest is not None:
            left.append((f"  Azure Monitor, {self._newest(newest)}", "muted"))
        return left, right

    # Cells

    def _newest(self, row: Series) -> str:
        if row.last is None:
            return "?"
        age = step(self.session.clock.age(row.last.at).total_seconds())
        return "of now" if age == "now" else f"{age} old"

    def _line(self, row: Series) -> str:
        if row.fault:
            return f"not served: {row.fault}"
        width = max(LINE, self.app.size.width - BESIDE - 6)
        return row.sparkline(width) or "no values in this time"

    def _style(self, row: Series) -> str:
        last = row.last.average if row.last is not None else None
        return "warn" if row.name in WASTE and last else ""


def told_name(name: str) -> str:
    """A metric by Azure's name, its words apart."""
    return {"CpuUtilizationPercentage": "CPU utilization", "GpuUtilizationPercentage": "GPU utilization"}.get(
        name, name.replace("Percentage", "").strip()
    )


def told(row: Series, value: float | None) -> str:
    """A value as it is drawn: `?` where Azure has none."""
    if value is None:
        return "?"
    number = f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"
    return f"{number}{PERCENT}" if row.unit == PERCENT else number


def _values(point: object) -> list[tuple[str, float | None]]:
    return [(word, getattr(point, field)) for word, field in (("avg", "average"), ("min", "minimum"), ("max", "maximum"))]
