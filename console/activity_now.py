"""Activity now: the feeds behind the list of what was changed, polled only while somebody looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path

from console.clock import ServerClock
from console.domain.activity import Entry, Event
from console.domain.readings import Reading
from console.feeds.feed import Cadence, Feed
from console.feeds.last_look import LastLook
from console.feeds.scheduler import Scheduler
from console.feeds.snapshots import Owner
from console.readers import Readers

#: How far back the log of one resource is read at first, in days.
OWN_DAYS = 30


class ActivityNow:
    """Azure's activity log (`log`) of the resource groups that are looked at, and what the journals in `folder` tell (`journal`)."""

    def __init__(
        self,
        readers: Readers,
        scheduler: Scheduler,
        clock: ServerClock,
        folder: Path,
        cloud: str,
        last_look: LastLook,
        owner: Callable[[], Owner | None],
        told_the_time: Callable[[], Awaitable[None]],
    ) -> None:
        self.folder = folder
        #: How far back Azure's log is read.
        self.days = 1
        #: The resource that it is about alone; "" where it is about whole resource groups.
        self.about = ""
        self._readers, self._scheduler, self._clock, self._cloud = readers, scheduler, clock, cloud
        self._last_look, self._owner, self._told_the_time = last_look, owner, told_the_time
        self.log: Feed[Event] = Feed("activity log", self._read_log, Cadence(60, 0, 0), clock)
        self.journal: Feed[Entry] = Feed("journal", self._read_journals, Cadence(20, 0, 0), clock)
        self.journal.set_scopes(["journal"])

    def of(self, resource_id: str) -> ActivityNow:
        """The same about one resource alone: its log is asked for by its ARM id, and goes back further for the same price."""
        own = copy(self)
        own.days, own.about = OWN_DAYS, resource_id
        own.log = Feed("activity log", own._read_own_log, Cadence(60, 0, 0), self._clock)
        own.log.set_scopes([resource_id])
        own.journal = Feed("journal", own._read_journals, Cadence(20, 0, 0), self._clock)
        own.journal.set_scopes(["journal"])
        return own

    def open(self) -> None:
        """Poll, for as long as somebody looks."""
        for feed in (self.log, self.journal):
            if not any(feed is known for known in self._scheduler.feeds):
                self._scheduler.add(feed)

    def close(self) -> None:
        """Nobody looks any more."""
        for feed in (self.log, self.journal):
            feed.focus(False)
            self._scheduler.remove(feed)

    def look_back(self, days: int) -> None:
        """Read the log as far back as that from now on."""
        self.days = days
        self.log.refresh()

    @property
    def looked_before(self) -> datetime | None:
        """When it was looked at last in an earlier session (UTC); None where that is not known."""
        owner = self._owner()
        return self._last_look.before(owner) if owner is not None else None

    def keep_look(self) -> None:
        """Somebody looks now."""
        owner = self._owner()
        if owner is not None:
            self._last_look.keep(owner, self._clock.now())

    async def _read_log(self, group_id: str) -> Reading[Event]:
        await self._told_the_time()  # what the log is asked for depends on it
        return await self._readers.activity_log(group_id, timedelta(days=self.days))

    async def _read_own_log(self, resource_id: str) -> Reading[Event]:
        await self._told_the_time()
        return await self._readers.activity_of(resource_id, timedelta(days=self.days))

    async def _read_journals(self, _scope: str) -> Reading[Entry]:
        from console.operations import entries

        return Reading(await asyncio.to_thread(entries.of_journals, self.folder, self._cloud))
