"""Compute: every kind that a workspace can run on, live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, cast

from textual.binding import Binding, BindingType

from console.domain.billing.amounts import money, untimed
from console.domain.compute import Compute, Kind
from console.domain.cost import OWN_MACHINES, burn, burn_of, list_price, waste
from console.domain.findable import Searched
from console.domain.findings.finding import Finding
from console.domain.scopes import WorkspaceRef
from console.feeds.feed import Feed
from console.feeds.findings import Accepted
from console.operations import compute_schedules, idle_shutdown, resizing, scaling
from console.operations import computes as plans
from console.session import Session
from screens import links
from screens.actions import Action, Asked, Drill, later
from screens.activity_of import ComputeActivityScreen
from screens.frame import FrugalApp
from screens.jobs_before import needs_asking, running_jobs
from screens.jobs_on import JobsScreen
from screens.metrics_of import MetricsScreen
from screens.nodes import NodesScreen
from screens.operations import step_facts, step_text
from screens.reasons import GAP, ages, compute_facts
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.with_findings import ScreenWithFindings

BAR_WIDTH = 3
RATE_WIDTH = 7
STATE_GLYPHS = {"ok": "●", "busy": "◐", "warn": "▲", "bad": "✕", "muted": "○", "": " "}
FAILED = frozenset({"Failed", "Canceled", "CreateFailed", "SetupFailed", "UserSetupFailed", "Unusable", "unreadable"})
UP = frozenset({"Running", "JobRunning", "Steady", "Succeeded"})
DOWN = frozenset({"Stopped"})


#: Jobs that a change would end are named before it is agreed to.
JOBS = Asked(needs_asking, running_jobs)


class ComputeScreen(ScreenWithFindings[Compute]):
    """The landing screen: what runs, what it costs, whose it is, and the keys that start and stop it."""

    kind = "compute"
    number = "2"
    aliases = ("cp", "computes")
    default_sort = ("$/H", True)
    actions = (
        Action("start", "s", "start", plans.START, plans.can_start, plans.start),
        Action("stop", "S", "stop", plans.STOP, plans.can_stop, plans.stop),
        Action("restart", "r", "restart", plans.RESTART, plans.can_restart, plans.restart, hinted=False),
        Action("scale", "C", "scale", scaling.WRITE, scaling.can_scale, form=later("screens.forms.scale", "ScaleForm")),
        Action(
            "idle-shutdown",
            "I",
            "idle off",
            idle_shutdown.UPDATE,
            idle_shutdown.can_set,
            form=later("screens.forms.idle_shutdown", "IdleShutdownForm"),
        ),
        Action(
            "schedule",
            "H",
            "schedule",
            compute_schedules.WRITE,
            compute_schedules.can_schedule,
            form=later("screens.forms.schedule", "ScheduleForm"),
            hinted=False,
        ),
        Action(
            "resize", "Z", "resize", resizing.RESIZE, resizing.can_resize, form=later("screens.forms.resize", "ResizeForm"), hinted=False
        ),
        Action("delete", "ctrl+d", "delete", plans.DELETE, plans.can_delete, plans.delete, ask=JOBS),
    )
    drills = (
        Drill("nodes", lambda compute: compute.kind is Kind.CLUSTER, NodesScreen),
        Drill("jobs", lambda compute: compute.kind in OWN_MACHINES, JobsScreen, key="J"),
        Drill("metrics", lambda compute: compute.kind is Kind.CLUSTER, MetricsScreen, key="M", enters=False),
        Drill("activity", lambda _compute: True, ComputeActivityScreen, key="A", enters=False),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new compute", show=False, id="compute.new"),
        Binding("N", "clone", "new compute like this one", show=False, id="compute.clone"),
        Binding("e", "edit", "edit as az ml YAML in $EDITOR", show=False, id="compute.edit"),
        *(Binding(action.key, f"act('{action.name}')", action.label, id=f"compute.{action.name}") for action in actions),
        *(
            Binding(each.key, f"drill('{each.name}')", f"{each.name} of it", show=False, id=f"compute.{each.name}")
            for each in drills
            if each.key
        ),
    ]

    @property
    def columns(self) -> tuple[Column[Compute], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("NAME", 14, lambda c: c.name, priority=0, most=24, lasting=True),
            self.marker_column(),
            Column("KIND", 8, lambda c: c.kind.label if c.kind is not Kind.UNKNOWN else c.kind_word or "?", priority=2, lasting=True),
            Column("STATE", 14, self._state, self._state_style, sort=lambda c: c.shown_state, priority=0),
            Column("NODES", 8, node_bar, sort=lambda c: c.billed_nodes, priority=1, align="right", total=nodes_in_all, lasting=True),
            Column(
                "$/H", RATE_WIDTH, self._rate, self._rate_style, sort=self._rate_value, priority=0, align="right", total=self._rate_in_all
            ),
            Column("UP", 4, self._up, sort=self._up_seconds, priority=1, align="right", most=5),
            Column("LAST JOB", 8, self._last_job, sort=self._last_job_seconds, priority=1, align="right"),
            Column("OWNER", 7, self._owner, priority=2, most=20),
            Column("SIZE", 22, lambda c: c.vm_size, priority=4, most=28, lasting=True),
            Column("TIER", 8, lambda c: "low prio" if c.low_priority else "", priority=6, lasting=True),
            Column("IDLE OFF", 8, lambda c: c.idle_shutdown or c.idle_scale_down, priority=7, lasting=True),
            Column("REGION", 12, lambda c: c.location, priority=8, lasting=True),
        )

    @property
    def feed(self) -> Feed[Compute]:
        return self.session.computes

    @property
    def order_to_come(self) -> bool:
        prices = self.session.prices
        return bool(prices.parts) and not (prices.loaded or prices.troubles)

    def key_of(self, row: Compute) -> str:
        return row.id

    def workspace_of(self, row: Compute) -> WorkspaceRef:
        return row.workspace

    def tags_of(self, row: Compute) -> Mapping[str, str]:
        """Its own, and of its workspace those that it lacks, once they are read."""
        return self.session.visible.tags(row.workspace) | row.tags

    def rows_changed(self) -> None:
        """Names of owners and last jobs, only for the rows in view."""
        height = max(1, self.table.size.height)
        first = max(0, self.table.cursor_position - height)
        in_view = self.table.visible_rows[first : self.table.cursor_position + height]
        self.session.last_runs.want([row.id for row in in_view if row.kind in {Kind.INSTANCE, Kind.CLUSTER}])
        self.session.names.want([row.owner_id for row in in_view if row.owner_id])

    @classmethod
    def searched(cls, session: Session) -> Searched:
        from screens import findables

        return findables.computes(session)

    def refusal(self, action: Action[Compute], row: Compute) -> str:
        return action.refusal(row) or self.session.context.refusal(row.workspace, action.needs)

    def describe(self, row: Compute) -> list[Fact]:
        return describe(row, self)

    def findings_of(self, row: Compute) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.compute_findings.of(row))

    def accepted_of(self, row: Compute) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.compute_findings.of(row))

    def why(self, row: Compute) -> list[Fact]:
        from screens.answers import answer_facts
        from screens.remedies import plan_line

        age, found = ages(self.session, row), self.findings_of(row)
        mended = next((each for each in found if each.remedy), None)
        plan = plan_line(mended, row, self.actions, self.session) if mended is not None else ""
        answered = answer_facts(row, self.session, plan)
        facts = self.found_facts(row, lambda each: plan_line(each, row, self.actions, self.session), age)
        facts = facts or [Fact("", "Nothing is found to be wrong with it.", "ok"), GAP]
        return [*answered, *facts, *compute_facts(row, self.session, age)]

    def mend(self, rows: Sequence[Compute], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        from screens.remedies import Case, mend

        mend([Case(row.name, row, self.findings_of(row)) for row in rows], self.actions, self.session, self.host, notes, agreed)

    def action_new(self) -> None:
        """Ask for a new compute, in the workspace of the row under the cursor."""
        from screens.forms import purpose

        place = self._place()
        if place is not None:
            purpose.ask(self.host, self.session, place)

    def action_clone(self) -> None:
        """The form of a new compute with the settings of the row under the cursor."""
        from screens.forms import clones

        row = self.table.cursor_row
        form = clones.form_for(row) if row is not None else None
        if row is None or form is None:
            self.host.flash("only instances and clusters can be made anew from here", "warn")
            return
        made = form(self.session, row.workspace, clones.seed(row))
        made.remarks = clones.left_out(row)
        self.host.open_screen(made)

    def _place(self) -> WorkspaceRef | None:
        row, where = self.table.cursor_row, self.session.context.where
        return row.workspace if row is not None else where[0] if where else None

    def action_edit(self) -> None:
        """Edit the row under the cursor as the CLI's YAML."""
        row = self.table.cursor_row
        if row is not None:
            from console.operations.compute_files import Opened, can_edit
            from screens.yaml_edit import Edited, YamlEdit

            files = self.session.compute_files
            edited = Edited(row.id, row.name, files, lambda text: Opened(compute=row, text=text), can_edit(row), "compute.edit")
            self.app.run_worker(YamlEdit(cast(FrugalApp, self.app), self.host, self.session, edited).run(), group="edit", exclusive=True)

    def links(self, row: Compute) -> list[Fact]:
        tenant, cloud = self.session.context.tenant_id, self.session.cloud
        return [
            Fact("studio", links.studio_compute(row, tenant, cloud)),
            Fact("workspace", links.studio_workspace(row.workspace, tenant, cloud)),
            Fact("portal", links.portal(row.id, cloud)),
        ]

    def _state(self, row: Compute) -> str:
        step = self.session.step_on(row.id)
        return (step_text(*step, passing=row.passing) if step is not None else "") or state_text(row)

    def _state_style(self, row: Compute) -> str:
        return "busy" if self.session.step_on(row.id) is not None else state_style(row)

    def _rate(self, row: Compute) -> str:
        figure = self.session.money.rate(row)
        if figure is None:
            return "–"
        return untimed(figure).replace("$", "") if figure.value != 0 else "–"

    def _rate_in_all(self, rows: Sequence[Compute]) -> str:
        figure = burn_of(rows, self.session.money.price_lists()).now
        text = untimed(figure).replace("$", "")
        if figure.value and len(text) > RATE_WIDTH:
            text = text.replace(money(figure.value, ""), f"{figure.value:,.0f}")
        return text if figure.value != 0 or figure.missing else "–"

    def _rate_value(self, row: Compute) -> Decimal | None:
        figure = self.session.money.rate(row)
        return figure.value if figure is not None else None

    def _rate_style(self, row: Compute) -> str:
        nothing = waste(row, self.session.money.price_list(row))
        return "warn" if nothing is not None and nothing.value else "money"

    def _up_seconds(self, row: Compute) -> float | None:
        since = row.up_since
        return self.session.clock.age(since).total_seconds() if since is not None else None

    def _up(self, row: Compute) -> str:
        seconds = self._up_seconds(row)
        return "" if seconds is None else length(seconds)

    def _last_job_seconds(self, row: Compute) -> float | None:
        run = self.session.last_runs.get(row.id)
        if run is None:
            return None
        if run.active:
            return 0.0
        moment = run.ended or run.started or run.created
        return self.session.clock.age(moment).total_seconds() if moment is not None else None

    def _last_job(self, row: Compute) -> str:
        if row.kind not in {Kind.INSTANCE, Kind.CLUSTER}:
            return ""
        if not self.session.last_runs.known(row.id):
            return "?" if self.session.last_runs.trouble else ""
        run = self.session.last_runs.get(row.id)
        if run is None:
            return "never"
        seconds = self._last_job_seconds(row)
        return "now" if run.active else "?" if seconds is None else length(seconds)

    def _owner(self, row: Compute) -> str:
        if not row.owner_id:
            return ""
        name = self.session.names.get(row.owner_id)
        return name.split("@", 1)[0] if name else row.owner_id[:8]


