"""A field of what `list` prints: its name, its width in a table, and its value, with the column of the screen that tells the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from console.domain.findings.finding import Finding
    from console.session import Session

T = TypeVar("T")


class Field(NamedTuple, Generic[T]):
    """`value` is what JSON can hold: None where it is not known. `width` is that in a table, in cells; 0: only JSON and CSV have it.

    `column` names the column of the screen that tells the same.
    """

    name: str
    width: int
    value: Callable[[T, Session], object]
    column: str = ""


def iso(moment: datetime | None) -> str | None:
    """A moment (UTC) as ISO 8601, to the second."""
    return moment.isoformat(timespec="seconds") if moment is not None else None


def worst(found: tuple[Finding, ...], session: Session) -> str | None:
    """What the worst of the findings about a row says that is not accepted."""
    first = next(iter(session.findings.open_among(found)), None)
    return first.what if first is not None else None
