"""What a feed puts on disk and when, and what of its items stays the same object."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from console.clock import ServerClock
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds import feed as feeds
from console.feeds.feed import Cadence, Feed
from console.feeds.snapshots import Owner, Snapshots

OWNER = Owner("https://cloud", "tenant", "someone")


class Source:
    """Scope → what is read of it next, or the error to raise."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    async def read(self, scope: str) -> Reading[str]:
        answer = self.answers[scope]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Reading) else Reading(tuple(answer))


def feed_of(source: Source, folder: Path | None = None) -> Feed[str]:
    kept = {} if folder is None else {"snapshots": Snapshots(folder, OWNER), "item_type": str}
    feed: Feed[str] = Feed("things", source.read, Cadence(30, 5, 120), ServerClock(), **kept)
    feed.set_scopes(source.answers)
    return feed


def on_disk(source: Source, folder: Path) -> tuple[str, ...]:
    """What a next start would show first."""
    return feed_of(source, folder).items


def text(value: str) -> str:
    """An equal text that is another object."""
    return "".join(list(value))


async def test_items_are_the_same_object_until_one_of_them_is_another() -> None:
    one, two = text("one"), text("two")
    source = Source(a=[one, two], b=[text("three")])
    feed = feed_of(source)
    await feed.poll("a")
    await feed.poll("b")
    before = feed.items
    assert before == ("one", "two", "three")
    assert feed.items is before
    source.answers["a"] = [one, two]
    await feed.poll("a")
    assert feed.items is before
    source.answers["a"] = [one, text("two")]  # equal, and yet read anew
    await feed.poll("a")
    assert feed.items == before
    assert feed.items is not before
    source.answers["a"] = [two, one]
    await feed.poll("a")
    assert feed.items == ("two", "one", "three")
    feed.set_scopes("b")
    assert feed.items == ("three",)
    feed.set_scopes("")
    assert feed.items == ()


async def test_same_items_bring_their_new_json_and_age_along() -> None:
    one = text("one")
    source = Source(a=Reading((one,), {"one": b"old"}))
    feed = feed_of(source)
    await feed.poll("a")
    taken = feed.parts["a"].taken_monotonic
    source.answers["a"] = Reading((one,), {"one": b"new"}, "cut")
    await feed.poll("a")
    assert feed.raw("one") == b"new"
    assert feed.incomplete == "cut"
    assert feed.parts["a"].taken_monotonic > taken


async def test_what_is_read_soon_after_goes_to_disk_when_the_feed_is_done_with(tmp_path: Path) -> None:
    source = Source(a=["1"], b=["2"])
    feed = feed_of(source, tmp_path)
    await feed.poll("a")
    assert on_disk(source, tmp_path) == ("1",), "the first reading is kept at once"
    source.answers["a"] = ["1", "new"]
    await feed.poll("a")
    assert on_disk(source, tmp_path) == ("1",)
    await feed.keep()
    assert on_disk(source, tmp_path) == ("1", "new")


async def test_what_is_read_later_goes_to_disk_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(a=["1"])
    feed = feed_of(source, tmp_path)
    await feed.poll("a")
    monkeypatch.setattr(feeds, "KEPT_EVERY_S", 0.0)
    source.answers["a"] = ["2"]
    await feed.poll("a")
    assert on_disk(source, tmp_path) == ("2",)


async def test_what_was_read_before_a_failure_is_kept_and_what_is_not_whole_is_not(tmp_path: Path) -> None:
    source = Source(a=["1"])
    feed = feed_of(source, tmp_path)
    await feed.poll("a")
    source.answers["a"] = ["2"]
    await feed.poll("a")
    source.answers["a"] = TroubleError(Trouble(Kind.UNREACHABLE, "It failed."))
    await feed.poll("a")
    await feed.keep()
    assert on_disk(source, tmp_path) == ("2",)
    source.answers["a"] = Reading(("3",), {}, "cut")
    await feed.poll("a")
    await feed.keep()
    assert on_disk(source, tmp_path) == ("2",)


async def test_what_came_from_disk_is_not_put_there_again(tmp_path: Path) -> None:
    source = Source(a=["1"])
    await feed_of(source, tmp_path).poll("a")
    (written,) = [(entry.name, entry.inode()) for entry in os.scandir(tmp_path)]
    again = feed_of(source, tmp_path)
    assert again.items == ("1",)
    await again.keep()
    assert [(entry.name, entry.inode()) for entry in os.scandir(tmp_path)] == [written], "the very file"


class Slow(Source):
    """Answers when it is let."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(**answers)
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def read(self, scope: str) -> Reading[str]:
        self.asked.set()
        await self.let.wait()
        return await super().read(scope)


async def test_what_was_asked_for_somebody_else_reaches_neither_screen_nor_disk(tmp_path: Path) -> None:
    source = Slow(a=["one"])
    feed = feed_of(source, tmp_path)
    poll = asyncio.create_task(feed.poll("a"))
    await source.asked.wait()
    assert feed.snapshots is not None
    feed.snapshots.owner = other = Owner("https://cloud", "tenant", "somebody else")
    feed.forget()
    source.let.set()
    await poll
    assert feed.items == ()
    assert Snapshots(tmp_path, other).load("things", "a", str) is None


async def test_what_is_forgotten_is_read_anew() -> None:
    source = Source(a=["one"])
    feed = feed_of(source)
    await feed.poll("a")
    feed.forget()
    assert (feed.items, list(feed.parts), feed.loaded) == ((), ["a"], False)
    await feed.poll("a")
    assert feed.items == ("one",)