def length(seconds: float) -> str:
    """How long, in one unit: days, hours, below an hour five minutes; so an unchanged row sends nothing for long."""
    if seconds >= 86_400:
        return f"{seconds // 86_400:.0f}d"
    return f"{seconds // 3600:.0f}h" if seconds >= 3600 else f"{max(5, seconds // 300 * 300 / 60):.0f}m"


def state_style(row: Compute) -> str:
    """The look of a state; the word and its glyph say the same without colour."""
    state = row.shown_state
    if state in FAILED:
        return "bad"
    if row.nodes is not None and row.nodes.unusable:
        return "warn"
    if row.passing:
        return "busy"
    return "ok" if state in UP else "muted"


def state_text(row: Compute) -> str:
    return f"{STATE_GLYPHS[state_style(row)]} {row.shown_state}"


def node_bar(row: Compute) -> str:
    """Billed nodes of the most there can be, with a bar for clusters."""
    billed = row.billed_nodes
    if row.kind is Kind.CLUSTER and row.max_nodes is not None and billed is not None:
        full = 0 if row.max_nodes == 0 else min(BAR_WIDTH, -(-billed * BAR_WIDTH // row.max_nodes))
        return f"{'█' * full}{'░' * (BAR_WIDTH - full)} {billed}/{row.max_nodes}"
    if row.kind is Kind.INSTANCE:
        return "?" if billed is None else f"{billed}/1"
    return ""


def nodes_in_all(rows: Sequence[Compute]) -> str:
    """How many VMs of these are billed, `+?` where that is not known of some, nothing where none is Azure ML's own."""
    counts = [row.billed_nodes for row in rows if row.kind in OWN_MACHINES]
    if not counts:
        return ""
    known = [count for count in counts if count is not None]
    return f"{sum(known)}{'+?' if len(known) < len(counts) else ''}" if known else "?"


def describe(row: Compute, screen: ComputeScreen) -> list[Fact]:
    """The curated page of a compute: what is known, each line with its name; what Azure does not tell is `?`."""
    session = screen.session
    price = list_price(row, session.money.price_list(row))
    rate = burn(row, session.money.price_list(row))
    lines: list[tuple[str, str]] = [
        ("name", row.name),
        ("kind", row.kind.label if row.kind is not Kind.UNKNOWN else f"{row.kind_word} (a kind this console does not know)"),
        ("state", row.shown_state),
        ("provisioning", row.provisioning_state or "?"),
        ("workspace", f"{row.workspace.name} · {row.workspace.resource_group} · {session.context.subscription(row.workspace)}"),
        ("region", row.location),
        ("size", row.vm_size),
    ]
    if row.kind in {Kind.INSTANCE, Kind.CLUSTER}:
        lines.append(("list price", f"{untimed(price)} USD/h a machine: {price.source}"))
        lines.append(("burns now", "?" if rate is None else f"{untimed(rate)} USD/h: {rate.source}"))
    if row.kind is Kind.INSTANCE:
        owner = session.names.get(row.owner_id) or row.owner_id or "?"
        operation = row.last_operation
        done = f"{operation.name} {operation.status} by {operation.trigger or '?'} at {_utc(operation.time)}" if operation else "?"
        lines += [
            ("assigned to", owner),
            ("up since", f"{_utc(row.up_since)} (its last start; Azure tells no idle time)" if row.up_since else "–"),
            ("last operation", done),
            ("idle shutdown", row.idle_shutdown or "none"),
            ("cores on stop", "released" if row.release_quota_on_stop else "held"),
        ]
    if row.kind is Kind.CLUSTER:
        nodes = row.nodes
        counts = "?" if nodes is None else ", ".join(f"{getattr(nodes, name)} {name}" for name in nodes.__struct_fields__)
        lines += [
            ("nodes", counts),
            ("scale", f"{row.min_nodes} to {row.max_nodes}, down after {row.idle_scale_down or '?'} idle"),
            ("allocation", f"{row.allocation_state or '?'} since {_utc(row.allocation_since)}"),
            ("tier", "low priority" if row.low_priority else "dedicated"),
        ]
    run = session.last_runs.get(row.id)
    if run is not None:
        lines.append(("last job", f"{run.id} {run.status}, by {run.user or '?'}, created {_utc(run.created)}, ended {_utc(run.ended)}"))
    lines += [
        ("created", f"{_utc(row.created_on)} by {row.created_by or '?'}"),
        ("modified", _utc(row.modified_on)),
        ("description", row.description),
        ("tags", ", ".join(f"{name}={value}" for name, value in row.tags.items()) or "none"),
        ("ARM id", row.id),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    step = session.step_on(row.id)
    if step is not None:
        facts[3:3] = step_facts(*step)
    facts += [Fact("error", error, "bad", "bad") for error in row.errors]
    ways = [
        f"{screen.host.key(f'compute.{each.name}', each.key)} its {each.name}" for each in screen.drills if each.key and each.applies(row)
    ]
    facts.append(Fact("more", " · ".join((*ways, f"{screen.host.key('findings.why', 'w')} why it is so"))))
    if row.fault:
        facts.append(Fact("unreadable", row.fault, "bad", "bad"))
    return facts


def _utc(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "?"
