"""Feeds: one thing about a set of scopes, polled, with its last good snapshot, its age and its trouble."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import is_
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from console.clock import ServerClock
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.snapshots import Snapshots

T = TypeVar("T")
log = logging.getLogger(__name__)

FIRST_BACK_OFF_S = 2.0
LONGEST_BACK_OFF_S = 120.0
#: A refusal is not asked again soon: roles change in minutes, not in seconds.
REFUSED_BACK_OFF_S = 300.0
#: Never faster than this, however fast the server's clock runs.
FASTEST_S = 1.0
#: A feed of many scopes is slowed down to this many polls per second: under a fifth of the 25 reads per second by which ARM refills the
#: bucket of a subscription and principal, which the administrator's own automation shares.
MOST_PER_S = 4.0
#: A snapshot goes to disk at most this often (seconds), and when the feed is done with: its file is of use to the next start only.
KEPT_EVERY_S = 60.0


class Cadence(msgspec.Struct, frozen=True):
    """Seconds of the server's time between polls: on screen, in transition (on screen or not), else. `background` 0: not at all."""

    focused: float
    passing: float
    background: float


class Part(msgspec.Struct, Generic[T]):
    """What a feed knows of one scope."""

    scope: str
    reading: Reading[T] | None = None
    taken_at: datetime | None = None
    taken_monotonic: float = 0.0
    from_disk: bool = False
    trouble: Trouble | None = None
    failures: int = 0
    due: float = 0.0
    running: bool = False
    polls: int = 0
    kept: Reading[T] | None = None
    kept_monotonic: float = float("-inf")


Listener = Callable[["Feed[T]"], None]


