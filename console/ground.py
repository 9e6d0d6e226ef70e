"""The ground: what every room of a session stands on, and what a room is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from console.clock import ServerClock
from console.context import Context
from console.domain.compute import Compute, Run
from console.domain.workspaces import Workspace
from console.feeds.feed import Feed
from console.feeds.findings import Finder
from console.feeds.lookup import Lookup
from console.feeds.scheduler import Scheduler
from console.feeds.snapshots import Snapshots
from console.readers import Readers
from console.settings import Settings
from console.visible import VisibleWorkspaces

if TYPE_CHECKING:
    from console.operations.operation import Operation, StepRun


class Ground(NamedTuple):
    """`last_runs` are by compute. `kept` is None where nothing may outlive the session; `changed` is called when there is more to tell.

    `listen` has something called whenever there is news of any kind, and returns the way out.
    """

    settings: Settings
    readers: Readers
    scheduler: Scheduler
    context: Context
    clock: ServerClock
    computes: Feed[Compute]
    workspaces: Feed[Workspace]
    visible: VisibleWorkspaces
    last_runs: Lookup[Run]
    kept: Snapshots | None
    changed: Callable[[], None]
    listen: Callable[[Callable[[], None]], Callable[[], None]]


class Room(Protocol):
    """All that a session has of one area. It is made when it is first asked for, and lives as long as the session does."""

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        """What is polled as long as the room is there; feeds that live shorter are its own affair."""

    @property
    def finders(self) -> Sequence[Finder]:
        """What looks for findings in it from the start."""

    def places_changed(self) -> None:
        """Other workspaces are looked at."""

    def heard(self, operation: Operation, run: StepRun) -> None:
        """Something came of a step of ours."""

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are forgotten with those of the session."""

    async def close(self) -> None: ...
