"""What can be done with a row, declared once: actions, from which keys, help, gating and plans follow, and drill-downs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.screen import Screen

from console.domain.cost import PriceList
from console.operations.plan import Plan
from console.session import Session

T = TypeVar("T")


@dataclass(frozen=True)
class Action(Generic[T]):
    """A key that changes Azure: `needs` is ARM's operation name, `refusal(row)` says why it does not apply ("" when it does)."""

    name: str
    key: str
    label: str
    needs: str
    refusal: Callable[[T], str]
    plan: Callable[[Sequence[T], Mapping[str, PriceList]], Plan]


@dataclass(frozen=True)
class Drill(Generic[T]):
    """What enter opens for a row it `applies` to: a screen of what the row consists of. Rows without one are described.

    `reads` False: the screen reads nothing of its own, its rows are known as soon as those above it are.
    """

    name: str
    applies: Callable[[T], bool]
    screen: Callable[[Session, T], Screen[None]]
    reads: bool = True
