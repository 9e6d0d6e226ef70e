"""The scheduler: decides which feed asks Azure next, and sees to it that they never ask too much at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from console.feeds.feed import Feed

#: Polls under way at once; keeps a burst at start far below a fifth of ARM's bucket of 250 reads.
AT_ONCE = 8
#: Looks again at least this often: cadence may have changed without anybody saying so.
LONGEST_SLEEP_S = 5.0


class Scheduler:
    """Runs the polls of its feeds on the event loop until closed."""

    def __init__(self) -> None:
        self.feeds: list[Feed[Any]] = []
        self.paused = False
        #: Schedulers of what is slow to answer, which would keep others waiting here; they start, pause and end with this one.
        self.beside: list[Scheduler] = []
        self._wake = asyncio.Event()
        self._polls: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, feed: Feed[Any]) -> None:
        feed.on_due = self._wake.set
        self.feeds.append(feed)
        self._wake.set()

    def remove(self, feed: Feed[Any]) -> None:
        """Ask nothing more for this feed."""
        if feed in self.feeds:
            self.feeds.remove(feed)
        feed.on_due = None

    @property
    def busy(self) -> int:
        """Polls under way."""
        return len(self._polls) + sum(each.busy for each in self.beside)

    @property
    def running(self) -> bool:
        """Whether polls are started: between `start` and `close`."""
        return self._task is not None

    def focus(self, feeds: Sequence[Feed[Any]]) -> None:
        """These are on screen, the others are not."""
        for feed in self.feeds:
            feed.focus(feed in feeds)
        for each in self.beside:
            each.focus(feeds)

    def pause(self, paused: bool) -> None:
        self.paused = paused
        self._wake.set()
        for each in self.beside:
            each.pause(paused)

    def add_beside(self, other: Scheduler) -> None:
        """Start, pause and end `other` with this one from now on."""
        self.beside.append(other)
        other.pause(self.paused)
        if self.running:
            other.start()

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="scheduler")
        for each in self.beside:
            each.start()

    async def close(self) -> None:
        """Stop polling; polls under way are cancelled."""
        for each in self.beside:
            await each.close()
        tasks = [task for task in (self._task, *self._polls) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._task = None

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = self._launch_due()
            try:
                # Not wait_for, which forgets that it was cancelled when what it waits for comes at the same moment: close would hang.
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _launch_due(self) -> float:
        """Start what is due, the longest overdue first; returns the seconds until something else is."""
        if self.paused:
            return LONGEST_SLEEP_S
        now = time.monotonic()
        waiting = sorted(((feed.due_at(scope), order, scope) for order, feed in enumerate(self.feeds) for scope in feed.parts))
        for due, order, scope in waiting:
            if due > now:
                return min(LONGEST_SLEEP_S, due - now)
            if len(self._polls) >= AT_ONCE:
                return LONGEST_SLEEP_S
            self._launch(self.feeds[order], scope)
        return LONGEST_SLEEP_S

    def _launch(self, feed: Feed[Any], scope: str) -> None:
        task = asyncio.create_task(feed.poll(scope), name=f"poll {feed.name}")
        self._polls.add(task)
        feed.parts[scope].due = float("inf")
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._polls.discard(task)
        self._wake.set()
