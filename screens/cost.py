"""Cost: what burns now, what it has come to and what moved it, by compute, person, job, workspace, meter or tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.domain import scopes
from console.domain.billing.lines import CostLine, Dimension
from console.domain.billing.ranges import Range
from console.domain.findings.finding import Finding
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.session import Session
from console.view_memory import Order
from screens import cost_cells as cells
from screens import links
from screens.actions import Action, Drill
from screens.compute import ComputeScreen
from screens.cost_days import CostDaysScreen
from screens.cost_pages import compute_of, describe_facts, line_facts
from screens.dialogs.choose import Choice
from screens.reasons import ages
from screens.remedies import Case, mend, plan_line
from screens.widgets.columns import Column
from screens.widgets.cost_head import CostHead
from screens.widgets.facts import Fact
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part, StatusLine
from screens.with_findings import ScreenWithFindings

#: From so many lines of the terminal on there is room for the head, and for the line of trust: rows go first.
ROOM = (18, 12)
#: Under which name the dimension and the range are remembered.
SHOWN = "cost.shown"
#: What each dimension is offered with.
SAYS = {
    Dimension.COMPUTE: "billed, with ≈ for what is not billed yet",
    Dimension.WORKSPACE: "itself, what is in it and companions that are its alone",
    Dimension.USER: "≈ by run history and ownership",
    Dimension.JOB: "≈ by run history",
    Dimension.EXPERIMENT: "≈ by run history",
    Dimension.RESOURCE: "all that is billed",
    Dimension.METER: "what Azure charges for",
    Dimension.TAG: "its values, and what bears none",
}


class CostScreen(ScreenWithFindings[CostLine]):
    """`b` chooses what costs are told apart by, `t` the range; enter shows the days of a line, `D` those of all costs."""

    kind = "cost"
    number = "6"
    aliases = ("money", "spend", "costs")
    default_sort = ("NOW $/h", True)
    #: Of what the bill does not know there are no days: enter describes it.
    drills = (Drill("days", lambda row: not row.dimension.attributed, CostDaysScreen, reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "range", "range: today, 7 days, month, last month", show=False, id="cost.range"),
        Binding("A", "amortized", "actual or amortized costs", show=False, id="cost.amortized"),
        Binding("D", "all_days", "days of all costs", show=False, id="cost.days"),
        Binding("B", "budgets", "budgets", show=False, id="cost.budgets"),
    ]

    DEFAULT_CSS = """
    CostScreen #trust { background: $boost; }
    """

    def __init__(self, session: Session) -> None:
        self._offer = "-"
        self._by_subject: tuple[object, dict[str, list[Finding]]] = (None, {})
        self.head, self.trust = CostHead(session, id="cost-head"), StatusLine(id="trust")
        super().__init__(session)

    @property
    def columns(self) -> tuple[Column[CostLine], ...]:  # type: ignore[override]  # built per screen: the range heads a column
        session = self.session
        return (
            Column("NAME", 14, lambda row: row.name, self._name_style, priority=0, most=30),
            self.marker_column(),
            Column("KIND", 10, lambda row: row.kind, priority=3, most=18),
            Column("NOW $/h", 9, cells.now_text, cells.now_style, sort=cells.now_value, priority=0, align="right"),
            Column(cells.range_name(self._over), 12, cells.spent_text, sort=lambda row: row.weight, priority=0, align="right", most=22),
            cells.CHANGE,
            Column("BEFORE", 11, cells.before_text, lambda _: "muted", priority=4, align="right"),
            Column("%", 4, cells.share_text, sort=lambda row: row.weight, priority=1, align="right"),
            Column("OWNER", 12, lambda row: cells.people_text(row, session), priority=2, most=28),
            Column("NOTE", 16, lambda row: row.note, lambda _: "muted", priority=4, stretch=True),
        )

    # Rows

    @property
    def feed(self) -> Source[CostLine]:
        return self.session.costs.lines

    @property
    def polled(self) -> Sequence[Feed[Any]]:
        return (*self.session.costs.usage.feeds, *self.session.costs.standing.feeds)

    @property
    def what(self) -> str:
        lines = self.session.costs.lines
        spread = ", amortized" if self.session.costs.now.amortized else ""
        return f"cost {lines.over} by {self._by_words(lines.dimension)}{spread}"

    def key_of(self, row: CostLine) -> str:
        return row.key or f"no {row.dimension}"

    def name_of(self, row: CostLine) -> str:
        return row.name

    def on_mount(self) -> None:
        self.session.visible.enumerate()  # whose resources are, and their tags
        self.session.costs.lines.begin()

    def compose(self) -> ComposeResult:
        for each in super().compose():
            if each is self.table:
                yield self.head
                yield self.trust
            yield each

    def rows_changed(self) -> None:
        height = max(1, self.table.size.height)
        first = max(0, self.table.cursor_position - height)
        in_view = self.table.visible_rows[first : self.table.cursor_position + height]
        self.session.names.want(dict.fromkeys(who for row in in_view for who in row.people if "@" not in who and " " not in who))
        own = {scopes.key(each.id): each.id for each in self.session.computes.items}
        self.session.last_runs.want([own[row.key] for row in in_view if row.key in own])

    def refusal(self, action: Action[CostLine], row: CostLine) -> str:
        return f"{action.label} does not apply to costs"

    def describe(self, row: CostLine) -> list[Fact]:
        return describe_facts(row, self.session)

    def links(self, row: CostLine) -> list[Fact]:
        cloud = self.session.cloud
        found = [Fact("resource", links.portal(row.key, cloud))] if row.key.startswith("/") else []
        scopes_asked = [f"/subscriptions/{each}" for each in self.session.costs.now.subscriptions]
        return [*found, *(Fact("cost analysis", links.costs(scope, cloud)) for scope in scopes_asked)]

    # Findings

    def findings_of(self, row: CostLine) -> tuple[Finding, ...]:
        found = self.session.findings.open
        if self._by_subject[0] is not found:
            by_subject: dict[str, list[Finding]] = {}
            for each in found:
                by_subject.setdefault(scopes.key(each.subject_id), []).append(each)
            self._by_subject = found, by_subject
        return tuple(self._by_subject[1].get(row.key, ())) if row.key else ()

    def accepted_of(self, row: CostLine) -> tuple[Accepted, ...]:
        return tuple(each for each in self.session.findings.accepted if row.key and scopes.key(each.finding.subject_id) == row.key)

    def why(self, row: CostLine) -> list[Fact]:
        compute = compute_of(row, self.session)
        found = self.found_facts(
            row, lambda each: plan_line(each, compute, ComputeScreen.actions, self.session), ages(self.session, compute)
        )
        return [*found, *line_facts(row, self.session)]

    def mend(self, rows: Sequence[CostLine], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        cases = [Case(row.name, compute_of(row, self.session), found) for row in rows if (found := self.findings_of(row))]
        mend(cases, ComputeScreen.actions, self.session, self.host, notes, agreed)

    # Dimension and range

    @property
    def _over(self) -> Range:
        return self.session.costs.lines.over

    @classmethod
    def topics(cls) -> Sequence[str]:
        return (*Dimension, *Range)

    def be_about(self, topic: str) -> None:
        """`:cost user`, `:cost by user`, `:cost 7 d`, `:cost tag last month`."""
        rest = topic.removeprefix("by ").strip().casefold()
        lines = self.session.costs.lines
        dimension, over = lines.dimension, lines.over
        found = next((each for each in Dimension if rest == each or rest.startswith(f"{each} ")), None)
        if found is not None:
            dimension, rest = found, rest.removeprefix(found).strip()
        if rest:
            ranged = next((each for each in Range if rest.replace(" ", "") == each.replace(" ", "")), None)
            if ranged is None:
                there = ", ".join((*Dimension, *Range))
                raise TroubleError(Trouble(Kind.INVALID, f"costs are not told by {topic!r}; there are {there}", "UnknownTopic"))
            over = ranged
        self.show(dimension, over)

    def show(self, dimension: Dimension, over: Range) -> None:
        """Tell costs apart by something, over a range; both are remembered."""
        self.session.costs.lines.show(dimension, over)
        self.host.keep_order(SHOWN, Order("", False, (dimension, over)))
        self._lay_out()

    def _lay_out(self) -> None:
        self.table.set_columns(self._all_columns())
        self._sort(*self._usual_order())
        self._touched = False
        if self.is_mounted:
            self._update()

    def _usual_order(self) -> tuple[str, bool]:
        """What leads: of today what burns, of days that are comparable what moved, else what costs most."""
        if self._over is Range.TODAY:
            return self.default_sort
        return ("CHANGE" if self._over in {Range.WEEK, Range.MONTH} else cells.range_name(self._over)), True

    def restore_order(self) -> None:
        kept = self.host.order(SHOWN)
        dimension = next((each for each in Dimension if kept is not None and each in kept.by), self.session.costs.lines.dimension)
        over = next((each for each in Range if kept is not None and each in kept.by), self._over)
        self.session.costs.lines.show(dimension, over)
        self.table.set_columns(self._all_columns())
        self._sort(*self._usual_order())
        super().restore_order()

    def action_group(self) -> None:
        """Ask what costs are told apart by."""
        now = self.session.costs.lines.dimension
        choices = [Choice(self._by_words(each), SAYS[each], each is now) for each in Dimension]
        names = {self._by_words(each): each for each in Dimension}
        self.host.choose("tell costs apart by", choices, lambda name: self.show(names[name], self._over) if name else None)

    def group_by(self, words: Sequence[str]) -> None:
        """`:by user`. Raises TroubleError on what is no dimension."""
        self.be_about(" ".join(words) or Dimension.COMPUTE)

    def action_range(self) -> None:
        self.show(self.session.costs.lines.dimension, self._over.next)

    def action_amortized(self) -> None:
        cost = self.session.costs.now
        cost.amortized = not cost.amortized
        self.session.costs.lines.forget()
        self.host.flash("amortized: reservations are spread over what used them" if cost.amortized else "actual: as on the bill")
        self._update()

    def _by_words(self, dimension: Dimension) -> str:
        if dimension is Dimension.TAG:
            return f"tag {self.session.costs.now.tag}"
        return f"{dimension}≈" if dimension.attributed else str(dimension)

    # Other keys

    def action_all_days(self) -> None:
        from console.costs.day_lines import everything

        self.app.push_screen(CostDaysScreen(self.session, everything(self._over)))

    def action_budgets(self) -> None:
        self.host.go_to("budgets")

    def action_refresh(self) -> None:
        """What is free is read at once; the bill, of which queries are counted, only when asked again while that is offered."""
        said = self.host.flashed
        again = said is not None and said.text == self._offer
        super().action_refresh()
        if again:
            self.run_worker(self.session.costs.now.refresh(), name="costs")
            self.host.flash("asking Azure for the bill anew")
            return
        key, count = self._hint_key("list.refresh", "ctrl+r"), len(self.session.costs.now.bills.parts)
        self._offer = f"reading what runs; {key} once more asks for the bill too: {count} queries of the tenant's allowance"
        self.host.flash(self._offer)

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.name)

    def own_hints(self) -> list[Part]:
        by, over = self._hint_key("list.group", "b"), self._hint_key("cost.range", "t")
        return [(by, "key"), (" by  ", ""), (over, "key"), (f" {self._over.next}  ", ""), *super().own_hints()]

    # Frame

    def _redraw_frame(self) -> None:
        super()._redraw_frame()
        if self.is_current and self.trust.is_attached:
            self.head.display, self.trust.display = (self.app.size.height >= least for least in ROOM)
            self.head.update()
            self.trust.show(cells.trust(self.session, self.session.costs.lines.items))

    def _failed_parts(self) -> str:
        """Its parts are no workspaces."""
        return ""

    def _placeholder(self) -> str:
        lines = self.session.costs.lines
        if lines.lacking and not self.table.filter_text:
            return f"{lines.lacking} (t: other ranges, b: other dimensions)"
        told = super()._placeholder()
        return f"Nothing costs anything {lines.over}." if told == f"No {self.kind} here." else told

    def _name_style(self, row: CostLine) -> str:
        return "muted" if "deleted" in row.note or "not open here" in row.note else ""

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        """A line comes and goes with dimension, range and what is known; nothing was deleted."""
        event.prevent_default()  # Textual would call the handler of the class above as well
