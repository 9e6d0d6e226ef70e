"""Sources: where a screen's rows come from: a feed, or rows that follow from several feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from console.domain.trouble import Trouble
from console.feeds.feed import Feed

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """What a screen asks of where its rows come from; each is told in `Feed`."""

    @property
    def items(self) -> tuple[T_co, ...]: ...

    @property
    def loaded(self) -> bool: ...

    @property
    def age(self) -> float | None: ...

    @property
    def troubles(self) -> dict[str, Trouble]: ...

    @property
    def incomplete(self) -> str: ...

    @property
    def parts(self) -> Mapping[str, Any]: ...

    def raw(self, key: str) -> bytes | None: ...

    def refresh(self) -> None: ...


class Derived(Generic[T]):
    """Rows that `derive()` makes of what `feeds` know; made anew after a poll of one of them, and after `touch`."""

    def __init__(self, feeds: Sequence[Feed[Any]], derive: Callable[[], Sequence[T]], raw: Callable[[str], bytes | None]) -> None:
        self.feeds = tuple(feeds)
        self._derive, self._raw = derive, raw
        self._items: tuple[T, ...] | None = None
        self._leave = [feed.subscribe(lambda _feed: self.touch()) for feed in self.feeds]

    @property
    def items(self) -> tuple[T, ...]:
        if self._items is None:
            self._items = tuple(self._derive())
        return self._items

    def touch(self) -> None:
        """What the rows follow from has changed."""
        self._items = None

    @property
    def loaded(self) -> bool:
        return all(feed.loaded for feed in self.feeds)

    @property
    def age(self) -> float | None:
        """Seconds since the oldest of what the rows follow from was read."""
        return max((age for feed in self.feeds if (age := feed.age) is not None), default=None)

    @property
    def troubles(self) -> dict[str, Trouble]:
        return {scope: trouble for feed in self.feeds for scope, trouble in feed.troubles.items()}

    @property
    def incomplete(self) -> str:
        return next((feed.incomplete for feed in self.feeds if feed.incomplete), "")

    @property
    def parts(self) -> Mapping[str, Any]:
        return {scope: part for feed in self.feeds for scope, part in feed.parts.items()}

    def raw(self, key: str) -> bytes | None:
        """JSON behind a row, by the row's key in lower case; None where there is none."""
        return self._raw(key)

    def refresh(self) -> None:
        for feed in self.feeds:
            feed.refresh()

    def publish(self) -> None:
        for feed in self.feeds:
            feed.publish()

    def close(self) -> None:
        """Follow the feeds no longer."""
        for leave in self._leave:
            leave()


def feeds_of(source: Source[Any]) -> list[Feed[Any]]:
    """The feeds that are to be polled for a source to be up to date."""
    return list(_feeds(source))


def _feeds(source: Source[Any]) -> Iterator[Feed[Any]]:
    if isinstance(source, Feed):
        yield source
    elif isinstance(source, Derived):
        yield from source.feeds
