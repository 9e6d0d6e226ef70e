"""Feeds: what is known stays known, trouble is a state, and the pace follows what is going on."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from console.clock import ServerClock
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import FASTEST_S, LONGEST_BACK_OFF_S, MOST_PER_S, REFUSED_BACK_OFF_S, Cadence, Feed, newest_trouble
from console.feeds.snapshots import Owner, Snapshots
from tests.gateway import until

OWNER = Owner("https://cloud", "tenant", "someone")


class Source:
    """What a feed reads from: scope → items, or the error to raise; counts what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None

    async def read(self, scope: str) -> Reading[str]:
        self.asked.append(scope)
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers[scope]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Reading) else Reading(tuple(answer), dict.fromkeys(answer, b"{}"))


def error(kind: Kind = Kind.UNREACHABLE, **more: Any) -> TroubleError:
    return TroubleError(Trouble(kind, "It failed.", **more))


def feed_of(source: Source, cadence: Cadence | None = None, **more: Any) -> Feed[str]:
    feed: Feed[str] = Feed("things", source.read, cadence or Cadence(30, 5, 120), ServerClock(), **more)
    feed.set_scopes(source.answers)
    return feed


def due(feed: Feed[str], scope: str = "a") -> bool:
    """Whether a scope is to be polled now."""
    return feed.due_at(scope) <= time.monotonic()


async def pause_after_poll(feed: Feed[str], scope: str = "a") -> tuple[float, float]:
    """Poll; between which two numbers the seconds lie that the feed then waits (a busy machine widens them)."""
    before = time.monotonic()
    await feed.poll(scope)
    return feed.due_at(scope) - time.monotonic(), feed.due_at(scope) - before


async def test_a_failed_poll_keeps_the_rows_and_says_why() -> None:
    source = Source(a=["one", "two"])
    feed = feed_of(source)
    assert (feed.items, feed.loaded, feed.age) == ((), False, None)
    await feed.poll("a")
    assert (feed.items, feed.loaded, feed.troubles) == (("one", "two"), True, {})
    source.answers["a"] = error(code="E")
    await feed.poll("a")
    assert feed.items == ("one", "two")
    assert feed.loaded
    assert feed.age is not None
    assert feed.troubles["a"].code == "E"
    source.answers["a"] = ["three"]
    await feed.poll("a")
    assert (feed.items, feed.troubles) == (("three",), {})


async def test_one_scope_fails_and_the_others_go_on() -> None:
    source = Source(a=["1"], b=["2"], c=["3"])
    feed = feed_of(source)
    await asyncio.gather(*map(feed.poll, "abc"))
    source.answers.update(a=["1", "1b"], b=error(), c=["3", "3b"])
    await asyncio.gather(*map(feed.poll, "abc"))
    assert feed.items == ("1", "1b", "2", "3", "3b")
    assert feed.troubles.keys() == {"b"}


async def test_a_scope_that_never_answered_is_not_loaded() -> None:
    source = Source(a=["1"], b=error())
    feed = feed_of(source)
    await asyncio.gather(*map(feed.poll, "ab"))
    assert not feed.loaded
    assert feed.items == ("1",)


async def test_a_fault_of_ours_is_a_state_too(caplog: pytest.LogCaptureFixture) -> None:
    source = Source(a=["1"])
    feed = feed_of(source)
    await feed.poll("a")
    source.answers["a"] = ZeroDivisionError("oops")
    await feed.poll("a")
    assert feed.items == ("1",)
    assert feed.troubles["a"].kind is Kind.UNEXPECTED
    assert "ZeroDivisionError" in feed.troubles["a"].sentence
    assert "Traceback" in caplog.text


async def test_back_off_doubles_to_a_limit_and_ends_with_success() -> None:
    source = Source(a=error())
    feed = feed_of(source)
    for expected in (2, 4, 8, 16, 32, 64, 120, 120, 120):
        least, most = await pause_after_poll(feed)
        assert least <= expected * 1.2
        assert most >= expected * 0.8
    assert LONGEST_BACK_OFF_S == 120
    source.answers["a"] = ["1"]
    await feed.poll("a")
    source.answers["a"] = error()
    least, most = await pause_after_poll(feed)
    assert least <= 2 * 1.2
    assert most >= 2 * 0.8


@pytest.mark.parametrize("kind", [Kind.PERMISSION, Kind.NOT_FOUND])
async def test_a_refusal_is_not_asked_again_soon(kind: Kind) -> None:
    feed = feed_of(Source(a=error(kind)))
    least, most = await pause_after_poll(feed)
    assert least <= REFUSED_BACK_OFF_S <= most


