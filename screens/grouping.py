"""Grouping: by which tags or columns a list is put under headings, and what a row has of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from console.domain.trouble import Kind, Trouble, TroubleError
from screens.dialogs.choose import Choice
from screens.widgets.columns import Column

T = TypeVar("T")

MOST_LEVELS = 2
#: What stands for a tag that a row does not have, and for a column that is empty.
UNTAGGED, EMPTY = "untagged", "–"

Tags = Callable[[T], Mapping[str, str]]


def named(words: Iterable[str], rows: Sequence[T], columns: Sequence[Column[T]], tags: Tags[T]) -> tuple[str, ...]:
    """The tags and columns that words mean, spelt as Azure and the table spell them; columns only where no tag has the name.

    Raises TroubleError on one that is neither, and on more than two.
    """
    known = {name.casefold(): name for name, _ in counted_tags(rows, tags)}
    known = {column.name.casefold(): column.name for column in _of_kinds(columns)} | known
    wanted = [word for word in words if word]
    if len(wanted) > MOST_LEVELS:
        raise TroubleError(Trouble(Kind.INVALID, f":by takes at most {MOST_LEVELS} names, not {len(wanted)}", "TooManyGroups"))
    for word in wanted:
        if word.casefold() not in known:
            there = ", ".join(sorted(known.values(), key=str.casefold))
            raise TroubleError(Trouble(Kind.INVALID, f"{word} is no tag of these rows and no column; there are {there}", "UnknownGroup"))
    return tuple(dict.fromkeys(known[word.casefold()] for word in wanted))


def values(by: Sequence[str], columns: Sequence[Column[T]], tags: Tags[T]) -> Callable[[T], tuple[str, ...]]:
    """What gives a row's value for each name of `by`. Tag names are compared without regard to case, as Azure does."""
    of_columns = {column.name: column for column in columns}
    folded = [name.casefold() for name in by]

    def of(row: T) -> tuple[str, ...]:
        own = {name.casefold(): value for name, value in tags(row).items()}
        return tuple(
            own.get(low) or (of_columns[name].text(row) or EMPTY if name in of_columns and low not in own else UNTAGGED)
            for name, low in zip(by, folded, strict=True)
        )

    return of


def counted_tags(rows: Iterable[T], tags: Tags[T]) -> list[tuple[str, int]]:
    """Tag names with how many rows have them, the commonest first; one spelling of each."""
    counts: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    for row in rows:
        for name in tags(row):
            counts[spelt.setdefault(name.casefold(), name)] += 1
    return counts.most_common()


def choices(rows: Sequence[T], columns: Sequence[Column[T]], tags: Tags[T], now: Sequence[str]) -> list[Choice]:
    """What `b` offers: tags with how many rows have them, then the columns."""
    found = [Choice(name, f"tag of {count} of {len(rows)}", name in now) for name, count in counted_tags(rows, tags)]
    taken = {choice.name.casefold() for choice in found}
    return found + [Choice(each.name, "column", each.name in now) for each in _of_kinds(columns) if each.name.casefold() not in taken]


def _of_kinds(columns: Sequence[Column[T]]) -> list[Column[T]]:
    """Columns whose values rows may share: not the names, and not the figures, which stand to the right."""
    return [column for column in columns if column.name not in {"", "NAME"} and column.align == "left"]
