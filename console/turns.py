"""Turns of the event loop: long work gives it away again and again, so that a key waits for a slice of the work, never for all of it."""

from __future__ import annotations

import asyncio
import time

#: How long (seconds) work may keep the loop in one turn. From key to frame a message takes some ten turns, and waits a slice in each.
SLICE_S = 0.001


class Turn:
    """The turn that a piece of work is having: `if turn.over: await turn.give()` between its steps."""

    def __init__(self) -> None:
        self._ends = time.perf_counter() + SLICE_S

    @property
    def over(self) -> bool:
        """Whether others should be let in now."""
        return time.perf_counter() >= self._ends

    async def give(self) -> None:
        """Let all others that are ready have their turn, then begin a new one."""
        await asyncio.sleep(0)
        self._ends = time.perf_counter() + SLICE_S
