"""Actions: what can be done to a row, declared once; keys, help, gating and plans follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from console.domain.cost import PriceList
from console.operations.plan import Plan

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
