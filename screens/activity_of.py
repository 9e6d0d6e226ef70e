"""Activity on one compute: what was changed of it alone, by whom and how it went."""

from __future__ import annotations

from console.domain.compute import Compute
from console.session import Session
from screens.activity import ActivityScreen


class ComputeActivityScreen(ActivityScreen):
    """The same list about one compute: Azure's log is asked for that resource alone, so a month of it is one request."""

    def __init__(self, session: Session, compute: Compute) -> None:
        self.compute = compute
        super().__init__(session, session.activity_of(compute))

    @property
    def what(self) -> str:
        days = self.activity.days
        return f"activity on {self.compute.name}, {f'{days} days' if days > 1 else '24 h'}"

    def on_mount(self) -> None:
        super().on_mount()
        for feed in self.feed.feeds:
            feed.subscribe(lambda _feed: self._changed())
