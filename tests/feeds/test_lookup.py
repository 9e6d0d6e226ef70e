"""Look-ups: bounded, batched, patient after failures, and quiet once closed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from console.clock import ServerClock
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.lookup import AT_ONCE, FAILED_FOR_S, Lookup
from tests.gateway import until


class Directory:
    """Knows a name for every key but "nobody"; answers when it is let."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.asked: list[list[str]] = []
        self.now = self.most = self.changes = 0
        self.failure: Exception | None = None

    async def fetch(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(list(keys))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        if self.failure is not None:
            raise self.failure
        return {key: key.upper() for key in keys if key != "nobody"}

    def changed(self) -> None:
        self.changes += 1

    def lookup(self, keep: float = 300, batch: int = 1) -> Lookup[str]:
        return Lookup(self.fetch, ServerClock(), self.changed, keep=keep, batch=batch)


async def test_what_is_wanted_is_fetched_once() -> None:
    directory = Directory()
    names = directory.lookup()
    names.want(["a", "b", "", "a"])
    names.want(["a", "b"])
    await until(lambda: names.known("a") and names.known("b"))
    names.want(["a", "b"])
    await until(lambda: directory.now == 0)
    assert sorted(directory.asked) == [["a"], ["b"]]
    assert (names.get("a"), names.get("c"), names.known("c")) == ("A", None, False)
    assert directory.changes == 2
    await names.close()


async def test_a_key_that_nobody_knows_is_known_to_be_unknown() -> None:
    directory = Directory()
    names = directory.lookup()
    names.want(["nobody"])
    await until(lambda: names.known("nobody"))
    names.want(["nobody"])
    assert names.get("nobody") is None
    assert directory.asked == [["nobody"]]
    await names.close()


async def test_never_more_than_a_few_at_once() -> None:
    directory = Directory()
    directory.open.clear()
    names = directory.lookup()
    keys = [str(number) for number in range(50)]
    names.want(keys)
    await until(lambda: directory.now == AT_ONCE)
    directory.open.set()
    await until(lambda: all(map(names.known, keys)))
    assert directory.most == AT_ONCE
    assert len(directory.asked) == 50
    await names.close()


async def test_many_go_in_one_request_where_the_service_takes_many() -> None:
    directory = Directory()
    names = directory.lookup(batch=20)
    keys = [f"{number:02}" for number in range(50)]
    names.want(keys)
    await until(lambda: all(map(names.known, keys)))
    assert [len(asked) for asked in directory.asked] == [20, 20, 10]
    await names.close()


async def test_what_scrolled_away_before_its_turn_is_let_go() -> None:
    directory = Directory()
    directory.open.clear()
    names = directory.lookup()
    names.want([f"old{number}" for number in range(20)])
    await until(lambda: directory.now == AT_ONCE)
    names.want(["new"])
    directory.open.set()
    await until(lambda: names.known("new"))
    assert len(directory.asked) == AT_ONCE + 1
    await names.close()


async def test_a_failure_is_told_and_not_repeated_soon() -> None:
    directory = Directory()
    names = directory.lookup()
    directory.failure = TroubleError(Trouble(Kind.PERMISSION, "No Graph for you."))
    names.want(["a"])
    await until(lambda: directory.changes == 1)
    assert names.trouble is not None
    assert names.trouble.sentence == "No Graph for you."
    assert not names.known("a")
    names.want(["a"])
    await until(lambda: directory.now == 0)
    assert directory.asked == [["a"]]
    assert FAILED_FOR_S >= 60
    directory.failure = None
    names.want(["b"])
    await until(lambda: names.known("b"))
    assert names.trouble is None
    await names.close()


async def test_a_fault_of_ours_costs_the_values_alone() -> None:
    directory = Directory()
    directory.failure = ZeroDivisionError()
    names = directory.lookup()
    names.want(["a"])
    await until(lambda: directory.changes == 1)
    assert names.trouble is not None
    assert names.trouble.kind is Kind.UNEXPECTED
    await names.close()


async def test_closing_ends_what_runs_and_starts_nothing_more() -> None:
    directory = Directory()
    directory.open.clear()
    names = directory.lookup()
    before = asyncio.all_tasks()
    names.want([str(number) for number in range(20)])
    await until(lambda: directory.now == AT_ONCE)
    # Some end by themselves in the very moment of closing: their places must not be taken.
    directory.open.set()
    await names.close()
    for _ in range(20):
        await asyncio.sleep(0)
    assert directory.now == 0
    assert len(directory.asked) == AT_ONCE
    assert asyncio.all_tasks() == before
    names.want(["late"])
    await asyncio.sleep(0)
    assert len(directory.asked) == AT_ONCE, "nothing is asked once it is closed"


async def test_what_is_forgotten_is_asked_anew_and_what_is_under_way_lands_nowhere() -> None:
    directory = Directory()
    names = directory.lookup()
    names.want(["a"])
    await until(lambda: names.known("a"))
    directory.open.clear()
    names.want(["b"])
    await until(lambda: directory.now == 1)
    names.forget()
    directory.open.set()
    await until(lambda: not names.busy)
    assert not names.known("a") and not names.known("b") and names.age("a") is None
    names.want(["a", "b"])
    await until(lambda: names.known("a") and names.known("b"))


async def test_what_is_recalled_is_known_and_asked_for_all_the_same() -> None:
    directory = Directory()
    names = directory.lookup(batch=10)
    names.recall({"a": "of yesterday", "nobody": "who left"})
    assert (names.get("a"), names.known("nobody"), names.age("a")) == ("of yesterday", True, None)
    await names.settle(["a", "nobody"])
    assert (names.get("a"), names.unknown, directory.asked) == ("A", ("nobody",), [["a", "nobody"]])
    names.recall({"a": "of yesterday", "nobody": "who left"})
    assert (names.get("a"), names.unknown) == ("A", ("nobody",))
    await names.close()


async def test_what_is_recalled_stays_where_the_service_fails() -> None:
    directory = Directory()
    directory.failure = TroubleError(Trouble(Kind.UNREACHABLE, "It is away."))
    names = directory.lookup()
    names.recall({"a": "of yesterday"})
    await names.settle(["a"])
    assert (names.get("a"), names.trouble is not None) == ("of yesterday", True)
    names.forget()
    assert not names.known("a")
    await names.close()
