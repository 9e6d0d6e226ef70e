"""What of a list is as it was read before: found by its JSON, byte for byte."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import msgspec

from console.domain.readings import Reading

T = TypeVar("T")


class Known(NamedTuple, Generic[T]):
    """An item that was read before: its key, its JSON, and what was made of it."""

    key: str
    raw: bytes
    item: T


class Unchanged(Generic[T]):
    """The items of an earlier reading; none where JSON and items cannot be told together (two of one key, or read by another process).

    Lists mostly come in the order they had: an item is looked for where it should be first, which costs neither a copy nor a hash of
    its JSON.
    """

    def __init__(self, before: Reading[T] | None) -> None:
        self._known: list[Known[T]] = []
        if before is not None and len(before.raw) == len(before.items):
            self._known = [Known(key, raw, item) for (key, raw), item in zip(before.raw.items(), before.items, strict=True)]
        self._raws = [msgspec.Raw(known.raw) for known in self._known]
        self._next = 0
        self._places: dict[bytes, int] | None = None

    def find(self, raw: msgspec.Raw) -> Known[T] | None:
        """The item with this JSON; None when there was none."""
        place: int | None = self._next
        if self._next >= len(self._raws) or raw != self._raws[self._next]:
            if self._places is None:
                self._places = {known.raw: place for place, known in enumerate(self._known)}
            place = self._places.get(bytes(raw))
        # What is new stands most often where its like stood before.
        self._next = (self._next if place is None else place) + 1
        return self._known[place] if place is not None else None
