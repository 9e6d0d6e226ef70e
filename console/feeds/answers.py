"""Answers: waiting until feeds have been read, or it is known why not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from console.feeds.feed import Feed


async def answered(feeds: Sequence[Feed[Any]]) -> None:
    """Poll every scope of the feeds; come back when each has been read or has failed, also where a poll was under way before."""
    heard = asyncio.Event()
    leave = [feed.subscribe(lambda _feed: heard.set()) for feed in feeds]
    try:
        await asyncio.gather(*(feed.poll(scope) for feed in feeds for scope in tuple(feed.parts)))
        while any(part.running or (part.reading is None and part.trouble is None) for feed in feeds for part in feed.parts.values()):
            heard.clear()
            await heard.wait()
    finally:
        for each in leave:
            each()
