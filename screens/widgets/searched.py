"""What a filter searches of rows: the texts of their columns, read when a filter wants them and kept for as long as they hold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, chain, compress, repeat
from operator import contains, is_not, not_
from typing import Any, Generic, TypeVar, cast

from screens.widgets.columns import Column

T = TypeVar("T")
Places = Sequence[int]

#: Rows read together: enough to read a column of them in one go, few enough that what is read is still in the processor's cache.
BLOCK_ROWS = 2_000
#: A column's texts are few when there are so many rows to each, among the first of a block too.
FEW, SAMPLE = 4, 64


class SearchedTexts(Generic[T]):
    """The texts of all columns of a snapshot of rows, each a casefolded line.

    Where the next snapshot begins or ends with the same objects, as it does while rows arrive, their columns that are `lasting` are not
    read again.
    """

    def __init__(self, columns: Sequence[Column[T]]) -> None:
        self._columns = columns
        self._rows: Sequence[T] = ()  # what the blocks are of, in its order
        self._blocks: list[Block[T]] = []
        self._stale = False
        self._text_by_row: dict[int, str] | None = None
        self._found: tuple[str, list[T]] | None = None

    def forget(self) -> None:
        """Read anew, when it is wanted next, what does not follow from the rows alone."""
        self._stale = True

    def holding(self, rows: Sequence[T], needle: str) -> list[T]:
        """Those of a snapshot's rows that have `needle` in a column, in their order."""
        self._take(rows)
        if self._found is None or self._found[0] != needle:
            self._found = needle, list(chain.from_iterable([block.holding(needle) for block in self._blocks]))
        return self._found[1]

    def of(self, rows: Sequence[T], row: T) -> str:
        """The text of one row of a snapshot."""
        self._take(rows)
        if self._text_by_row is None:
            self._text_by_row = dict(zip(map(id, rows), chain.from_iterable([block.lines() for block in self._blocks]), strict=True))
        return self._text_by_row[id(row)]

    def _take(self, rows: Sequence[T]) -> None:
        if rows is self._rows and not self._stale:
            return
        if rows is not self._rows:
            self._blocks = self._blocks_of(rows)
        for block in self._blocks:
            block.forget()
        self._rows, self._stale, self._text_by_row, self._found = rows, False, None, None

    def _blocks_of(self, rows: Sequence[T]) -> list[Block[T]]:
        """Those of before whose rows are at the beginning or at the end still, and new ones."""
        before, least = self._rows, min(len(self._rows), len(rows))
        same = next(compress(range(least), map(is_not, before, rows)), least)
        same_at_end = next(compress(range(least - same), map(is_not, reversed(before), reversed(rows))), least - same)
        ends = list(accumulate(len(block.rows) for block in self._blocks))
        head = self._blocks[: bisect_right(ends, same)]
        tail = self._blocks[bisect_left([0, *ends[:-1]], len(before) - same_at_end) :]
        start, end = sum(len(block.rows) for block in head), len(rows) - sum(len(block.rows) for block in tail)
        if head and start < end and len(head[-1].rows) < BLOCK_ROWS:
            start -= len(head.pop().rows)  # read with those that follow: many small ones would be slow
        fresh = [Block(self._columns, rows[at : min(at + BLOCK_ROWS, end)]) for at in range(start, end, BLOCK_ROWS)]
        return [*head, *fresh, *tail]


class Block(Generic[T]):
    """Rows that are read together."""

    def __init__(self, columns: Sequence[Column[T]], rows: Sequence[T]) -> None:
        self.rows = rows
        self._columns = columns
        self._lasting = [number for number, column in enumerate(columns) if column.lasting]
        self._moving = [number for number, column in enumerate(columns) if not column.lasting]
        self._read: dict[int, tuple[Places, Lines]] = {}  # by column; not of all rows where no more were wanted
        self._all: Places = range(len(rows))
        self._needle: str | None = None
        self._left: Places = ()  # where the needle is in no lasting column

    def forget(self) -> None:
        """Read anew what does not follow from the rows alone."""
        for number in self._moving:
            self._read.pop(number, None)

    def holding(self, needle: str) -> Sequence[T]:
        """The rows that have `needle` in a column, in their order."""
        if needle != self._needle:
            self._needle, self._left = needle, self._without(needle, self._lasting, self._all)
        left = self._without(needle, self._moving, self._left)
        if len(left) == len(self.rows):
            return ()
        holding = bytearray(b"\x01") * len(self.rows)
        for place in left:
            holding[place] = 0
        return list(compress(self.rows, holding))

    def lines(self) -> Iterable[str]:
        """All columns' text of each row."""
        return map("\n".join, zip(*[self._texts(number, self._all)[1].by_row for number in range(len(self._columns))], strict=True))

    def _without(self, needle: str, numbers: Iterable[int], left: Places) -> Places:
        """Which of the places that are `left` have `needle` in none of these columns."""
        for number in numbers:
            if not left:
                break
            places, lines = self._texts(number, left)
            holding = lines.holding(needle)
            if holding is not None:
                if places is left:
                    left = list(compress(left, map(not_, holding)))
                else:
                    held = set(compress(places, holding))
                    left = [place for place in left if place not in held]
        return left

    def _texts(self, number: int, wanted: Places) -> tuple[Places, Lines]:
        """What a column says at the places that are wanted, and at which places that is: perhaps at more."""
        kept = self._read.get(number)
        if kept is None or (kept[0] is not self._all and kept[0] is not wanted):
            places = wanted if kept is None else self._all
            rows = self.rows if places is self._all else list(map(self.rows.__getitem__, places))
            kept = self._read[number] = places, Lines(map(self._columns[number].value, rows))
        return kept


class Lines:
    """What one column says of rows, casefolded, a line each.

    They are one text as a keystroke on many rows waits for this, and split where it must be; where few texts stand again and again, as
    states and sizes do, those few.
    """

    def __init__(self, values: Iterable[object]) -> None:
        texts: list[Any] = list(values)
        self._texts, self._few = texts, _few_of(texts)
        self._whole = "" if self._few else _joined(texts)

    @cached_property
    def by_row(self) -> list[str]:
        """The text of each row."""
        return [self._few[text] for text in self._texts] if self._few else self._whole.split("\n")

    def holding(self, needle: str) -> Iterable[bool] | None:
        """Whether the text of each row has `needle` in it; None when none has."""
        if self._few:
            found = {text for text, folded in self._few.items() if needle in folded}
            return map(found.__contains__, self._texts) if found else None
        return map(contains, self.by_row, repeat(needle)) if needle in self._whole else None


def _few_of(texts: list[Any]) -> dict[str, str]:
    """Each text that stands in `texts`, and its line; empty where they are many, or not all of them texts."""
    some = texts[:SAMPLE]
    if not some or set(map(type, some)) != {str} or len(set(some)) > SAMPLE // FEW or set(map(type, texts)) != {str}:
        return {}
    different = set(texts)
    return {text: _joined([text]) for text in different} if len(different) <= len(texts) // FEW else {}


def _joined(values: Sequence[object]) -> str:
    """The lines of values as one text."""
    try:
        whole = "\n".join(cast(Sequence[str], values)).casefold()
    except TypeError:  # not all are texts
        values = ["" if value is None else str(value) for value in values]
        whole = "\n".join(cast(Sequence[str], values)).casefold()
    if whole.count("\n") != max(0, len(values) - 1):
        whole = "\n".join([str(value).replace("\n", " ") for value in values]).casefold()
    return whole
