"""Built: rows that take too long to be put together at once; they are made beside the event loop's other work."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from console.domain.billing.bill import Bill
from console.feeds.feed import Feed
from console.feeds.source import Derived

log = logging.getLogger(__name__)
T = TypeVar("T")


class Built(Derived[T]):
    """Subclasses give what rows follow from, and make them; `look` has them made anew where that is other than before."""

    def __init__(self, changed: Callable[[], None], *feeds: Feed[Any]) -> None:
        """`changed` is called when there are new rows."""
        super().__init__(*feeds)
        self._changed = changed
        self._rows: tuple[T, ...] = ()
        self._made_of: tuple[object, ...] | None = None
        self._open = self._building = False
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    def follows_from(self) -> tuple[object, ...]:
        """All that rows follow from: other objects, or values, once something of it is other than before."""

    @abstractmethod
    async def make(self) -> tuple[T, ...]:
        """The rows as they are now; gives the event loop away again and again."""

    @property
    def items(self) -> tuple[T, ...]:
        return self._rows

    @property
    def stale(self) -> bool:
        """Whether the rows follow from something that is no more."""
        return self._made_of is None or not same(self.follows_from(), self._made_of)

    @property
    def loaded(self) -> bool:
        return super().loaded and self._made_of is not None

    @property
    def busy(self) -> bool:
        """Whether rows are being put together, or have to be."""
        return self._open and (self._building or self.stale)

    def begin(self) -> None:
        """Somebody looks."""
        self._open = True
        self.look()

    def look(self) -> None:
        """Something was learnt: put the rows together anew where they follow from it."""
        if self._open and self._task is None and self.stale:
            try:
                self._task = asyncio.get_running_loop().create_task(self._run(), name=f"rows of {type(self).__name__}")
            except RuntimeError:
                return  # no loop runs any more: nobody reads them

    def forget(self) -> None:
        """The rows are of something else, or for somebody else, from now on."""
        self._rows, self._made_of = (), None
        self.look()

    def end(self) -> None:
        """Nobody looks any longer: make no more rows."""
        self._open = False
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """The same, and come back when no more are made."""
        task = self._task
        self.end()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while self._open and self.stale:
                self._building, made_of = True, self.follows_from()
                rows = await self.make()
                self._building = False
                if same(made_of[: self.fixed], self.follows_from()[: self.fixed]):
                    self._rows, self._made_of = rows, made_of
                    self._changed()
        except Exception:  # a fault of ours costs these rows until the next change, not the console; the log has the traceback
            log.exception("rows of %s could not be put together", type(self).__name__)
        finally:
            self._task, self._building = None, False

    @property
    def fixed(self) -> int:
        """How many of the first things that rows follow from say what they are about: rows about something else are thrown away."""
        return 0


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether two rows of things hold the same: the very same tuples, mappings and bills, equal values otherwise.

    To compare bills row by row would take longer than what follows from them.
    """
    return len(one) == len(other) and all(map(_same, one, other))


def _same(one: object, other: object) -> bool:
    return one is other or (not isinstance(one, (tuple, dict, Bill)) and one == other)
