"""Simulated time: a clock that runs at any speed, and the queue of what is going to happen."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

Action = Callable[[], None]


class Clock:
    """Simulated UTC that moves with real monotonic time × `speed` (0 = frozen), and the events that are due on it.

    `now()` never goes back. While an event runs, `now()` is the moment it was due at, so that what it records and
    what it schedules next do not depend on when the process came round to it.
    """

    def __init__(self, epoch: datetime, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        if epoch.tzinfo is None:
            raise ValueError("The clock's epoch needs a time zone.")
        if speed < 0:
            raise ValueError(f"The clock's speed must be 0 or more, not {speed}.")
        self.epoch = epoch.astimezone(UTC)
        self.speed = speed
        self._monotonic = monotonic
        self._started = monotonic()
        self._advanced = timedelta()
        self._queue: list[tuple[datetime, int, Action]] = []
        self._order = count()
        self._running_at: datetime | None = None

    def now(self) -> datetime:
        """The simulated moment, in UTC."""
        return self._running_at if self._running_at is not None else self._moving()

    def _moving(self) -> datetime:
        if not self.speed:
            return self.epoch + self._advanced
        return self.epoch + self._advanced + timedelta(seconds=(self._monotonic() - self._started) * self.speed)

    def advance(self, seconds: float) -> datetime:
        """Move the clock ahead by simulated seconds, run what falls due on the way, and return the new moment."""
        if seconds < 0:
            raise ValueError(f"The clock only moves ahead, not by {seconds} seconds.")
        self._advanced += timedelta(seconds=seconds)
        self.run_due()
        return self.now()

    def resume(self, moment: datetime) -> None:
        """Go on at `moment`, or now if that has passed."""
        self.advance(max(0.0, (moment - self._moving()).total_seconds()))

    def at(self, when: datetime, action: Action) -> None:
        """Run `action` once when the clock reaches `when` (at the next `run_due` if that has passed)."""
        heapq.heappush(self._queue, (when, next(self._order), action))

    def after(self, seconds: float, action: Action) -> None:
        """Run `action` once, simulated `seconds` from now."""
        self.at(self.now() + timedelta(seconds=seconds), action)

    def next_due(self) -> datetime | None:
        """When the earliest waiting event is due, or None."""
        return self._queue[0][0] if self._queue else None

    def run_due(self) -> int:
        """Run every event that is due, earliest first, ties in the order they were added; return how many ran.

        An event may schedule others: those that are due already run in the same call. Called from inside an event, it does nothing.
        """
        return 0 if self._running_at is not None else self._run_until(self._moving())

    @contextmanager
    def standing(self, at: datetime | None = None) -> Iterator[datetime]:
        """Run what is due by `at` (default: by now), then let the clock stand at that moment: all that is done inside is done at once."""
        moment = self._moving() if at is None else at
        self._run_until(moment)
        self._running_at = moment
        try:
            yield moment
        finally:
            self._running_at = None

    def _run_until(self, limit: datetime) -> int:
        ran = 0
        try:
            while self._queue and self._queue[0][0] <= limit:
                when, _, action = heapq.heappop(self._queue)
                # An event added late, for a moment that has passed, must not turn time back.
                self._running_at = when if self._running_at is None else max(when, self._running_at)
                ran += 1
                action()
        finally:
            self._running_at = None
        return ran