async def test_what_azure_asks_to_wait_is_waited() -> None:
    feed = feed_of(Source(a=error(Kind.THROTTLED, retry_after=50.0)))
    least, most = await pause_after_poll(feed)
    assert least <= 50 <= most


async def test_refresh_asks_at_once_whatever_the_back_off() -> None:
    feed = feed_of(Source(a=error(Kind.PERMISSION)))
    await feed.poll("a")
    assert not due(feed)
    feed.refresh()
    assert due(feed)


# Pace


@pytest.mark.parametrize(("focused", "passing", "expected"), [(True, False, 30), (True, True, 5), (False, True, 5), (False, False, 120)])
async def test_the_pace_follows_focus_and_transition(focused: bool, passing: bool, expected: float) -> None:
    feed = feed_of(Source(a=["1", "moving" if passing else "2"]), passing=lambda item: item == "moving")
    feed.focus(focused)
    least, most = await pause_after_poll(feed)
    assert least <= expected <= most


async def test_without_a_pace_in_the_background_it_is_read_once_and_left() -> None:
    feed = feed_of(Source(a=["1"]), Cadence(20, 5, 0))
    assert due(feed), "nothing is known yet"
    await feed.poll("a")
    assert feed.due_at("a") == float("inf")
    feed.focus(True)
    assert feed.due_at("a") < float("inf")


async def test_coming_on_screen_asks_only_when_it_is_too_old() -> None:
    feed = feed_of(Source(a=["1"]))
    await feed.poll("a")
    feed.focus(True)
    assert feed.due_at("a") == feed.parts["a"].taken_monotonic + 30, "it was read just now"
    feed.focus(False)
    feed.parts["a"].taken_monotonic -= 100
    feed.focus(True)
    assert due(feed), "older than the pace on screen"


async def test_coming_on_screen_does_not_end_a_back_off() -> None:
    source = Source(a=["1"])
    feed = feed_of(source)
    await feed.poll("a")
    source.answers["a"] = error(Kind.PERMISSION)
    await feed.poll("a")
    refused = feed.due_at("a")
    feed.parts["a"].taken_monotonic -= 1000
    feed.focus(True)
    assert feed.due_at("a") == refused


async def test_the_pace_keeps_up_with_a_fast_clock_but_not_below_a_second() -> None:
    class Fast(ServerClock):
        rate = 20.0  # type: ignore[assignment]

    source = Source(a=["1"])
    feed: Feed[str] = Feed("things", source.read, Cadence(60, 5, 120), Fast())
    feed.set_scopes("a")
    feed.focus(True)
    least, most = await pause_after_poll(feed)
    assert least <= 3 <= most
    feed.passing = lambda _item: True
    least, most = await pause_after_poll(feed)
    assert least <= FASTEST_S <= most


async def test_many_scopes_share_the_pace_that_azure_has_for_all() -> None:
    """Two hundred workspaces in transition are not asked every five seconds."""
    source = Source(**{f"w{number}": ["moving"] for number in range(200)})
    feed = feed_of(source, passing=lambda item: item == "moving")
    least, most = await pause_after_poll(feed, "w0")
    assert least <= 200 / MOST_PER_S <= most


async def test_an_operation_of_ours_hurries_its_scope() -> None:
    feed = feed_of(Source(a=["1"], b=["2"]))
    await asyncio.gather(*map(feed.poll, "ab"))
    quiet = feed.due_at("b")
    feed.hurry("a", 600)
    feed.hurry("nowhere", 600)
    assert feed.due_at("a") <= time.monotonic() + FASTEST_S
    assert feed.due_at("b") == quiet
    least, most = await pause_after_poll(feed)
    assert least <= 5 <= most


# Overlap, scopes, listeners


async def test_a_poll_on_top_of_another_is_dropped() -> None:
    source = Source(a=["1"])
    source.gate = asyncio.Event()
    feed = feed_of(source)
    first = asyncio.create_task(feed.poll("a"))
    await until(lambda: bool(source.asked))
    await feed.poll("a")
    assert source.asked == ["a"]
    assert feed.due_at("a") == float("inf"), "what runs is not due"
    source.gate.set()
    await first
    assert feed.items == ("1",)


