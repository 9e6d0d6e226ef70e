"""Derived rows: as new, as old and as troubled as the feeds that they follow from."""

from __future__ import annotations

from console.clock import ServerClock
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import Cadence, Feed
from console.feeds.source import Joined

TROUBLE = Trouble(Kind.UNREACHABLE, "It could not be reached.", "Unreachable")


class Wells:
    """Two feeds and their sum; `broken` lets the first fail."""

    def __init__(self) -> None:
        self.broken = False
        self.made = 0
        self.one: Feed[int] = Feed("one", self.read, Cadence(1, 0, 0), ServerClock())
        self.two: Feed[int] = Feed("two", self.read, Cadence(1, 0, 0), ServerClock())
        self.one.set_scopes(["1"])
        self.two.set_scopes(["20", "30"])
        self.sums: Joined[int] = Joined((self.one, self.two), self.derive, lambda key: key.encode() if key == "51" else None)

    async def read(self, scope: str) -> Reading[int]:
        if self.broken and scope == "1":
            raise TroubleError(TROUBLE)
        return Reading((int(scope),), incomplete="cut" if scope == "30" else "")

    def derive(self) -> list[int]:
        self.made += 1
        return [sum((*self.one.items, *self.two.items))]


async def test_rows_follow_every_poll_and_are_made_once_in_between() -> None:
    wells = Wells()
    assert wells.sums.items == (0,)
    assert not wells.sums.loaded and wells.sums.age is None
    await wells.one.poll("1")
    assert wells.sums.items == (1,) == wells.sums.items
    assert wells.made == 2
    await wells.two.poll("20")
    await wells.two.poll("30")
    assert wells.sums.items == (51,)
    assert wells.sums.loaded and wells.sums.age is not None
    assert wells.sums.incomplete == "cut"
    assert set(wells.sums.parts) == {"1", "20", "30"}
    assert (wells.sums.raw("51"), wells.sums.raw("x")) == (b"51", None)
    wells.sums.touch()
    assert wells.sums.items == (51,) and wells.made == 4


async def test_trouble_of_one_feed_is_told_and_clears_nothing() -> None:
    wells = Wells()
    await wells.one.poll("1")
    wells.broken = True
    await wells.one.poll("1")
    assert wells.sums.troubles == {"1": TROUBLE}
    assert wells.sums.items == (1,)
    assert not wells.sums.loaded


async def test_a_source_is_polled_by_its_feeds_and_let_go() -> None:
    wells = Wells()
    assert list(wells.sums.feeds) == [wells.one, wells.two]
    assert list(wells.one.feeds) == [wells.one]
    wells.sums.refresh()
    assert all(feed.due_at(scope) == 0.0 for feed in wells.sums.feeds for scope in feed.parts)
    wells.sums.close()
    assert wells.sums.items == (0,)
    await wells.one.poll("1")
    assert wells.sums.items == (0,), "it follows no longer"
