"""Groups: rows under headings of what they have in common, up to a few levels deep."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

OPEN, CLOSED = "▾", "▸"
#: No ARM id and no other key of a row begins so.
KEY = "group:"


class Group(msgspec.Struct, Generic[T], frozen=True):
    """A heading and the rows under it, those that it hides included. `depth` counts from 0."""

    key: str
    value: str
    depth: int
    rows: Sequence[T]
    closed: bool

    @property
    def label(self) -> str:
        """The heading as it stands in the first column."""
        return f"{' ' * self.depth}{CLOSED if self.closed else OPEN} {self.value} ({len(self.rows)})"


def grouped(rows: Iterable[T], values: Callable[[T], tuple[str, ...]], closed: Container[str]) -> list[T | Group[T]]:
    """`rows` under their headings. Groups stand in the order of their first rows, so that an order by money puts the dearest first.

    `values` gives a row's value on each level, the same number for all; `closed` holds the keys of groups that show no rows.
    """
    return list(_under(((row, values(row)) for row in rows), "", 0, closed))


def _under(rows: Iterable[tuple[T, tuple[str, ...]]], parent: str, depth: int, closed: Container[str]) -> Iterator[T | Group[T]]:
    by_value: dict[str, list[tuple[T, tuple[str, ...]]]] = {}
    for row in rows:
        by_value.setdefault(row[1][depth], []).append(row)
    for value, members in by_value.items():
        key = f"{parent or KEY}/{value}"
        group = Group(key, value, depth, [row for row, _ in members], key in closed)
        yield group
        if group.closed:
            continue
        if depth + 1 < len(members[0][1]):
            yield from _under(members, key, depth + 1, closed)
        else:
            yield from group.rows
