"""Rows in the order of a column's values: stable, and what is unknown last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import compress
from operator import ne
from typing import Any, TypeVar

T = TypeVar("T")


def ordered(rows: Iterable[T], value: Callable[[T], Any], reverse: bool) -> list[T]:
    """Return `rows` sorted by `value`, stable in both directions, with `None` and NaN last; values of unlike types sort by type."""
    held = list(rows)
    values = list(map(value, held))
    kinds = set(map(type, values))
    unknown: list[T] = []
    if not kinds <= {str, int, bool} and (type(None) in kinds or any(map(ne, values, values))):
        known = [value is not None and value == value for value in values]
        unknown = [row for row, is_known in zip(held, known, strict=True) if not is_known]
        held, values = list(compress(held, known)), list(compress(values, known))
        kinds.discard(type(None))
    if kinds == {str}:
        values = [value and value.casefold() for value in values]
    elif len(kinds) > 1 and not kinds <= {int, float, bool}:
        values = [_by_kind(value) for value in values]
    # The values stand beside the rows already: many rows are moved without a look at any of them, as they lie all over the memory.
    held.sort(key=partial(next, iter(values)), reverse=reverse)
    return held + unknown


def _by_kind(value: Any) -> tuple[str, Any]:
    if isinstance(value, int | float):
        return "", value
    return type(value).__name__, value.casefold() if isinstance(value, str) else value
