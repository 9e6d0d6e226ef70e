"""Screens about one compute: what is read of it alone, for as long as somebody looks."""

from __future__ import annotations

from typing import TypeVar

from console.domain.compute import Compute
from console.feeds.feed import Feed
from console.session import Session
from screens.resource_screen import ResourceScreen

T = TypeVar("T")


class AboutCompute(ResourceScreen[T]):
    """Polls `feed` while it is shown, and gives it back; esc goes back to the computes."""

    def __init__(self, session: Session, compute: Compute, feed: Feed[T]) -> None:
        self.compute, self._feed = compute, feed
        super().__init__(session)

    @property
    def feed(self) -> Feed[T]:
        return self._feed

    def on_mount(self) -> None:
        self._feed.subscribe(lambda _feed: self._changed())

    def on_unmount(self) -> None:
        self.session.release(self._feed)
