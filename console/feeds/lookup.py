"""Look-ups: values fetched only for what is on screen, kept for a while, never more than a few requests at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from console.clock import ServerClock
from console.domain.trouble import Kind, Trouble, TroubleError

V = TypeVar("V")
log = logging.getLogger(__name__)

AT_ONCE = 4
#: After a failure a key is left alone for this long (real seconds): what is looked up is worth little to a service in trouble.
FAILED_FOR_S = 60.0


class Lookup(Generic[V]):
    """`want(keys)` starts what is missing or older than `keep` seconds of the server's time; `get(key)` gives what is known now.

    A key that the service does not know is kept as None. `changed` is called after each batch.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
        clock: ServerClock,
        changed: Callable[[], None],
        *,
        keep: float,
        batch: int = 1,
    ) -> None:
        self.trouble: Trouble | None = None
        self._fetch = fetch
        self._clock = clock
        self._changed = changed
        self._keep = keep
        self._batch = batch
        self._values: dict[str, V | None] = {}
        self._due: dict[str, float] = {}
        self._read: dict[str, float] = {}
        self._queue: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def get(self, key: str) -> V | None:
        return self._values.get(key)

    def known(self, key: str) -> bool:
        """Whether the service was asked about `key` and answered."""
        return key in self._values

    def age(self, key: str) -> float | None:
        """Seconds since the service told about `key`; None before it did."""
        read = self._read.get(key)
        return None if read is None else time.monotonic() - read

    @property
    def values(self) -> Mapping[str, V]:
        """Key → value, of those that are known and that the service knows."""
        return {key: value for key, value in self._values.items() if value is not None}

    @property
    def unknown(self) -> tuple[str, ...]:
        """The keys that the service was asked about and does not know."""
        return tuple(key for key, value in self._values.items() if value is None)

    @property
    def busy(self) -> int:
        """Fetches under way."""
        return len(self._tasks)

    def want(self, keys: Iterable[str]) -> None:
        """These are on screen: fetch those that are not known or too old. What was queued and is not on screen any more is let go."""
        if self._closed:
            return
        now = time.monotonic()
        self._queue = {key: None for key in keys if key and self._due.get(key, 0.0) <= now}
        while self._queue and len(self._tasks) < AT_ONCE:
            self._launch()

    def recall(self, values: Mapping[str, V]) -> None:
        """Values of an earlier process: known until the service tells, and still asked for. What it told already stays."""
        for key, value in values.items():
            self._values.setdefault(key, value)

    async def settle(self, keys: Iterable[str]) -> None:
        """Fetch what of these is not known, and come back once all of it was answered or has failed."""
        self.want(keys)
        while self._tasks:
            await asyncio.wait(self._tasks)

    def forget(self) -> None:
        """Somebody else asks from now on: what was told before, or is under way, is not theirs to see."""
        self._queue.clear()
        for task in self._tasks:
            task.cancel()
        for known in (self._values, self._due, self._read):
            known.clear()
        self.trouble = None

    async def close(self) -> None:
        """End what is under way; nothing is fetched afterwards."""
        self._closed = True
        self._queue.clear()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _launch(self) -> None:
        keys = list(self._queue)[: self._batch]
        for key in keys:
            del self._queue[key]
            self._due[key] = float("inf")
        task = asyncio.create_task(self._run(keys))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._queue and not task.cancelled():
            self._launch()

    async def _run(self, keys: list[str]) -> None:
        wait = max(1.0, self._keep / max(self._clock.rate, 1.0))
        try:
            found = await self._fetch(keys)
        except TroubleError as error:
            self.trouble, wait = error.trouble, max(FAILED_FOR_S, error.trouble.retry_after or 0.0)
        except Exception as error:  # a fault of ours costs these values, not the screen; the log has the traceback
            log.exception("look-up failed")
            self.trouble, wait = Trouble(Kind.UNEXPECTED, f"A look-up failed ({type(error).__name__}).", at=self._clock.now()), FAILED_FOR_S
        else:
            self.trouble = None
            for key in keys:
                self._values[key] = found.get(key)
                self._read[key] = time.monotonic()
        due = time.monotonic() + wait
        for key in keys:
            self._due[key] = due
        self._changed()
