"""The scheduler: what is due is asked, never too much at once, and nothing once it is closed."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from console.clock import ServerClock
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import Cadence, Feed
from console.feeds.scheduler import AT_ONCE, Scheduler
from tests.gateway import until


class Service:
    """Answers when it is let, and knows how many asked at once."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.now = self.most = 0
        self.asked: Counter[str] = Counter()
        self.failing: set[str] = set()

    async def read(self, scope: str) -> Reading[str]:
        self.asked[scope] += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        if scope in self.failing:
            raise TroubleError(Trouble(Kind.UNREACHABLE, "No."))
        return Reading((scope,))

    def feed(self, scopes: list[str]) -> Feed[str]:
        feed: Feed[str] = Feed("things", self.read, Cadence(600, 300, 600), ServerClock())
        feed.set_scopes(scopes)
        return feed


async def test_everything_is_asked_once_and_never_too_much_at_once() -> None:
    service, scheduler = Service(), Scheduler()
    scopes = [str(number) for number in range(30)]
    feed = service.feed(scopes)
    scheduler.add(feed)
    scheduler.start()
    await until(lambda: service.now == AT_ONCE)
    assert scheduler.busy == AT_ONCE
    service.open.set()
    await until(lambda: feed.loaded)
    await scheduler.close()
    assert service.most == AT_ONCE
    assert service.asked == Counter(scopes)


async def test_a_feed_that_comes_later_is_asked_at_once() -> None:
    service, scheduler = Service(), Scheduler()
    service.open.set()
    scheduler.start()
    first, second = service.feed(["a"]), service.feed(["b"])
    scheduler.add(first)
    await until(lambda: first.loaded)
    scheduler.add(second)
    await until(lambda: second.loaded)
    second.refresh()
    await until(lambda: service.asked["b"] == 2)
    second.set_scopes(["b", "c"])
    await until(lambda: service.asked["c"] == 1)
    await scheduler.close()
    assert service.asked["a"] == 1


async def test_a_feed_that_is_given_back_is_asked_no_more() -> None:
    service, scheduler = Service(), Scheduler()
    service.open.set()
    feed, other = service.feed(["a"]), service.feed(["b"])
    scheduler.add(feed)
    scheduler.add(other)
    scheduler.start()
    await until(lambda: feed.loaded and other.loaded)
    scheduler.remove(feed)
    scheduler.remove(feed)
    feed.refresh()
    other.refresh()
    await until(lambda: service.asked["b"] == 2)
    await scheduler.close()
    assert service.asked["a"] == 1


async def test_paused_it_asks_nothing_and_goes_on_afterwards() -> None:
    service, scheduler = Service(), Scheduler()
    service.open.set()
    feed = service.feed(["a"])
    scheduler.pause(True)
    scheduler.add(feed)
    scheduler.start()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not service.asked
    scheduler.pause(False)
    await until(lambda: feed.loaded)
    await scheduler.close()


async def test_trouble_in_one_does_not_end_the_others() -> None:
    service, scheduler = Service(), Scheduler()
    service.open.set()
    service.failing = {"bad"}
    feed = service.feed(["bad", "good"])
    scheduler.add(feed)
    scheduler.start()
    await until(lambda: bool(feed.troubles) and feed.items == ("good",))
    feed.refresh()
    await until(lambda: service.asked["good"] == 2)
    await scheduler.close()


async def test_focus_is_handed_on() -> None:
    scheduler, service = Scheduler(), Service()
    one, two = service.feed(["a"]), service.feed(["b"])
    scheduler.add(one)
    scheduler.add(two)
    scheduler.focus([two])
    assert (one.focused, two.focused) == (False, True)
    scheduler.focus([one])
    assert (one.focused, two.focused) == (True, False)


@pytest.mark.parametrize("started", [True, False])
async def test_closing_ends_everything(started: bool) -> None:
    service, scheduler = Service(), Scheduler()
    before = asyncio.all_tasks()
    scheduler.add(service.feed(["a", "b"]))
    if started:
        scheduler.start()
        scheduler.start()
        await until(lambda: service.now == 2)
    await scheduler.close()
    await scheduler.close()
    assert service.now == 0
    assert scheduler.busy == 0
    assert asyncio.all_tasks() == before


async def test_what_is_slow_stands_beside_and_keeps_nobody_waiting() -> None:
    slow, quick, scheduler, beside = Service(), Service(), Scheduler(), Scheduler()
    quick.open.set()
    slow_feed, quick_feed = slow.feed([str(number) for number in range(30)]), quick.feed(["quick"])
    beside.add(slow_feed)
    scheduler.add(quick_feed)
    scheduler.pause(True)
    scheduler.add_beside(beside)
    scheduler.start()
    await asyncio.sleep(0.02)
    assert slow.now == 0, "paused with the other"
    scheduler.pause(False)
    await until(lambda: slow.now == AT_ONCE and quick_feed.loaded)
    assert scheduler.busy == AT_ONCE
    await scheduler.close()
    assert (slow.now, beside.running) == (0, False)


async def test_a_scheduler_that_comes_beside_a_running_one_starts_at_once() -> None:
    service, scheduler, beside = Service(), Scheduler(), Scheduler()
    beside.add(service.feed(["a"]))
    scheduler.start()
    scheduler.add_beside(beside)
    await until(lambda: service.now == 1)
    await scheduler.close()
