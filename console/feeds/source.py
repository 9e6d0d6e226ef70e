"""Source: what a list of rows reads from; a feed is one, and so is what is derived from feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from console.domain.trouble import Trouble
from console.feeds.feed import Feed, Part

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
    """Rows that follow from those of a feed: as old as they are, and in the same trouble. Subclasses give `items`."""

    def __init__(self, feed: Feed[Any]) -> None:
        self._feed = feed

    @property
    def loaded(self) -> bool:
        return self._feed.loaded

    @property
    def age(self) -> float | None:
        return self._feed.age

    @property
    def parts(self) -> Mapping[str, Part[Any]]:
        return self._feed.parts

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        return self._feed.troubles

    @property
    def incomplete(self) -> str:
        return self._feed.incomplete

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self._feed,)

    def raw(self, key: str) -> bytes | None:
        return self._feed.raw(key)

    def refresh(self) -> None:
        self._feed.refresh()

    def publish(self) -> None:
        """Tell everybody who listens to what this is derived from."""
        self._feed.publish()
