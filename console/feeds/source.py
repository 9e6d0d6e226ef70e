"""Source: what a list of rows reads from; a feed is one, and so is what is derived from feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from console.domain.trouble import Trouble
from console.feeds.feed import Feed, Part

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """Rows with their age and the trouble of those who read them."""

    @property
    def items(self) -> tuple[T_co, ...]:
        """The rows, as far as they are known."""

    @property
    def loaded(self) -> bool:
        """Whether all that the rows rest on was read at least once."""

    @property
    def age(self) -> float | None:
        """Seconds since the oldest of what they rest on was read; None while nothing was."""

    @property
    def parts(self) -> Mapping[str, Part[Any]]:
        """What was read, by scope."""

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        """Scope → why its last poll failed, for the scopes where it did."""

    @property
    def incomplete(self) -> str:
        """Why rows may be missing ("" if none are)."""

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        """What has to be polled while the rows are on screen."""

    def raw(self, key: str) -> bytes | None:
        """JSON behind the row of a key, as Azure sent it; None when it was not read in this process."""

    def refresh(self) -> None:
        """Read anew now."""


class Derived(Source[T_co]):
    """Rows that follow from those of feeds: as old as the oldest of these, and in the same trouble. Subclasses give `items`."""

    def __init__(self, *feeds: Feed[Any]) -> None:
        self._feeds = feeds

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return self._feeds

    @property
    def loaded(self) -> bool:
        return all(feed.loaded for feed in self._feeds)

    @property
    def age(self) -> float | None:
        return max((age for feed in self._feeds if (age := feed.age) is not None), default=None)

    @property
    def parts(self) -> Mapping[str, Part[Any]]:
        return {scope: part for feed in self._feeds for scope, part in feed.parts.items()}

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        return {scope: trouble for feed in self._feeds for scope, trouble in feed.troubles.items()}

    @property
    def incomplete(self) -> str:
        return next((feed.incomplete for feed in self._feeds if feed.incomplete), "")

    def raw(self, key: str) -> bytes | None:
        return next((raw for feed in self._feeds if (raw := feed.raw(key)) is not None), None)

    def refresh(self) -> None:
        for feed in self._feeds:
            feed.refresh()

    def publish(self) -> None:
        """Tell everybody who listens to what this is derived from."""
        for feed in self._feeds:
            feed.publish()


class Joined(Derived[T]):
    """Rows that `derive()` makes of what `feeds` know; made anew after a poll of one of them, and after `touch`."""

    def __init__(self, feeds: Sequence[Feed[Any]], derive: Callable[[], Sequence[T]], raw: Callable[[str], bytes | None]) -> None:
        super().__init__(*feeds)
        self._derive, self._raw = derive, raw
        self._items: tuple[T, ...] | None = None
        self._leave = [feed.subscribe(lambda _feed: self.touch()) for feed in feeds]

    @property
    def items(self) -> tuple[T, ...]:
        if self._items is None:
            self._items = tuple(self._derive())
        return self._items

    def touch(self) -> None:
        """What the rows follow from has changed."""
        self._items = None

    def raw(self, key: str) -> bytes | None:
        """JSON behind a row, by the row's key in lower case; None where there is none."""
        return self._raw(key)

    def close(self) -> None:
        """Follow the feeds no longer."""
        for leave in self._leave:
            leave()