class Feed(msgspec.Struct, Generic[T]):
    """Polls `read(scope)` for each of its scopes and keeps the last good answer of each; a failed poll never clears anything.

    `passing` tells whether an item is in transition, which speeds its scope up. With `snapshots` the last answers are kept on disk
    under (`name`, scope) and shown, with their age, before the first poll of the next start.
    """

    name: str
    read: Callable[[str], Awaitable[Reading[T]]]
    cadence: Cadence
    clock: ServerClock
    passing: Callable[[T], bool] = lambda _item: False
    snapshots: Snapshots | None = None
    item_type: type[T] | None = None
    parts: dict[str, Part[T]] = msgspec.field(default_factory=dict)
    focused: bool = False
    _listeners: list[Listener[T]] = msgspec.field(default_factory=list)
    _hurry_until: dict[str, float] = msgspec.field(default_factory=dict)
    on_due: Callable[[], None] | None = None
    _joined: tuple[T, ...] = ()
    _joined_of: list[tuple[T, ...]] = msgspec.field(default_factory=list)

    def set_scopes(self, scopes: Iterable[str]) -> None:
        """Follow exactly these scopes; what is known of those that stay is kept, new ones start from disk where there is a snapshot."""
        wanted = list(dict.fromkeys(scopes))
        self.parts = {scope: self.parts.get(scope) or self._new_part(scope) for scope in wanted}
        self._wake()

    def forget(self) -> None:
        """Somebody else asks from now on: what was read before, or is under way, is not theirs to see."""
        self.parts = {scope: self._new_part(scope) for scope in self.parts}
        self._wake()

    @property
    def items(self) -> tuple[T, ...]:
        """All items of all scopes, as last read; the same object for as long as they all are."""
        read = [part.reading.items for part in self.parts.values() if part.reading is not None]
        if not _same(read, self._joined_of):
            self._joined_of = read
            self._joined = read[0] if len(read) == 1 else tuple(chain.from_iterable(read))
        return self._joined

    @property
    def loaded(self) -> bool:
        """True when every scope has been read at least once, now or before."""
        return bool(self.parts) and all(part.reading is not None for part in self.parts.values())

    @property
    def age(self) -> float | None:
        """Seconds since the oldest of the snapshots was taken; None while there is none.

        What this process read is aged by its own monotonic clock, what comes from disk by the server's.
        """
        ages = [
            self.clock.age(part.taken_at).total_seconds() if part.from_disk else time.monotonic() - part.taken_monotonic
            for part in self.parts.values()
            if part.taken_at is not None
        ]
        return max(ages, default=None)

    @property
    def troubles(self) -> dict[str, Trouble]:
        """Scope → why its last poll failed, for the scopes where it did."""
        return {scope: part.trouble for scope, part in self.parts.items() if part.trouble is not None}

    @property
    def incomplete(self) -> str:
        """Why the list may lack items ("" if it is whole)."""
        return next((part.reading.incomplete for part in self.parts.values() if part.reading and part.reading.incomplete), "")

    @property
    def feeds(self) -> tuple[Feed[T], ...]:
        """What has to be polled while its items are on screen: itself."""
        return (self,)

    def reading(self, scope: str) -> Reading[T] | None:
        """The last good answer for a scope."""
        part = self.parts.get(scope)
        return part.reading if part is not None else None

    def raw(self, key: str) -> bytes | None:
        """JSON of an item as Azure sent it; None when it was not read in this process."""
        for part in self.parts.values():
            if part.reading is not None and key in part.reading.raw:
                return part.reading.raw[key]
        return None

    def subscribe(self, listener: Listener[T]) -> Callable[[], None]:
        """Call `listener` after each poll that ended, well or badly; returns the way out."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    def refresh(self) -> None:
        """Poll every scope now, whatever its back-off."""
        for part in self.parts.values():
            part.due = 0.0
        self._wake()

    def hurry(self, scope: str, seconds: float) -> None:
        """Poll a scope at the transition's pace for the next `seconds` of real time (an operation of ours runs there)."""
        part = self.parts.get(scope)
        if part is None:
            return
        self._hurry_until[scope] = max(self._hurry_until.get(scope, 0.0), time.monotonic() + seconds)
        part.due = min(part.due, time.monotonic() + FASTEST_S)
        self._wake()

    def focus(self, focused: bool) -> None:
        """On screen or not; what comes on screen is polled at once if it is older than its pace allows."""
        came, self.focused = focused and not self.focused, focused
        for part in self.parts.values() if came else ():
            if part.trouble is None:
                part.due = min(part.due, 0.0 if part.from_disk else part.taken_monotonic + self._pace(part))
        self._wake()

    def due_at(self, scope: str) -> float:
        """Monotonic time of the next poll of a scope; infinity when it is not to be polled."""
        part = self.parts[scope]
        if part.running or (not self.focused and self.cadence.background <= 0 and part.reading is not None):
            return float("inf")
        return part.due

    async def poll(self, scope: str) -> None:
        """One poll of one scope; drops itself when one is under way. Trouble becomes state, never an exception."""
        part = self.parts.get(scope)
        if part is None or part.running:
            return
        part.running = True
        try:
            reading = await self.read(scope)
        except TroubleError as error:
            self._failed(part, error.trouble)
        except Exception as error:  # a fault of ours must not end a feed: it becomes its state, and the log has the traceback
            log.exception("%s of %s failed", self.name, scope)
            sentence = f"The console failed to read {self.name} ({type(error).__name__}); the log has the details."
            self._failed(part, Trouble(Kind.UNEXPECTED, sentence, type(error).__name__, str(error), at=self.clock.now()))
        else:
            self._succeeded(part, reading)
        finally:
            part.running = False
            part.polls += 1
        if self.parts.get(scope) is not part:
            return  # nobody asks for it any more; it may have been read for somebody else than whose snapshots these are
        self.publish()
        if time.monotonic() - part.kept_monotonic >= KEPT_EVERY_S:
            await self._keep(part)

    async def keep(self) -> None:
        """Put on disk what is newer than what is there."""
        await asyncio.gather(*map(self._keep, self.parts.values()))

    def publish(self) -> None:
        for listener in tuple(self._listeners):
            listener(self)

    def _new_part(self, scope: str) -> Part[T]:
        part: Part[T] = Part(scope)
        if self.snapshots is not None and self.item_type is not None:
            stored = self.snapshots.load(self.name, scope, self.item_type)
            if stored is not None:
                part.reading, part.taken_at, part.from_disk = Reading(stored.items), stored.taken_at, True
        return part

    async def _keep(self, part: Part[T]) -> None:
        """On a thread, as a disk may be slow; after a failed poll too, for what was read before it."""
        reading = part.reading
        if self.snapshots is None or reading is None or reading is part.kept or part.from_disk or reading.incomplete or not part.taken_at:
            return
        part.kept, part.kept_monotonic = reading, time.monotonic()
        await asyncio.to_thread(self.snapshots.save, self.name, part.scope, reading.items, part.taken_at)

    def _succeeded(self, part: Part[T], reading: Reading[T]) -> None:
        if part.reading is not None and _same(reading.items, part.reading.items):
            reading = replace(reading, items=part.reading.items)
        part.reading, part.taken_at, part.from_disk = reading, self.clock.now(), False
        part.taken_monotonic = time.monotonic()
        part.trouble, part.failures = None, 0
        part.due = time.monotonic() + self._pace(part)

    def _failed(self, part: Part[T], trouble: Trouble) -> None:
        part.trouble = trouble
        part.failures += 1
        wait = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** (part.failures - 1)) * random.uniform(0.8, 1.2)
        if trouble.kind in {Kind.PERMISSION, Kind.NOT_FOUND}:
            wait = REFUSED_BACK_OFF_S
        part.due = time.monotonic() + max(wait, trouble.retry_after or 0.0)
        log.info("%s of %s: %s %s", self.name, part.scope, trouble.kind, trouble.code)

    def _pace(self, part: Part[T]) -> float:
        items = part.reading.items if part.reading is not None else ()
        in_transition = self._hurry_until.get(part.scope, 0.0) > time.monotonic() or any(self.passing(item) for item in items)
        if in_transition and self.cadence.passing > 0:
            pace = self.cadence.passing
        else:
            pace = self.cadence.focused if self.focused else self.cadence.background
        if pace <= 0:
            return float("inf")
        return max(FASTEST_S, len(self.parts) / MOST_PER_S, pace / max(self.clock.rate, 1.0))

    def _wake(self) -> None:
        if self.on_due is not None:
            self.on_due()


def _same(these: Sequence[object], those: Sequence[object]) -> bool:
    """Whether two sequences hold the same objects in the same order."""
    return these is those or (len(these) == len(those) and all(map(is_, these, those)))


def by_age(troubles: Mapping[str, Trouble]) -> list[Trouble]:
    """The newest first; those of one moment in the order of their scopes."""
    return sorted(troubles.values(), key=lambda trouble: trouble.at.timestamp() if trouble.at else 0.0, reverse=True)


def newest_trouble(troubles: Mapping[str, Trouble]) -> Trouble | None:
    """The one to show when there is room for one."""
    return next(iter(by_age(troubles)), None)
