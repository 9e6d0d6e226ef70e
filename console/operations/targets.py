"""Targets: how the runner sees what a step changes, and whether it is what the step rests on or leads to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from console.operations.plan import GONE, Step

#: A Date header is cut to the second, and so may be a resource's own time.
CLOCK_GRAIN = timedelta(seconds=2)


class Target(Protocol):
    """Its state or a setting in words, and when it last changed (UTC, Azure's clock)."""

    def aspect(self, name: str) -> str: ...

    @property
    def last_changed(self) -> datetime | None: ...

    @property
    def passing(self) -> bool: ...


#: The target of an ARM id as it is now. Raises TroubleError.
Reread = Callable[[str], Awaitable[Target]]


def seen(step: Step, target: Target | None) -> str:
    """What a step rests on, as the target has it now."""
    return GONE if target is None else target.aspect(step.aspect)


def reached(step: Step, target: Target | None) -> bool:
    """Whether a target is what a step leads to."""
    return step.settles.gone if target is None else target.aspect(step.settles.aspect) in step.settles.states


def changed_since(target: Target | None, moment: datetime | None) -> bool:
    """Whether a target is known to have changed since a moment (UTC, Azure's clock); None for either says nothing."""
    return target is not None and moment is not None and target.last_changed is not None and target.last_changed >= moment - CLOCK_GRAIN
