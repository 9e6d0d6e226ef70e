"""Quota: per VM family how many cores are allowed, used and left, who holds them, and who waits for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.domain.findings.finding import Finding
from console.domain.quota import FamilyQuota
from console.domain.usages import Usage
from console.feeds.findings import Accepted
from console.feeds.source import Source
from console.operations import quotas as plans
from screens import links
from screens.actions import Action, Drill
from screens.dialogs.choose import Choice
from screens.dialogs.cores import AskCores
from screens.holders import HoldersScreen
from screens.plan_keys import refusal_of
from screens.quota_cells import (
    facts,
    holders_text,
    left_text,
    number,
    quota_ages,
    share_text,
    style,
    used_text,
    waiting_text,
    workspace_name,
)
from screens.reasons import GAP
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.resource_table import ResourceTable
from screens.widgets.status_line import Part
from screens.with_findings import ScreenWithFindings


class QuotaScreen(ScreenWithFindings[FamilyQuota]):
    """Enter says who holds a family's cores; e edits the limit of a workspace, i makes the request for a higher one ready to send."""

    kind = "quota"
    aliases = ("quotas", "cores")
    default_sort = ("%", True)
    drills = (Drill("holders", lambda row: bool(row.holdings), HoldersScreen, reads=False),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "edit a workspace's limit", show=False, id="quota.edit"),
        Binding("i", "increase", "ask for a higher limit", show=False, id="quota.increase"),
    ]

    @property
    def columns(self) -> tuple[Column[FamilyQuota], ...]:  # type: ignore[override]  # built per screen: a cell reads the session
        several = len({place.subscription_id for place in self.session.context.where}) > 1
        own: tuple[Column[FamilyQuota], ...] = (
            Column("FAMILY", 14, lambda row: row.fault or row.short, style, priority=0, most=18),
            self.marker_column(),
            Column("REGION", 11, lambda row: row.place.region, priority=1, most=14),
            Column("TIER", 8, lambda row: "low prio" if row.place.low_priority else "", priority=2),
            Column("USED", 12, used_text, style, sort=lambda row: row.used, priority=0, align="right"),
            Column("LEFT", 4, left_text, style, sort=lambda row: row.left, priority=1, align="right", most=5),
            Column("%", 4, share_text, style, sort=lambda row: row.share, priority=0, align="right"),
            Column("HOLDERS", 14, holders_text, priority=1, stretch=True),
            Column("WAITING", 16, waiting_text, lambda _: "warn", priority=3, most=30),
        )
        subscription: tuple[Column[FamilyQuota], ...] = (Column("SUBSCRIPTION", 14, self._subscription, priority=4, most=24),)
        return (*own[:2], *subscription, *own[2:]) if several else own

    @property
    def feed(self) -> Source[FamilyQuota]:
        return self.session.quota.families

    def key_of(self, row: FamilyQuota) -> str:
        return row.id

    def on_mount(self) -> None:
        self.session.quota.begin()

    def rows_changed(self) -> None:
        """What one may set, where limits are set."""
        for subscription_id in {row.place.subscription_id for row in self.table.visible_rows}:
            self.session.want_allowance(plans.at_subscription(subscription_id))

    def refusal(self, action: Action[FamilyQuota], row: FamilyQuota) -> str:
        return f"{action.label} does not apply to a quota"

    def describe(self, row: FamilyQuota) -> list[Fact]:
        return facts(row, self.feed.items, self.session)

    def findings_of(self, row: FamilyQuota) -> tuple[Finding, ...]:
        return self.session.findings.open_among(self.session.quota_findings.of(row))

    def accepted_of(self, row: FamilyQuota) -> tuple[Accepted, ...]:
        return self.session.findings.accepted_among(self.session.quota_findings.of(row))

    def why(self, row: FamilyQuota) -> list[Fact]:
        found = self.found_facts(row, lambda _: "f makes the request for a higher limit ready to send.", quota_ages(self.session))
        return [*(found or [Fact("", "It does not press.", "ok"), GAP]), *self.describe(row)]

    def mend(self, rows: Sequence[FamilyQuota], notes: Sequence[str], agreed: Callable[[], None]) -> None:
        if len(rows) > 1:
            self.host.flash(f"{len(rows)} are marked: a request for a higher limit is made for one family at a time", "warn")
        else:
            self._increase(rows[0])

    def links(self, row: FamilyQuota) -> list[Fact]:
        return [Fact("quotas in the portal", links.quotas(self.session.cloud))]

    def own_hints(self) -> list[Part]:
        row = self.table.cursor_row
        greyed = row is None or bool(self._edit_refusal(row))
        edit, increase = self._hint_key("quota.edit", "e"), self._hint_key("quota.increase", "i")
        own = super().own_hints()
        return [*own, (edit, "muted" if greyed else "key"), (" limit  ", "muted" if greyed else ""), (increase, "key"), (" increase  ", "")]

    # A workspace's limit

    def action_edit(self) -> None:
        row = self.table.cursor_row
        if row is None:
            return
        if why := self._edit_refusal(row):
            self.host.flash(f"limit: {why}", "warn")
            return
        by_name = {workspace_name(quota): quota for quota in row.workspaces}
        if len(by_name) == 1:
            self._ask_limit(row, row.workspaces[0])
            return
        choices = [Choice(name, f"limit {number(quota.limit)}") for name, quota in by_name.items()]
        self.host.choose(
            f"Whose limit of {row.short} in {row.place.region}?",
            choices,
            lambda name: self._ask_limit(row, by_name[name]) if name else None,
        )

    def _edit_refusal(self, row: FamilyQuota) -> str:
        if why := plans.can_set(row):
            return why
        return self.session.context.refusal_at(plans.at_subscription(row.place.subscription_id), plans.UPDATE)

    def _ask_limit(self, row: FamilyQuota, quota: Usage) -> None:
        def wrong(number: int) -> str:
            if number == quota.limit:
                return "that is its limit now"
            over = row.limited and row.limit is not None and number > row.limit
            return f"the subscription itself may use no more than {row.limit}" if over else ""

        def propose(number: int | None) -> None:
            if number is not None:
                plan = plans.set_limit(quota, number, row)
                self.host.propose(plan, refusal_of(self.session, plan), agreed=self.feed.refresh)

        told = [Fact("family", f"{row.spelt} in {row.place.region}"), Fact("limit now", number(quota.limit))]
        told.append(Fact("subscription", f"{number(row.used)} of {number(row.limit)} cores used"))
        self.app.push_screen(AskCores(f"Limit of {workspace_name(quota)}", told, "Plan", quota.limit, wrong), propose)

    # The subscription's limit

    def action_increase(self) -> None:
        row = self.table.cursor_row
        if row is not None and not row.fault:
            self._increase(row)

    def _increase(self, row: FamilyQuota) -> None:
        if not row.limited:
            self.host.flash("increase: this family has no limit of its own; ask for the region's total", "warn")
            return
        wants = (row.limit or 0) + max(sum(each.cores or 0 for each in row.waiting) - (row.left or 0), 0)

        def wrong(number: int) -> str:
            return "" if row.limit is None or number > row.limit else f"that is no increase: the limit is {row.limit} now"

        def ready(number: int | None) -> None:
            if number is None:
                return
            name = self.session.context.subscription_names.get(row.place.subscription_id, "?")
            text = plans.increase_text(row, number, name)
            page = [Fact("", line) for line in text.splitlines()]
            portal = links.quotas(self.session.cloud)
            self.host.read("increase request", [*page, Fact("", ""), Fact("where to send", portal, link=portal)])
            self.host.copy(f"{text}\n{portal}\n", "the request")

        told = [Fact("family", f"{row.spelt} in {row.place.region}, {row.place.tier}")]
        told.append(Fact("now", f"{number(row.used)} of {number(row.limit)} cores used"))
        told += [Fact("waits", f"{each.compute.name}: {number(each.cores)} cores") for each in row.waiting]
        self.app.push_screen(
            AskCores("Ask Azure for a higher limit", told, "Make the text", wants if wants != row.limit else None, wrong), ready
        )

    def action_copy_id(self) -> None:
        """A family has no ARM id; its name is what requests are about."""
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.spelt)

    def action_copy_name(self) -> None:
        self.action_copy_id()

    def _subscription(self, row: FamilyQuota) -> str:
        return self.session.context.subscription_names.get(row.place.subscription_id, row.place.subscription_id)

    def on_resource_table_cursor_lost(self, event: ResourceTable.CursorLost) -> None:
        """A family comes and goes with what is read of it; nothing was deleted."""
        event.prevent_default()  # Textual would call the handler of the class above as well
