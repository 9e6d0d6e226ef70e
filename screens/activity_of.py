"""Activity on one compute: what was changed of it alone, by whom and how it went."""

from __future__ import annotations

from console.domain.compute import Compute
from console.session import Session
from screens.activity import ActivityScreen
from screens.widgets.status_line import Part


class ComputeActivityScreen(ActivityScreen):
    """The same list about one compute: Azure's log is asked for that resource alone, so a month of it is one request."""

    def __init__(self, session: Session, compute: Compute) -> None:
        self.compute = compute
        super().__init__(session, session.activity_of(compute))

    @property
    def what(self) -> str:
        return f"activity on {self.compute.name}"

    def _failed_parts(self) -> str:
        """The trouble tells itself that it is about the log: the journals are files here."""
        return ""

    def _title(self) -> tuple[list[Part], list[Part]]:
        left, right = super()._title()
        days = self.activity.days
        if not self.feed.troubles:
            left.insert(2, (f"  last {f'{days} days' if days > 1 else '24 h'}", ""))
        return left, right

    def action_span(self) -> None:
        super().action_span()
        days = self.activity.days
        self.host.flash(f"Azure's log of {self.compute.name} is read as far back as {f'{days} days' if days > 1 else '24 h'}")

    def on_mount(self) -> None:
        for feed in self.feed.feeds:
            feed.subscribe(lambda _feed: self._changed())
