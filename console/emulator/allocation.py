"""Sizes that a region has run out of, and what happens to a compute that asks for one. Quota is another matter: there is room on paper.

Which sizes they are is the emulator's own choice. The code and the sentence are Azure Compute's; that Machine Learning hands them on as
they are, and how long it looks for machines before it does, is inferred.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from console.emulator.clock import Clock
from console.emulator.estate import Compute

SCARCE = {"westeurope": frozenset({"STANDARD_NC24RS_V3", "STANDARD_ND96ISR_H100_V5"})}
CODE = "AllocationFailed"
MESSAGE = (
    "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. "
    "Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance"
)
SEARCH_SECONDS = 300.0


def is_scarce(location: str, size: str) -> bool:
    """Whether a region has no machines of a size (a name in any case) to give."""
    return size.upper() in SCARCE.get(location.lower(), ())


def errors() -> list[dict[str, Any]]:
    """What a cluster that gets no machines shows as its errors."""
    return [{"error": {"code": CODE, "message": MESSAGE}}]


def starve(clock: Clock, compute: Compute) -> None:
    """Let a cluster wait for nodes that do not come; after a while it says so. It goes on waiting."""
    if compute.starving:
        return
    compute.starving = True
    clock.after(SEARCH_SECONDS, partial(_say_so, compute))


def _say_so(compute: Compute) -> None:
    if compute.starving:
        compute.errors = [*_of_others(compute), *errors()]


def _of_others(compute: Compute) -> list[dict[str, Any]]:
    return [one for one in compute.errors if one["error"]["code"] != CODE]


def feed(compute: Compute) -> None:
    """A cluster has all the nodes that it asks for, or asks for none any more."""
    if compute.starving:
        compute.starving = False
        compute.errors = _of_others(compute)
