"""Sessions of tests about costs: the real one, over the run's emulator, looking at the workspaces that a test names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from console.session import Session
from tests.conftest import Emulator
from tests.gateway import until, workspace
from tests.screens.conftest import session_on


@asynccontextmanager
async def looking_at(emulator: Emulator, home: Path, *names: str, identity: str = "admin") -> AsyncIterator[Session]:
    """A session that has started and knows the computes and prices of these workspaces."""
    places = [workspace(emulator, name) for name in names]
    first = places[0]
    session = session_on(
        emulator, home, subscription=first.subscription_id, resource_group=first.resource_group, workspace=first.name, identity=identity
    )
    try:
        await session.start()
        session.look_at(places)
        await until(lambda: session.computes.loaded and (session.prices.loaded or bool(session.prices.troubles)), "computes and prices")
        yield session
    finally:
        await session.close()


async def begun(session: Session) -> None:
    """Until usage has read the past, and put it together."""
    session.costs.usage.begin()
    await until(lambda: session.costs.usage.loaded and not session.costs.usage.busy, "the past")


async def polled(session: Session, emulator: Emulator, seconds: float) -> None:
    """Let time pass, look at the computes once, and wait until that is worked out."""
    emulator.control("POST", "clock", {"advance": seconds})
    for place in session.context.where:
        await session.computes.poll(place.id)
    await until(lambda: not session.costs.usage.busy, "what follows from it")