async def test_a_poll_that_is_cancelled_may_come_again() -> None:
    source = Source(a=["1"])
    source.gate = asyncio.Event()
    feed = feed_of(source)
    task = asyncio.create_task(feed.poll("a"))
    await until(lambda: bool(source.asked))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    source.gate = None
    await feed.poll("a")
    assert feed.items == ("1",)


async def test_scopes_that_stay_keep_what_is_known() -> None:
    source = Source(a=["1"], b=["2"])
    feed = feed_of(source)
    await asyncio.gather(*map(feed.poll, "ab"))
    feed.set_scopes(["b", "c", "b"])
    assert list(feed.parts) == ["b", "c"]
    assert feed.items == ("2",)
    assert not feed.loaded
    await feed.poll("a")
    assert source.asked == ["a", "b"], "a scope that is not followed is not asked"


async def test_an_answer_for_a_scope_that_was_left_tells_nobody() -> None:
    source = Source(a=["1"])
    source.gate = asyncio.Event()
    feed = feed_of(source)
    heard: list[tuple[str, ...]] = []
    feed.subscribe(lambda told: heard.append(told.items))
    task = asyncio.create_task(feed.poll("a"))
    await until(lambda: bool(source.asked))
    feed.set_scopes(["b"])
    source.gate.set()
    await task
    assert feed.items == ()
    assert heard == []


async def test_listeners_hear_success_and_failure_until_they_leave() -> None:
    source = Source(a=["1"])
    feed = feed_of(source)
    heard: list[int] = []
    leave = feed.subscribe(lambda told: heard.append(len(told.troubles)))
    await feed.poll("a")
    source.answers["a"] = error()
    await feed.poll("a")
    leave()
    leave()
    await feed.poll("a")
    assert heard == [0, 1]


async def test_the_raw_answer_and_what_is_missing_are_within_reach() -> None:
    source = Source(a=["1"], b=Reading(("2",), {"2": b"raw"}, "a page failed"))
    feed = feed_of(source)
    await asyncio.gather(*map(feed.poll, "ab"))
    assert feed.raw("2") == b"raw"
    assert feed.raw("none") is None
    assert feed.incomplete == "a page failed"


def test_the_newest_trouble_is_the_one_to_show() -> None:
    from datetime import UTC, datetime

    old, new = (Trouble(Kind.CONFLICT, "s", at=datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2))
    assert newest_trouble({"a": old, "b": new, "c": Trouble(Kind.CONFLICT, "s")}) is new
    assert newest_trouble({}) is None


# With snapshots


def kept(folder: Path) -> dict[str, Any]:
    return {"snapshots": Snapshots(folder, OWNER), "item_type": str}


async def test_a_feed_starts_from_what_it_saw_last(tmp_path: Path) -> None:
    await feed_of(Source(a=["1"]), **kept(tmp_path)).poll("a")
    source = Source(a=["2"])
    feed = feed_of(source, **kept(tmp_path))
    assert (feed.items, feed.loaded) == (("1",), True)
    assert feed.parts["a"].from_disk
    assert feed.age is not None
    assert feed.age >= 0
    assert due(feed), "what comes from disk is polled at once"
    await feed.poll("a")
    assert (feed.items, feed.parts["a"].from_disk) == (("2",), False)


async def test_what_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    await feed_of(Source(a=["1", "2"]), **kept(tmp_path)).poll("a")
    await feed_of(Source(a=Reading(("1",), {}, "cut")), **kept(tmp_path)).poll("a")
    assert feed_of(Source(a=[]), **kept(tmp_path)).items == ("1", "2")


async def test_a_snapshot_that_cannot_be_kept_costs_no_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("not a folder")
    feed = feed_of(Source(a=["1"]), **kept(tmp_path / "file"))
    heard: list[tuple[str, ...]] = []
    feed.subscribe(lambda told: heard.append(told.items))
    await feed.poll("a")
    assert heard == [("1",)]
    assert "not kept" in caplog.text


@pytest.mark.parametrize("item", [10**30, "\ud800"])
async def test_an_item_that_cannot_be_stored_costs_no_row(tmp_path: Path, item: object) -> None:
    async def read(_scope: str) -> Reading[Any]:
        return Reading((item,))

    feed: Feed[Any] = Feed("things", read, Cadence(1, 1, 1), ServerClock(), snapshots=Snapshots(tmp_path, OWNER), item_type=object)
    feed.set_scopes("a")
    heard: list[Any] = []
    feed.subscribe(lambda told: heard.append(told.items))
    await feed.poll("a")
    assert heard == [(item,)]
    assert os.listdir(tmp_path) == [], "nothing half is left behind"
